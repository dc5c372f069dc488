"""Every verb of the contract as a call that can be repeated, prepared on the sound platform."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

from connectors.contract import (
    Acts,
    Aggregates,
    Downloads,
    File,
    Reads,
    Searches,
    Shares,
    Streams,
    Uploads,
    Writes,
)
from connectors.operations import Danger, operations
from tests.conformance.points import batch_of, unused
from tests.conformance.subject import Known, Opened
from tests.conformance.uploads import upload

Call = Callable[[], object]

_fresh = count()


def _read(service: Opened, known: Known) -> Call:
    return lambda: list(service.read(known.series[:1], known.window))


def _aggregate(service: Opened, known: Known) -> Call:
    step = service.traits.steps[-1]
    return lambda: list(service.aggregate(known.series[:1], known.window, step, ["max"]))


def _write(service: Opened, known: Known) -> Call:
    start = datetime.now(UTC) if service.traits.stamps else unused()
    return partial(service.write, [known.writable], [batch_of(start, [1.0])])


def _open(service: Opened, known: Known) -> Call:
    def whole() -> None:
        with service.open(known.file) as file:
            list(file)

    return whole


def _put(service: Opened, known: Known) -> Call:
    return partial(service.put, known.inbox, upload("verb.csv", b"1,2,3"))


def _delete(service: Opened, known: Known) -> Call:
    name = f"gone{next(_fresh)}.csv"  # one whose deletion failed is still there
    return partial(service.delete, service.put(known.inbox, upload(name, b"1,2,3")).id)


def _share(service: Opened, known: Known) -> Call:
    return partial(service.share, known.shareable, known.audience, [service.traits.rights[0].name])


def _revoke(service: Opened, known: Known) -> Call:
    rights = [service.traits.rights[0].name]
    grant = service.share(known.shareable, known.audience, rights)
    return partial(service.revoke, known.shareable, grant.id)


def _subscribe(service: Opened, known: Known) -> Call:
    return lambda: service.subscribe([known.live]).close()


def _operation(danger: Danger) -> Callable[[Opened, Known], Call]:
    """The first of the known calls that is as dangerous."""

    def prepare(service: Opened, known: Known) -> Call:
        declared = {one.name: one for one in operations(type(service))}
        name = next(name for name in known.calls if declared[name].danger == danger)
        values = known.calls[name](service)

        def call() -> None:
            result = declared[name].call(service, values)
            if isinstance(result, File):
                result.close()

        return call

    return prepare


VERBS: dict[str, Callable[[Opened, Known], Call]] = {
    "check": lambda service, known: service.check,
    "children": lambda service, known: partial(service.children, known.folder),
    "node": lambda service, known: partial(service.node, known.folder),
    "read": _read,
    "aggregate": _aggregate,
    "write": _write,
    "search": lambda service, known: partial(service.search, known.text),
    "open": _open,
    "put": _put,
    "delete": _delete,
    "audiences": lambda service, known: partial(service.audiences, known.shareable),
    "grants": lambda service, known: partial(service.grants, known.shareable),
    "share": _share,
    "revoke": _revoke,
    "subscribe": _subscribe,
    "operation that reads": _operation("reads"),
    "operation that writes": _operation("writes"),
    "operation that destroys": _operation("destroys"),
}
POWER_OF: dict[str, type[Any]] = {
    "read": Reads,
    "aggregate": Aggregates,
    "write": Writes,
    "search": Searches,
    "open": Downloads,
    "put": Uploads,
    "delete": Uploads,
    "audiences": Shares,
    "grants": Shares,
    "share": Shares,
    "revoke": Shares,
    "subscribe": Streams,
    "operation that reads": Acts,
    "operation that writes": Acts,
    "operation that destroys": Acts,
}
CHANGING = frozenset(
    {"write", "put", "delete", "share", "revoke"}
    | {"operation that writes", "operation that destroys"}
)
ONCE = frozenset({"write", "put", "operation that writes"})
"""Never sent a second time when nobody knows whether the first one took place."""
