"""Every stand-in, in the order of their ports."""

from __future__ import annotations

from connectors.sandbox.avenieca.standin import Avenieca
from connectors.sandbox.avista.standin import Avista
from connectors.sandbox.bemserver.standin import BEMServer
from connectors.sandbox.flowthings.standin import Flowthings
from connectors.sandbox.openergy.standin import Openergy
from connectors.sandbox.standin import StandIn

ALL: tuple[type[StandIn], ...] = (BEMServer, Avista, Openergy, Flowthings, Avenieca)


def chosen(*kinds: str) -> tuple[type[StandIn], ...]:
    """Some of them, in their order; all when none is named. Raises ValueError for another name."""
    unknown = set(kinds) - {each.kind for each in ALL}
    if unknown:
        raise ValueError(f"There is no stand-in for {', '.join(sorted(unknown))}.")
    return tuple(each for each in ALL if not kinds or each.kind in kinds)
