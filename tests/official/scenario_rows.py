"""Every sort of row on a BEMServer through our operations: what each verb gave, without ids.

Run on two servers, it has to give the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from connectors.operations import Record
from tests.functions.bemserver.rows import CASES, Body, Case, Plot
from tests.functions.bemserver.shared import NOBODY, Bare, Ours, Served, fresh
from tests.official.sides import Step, refusal

WRONG: dict[str, Body] = {
    "campaigns": {"timezone": "Europe/Kiev"},
    "structural_element_properties": {"unit_symbol": "m3"},
    "timeseries_properties": {"unit_symbol": "VAR"},
    "timeseries": {"unit_symbol": "euro"},
    "users": {"email": "nobody"},
    **{f"{kind}_property_data": {"value": "forty"}
       for kind in ("site", "building", "storey", "space", "zone", "timeseries")},
}  # fmt: skip
"""Values that only the platform can refuse."""


def rows(side: Served) -> dict[str, Any]:
    """By sort and verb."""
    ours, plot = Ours(side), Plot(Bare(side))
    return {
        f"{name} {verb}": saw
        for name, case in CASES.items()
        for verb, saw in _verbs(ours, plot, name, case)
    }


def _verbs(ours: Ours, plot: Plot, name: str, case: Case) -> Iterator[Step]:
    """Made, refused, found, changed, refused, deleted, gone."""
    values = case.made(plot)
    made = ours.do(f"{name}.create", **values)
    kept = {field: made.fields.get(field) == value for field, value in values.items()}
    yield "made", [sorted(made.fields), kept, made.version is not None]
    yield "made again", _plain(partial(ours.do, f"{name}.create", **values))
    yield "made wrong", list(_wrong(ours, plot, name, case))
    yield "listed", [_found(ours, name, made, field) for field in case.filters]
    if not case.tie:
        yield from _changes(ours, name, case, made)
    if f"{name}.dependents" in ours.names:
        parts = ours.rows(f"{name}.dependents", id=made.id)
        yield "parts", sorted(row["type"] for row in parts)
    yield "deleted", refusal(partial(ours.do, f"{name}.delete", id=made.id))
    yield "gone", _plain(partial(ours.do, f"{name}.getone", id=made.id))


def _changes(ours: Ours, name: str, case: Case, made: Record) -> Iterator[Step]:
    """Under the version that is known, under another, and under none."""
    same = ours.do(f"{name}.getone", id=made.id, version=made.version)
    yield "unchanged", [same.version == made.version, dict(same.fields)]
    change = case.changed()
    stale = partial(ours.do, f"{name}.update", id=made.id, version="0" * 40, **change)
    yield "changed late", _plain(stale)
    record = ours.do(f"{name}.update", id=made.id, **change)
    differing = {field for field in record.fields if record.fields[field] != made.fields.get(field)}
    yield "changed", [sorted(differing), sorted(record.fields), record.version != made.version]
    yield "deleted late", _plain(partial(ours.do, f"{name}.delete", id=made.id, version="0" * 40))


def _wrong(ours: Ours, plot: Plot, name: str, case: Case) -> Iterator[Any]:
    """References to nothing, each by itself, and what only the platform can refuse."""
    values = case.made(plot)
    wrong = [{field: NOBODY} for field in values if field.endswith("_id") and field != "ifc_id"]
    for change in [*wrong, *([WRONG[name]] if name in WRONG else [])]:
        renamed = {"name": fresh("wrong")} if "name" in values else {}
        call = partial(ours.do, f"{name}.create", **values | renamed | change)
        yield [sorted(change), _plain(call)]


def _found(ours: Ours, name: str, made: Record, field: str) -> Any:
    """Whether a filter finds the row, and nothing else than it says."""
    value = made.fields[field]
    rows = ours.rows(f"{name}.getall", **{field: value})
    return [
        field,
        made.id in {row["node"] for row in rows},
        all(row[field] == value for row in rows),
    ]


def _plain(call: Any) -> Any:
    """A refusal; of a row that there should not be, its fields."""
    found = refusal(call)
    return sorted(found.fields) if isinstance(found, Record) else found
