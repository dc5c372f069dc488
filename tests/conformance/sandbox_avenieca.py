"""The sandbox AveniECA, asked and filled by hand: what the suite compares the service with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.contract import Window
from connectors.sandbox.accounts import ADMIN
from tests.sandbox.avenieca.wire import Rest
from tests.sandbox.server import SandboxServer

WIDE, CROWD = "wide", 117
"""A twin with more numbers in its state than a page of series holds, and how many."""
COMPANIONS = 3
WRITTEN, TOLD = "written", "told"
"""Twins of one number for tests to write to: the second one also has texts and documents."""
CALLED, ABOVE = "called", "called_together"
"""A twin of two numbers for the operations, and an aggregate of it."""
NOW = datetime.now(UTC).replace(microsecond=0)
WINDOW = Window(start=NOW - timedelta(days=2), end=NOW - timedelta(hours=1))
LONG = Window(start=NOW - timedelta(days=3650), end=NOW - timedelta(hours=1))


def settings(server: SandboxServer) -> dict[str, str]:
    """An administrator's, with a few twins."""
    (offer, *_) = server.standin("avenieca").offers()
    given = dict(offer.settings)
    return given | {"modules": " ".join([*meters(server), WIDE, WRITTEN, TOLD, CALLED, ABOVE])}


def meters(server: SandboxServer) -> list[str]:
    """Twins of the world that have points all over the window."""
    (offer, *_) = server.standin("avenieca").offers()
    return [str(ref) for ref in offer.views[0].series][:2]


def furnished(server: SandboxServer) -> Rest:
    """A bare client, with twins made for the tests."""
    rest = Rest(server, ADMIN)
    made = {
        module: rest.ess(module, *state)
        for module, state in {
            WIDE: [float(n) for n in range(CROWD)],
            WRITTEN: [0.5],
            TOLD: [0.5],
            CALLED: [1.0, 2.0],
        }.items()
    }
    for module, ess in made.items():
        rest.row(module, ess["id"])
    above = rest.ess(
        ABOVE,
        valence=0.0,
        aggregate_id=[made[CALLED]["id"], made[TOLD]["id"]],
        aggregate_module_id=[CALLED, TOLD],
    )
    rest.row(ABOVE, above["id"])
    return rest


def points(rest: Rest, module: str, window: Window) -> list[tuple[str, float]]:
    """The first number of each state that occurred in a window, joined by hand."""
    states = {ess["id"]: ess["state"][0] for ess in rest("GET", f"/ess/{module}").data}
    rows = rest("GET", f"/sequence/{module}").data
    found = sorted((row["created_at"], states[row["instance_id"]]) for row in rows)
    return [
        (told, value)
        for told, value in found
        if window.start <= datetime.fromisoformat(told) < window.end
    ]
