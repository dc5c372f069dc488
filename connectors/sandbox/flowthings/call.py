"""One request, whichever way it came: as HTTP or as a frame of a socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.flowthings.asking import Asked, asked
from connectors.sandbox.flowthings.problems import wrong
from connectors.sandbox.flowthings.rights import Actor
from connectors.sandbox.flowthings.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked, and by whom."""

    state: State
    actor: Actor
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    """The JSON of the request; None without."""
    spoils: frozenset[str] = frozenset()

    def asked(self) -> Asked:
        """The parameters of listings. Raises Problem 400."""
        return asked(self.params)

    def mapping(self) -> dict[str, Any]:
        """The body, which must be a map. Raises Problem 400."""
        if not isinstance(self.body, dict):
            raise wrong("The body must be a map.")
        return self.body

    def listing(self) -> list[Any]:
        """The body, which must be a list. Raises Problem 400."""
        if not isinstance(self.body, list):
            raise wrong("The body must be a list.")
        return self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request that was granted answers."""

    body: Any
    status: int = 200
