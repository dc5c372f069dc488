"""What a generator can be told to do: run, clear, reset (section 2.7)."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.openergy.call import GENERATORS, Call, Platform, Record
from connectors.sandbox.openergy.moments import read_naive
from connectors.sandbox.openergy.problems import invalid

NAMES = ("run", "clear", "reset")
PAST = -(2**62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The body of an `action`."""

    name: str
    since: int | None = None
    """Naive microseconds from which on outputs are cleared; None: all of them."""


def asked(call: Call) -> Order:
    """The order of a request. Raises Problem 400."""
    body = call.json()
    if "name" not in body:
        raise invalid("name", "This field is required.")
    name, instant = body["name"], body.get("partial_instant")
    if name not in NAMES:
        raise invalid("name", f'"{name}" is not a valid choice.')
    if instant is None:
        return Order(name=name)
    try:
        return Order(name=name, since=read_naive(instant))
    except (TypeError, AttributeError, ValueError, OverflowError):
        raise invalid("partial_instant", "Datetime has wrong format.") from None


def emptied(platform: Platform, generator: Record, since: int | None) -> Record:
    """The generator without its outputs from an instant on.

    What a live source brings later than now is not output yet, so it stays to come.
    """
    until = platform.clock.now_us() + 1
    for series in platform.series_of(generator):
        extent = platform.samples.track(series["otsdb_pk"]).extent()
        start = PAST if since is None else since
        end = until if extent is None else max(until, extent[1])
        if start < end:
            platform.samples.delete(series["otsdb_pk"], start, end)
    if since is not None:
        return generator
    path = GENERATORS[generator["model"]]
    return platform.change(path, generator["id"], last_clear=platform.now())
