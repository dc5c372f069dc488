"""The platform's functions that are no plain browsing, reading or writing, by its services."""
