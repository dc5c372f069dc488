"""The platforms, offline: stand-ins that speak each platform's dialect, with faults on demand."""
