"""Every function of the platform that no power covers, all of `acts` together."""

from __future__ import annotations

from connectors.avenieca.acts.cortex import CortexFunctions
from connectors.avenieca.acts.kept import KeptFunctions
from connectors.avenieca.acts.sending import SendingFunctions
from connectors.avenieca.acts.states import StateFunctions
from connectors.avenieca.acts.texts import TextFunctions


class AveniECAOperations(
    SendingFunctions, TextFunctions, CortexFunctions, StateFunctions, KeptFunctions
):
    """Mixed into the service."""
