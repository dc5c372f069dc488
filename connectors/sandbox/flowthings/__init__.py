"""A stand-in of flowthings.io: its 13 services over HTTP and WebSocket."""
