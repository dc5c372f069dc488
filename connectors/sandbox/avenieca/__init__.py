"""AveniECA, offline. Section numbers in this package are those of the protocol reference."""
