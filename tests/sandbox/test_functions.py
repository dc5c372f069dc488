"""The map from every platform function to the route of the sandbox that serves it.

`tests/functions/<platform>.tsv` is the list of functions with one more column, `route`: routes
joined by ` + `, or `none` where nothing goes over the wire.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sandbox.standins import ALL
from tests.functions.maps import MAPS, rows
from tests.sandbox.server import SandboxServer

AGREED = Path(__file__).resolve().parents[3] / "shared" / "platforms" / "functions.tsv"
"""Where the list is agreed upon; beside a developer's checkout, not in a clone."""
COUNTS = {"avenieca": 48, "avista": 84, "bemserver": 296, "flowthings": 180, "openergy": 149}
KINDS = sorted(each.kind for each in ALL)


@pytest.mark.parametrize("kind", KINDS)
def test_every_function_is_served_by_a_route_of_its_stand_in(kind: str) -> None:
    with SandboxServer(kind) as server:
        served = set(server.standin(kind).routes())
    astray = {
        row["id"]: row["route"]
        for row in rows(MAPS / f"{kind}.tsv")
        if row["route"] != "none" and not set(row["route"].split(" + ")) <= served
    }
    assert not astray


@pytest.mark.parametrize("kind", KINDS)
def test_a_function_has_no_route_only_where_nothing_goes_over_the_wire(kind: str) -> None:
    wrong = [
        row["id"]
        for row in rows(MAPS / f"{kind}.tsv")
        if (row["route"] == "none") != row["wire"].startswith("none")
    ]
    assert not wrong


@pytest.mark.parametrize("kind", KINDS)
def test_no_function_is_missing_or_there_twice(kind: str) -> None:
    names = [row["id"] for row in rows(MAPS / f"{kind}.tsv")]
    assert (len(names), len(set(names))) == (COUNTS[kind], COUNTS[kind])


@pytest.mark.skipif(not AGREED.exists(), reason="the agreed list lies beside a checkout only")
def test_the_maps_hold_the_agreed_list_word_for_word() -> None:
    mapped = [row for kind in KINDS for row in rows(MAPS / f"{kind}.tsv")]
    plain = [{name: text for name, text in row.items() if name != "route"} for row in mapped]
    agreed = [row for kind in KINDS for row in rows(AGREED) if row["platform"] == kind]
    assert plain == agreed
