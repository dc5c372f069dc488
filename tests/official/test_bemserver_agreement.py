"""Of every sort of row the published client 0.22.0 reads what our service reads, and both change it
under each other's versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.bemserver.resources import SORTS, Sort
from connectors.operations import Record
from tests.functions.bemserver.rows import CASES, Plot, moment, staged
from tests.functions.bemserver.shared import Ours, without
from tests.official.clients import client_python, run_script
from tests.sandbox.server import ADMIN

pytestmark = pytest.mark.official

NAMED = {sort.name: sort for sort in SORTS}
"""Our operations have the names of the client's entry points."""
MADE = tuple(CASES)
CHANGING = tuple(name for name, case in CASES.items() if not case.tie)
LISTED = tuple(name for name in NAMED if name not in CASES and "getall" in NAMED[name].verbs)


@dataclass(frozen=True)
class Sides:
    """What we made and listed, what the client said then, and our service as it is now."""

    ours: Ours
    made: dict[str, Record]
    rows: dict[str, list[dict[str, Any]]]
    theirs: dict[str, Any]


def planned(ours: Ours, ground: Plot, name: str) -> tuple[Record, list[Any]]:
    """A new row of ours, and the change that the client makes of it: a whole row (section 1.5)."""
    case, values = CASES[name], CASES[name].made(ground)
    record = ours.do(f"{name}.create", **values)
    body = None
    if not case.tie:
        whole = values | case.changed()
        body = {field: whole[field] for field in NAMED[name].writable if field in whole}
    return record, [name, record.fields["id"], record.version, body]


@pytest.fixture(scope="module")
def sides() -> Iterator[Sides]:
    python = client_python("requirements-bemserver-0.22.0.txt")
    with staged(flavour="0.26.0") as stage:
        both = {name: planned(stage.ours, stage.ground, name) for name in MADE}
        plan = [plan for _, plan in both.values()] + [[name, None, None, None] for name in LISTED]
        event, user = both["events"][0].fields["id"], both["users"][0].fields["id"]
        stage.ground.make("notifications", user_id=user, event_id=event, timestamp=moment())
        rows = {name: stage.ours.rows(f"{name}.getall") for name in (*MADE, *LISTED)}
        host = stage.server.url.removeprefix("http://")
        text = json.dumps(plan)
        lines = run_script(
            python, "bemserver_agreement.py", host, ADMIN.email, ADMIN.password, text, seconds=300
        )
        made = {name: record for name, (record, _) in both.items()}
        yield Sides(stage.ours, made, rows, dict(lines))


def columns(sort: Sort, row: dict[str, Any]) -> dict[str, Any]:
    """A row of the client's as a list of ours shows it; null fields are left out of answers."""
    return {name: row.get(name) for name in ("id", *sort.columns)}


@pytest.mark.parametrize("name", [*MADE, *LISTED])
def test_lists_are_the_same(sides: Sides, name: str) -> None:
    sort, theirs = NAMED[name], sides.theirs[name]["rows"]
    ours = {row["id"]: without(row, "node") for row in sides.rows[name]}
    assert theirs
    assert ours == {row["id"]: columns(sort, row) for row in theirs}


@pytest.mark.parametrize("name", MADE)
def test_what_we_make_is_what_the_client_reads(sides: Sides, name: str) -> None:
    record, theirs = sides.made[name], sides.theirs[name]
    assert record.fields == theirs["one"]
    assert (record.version or "") == theirs["etag"]


@pytest.mark.parametrize("name", CHANGING)
def test_the_client_changes_a_row_under_our_version_and_we_see_it(sides: Sides, name: str) -> None:
    theirs = sides.theirs[name]
    assert theirs["known"]
    record = sides.ours.do(f"{name}.getone", id=str(theirs["one"]["id"]))
    assert record.fields == theirs["changed"]
    assert record.version == theirs["changed_etag"]
    assert theirs["changed"] != theirs["one"]
