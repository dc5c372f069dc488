"""BEMServer, offline: API 0.24, 0.26 and 0.27 over an invented and a real portfolio."""
