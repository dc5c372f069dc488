"""An offline stand-in of the Avista Digital Exchange."""
