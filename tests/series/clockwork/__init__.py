"""A platform whose points follow from their time: two processes agree without sharing anything."""
