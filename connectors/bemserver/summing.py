"""Buckets and counts as tables (section 3.6), with the platform's habits worked around.

A mean over several units is a mean of their means, so sum and count are asked and divided; a sum
over several units is 0 where a bucket is empty, so the count decides. Units that do not fit are a
500 in a sum and a 422 in a download, so an empty download is asked first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from connectors.bemserver.asking import Width, width_of
from connectors.bemserver.buckets import CELLS
from connectors.bemserver.client import Client
from connectors.bemserver.data import Chosen, Data, Shown
from connectors.bemserver.ids import SERIES, Series
from connectors.bemserver.reading import read
from connectors.contract import NodeId, Window
from connectors.errors import BadAnswer, Rejected
from connectors.operations import Table

Function = Literal["avg", "sum", "min", "max", "count"]
SECONDS = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400,
    "month": 28 * 86_400, "year": 365 * 86_400,
}  # fmt: skip
"""The shortest of each unit."""
BY_COUNT = frozenset(("avg", "sum"))

_Found = Mapping[str, Mapping[str, float | None]]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What is worked out, over how long each time."""

    function: Function
    width: Width

    @property
    def wires(self) -> tuple[Function, ...]:
        """What to ask so that the answer is exact."""
        if width_of(self.width)[0] > 1 and self.function in BY_COUNT:
            return ("sum", "count")
        return (self.function,)


def aggregated(data: Data, chosen: Chosen, window: Window, shown: Shown, what: Aggregate) -> Table:
    """A row for each bucket; its time has the offset of the zone. Raises Rejected."""
    fits(window, what.width, len(chosen.labels))
    if any(shown.units):
        _convertible(what)
        with data.points(chosen, Window(start=window.start, end=window.start), shown=shown):
            pass  # the platform says here what it breaks over in a sum
    answers = [_answer(data, chosen, window, shown, wire, what.width) for wire in what.wires]
    times = list(next(iter(answers[0].values()), {}))
    columns = [
        [_value(what.function, [found[str(label)][time] for found in answers]) for time in times]
        for label in chosen.labels
    ]
    named = tuple(_named(chosen, label) for label in chosen.labels)
    return Table(columns=("time", *named), rows=tuple(zip(times, *columns, strict=True)))


def fits(window: Window, width: Width, series: int) -> None:
    """Raises Rejected on `bucket_width` for more numbers than one answer should hold."""
    count, unit = width_of(width)
    if window.width.total_seconds() / (count * SECONDS[unit]) * series <= CELLS:
        return
    raise Rejected.on(
        "bucket_width",
        f"That would be more than {CELLS:,} numbers. Take wider buckets or less time.",
    )


def _convertible(what: Aggregate) -> None:
    """Raises Rejected on `convert_to` where a conversion would be none, or a wrong one."""
    text = ""
    if what.function == "count":
        text = "A count has no unit."
    elif len(what.wires) > 1 and what.function == "avg":
        text = "Means of buckets of several units cannot be converted. Take a width of one unit."
    if text:
        raise Rejected.on("convert_to", text)


def _answer(
    data: Data, chosen: Chosen, window: Window, shown: Shown, wire: str, width: Width
) -> _Found:
    """One function's numbers by series and time; a count has no unit to convert."""
    value, unit = width_of(width)
    seen = Shown(timezone=shown.timezone) if wire == "count" else shown
    body = data.buckets(
        chosen, window, wire=wire, value=value, unit=unit, shown=seen, format="json"
    )
    found: Any = orjson.loads(body) if body.lstrip()[:1] == b"{" else None
    labels = [str(label) for label in chosen.labels]
    if not isinstance(found, dict) or sorted(found) != sorted(labels):
        raise BadAnswer("BEMServer answered other series than those asked for.")
    if len({tuple(column) for column in found.values()}) > 1:
        raise BadAnswer("BEMServer answered other buckets for each series.")
    return found


def _value(function: Function, numbers: Sequence[float | None]) -> float | None:
    """One number of one or two answers."""
    if len(numbers) == 1:
        return numbers[0]
    total, count = numbers
    if not count or total is None:
        return None
    return total / count if function == "avg" else total


def _named(chosen: Chosen, label: int | str) -> str:
    if chosen.campaign is not None:
        return str(label)
    return f"{SERIES}/{label}@{chosen.state}"


def counted(
    client: Client, series: Sequence[Series], window: Window, named: Mapping[NodeId, str]
) -> Table:
    """How many points each series has in a window, with the first and the last time."""
    found: dict[NodeId, list[Any]] = {one.id: [0, None, None] for one in series}
    for points in read(client, series, window):
        times, row = points.batch.column(0), found[points.series]
        row[0] += len(times)
        row[1] = row[1] or times[0].as_py()
        row[2] = times[-1].as_py()
    rows = tuple((named[node], *row) for node, row in found.items())
    return Table(columns=("series", "points", "first", "last"), rows=rows)
