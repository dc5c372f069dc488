"""Points: each row of the sequence, with the state that it tells of (section 7).

A sample is a row of the sequence, for states repeat. Its time is the row's `created_at`; its value
is a number of the state. The platform filters nothing, so a window costs the whole lists, but for
the newest rows, which are had one by one: that is what a chart that is refreshed asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from sys import intern
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.avenieca.client import NEWEST, Client
from connectors.avenieca.columns import Whole, micros, numbers, times
from connectors.avenieca.ids import Series
from connectors.avenieca.layout import Picker
from connectors.avenieca.rows import Occurrence
from connectors.contract import TIME, Notes, Points, Window
from connectors.errors import BadAnswer, NotFound, Rejected

TAIL = 12
"""Rows that are had one by one, each with its state: 26 small answers in place of two long ones."""
LARGEST = 2**63 - 1
MISSING = object()
"""The state has no such number: no point, which is not the same as a value nobody can read."""

Columns = tuple[Whole, Whole, Whole, list[str | None]]
"""Times, ids, states and statuses of some rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some rows of the sequence, by time: four columns as long as each other."""

    times: Whole
    """Microseconds since the epoch, strictly rising."""
    states: Whole
    """The id of each row's state."""
    statuses: Sequence[str | None]
    dropped: int
    """Rows left out because a later one has the same time."""


def read(client: Client, series: Sequence[Series], window: Window) -> Iterator[Points]:
    """Every point, twin after twin, series after series. Raises NotFound for an unknown twin."""
    if window.empty:
        return
    start, end = _micros_of(window.start), _micros_of(window.end)
    by_module = sorted(series, key=lambda one: one.module)
    for module, group in groupby(by_module, key=lambda one: one.module):
        yield from _twin(client, module, tuple(group), start, end)


def spacing(client: Client, module: str) -> tuple[int, int] | None:
    """The newest time and the median step of a twin's past, in microseconds; None for none."""
    rows = _joined(client, module)
    steps = np.diff(rows.times)
    if not len(steps):
        return None
    return int(rows.times[-1]), int(np.median(steps))


def _twin(
    client: Client, module: str, series: Sequence[Series], start: int, end: int
) -> Iterator[Points]:
    """The points of one twin's series."""
    tail = _tail(client, module, start)
    rows = _joined(client, module) if tail is None else tail
    inside = slice(*np.searchsorted(rows.times, [start, end]).tolist())
    rows = Rows(
        times=rows.times[inside],
        states=rows.states[inside],
        statuses=rows.statuses[inside],
        dropped=rows.dropped,
    )
    values = _values(client, module, series, rows, one_by_one=tail is not None)
    for one, column in zip(series, values, strict=True):
        yield from _points(one, rows, column)


def _tail(client: Client, module: str, start: int) -> Rows | None:
    """The rows since `start` when they are a few; None when they are many, or nobody can tell.

    Ids are counted without gaps [G]: a row that is missing among them means that they are not.
    """
    try:
        newest = client.row(module, NEWEST)
        if _at(newest) < start:
            return _sorted([])
        before = newest.id - TAIL
        if before < 1 or _at(client.row(module, before)) >= start:
            return None
        between = [client.row(module, number) for number in range(before + 1, newest.id)]
    except (NotFound, Rejected):  # -1 is a guess here, which a server may refuse
        return None
    found = [*between, newest]
    if [row.id for row in found] != list(range(before + 1, newest.id + 1)):
        raise BadAnswer("AveniECA answered another row than the one asked for.")
    return _sorted([row for row in found if _at(row) >= start])


def _sorted(rows: Sequence[Occurrence]) -> Rows:
    return _ordered([_columns([row.model_dump() for row in rows], "instance_id")])


def _joined(client: Client, module: str) -> Rows:
    """Every row of a twin; where nothing has occurred yet, its states count as having done so."""
    parts = [_columns(rows, "instance_id") for rows in client.row_list(module)]
    if not any(len(part[0]) for part in parts):
        parts = [_columns(rows, "id") for rows in client.ess_list(module)]
    return _ordered(parts)


def _columns(rows: Sequence[Mapping[str, Any]], state: str) -> Columns:
    """Times, ids, states and statuses, as columns at once: a twin may have a million rows."""
    try:
        moments = micros([row["created_at"] for row in rows])
        ids, states = ([row[name] for row in rows] for name in ("id", state))
    except KeyError:
        raise BadAnswer("AveniECA's list holds a row without id or time.") from None
    if any(type(one) is not int for one in (*ids, *states)):
        raise BadAnswer("AveniECA's list holds a row with an id that is no number.")
    if max((*ids, *states), default=0) > LARGEST:
        raise BadAnswer("AveniECA's list holds a row with an id that is too large.")
    told = (row.get("status") for row in rows)
    statuses = [intern(one) if type(one) is str else None for one in told]
    return moments, np.array(ids, np.int64), np.array(states, np.int64), statuses


def _ordered(parts: Sequence[Columns]) -> Rows:
    """By time and then id; of several rows at one time the last stays."""
    moments, ids, states = (
        np.concatenate([np.empty(0, np.int64), *(part[place] for part in parts)])
        for place in range(3)
    )
    statuses = [one for part in parts for one in part[3]]
    order = np.lexsort((ids, moments))
    last = np.append(np.diff(moments[order]) > 0, True)[: len(order)]
    kept = order[last]
    return Rows(
        times=moments[kept],
        states=states[kept],
        statuses=[statuses[at] for at in kept.tolist()],
        dropped=len(order) - len(kept),
    )


def _values(
    client: Client, module: str, series: Sequence[Series], rows: Rows, *, one_by_one: bool
) -> list[list[Any]]:
    """A column for each series: the number of each row's state; None where it has none."""
    if all(one.what == "status" for one in series) or not len(rows.times):
        cells: dict[int, tuple[Any, ...]] = {}
    elif one_by_one:
        cells = _few(client, module, series, rows)
    else:
        wanted = set(rows.states.tolist())
        cells = _told(_states(client.ess_list(module), wanted), series)
    texts = _texts(client, module) if any(one.what == "text" for one in series) else {}
    return [_column(one, place, rows, cells, texts) for place, one in enumerate(series)]


def _few(
    client: Client, module: str, series: Sequence[Series], rows: Rows
) -> dict[int, tuple[Any, ...]]:
    """The cells of a few states, which are asked for one by one."""
    numbers = dict.fromkeys(rows.states.tolist())
    return _told((client.ess(module, number).model_dump() for number in numbers), series)


def _states(pieces: Iterable[list[dict[str, Any]]], wanted: set[int]) -> Iterator[dict[str, Any]]:
    """Those of a list of all states that are wanted."""
    every = (row for rows in pieces for row in rows)
    return (row for row in every if type(row.get("id")) is int and row["id"] in wanted)


def _told(states: Iterable[dict[str, Any]], series: Sequence[Series]) -> dict[int, tuple[Any, ...]]:
    """For each state, by its id, the cell of each series."""
    picker = Picker(series)
    found: dict[int, tuple[Any, ...]] = {}
    for row in states:
        places = picker.places(row)
        found[row["id"]] = tuple(
            _cell(row, one, place) for one, place in zip(series, places, strict=True)
        )
    return found


def _cell(row: dict[str, Any], series: Series, place: int | None) -> Any:
    if series.what == "state":
        return MISSING if place is None else row["state"][place]
    if series.what == "text":
        return row.get("embedding_input")
    return row.get(series.what)


def _texts(client: Client, module: str) -> dict[int, str]:
    """The registered texts of a twin by their ids."""
    return {
        row["id"]: row["input"]
        for rows in client.embedding_list(module)
        for row in rows
        if isinstance(row.get("input"), str) and "id" in row
    }


def _column(
    series: Series,
    place: int,
    rows: Rows,
    cells: dict[int, tuple[Any, ...]],
    texts: dict[int, str],
) -> list[Any]:
    if series.what == "status":
        return list(rows.statuses)
    nothing = (MISSING,) * (place + 1)
    column = [cells.get(state, nothing)[place] for state in rows.states.tolist()]
    return [texts.get(one, MISSING) for one in column] if series.what == "text" else column


def _points(series: Series, rows: Rows, column: Sequence[Any]) -> Iterator[Points]:
    """The points of one series in batches; rows whose state lacks it give none."""
    there = np.array([one is not MISSING for one in column], dtype=bool)
    moments = times(rows.times[there])
    values, wrong = _typed(series, [one for one in column if one is not MISSING])
    batch = pa.RecordBatch.from_arrays([moments, values], names=["time", "value"])
    notes = Notes(duplicates=rows.dropped, unreadable=wrong)
    return Points.cut(series.id, batch, notes)


def _typed(series: Series, column: list[Any]) -> tuple[pa.Array, int]:
    if series.what not in ("status", "text"):
        return numbers(column)
    texts = [one if isinstance(one, str) else None for one in column]
    return pa.array(texts, pa.string()), 0


def _at(row: Occurrence) -> int:
    return int(micros([row.created_at])[0])


def _micros_of(moment: datetime) -> int:
    return int(pa.array([moment], TIME)[0].value)
