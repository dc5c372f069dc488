"""Importers, cleaners and analyses: run, cleared, reset, changed and deleted; the workbook."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.contract import NodeId, Window
from connectors.errors import NotFound, Rejected
from connectors.openergy import sheets
from connectors.openergy.sheets import Sheet
from connectors.openergy.workbook import COLUMNS, workbook
from connectors.operations import Table
from tests.conformance.sandbox_openergy import NOBODY, id_of, openergy
from tests.functions.openergy.ground import DAY, Tutorial, at, stored, tutorial, upload

LINES = ("importer", "cleaner", "analysis", "series_export", "base_feeder")


@pytest.fixture
def done() -> Iterator[Tutorial]:
    with tutorial() as found:
        yield found


def held(done: Tutorial, maker: str, name: str) -> list[tuple[Any, float]]:
    """What `read` gives of one series, by a name that is unique there."""
    one = done.series_of(maker)[name]
    return stored(done.service.read([one], DAY)).get(one, [])


def wire(done: Tutorial, maker: str, name: str) -> int:
    """How many points the bare client sees."""
    uuid = done.series_of(maker)[name].split("/")[1]
    row = {"id": uuid}
    return len(done.bare.values(row, Window(start=DAY.start, end=DAY.end)))


@pytest.mark.covers("openergy.importer.clear")
def test_an_importer_is_cleared_from_a_time_on_or_wholly(done: Tutorial) -> None:
    which = done.ids["importer"]
    task = done.record("importer.clear", which=which, since=at(6).isoformat())
    assert done.task(task) == "finished"
    assert [time for time, _ in held(done, "importer", "a")] == [at(hour) for hour in range(6)]
    assert wire(done, "importer", "a") == 6
    done.do("importer.clear", which=which)
    assert wire(done, "importer", "a") == 0


@pytest.mark.covers("openergy.importer.reset")
def test_an_importer_is_reset_and_a_given_path_is_sent_as_given(done: Tutorial) -> None:
    which = done.ids["importer"]
    done.do("importer.clear", which=which)
    assert done.task(done.record("importer.reset", which=which)) == "finished"
    assert wire(done, "importer", "a") == 24
    done.do("importer.reset", which=which, last_imported_path="zzz.json")
    assert done.wire("importer")["last_imported_path"] == "zzz.json"
    assert wire(done, "importer", "a") == 0


@pytest.mark.covers("openergy.importer.delete")
def test_a_deleted_importer_takes_along_what_was_named_before(done: Tutorial) -> None:
    which = done.ids["importer"]
    assert done.operation("importer.delete").preview == "importer.parts"
    rows = done.rows("importer.parts", importer=which)
    words = [row["type"] for row in rows]
    counts = {word: words.count(word) for word in set(words)}
    assert counts == {"cleaner": 1, "unitcleaner": 3, "series": 6}
    done.do("importer.delete", importer=which)
    assert done.bare.status("GET", f"odata/importers/{done.uuid('importer')}") == 404
    assert done.bare.status("GET", f"odata/cleaners/{done.uuid('cleaner')}") == 404
    assert done.bare.rows("odata/series", generator=done.uuid("importer")) == []


@pytest.mark.covers("openergy.cleaner.run")
@pytest.mark.covers("openergy.cleaner.clear")
@pytest.mark.covers("openergy.cleaner.reset")
def test_a_cleaner_is_cleared_run_and_reset(done: Tutorial) -> None:
    which = done.ids["cleaner"]
    before = held(done, "cleaner", "a-cleaned")
    assert len(before) == 22
    assert done.task(done.record("cleaner.clear", which=which, since=at(4).isoformat()))
    assert held(done, "cleaner", "a-cleaned") == before[:3]
    done.do("cleaner.clear", which=which)
    assert wire(done, "cleaner", "a-cleaned") == 0
    assert done.task(done.record("cleaner.run", which=which)) == "finished"
    assert held(done, "cleaner", "a-cleaned") == before
    assert done.task(done.record("cleaner.reset", which=which)) == "finished"
    assert held(done, "cleaner", "a-cleaned") == before


@pytest.mark.covers("openergy.cleaner.get_unitcleaner")
@pytest.mark.covers("openergy.unitcleaner.update")
def test_a_changed_unit_cleaner_has_its_series_computed_again(done: Tutorial) -> None:
    found = done.record("unitcleaners.find", parent=done.ids["cleaner"], name="a")
    assert found.id == done.ids["unitcleaner a"]
    script = "def fct(value):\n    return value * 10\n"
    done.do("unitcleaners.update", which=found.id, operation_fct=script)
    row = done.wire("unitcleaner a")
    assert (row["operation_fct"], row["freq"]) == (script, "1H")
    assert {value for _, value in held(done, "cleaner", "a-cleaned")} == {10.0}
    with pytest.raises(Rejected) as refused:
        done.do("unitcleaners.update", which=found.id, timezone="Mars/Olympus")
    assert "timezone" in refused.value.fields


@pytest.mark.covers("openergy.unitcleaner.delete")
def test_a_deleted_unit_cleaner_leaves_its_input_unconfigured(done: Tutorial) -> None:
    done.do("unitcleaners.delete", which=done.ids["unitcleaner a"])
    path = f"odata/unitcleaners/{done.uuid('unitcleaner a')}"
    assert done.bare.status("GET", path) == 404
    rows = done.rows("importer_series.list", generator=done.ids["importer"])
    assert {row["name"]: row["unitcleaner"] for row in rows}["a"] is None
    (input_row,) = done.bare.rows(
        "odata/importer_series", generator=done.uuid("importer"), external_name="a"
    )
    assert input_row["unitcleaner"] is None


@pytest.mark.covers("openergy.analysis.clear")
@pytest.mark.covers("openergy.analysis.reset")
def test_an_analysis_is_cleared_and_reset(done: Tutorial) -> None:
    which = done.ids["analysis"]
    before = held(done, "analysis", "a-output")
    done.do("analysis.clear", which=which, since=at(9).isoformat())
    assert held(done, "analysis", "a-output") == before[:2]
    done.do("analysis.clear", which=which)
    assert wire(done, "analysis", "a-output") == 0
    assert done.task(done.record("analysis.reset", which=which)) == "finished"
    assert held(done, "analysis", "a-output") == before
    assert wire(done, "analysis", "a-output") == 6


@pytest.mark.covers("openergy.analysis_config.update")
def test_a_changed_configuration_is_kept_and_the_analysis_is_obsolete(done: Tutorial) -> None:
    done.do("analysis_configs.update", which=done.ids["config"], output_freq="6H")
    row = done.wire("analysis")
    assert row["analysisconfig"]["output_freq"] == "6H"
    found = done.record("analyses.get", which=done.ids["analysis"]).fields
    assert found["is_obsolete"] is row["is_obsolete"] is True


@pytest.mark.covers("openergy.analysis_input.delete")
@pytest.mark.covers("openergy.analysis_output.update")
@pytest.mark.covers("openergy.analysis_output.delete")
def test_inputs_and_outputs_are_changed_and_deleted(done: Tutorial) -> None:
    done.do("analysis_outputs.update", which=done.ids["output"], unit="K", resample_rule="sum")
    path = f"odata/analysis_outputs/{done.uuid('output')}"
    row = done.bare("GET", path)
    assert (row["unit"], row["resample_rule"]) == ("K", "sum")
    done.do("analysis_outputs.delete", which=done.ids["output"])
    assert done.bare.status("GET", path) == 404
    done.do("analysis_inputs.delete", which=done.ids["input a-cleaned"])
    left = done.bare.rows("odata/analysis_inputs", analysis=done.uuid("analysis"))
    assert [one["column_name"] for one in left] == ["b-cleaned"]


@pytest.mark.covers("openergy.analysis.delete")
def test_a_deleted_analysis_is_gone_with_its_outputs(done: Tutorial) -> None:
    words = [row["type"] for row in done.rows("analysis.parts", analysis=done.ids["analysis"])]
    assert sorted(words) == ["analysis_input", "analysis_input", "analysis_output", "series"]
    done.do("analysis.delete", analysis=done.ids["analysis"])
    assert done.bare.status("GET", f"odata/analyses/{done.uuid('analysis')}") == 404
    assert done.bare.rows("odata/analysis_outputs", analysis=done.uuid("analysis")) == []


@pytest.mark.covers("openergy.cleaner.export_configuration_to_excel")
def test_the_workbook_has_the_vendors_layout(done: Tutorial) -> None:
    done.do("unitcleaners.delete", which=done.ids["unitcleaner c"])
    content = done.bytes("cleaner.export_excel", cleaner=done.ids["cleaner"])
    cells = sheets.read(io.BytesIO(content), "Series")
    assert (cells["A1"], cells["B1"]) == ("Openergy Platform", "Cleaning Multiconfig File")
    assert (cells["B2"], cells["B3"]) == ("Ovbpclient documentation", "importer-a")
    assert [cells[f"{one.letter}7"] for one in COLUMNS] == [one.head for one in COLUMNS]
    assert [cells[f"A{row}"] for row in (8, 9, 10)] == ["a", "b", "c"]
    assert (cells["B8"], cells["D8"], cells["E8"], cells["O8"]) == ("a-cleaned", "yes", "1H", 0)
    assert "C8" not in cells
    assert not [name for name in cells if name.endswith("10") and name != "A10"]
    book = zipfile.ZipFile(io.BytesIO(content))
    assert book.testzip() is None
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    for part in ('topLeftCell="C8"', "COUNTA(A:A) - 6", 'ref="E6:K6"', "dst,gmt,tzt"):
        assert part in sheet


@pytest.mark.covers("openergy.cleaner.configure_from_excel")
def test_an_unmarked_workbook_writes_nothing_and_one_cell_changes_one_field(
    done: Tutorial,
) -> None:
    done.do("unitcleaners.delete", which=done.ids["unitcleaner c"])
    content = done.bytes("cleaner.export_excel", cleaner=done.ids["cleaner"])
    before = {name: done.wire(f"unitcleaner {name}") for name in "ab"}
    assert _configured(done, content) == []
    cells = sheets.read(io.BytesIO(content), "Series")
    marked = dict(cells) | {"C8": "x", "J8": "°C", "C9": "x", "C10": "x", "E10": "1H",
                            "F10": "instantaneous", "G10": "left", "H10": "tzt",
                            "I10": "Europe/Paris", "B10": "c-again"}  # fmt: skip
    edited = sheets.written((Sheet(name="Series", cells=marked),))
    told = [(row["input"], row["done"], row["fields"]) for row in _configured(done, edited)]
    assert told == [("a", "changed", "unit"), ("b", "as it was", ""), ("c", "made", "")]
    changed = done.wire("unitcleaner a")
    differing = {name for name, value in changed.items() if before["a"][name] != value}
    assert differing - {"last_run"} == {"unit"}
    assert done.wire("unitcleaner b") == before["b"]
    (made,) = done.bare.rows("odata/unitcleaners", cleaner=done.uuid("cleaner"), external_name="c")
    assert (made["name"], made["wait_offset"], made["custom_fct"]) == ("c-again", "6H", None)


@pytest.mark.parametrize("content", [b"", b"PK no zip", b"a,b,c"])
def test_what_is_no_workbook_is_refused_beside_the_file(done: Tutorial, content: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        _configured(done, content)
    assert "file" in refused.value.fields


def test_a_wrong_line_is_told_before_any_line_is_saved(done: Tutorial) -> None:
    cells = sheets.read(io.BytesIO(workbook("p", "c", [done.wire("unitcleaner a")], [])), "Series")
    wrong = dict(cells) | {"C8": "x", "J8": "K", "A9": "b", "C9": "x", "E9": "often"}
    before = done.wire("unitcleaner a")
    with pytest.raises(Rejected, match="Line 9, Frequency"):
        _configured(done, sheets.written((Sheet(name="Series", cells=wrong),)))
    assert done.wire("unitcleaner a") == before


def _configured(done: Tutorial, content: bytes) -> list[dict[str, Any]]:
    found = done.do(
        "cleaner.configure_excel", cleaner=done.ids["cleaner"], file=upload("c.xlsx", content)
    )
    assert isinstance(found, Table)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


@pytest.mark.covers("openergy.task.wait_for_completion")
@pytest.mark.covers("openergy.type.task_did_not_finish_successfully")
def test_a_task_is_followed_with_progress_and_every_bad_end_is_named() -> None:
    with openergy(
        instant=False, schedules=False, pending_seconds=0.2, running_seconds=0.4
    ) as server:
        slow = _Bare(server)
        body = {"name": "run"}
        started = slow.bare("POST", f"odata/importers/{slow.importer['id']}/action", body)
        assert started["base"]["status"] in ("pending", "running")
        found = slow.record("task.wait", task=id_of("importer_task", started))
        assert slow.task(found) == "finished"
        assert {one.text for one in slow.told} >= {"The task is running."}
        platform = server.standin("openergy").platform
        for status, said in (
            ("refused", "refused"), ("cancelled", "cancelled"), ("failed", "failed"),
            ("server_error", "error of the platform"), ("not_found", "no longer knows"),
            ("odd", "not known here: odd"),
        ):  # fmt: skip
            platform.change("odata/importer_tasks", started["id"], outcome=status)
            with pytest.raises(Rejected, match=said):
                slow.do("task.wait", task=id_of("importer_task", started))
        for word in LINES:
            with pytest.raises(NotFound):
                slow.do("task.wait", task=NodeId(f"{word}_task/{NOBODY}"))


class _Bare(Tutorial):
    """A ground with one importer, on a platform that takes its time."""

    def __init__(self, server: Any) -> None:
        super(Tutorial, self).__init__(server)
        data = self.bare.project("slow")["odata"]
        gate = self.bare.gate(data)
        self.bare.stored(gate, "a.csv", b"date,a\n2024-01-01 00:00:00,1\n")
        self.importer = self.bare.importer(data, gate)
