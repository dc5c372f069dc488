"""Averages, sums and counts over the drops of a flow (section 3.5 of the reference)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.flowthings import calendar, elems
from connectors.sandbox.flowthings.call import Answer, Call
from connectors.sandbox.flowthings.drops import flow_of
from connectors.sandbox.flowthings.filters.evaluation import (
    MISSING,
    Predicate,
    only_window,
    predicate,
    window,
)
from connectors.sandbox.flowthings.filters.parser import parsed
from connectors.sandbox.flowthings.problems import wrong
from connectors.sandbox.flowthings.shelves import Record, Rows

Values = NDArray[np.float64]
MOST = 100  # outputs, groups, rules or sorts in one request; guess
# Guess: what $first … $stdDev mean; the documentation names $avg and $count, the client $min.
FUNCTIONS: Mapping[str, Callable[[Values], float]] = {
    "$avg": lambda values: float(values.mean()),
    "$sum": lambda values: float(values.sum()),
    "$min": lambda values: float(values.min()),
    "$max": lambda values: float(values.max()),
    "$first": lambda values: float(values[0]),
    "$last": lambda values: float(values[-1]),
    "$stdDev": lambda values: float(values.std()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A body that was understood."""

    output: tuple[str, ...]
    groups: tuple[str, ...]
    rules: Mapping[str, Predicate]
    passes: Predicate
    window: tuple[float, float]
    whole: bool
    """Whether every drop within the window passes."""
    sorts: tuple[tuple[str, bool], ...]
    """What to sort by, and whether descending."""


def aggregate(call: Call, flow_id: str) -> Answer:
    """`POST /drop/<flowId>/aggregate`: a list of rows."""
    flow = flow_of(call, flow_id, "dropRead")
    question = _question(call.mapping(), call.state.now())
    return Answer(body=_sorted(list(_rows(question, call.state.rows(flow))), question))


def _question(body: Record, now: int) -> Question:
    output, groups = _texts(body, "output"), _texts(body, "groupBy")
    if not output:
        raise wrong("output is missing.")
    for name in output:
        _function(name)
    rules = body.get("rules") or {}
    if not isinstance(rules, dict) or len(rules) > MOST:
        raise wrong("rules must be a map of names to filters.")
    node = parsed(_filter(body.get("filter") or ""))
    return Question(
        output=output,
        groups=groups,
        rules={name: predicate(parsed(_filter(text)), elems.getter, now)
               for name, text in rules.items()},
        passes=predicate(node, elems.getter, now),
        window=window(node, now),
        whole=only_window(node),
        sorts=tuple(_sort(text, (*output, *groups)) for text in _texts(body, "sorts")),
    )  # fmt: skip


def _texts(body: Record, name: str) -> tuple[str, ...]:
    given = body.get(name)
    if given is None:
        return ()
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, list) or len(given) > MOST:
        raise wrong(f"{name} must be a list.")
    if not all(isinstance(each, str) and each for each in given):
        raise wrong(f"{name} must be a list of texts.")
    return tuple(given)


def _filter(text: Any) -> str:
    if not isinstance(text, str):
        raise wrong("A filter must be a text.")
    return text


def _function(output: str) -> tuple[str, str]:
    """The function and the name of what it is applied to. Raises Problem 400."""
    name, _, member = output.partition(":")
    if name != "$count" and (name not in FUNCTIONS or not member):
        raise wrong(f"{output[:80]} is none of $count, {':…, '.join(FUNCTIONS)}:….")
    return name, member


def _sort(text: str, known: tuple[str, ...]) -> tuple[str, bool]:
    name, _, way = text.rpartition(":")
    if way not in ("asc", "desc"):
        name, way = text, "asc"
    if name not in known and not any(_selects(each, name) for each in known):
        raise wrong(f"{text[:80]} is neither an output nor a group.")
    return name, way == "desc"


def _selects(group: str, name: str) -> bool:
    """Whether grouping also yields this coarser date part: `$hour` yields `$year`."""
    part, _, member = group[1:].partition(":")
    if not group.startswith("$") or part not in calendar.PARTS:
        return False
    names = calendar.PARTS[: calendar.PARTS.index(part) + 1]
    return name in [_key(each, member) for each in names]


def _key(part: str, member: str) -> str:
    return f"${part}:{member}" if member else f"${part}"


class _Columns:
    """The rows that pass, as columns by name. Rules are 1 or 0."""

    def __init__(self, question: Question, rows: Rows) -> None:
        low, high = rows.bounds(*question.window)
        self._question = question
        self._values = rows.values[low:high] if rows.pure else None
        self.stamps = rows.stamps[low:high]
        self._drops: list[Record] | None = None
        if not question.whole:
            found = ((place, rows[place]) for place in range(low, high))
            kept = [(place, drop) for place, drop in found if question.passes(drop)]
            places = [place for place, _ in kept]
            self.stamps = rows.stamps[places]
            self._values = rows.values[places] if rows.pure else None
            self._drops = [drop for _, drop in kept]
        self._rows, self._range = rows, range(low, high)

    def drops(self) -> list[Record]:
        """The rows themselves."""
        if self._drops is None:
            self._drops = [self._rows[place] for place in self._range]
        return self._drops

    def objects(self, name: str) -> list[Any]:
        """The values of an elem or a rule; MISSING where there is none."""
        rule = self._question.rules.get(name)
        if rule is not None:
            return [int(rule(drop)) for drop in self.drops()]
        get = elems.getter(tuple(name.split(".")))
        return [get(drop) for drop in self.drops()]

    def numbers(self, name: str) -> Values:
        """The numeric values; NaN where there is none."""
        if name not in self._question.rules and self._values is not None:
            if name in ("value", "elems.value"):
                return self._values
            if name in ("time", "elems.time", "creationDate"):
                return self.stamps.astype(np.float64)
        return np.array([_numeric(value) for value in self.objects(name)], dtype=np.float64)


def _numeric(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return float(value) if isinstance(value, bool) else float("nan")
    return float(value)


def _rows(question: Question, rows: Rows) -> Iterator[Record]:
    columns = _Columns(question, rows)
    if not columns.stamps.size:
        return
    names, keys = _grouping(question, columns)
    order, starts = _grouped(keys, columns.stamps.size)
    needed = {member for member in (_function(each)[1] for each in question.output) if member}
    numbers = {member: columns.numbers(member)[order] for member in needed}
    ends = [*starts[1:], columns.stamps.size]
    for low, high in zip(starts, ends, strict=True):
        group = {name: _plain(key[order[low]]) for name, key in zip(names, keys, strict=True)}
        told = {each: _output(each, numbers, low, high) for each in question.output}
        yield {"id": group, **told}


def _output(output: str, numbers: Mapping[str, Values], low: int, high: int) -> float | int | None:
    name, member = _function(output)
    if not member:
        return high - low
    values = numbers[member][low:high]
    values = values[~np.isnan(values)]
    if name == "$count":
        return int(values.size)
    if not values.size:
        return None
    with np.errstate(all="ignore"):
        number = FUNCTIONS[name](values)
    return number if isfinite(number) else None  # too large for a double


def _grouping(question: Question, columns: _Columns) -> tuple[list[str], list[NDArray[Any]]]:
    """The names in a row's id, each with its value for every drop."""
    found: dict[str, NDArray[Any]] = {}
    for group in question.groups:
        part, _, member = group[1:].partition(":")
        if not group.startswith("$"):
            found[group] = _labels(columns.objects(group))
        elif part in calendar.PARTS:
            for each, values in _dates(columns, part, member).items():
                found[_key(each, member)] = values
        else:
            raise wrong(f"{group[:80]} is none of ${', $'.join(calendar.PARTS)}.")
    return list(found), list(found.values())


def _dates(columns: _Columns, part: str, member: str) -> dict[str, NDArray[Any]]:
    if not member or member == "creationDate":
        return dict(calendar.parts(columns.stamps, part))
    numbers = columns.numbers(member)
    valid = np.isfinite(numbers) & (np.abs(numbers) < 2.5e14)
    found = calendar.parts(np.where(valid, numbers, 0).astype(np.int64), part)
    return {each: _masked(values, valid) for each, values in found.items()}


def _masked(values: NDArray[np.int64], valid: NDArray[np.bool_]) -> NDArray[Any]:
    """Null where there was no date."""
    told: NDArray[Any] = values.astype(object)
    told[~valid] = None
    return told


def _labels(values: list[Any]) -> NDArray[Any]:
    """Texts, numbers and true/false as they are; anything else, and nothing, as null (guess)."""
    found = np.empty(len(values), dtype=object)
    found[:] = [
        value if value is not MISSING and isinstance(value, str | int | float) else None
        for value in values
    ]
    return found


def _grouped(keys: list[NDArray[Any]], size: int) -> tuple[NDArray[np.int64], list[int]]:
    """The order that brings equal keys together, oldest first within, and where each begins."""
    if not keys:
        return np.arange(size), [0]
    codes = np.zeros(size, dtype=np.int64)
    for key in keys:
        inner = _codes(key)
        _, codes = np.unique(codes * (int(inner.max()) + 1) + inner, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    return order, [int(start) for start in starts]


def _codes(key: NDArray[Any]) -> NDArray[np.int64]:
    """Whole numbers in the order of the values: nulls, numbers, texts."""
    if key.dtype != object:
        _, codes = np.unique(key, return_inverse=True)
        return np.asarray(codes, dtype=np.int64)
    ranks = sorted({_rank(value) for value in key})
    places = {rank: place for place, rank in enumerate(ranks)}
    return np.array([places[_rank(value)] for value in key], dtype=np.int64)


def _rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, 0
    if isinstance(value, bool):
        return 1, int(value)
    return (3, value) if isinstance(value, str) else (2, value)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _sorted(rows: list[Record], question: Question) -> list[Record]:
    """By the last sort first, because sorting keeps the order of equal rows."""
    for name, descending in reversed(question.sorts):
        rows.sort(key=lambda row: _rank(row.get(name, row["id"].get(name))), reverse=descending)
    return rows
