"""The data states of a server: Raw, Clean, and any that its administrator added (section 2.3)."""

from __future__ import annotations

from connectors.bemserver.client import Client
from connectors.errors import ConfigInvalid, NotFound


class States:
    """Asked once for each opened account; the states of a server hardly ever change."""

    def __init__(self, client: Client, wanted: str) -> None:
        self._client = client
        self._wanted = wanted
        self._names: dict[int, str] = {}

    def chosen(self) -> int:
        """The number of the state in the settings. Raises ConfigInvalid."""
        for number, name in self._all().items():
            if name == self._wanted:
                return number
        message = f"This BEMServer has no data state “{self._wanted}”."
        raise ConfigInvalid(message, {"data_state": message})

    def name(self, number: int) -> str:
        """Raises NotFound."""
        found = self._all().get(number)
        if found is None:
            raise NotFound("BEMServer no longer has this data state.")
        return found

    def _all(self) -> dict[int, str]:
        if not self._names:
            self._names = {state.id: state.name for state in self._client.states()}
        return self._names
