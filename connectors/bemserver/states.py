"""The data states of a server: Raw, Clean, and any that its administrator added (section 2.3)."""

from __future__ import annotations

from connectors.bemserver.client import Client
from connectors.errors import ConfigInvalid, NotFound, Rejected

NO_STATE = "This BEMServer has no data state “{}”."


class States:
    """Asked once for each opened account; the states of a server hardly ever change."""

    def __init__(self, client: Client, wanted: str) -> None:
        self._client = client
        self._wanted = wanted
        self._names: dict[int, str] = {}

    def chosen(self) -> int:
        """The number of the state in the settings. Raises ConfigInvalid."""
        number = self._number(self._wanted)
        if number is None:
            message = NO_STATE.format(self._wanted)
            raise ConfigInvalid(message, {"data_state": message})
        return number

    def asked(self, name: str | None) -> int:
        """The number of a state that was typed; None: the one in the settings. Raises Rejected."""
        if name is None:
            return self.chosen()
        number = self._number(name)
        if number is None:
            message = NO_STATE.format(name)
            raise Rejected.on("data_state", message)
        return number

    def name(self, number: int) -> str:
        """Raises NotFound."""
        found = self._all().get(number)
        if found is None:
            raise NotFound("BEMServer no longer has this data state.")
        return found

    def _number(self, wanted: str) -> int | None:
        return next((number for number, name in self._all().items() if name == wanted), None)

    def _all(self) -> dict[int, str]:
        if not self._names:
            self._names = {state.id: state.name for state in self._client.states()}
        return self._names
