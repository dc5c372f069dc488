"""The platform's functions that no power covers, by what they are about."""
