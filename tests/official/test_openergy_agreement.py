"""What the published client reads from the sandbox equals what our service reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import NodeId, Window
from connectors.openergy import sheets
from connectors.openergy.sheets import Sheet
from connectors.openergy.workbook import COLUMNS
from tests.conformance.points import stored
from tests.conformance.sandbox_openergy import TUTORIAL
from tests.functions.openergy.ground import Tutorial, tutorial, upload
from tests.official.clients import client_python, run_script

pytestmark = pytest.mark.official

LISTS = {
    "organizations.list_all": ("organizations.list", {}),
    "projects.list_all": ("projects.list", {}),
    "project.list_all_gates": ("gates.list", {"project": "project"}),
    "project.list_all_importers": ("importers.list", {"project": "project"}),
    "project.list_all_cleaners": ("cleaners.list", {"project": "project"}),
    "project.list_all_analyses": ("analyses.list", {"project": "project"}),
    "project.list_all_series": ("series.list", {"project": "project"}),
    "project.list_all_notifications": ("notifications.list", {"project": "project"}),
    "cleaner.list_all_unitcleaners": ("unitcleaners.list", {"cleaner": "cleaner"}),
    "analysis.list_all_analysis_inputs": ("analysis_inputs.list", {"analysis": "analysis"}),
    "analysis.list_all_analysis_outputs": ("analysis_outputs.list", {"analysis": "analysis"}),
}
ALWAYS = Window(start=datetime(2000, 1, 1, tzinfo=UTC), end=datetime(2030, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Sides:
    """Ours, and what the published client printed."""

    ours: Tutorial
    theirs: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    python = client_python("requirements-openergy-1.5.2.txt")
    folder = tmp_path_factory.mktemp("agreement")
    with tutorial() as ours:
        workbook = folder / "ours.xlsx"
        workbook.write_bytes(ours.bytes("cleaner.export_excel", cleaner=ours.ids["cleaner"]))
        settings = ours.subject.settings
        lines = run_script(
            python, "openergy_agreement.py", settings["url"], settings["login"],
            settings["password"], TUTORIAL, "Ovbpclient documentation", "importer-a", str(folder),
            str(workbook), seconds=300,
        )  # fmt: skip
        yield Sides(ours, {line["name"]: line["saw"] for line in lines}, folder)


@pytest.mark.parametrize("function", LISTS)
def test_every_list_has_the_same_ids_and_names(sides: Sides, function: str) -> None:
    name, filters = LISTS[function]
    given = {field: sides.ours.ids[word] for field, word in filters.items()}
    rows = sides.ours.rows(name, **given)
    assert sorted([row["id"], row.get("name", "")] for row in rows) == sides.theirs[function]


def test_every_series_has_the_same_points(sides: Sides) -> None:
    rows = sides.ours.rows("series.list", project=sides.ours.ids["project"])
    assert len(rows) == 7
    for row in rows:
        times, values = stored(sides.ours.service.read([NodeId(row["node"])], ALWAYS))[row["node"]]
        found = [[time // 1000, value] for time, value in zip(times, values, strict=True)]
        assert found == sides.theirs[f"select {row['id']}"]
        assert found


def test_an_export_has_the_same_names_and_values(sides: Sides) -> None:
    rows = sides.ours.rows("series.list", project=sides.ours.ids["project"])
    lines = sides.ours.rows(
        "series.export_table", series=[row["node"] for row in rows], clock="gmt"
    )
    found: dict[str, list[list[float]]] = {}
    for line in lines:
        moment = datetime.fromisoformat(line["time"]).replace(tzinfo=UTC)
        points = found.setdefault(line["series"], [])
        if line["value"] is not None:
            points.append([int(moment.timestamp() * 1000), line["value"]])
    assert sorted([name, points] for name, points in found.items()) == sides.theirs["export"]


def test_the_published_client_reads_our_workbook_and_changes_nothing(sides: Sides) -> None:
    assert sides.theirs["workbook changed"] == []


def test_the_published_clients_workbook_is_ours_cell_for_cell(sides: Sides) -> None:
    with (sides.folder / "theirs.xlsx").open("rb") as theirs:
        their = sheets.read(theirs, "Series")
    with (sides.folder / "ours.xlsx").open("rb") as ours:
        our = sheets.read(ours, "Series")
    rows = range(7, 12)
    cells = [f"{column.letter}{row}" for row in rows for column in COLUMNS]
    assert {name: their.get(name) for name in cells} == {name: our.get(name) for name in cells}


def test_a_line_marked_in_the_published_clients_workbook_changes_one_field(sides: Sides) -> None:
    with (sides.folder / "theirs.xlsx").open("rb") as theirs:
        cells = sheets.read(theirs, "Series")
    edited = sheets.written((Sheet(name="Series", cells={**cells, "C8": "x", "J8": "K"}),))
    rows = sides.ours.rows(
        "cleaner.configure_excel", cleaner=sides.ours.ids["cleaner"],
        file=upload("theirs.xlsx", edited),
    )  # fmt: skip
    assert [(row["done"], row["fields"]) for row in rows] == [("changed", "unit")]
