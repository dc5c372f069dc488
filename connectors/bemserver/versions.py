"""Which BEMServer this is: what it says of itself (section 0), asked before any sign-in."""

from __future__ import annotations

from typing import Literal

from connectors.bemserver.client import Client
from connectors.bemserver.rows import About
from connectors.errors import AuthFailed, BadAnswer, ConfigInvalid, Forbidden, NotFound, Rejected

STRANGER = "This address answers, but not as a BEMServer. Check it, with its port and path."
KNOWN = "0.24 to 0.27"
UNKNOWN = f"not tried with this connector, which knows {KNOWN}"


class Versions:
    """Asked once for each opened account, unless it is asked anew."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._about: About | None = None

    def about(self) -> About:
        """Asked anew, so that no stranger is told the password. Raises ConfigInvalid."""
        try:
            self._about = self._client.about()
        except (BadAnswer, NotFound, Forbidden, Rejected, AuthFailed):
            pass
        else:
            return self._about
        raise ConfigInvalid(STRANGER, {"url": STRANGER})

    def facts(self) -> dict[str, str]:
        """For people; a version that nobody has tried is said, and used all the same."""
        about = self.about()
        facts = {
            "API": about.versions.bemserver_api,
            "Core": about.versions.bemserver_core,
            "Background work": about.background,
        }
        return facts if about.known else {**facts, "Version": UNKNOWN}

    @property
    def api(self) -> str:
        return (self._about or self.about()).versions.bemserver_api

    @property
    def background(self) -> Literal["services", "tasks"]:
        """How this server is told to work by itself."""
        return (self._about or self.about()).background
