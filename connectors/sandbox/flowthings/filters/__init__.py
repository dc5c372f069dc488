"""The filter language: its grammar, its tree and what it means."""
