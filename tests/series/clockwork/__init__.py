"""A platform whose points follow from their time: two processes agree without sharing anything."""

LABEL = "Clockwork"
SUMMARY = "Points that follow from their time."
