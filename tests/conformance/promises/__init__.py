"""What every service keeps, by subject. Platforms' files use `tests.conformance.suite`."""
