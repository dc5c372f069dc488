"""The parameters that every listing understands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connectors.sandbox.flowthings.filters import tree
from connectors.sandbox.flowthings.filters.evaluation import (
    MISSING,
    Getter,
    distance,
    predicate,
)
from connectors.sandbox.flowthings.filters.parser import parsed
from connectors.sandbox.flowthings.problems import wrong
from connectors.sandbox.flowthings.shelves import Record

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 10_000  # guess: more is cut to this
ORDERS = ("asc", "desc", "geo")
NEWEST = ("creationDate",)
NO = ("", "0", "false", "no", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request wants to see of the objects that it is about."""

    filter: tree.Node | None
    limit: int
    start: int
    sort: tuple[str, ...]
    order: str
    only: tuple[str, ...] | None
    hints: bool
    refs: bool

    @property
    def by_age(self) -> bool:
        """Whether the order is that of creation."""
        return self.sort == NEWEST and self.order != "geo"


def asked(params: Mapping[str, str]) -> Asked:
    """The parameters, unknown ones ignored. Raises Problem 400."""
    order = params.get("order") or "desc"
    if order not in ORDERS:
        raise wrong(f"order must be one of {', '.join(ORDERS)}.")
    only = params.get("only")
    return Asked(
        filter=parsed(params.get("filter", "")),
        limit=min(_number(params, "limit", DEFAULT_LIMIT), LARGEST_LIMIT),
        start=_number(params, "start", _number(params, "skip", 0)),
        sort=tuple((params.get("sort") or "creationDate").split(".")),
        order=order,
        only=tuple(name for name in only.split(",") if name) if only else None,
        hints=switched(params, "hints"),
        refs=switched(params, "refs"),
    )


def switched(params: Mapping[str, str], name: str) -> bool:
    """Whether a parameter is on."""
    return params.get(name, "").lower() not in NO


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()):
        raise wrong(f"{name} must be a whole number that is not negative.")
    return int(text[:18])


def projected(record: Record, only: tuple[str, ...] | None) -> Record:
    """The members asked for, and always the id; a dotted name reaches into a map."""
    if only is None:
        return record
    kept: Record = {"id": record["id"]} if "id" in record else {}
    for name in only:
        _copy(record, kept, name.split("."))
    return kept


def _copy(source: Any, target: Record, parts: list[str]) -> None:
    first, rest = parts[0], parts[1:]
    if not isinstance(source, Mapping) or first not in source:
        return
    if not rest:
        target[first] = source[first]
        return
    inner: Any = target.get(first)
    fresh = dict(inner) if isinstance(inner, dict) else {}
    _copy(source[first], fresh, rest)
    if fresh:
        target[first] = fresh


def page(records: Iterable[Record], asked: Asked, getter: Getter, now: int) -> list[Record]:
    """Filters, sorts and cuts; the records come oldest first."""
    passes = predicate(asked.filter, getter, now)
    found = [record for record in records if passes(record)]
    return list(islice(ordered(found, asked, getter), asked.start, asked.start + asked.limit))


def ordered(records: list[Record], asked: Asked, getter: Getter) -> list[Record]:
    """Those without the member come last, whatever the order."""
    centre = _centre(asked.filter) if asked.order == "geo" else None
    if centre is not None:
        where = getter(("location",))
        return sorted(records, key=lambda record: _away(where(record), centre))
    get = getter(asked.sort)
    have = [record for record in records if get(record) is not MISSING]
    lack = [record for record in records if get(record) is MISSING]
    have.sort(key=_ranked(get))
    if asked.order != "asc":
        have.reverse()
        lack.reverse()
    return have + lack


def _away(place: Any, centre: tuple[float, float]) -> float:
    away = distance(place, *centre)
    return math.inf if away is None else away


def _ranked(get: Callable[[Record], Any]) -> Callable[[Record], tuple[int, Any, str]]:
    """Numbers, then texts, then the rest; of equal ones by id, so that pages never overlap."""

    def key(record: Record) -> tuple[int, Any, str]:
        value, identifier = get(record), str(record.get("id", ""))
        if isinstance(value, bool):
            return 2, int(value), identifier
        if isinstance(value, int | float):
            return 0, value, identifier
        if isinstance(value, str):
            return 1, value, identifier
        return 3, str(value), identifier

    return key


def _centre(node: tree.Node | None) -> tuple[float, float] | None:
    """The point that the filter measures from, if it has one."""
    parts = node.parts if isinstance(node, tree.Both) else (node,)
    for part in parts:
        if isinstance(part, tree.Within):
            return part.latitude, part.longitude
    return None
