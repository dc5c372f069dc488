"""Counts by month, day or hour (section 3.6 of the reference)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

import numpy as np

from connectors.sandbox.flowthings import calendar
from connectors.sandbox.flowthings.call import Answer, Call
from connectors.sandbox.flowthings.history import MILLISECOND
from connectors.sandbox.flowthings.problems import Problem, nowhere, wrong
from connectors.sandbox.flowthings.rights import flow_for, unlimited
from connectors.sandbox.flowthings.shelves import Record
from connectors.sandbox.flowthings.state import State
from connectors.sandbox.zones import Instants

LEVELS = ("YEAR", "MONTH", "DAY", "HOUR")
Stamped = Iterable[tuple[int, int]]
"""Hours since 1970, each with a count."""


def counts(call: Call, kind: str, identifier: str, when: tuple[str, ...]) -> Answer:
    """`GET /statistics/<type>/<id>[/<year>[/<month>[/<day>]]]`: a flat list."""
    unlimited(call.actor)
    source = SOURCES.get(kind)
    if source is None:
        raise nowhere()
    numbers = source(call, kind, identifier)
    edges = _edges(call, when)
    found = np.zeros(edges.size - 1, dtype=np.int64)
    _add(found, edges, numbers)
    for times in _computed(call, kind, identifier, edges):
        found += np.histogram(times // MILLISECOND, edges)[0]
    return Answer(body=found.tolist())


def _add(found: Instants, edges: Instants, numbers: Stamped) -> None:
    for hour, number in numbers:
        place = int(np.searchsorted(edges, hour * calendar.HOUR, side="right")) - 1
        if 0 <= place < found.size:
            found[place] += number


def _edges(call: Call, when: tuple[str, ...]) -> Instants:
    now = datetime.fromtimestamp(call.state.now() / 1000, UTC)
    numbers = [_number(text) for text in when]
    year = numbers[0] if numbers else now.year  # guess: the current year without any
    month = numbers[1] if len(numbers) > 1 else None
    day = numbers[2] if len(numbers) > 2 else None
    if not 1970 <= year <= 9998:
        raise wrong("The year must be one of 1970 to 9998.")
    if month is not None and not 1 <= month <= 12:
        raise wrong("The month must be one of 1 to 12.")
    if month is not None and day is not None and not 1 <= day <= monthrange(year, month)[1]:
        raise wrong("The month has no such day.")
    return calendar.edges(year, month, day, _level(call))


def _level(call: Call) -> str | None:
    level = call.params.get("level") or None
    if level is not None and level not in LEVELS:
        raise wrong(f"level must be one of {', '.join(LEVELS)}.")
    return level and level.lower()


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise wrong("Year, month and day must be numbers.")
    return int(text)


def _kept(state: State, kind: str, identifier: str) -> Iterator[tuple[int, int]]:
    start = f"{kind}/{identifier}/"
    for key, record in list(state.table("count").items()):
        if key.startswith(start):
            yield int(key.rpartition("/")[2]), int(record["n"])


def _of_flow(call: Call, kind: str, identifier: str) -> Stamped:
    flow_for(call.state, call.actor, call.state.flow(identifier), "dropRead")
    return _kept(call.state, kind, identifier)


def _of_track(call: Call, kind: str, identifier: str) -> Stamped:
    track = call.state.table("track").get(identifier)
    if track is None or track["creatorId"] != call.actor.id:
        raise nowhere()
    return _kept(call.state, kind, identifier)


def _of_identity(call: Call, kind: str, identifier: str) -> Stamped:
    if identifier not in call.state.table("identity"):
        raise nowhere()
    if identifier != call.actor.id:
        raise Problem(403)
    return _kept(call.state, kind, identifier)


def _calls(call: Call, kind: str, identifier: str) -> Stamped:
    """As long as the sandbox runs: calls are no writes, so they are not kept."""
    _of_identity(call, kind, identifier)
    with call.state.lock:
        known = dict(call.state.calls)
    pairs = ((key.split("/"), number) for key, number in known.items())
    return ((int(hour), number) for (who, hour), number in pairs if who == identifier)


def _computed(call: Call, kind: str, identifier: str, edges: Instants) -> Iterator[Instants]:
    """When the world put drops into the flows that are meant."""
    state = call.state
    flows: list[Record] = []
    if kind == "flowDropAdded":
        flows = [flow for flow in (state.flow(identifier),) if flow]
    elif kind == "dropCreatedBy":
        flows = [
            flow for flow in state.table("flow").all() if state.owner(flow["path"]) == identifier
        ]
    low, high = int(edges[0]) * MILLISECOND, int(edges[-1]) * MILLISECOND
    end = min(high, state.clock.now_us() + 1)
    for flow in flows:
        yield state.history.between(flow["id"], low - 1, end - 1)[0]


SOURCES: Mapping[str, Callable[[Call, str, str], Stamped]] = {
    "flowDropAdded": _of_flow,
    "flowTracked": _of_flow,
    "trackHit": _of_track,
    "trackPass": _of_track,
    "apiCallByIdentity": _calls,
    "dropCreatedBy": _of_identity,
}
