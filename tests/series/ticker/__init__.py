"""A platform that pushes what a test tells it to."""

LABEL = "Ticker"
SUMMARY = "Points as a test tells them."
