"""Queries in Timestream's SQL: a small subset, and its paging."""
