"""The cleaners' configuration as a workbook, in the vendor's layout (section 3.5), both ways."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO

from pydantic import Field, ValidationError

from connectors.contract import File, NodeId, Upload
from connectors.errors import Rejected
from connectors.openergy import ids, sheets
from connectors.openergy.client import Client, Row
from connectors.openergy.ids import Ref, key, ref_of
from connectors.openergy.shapes import Unitcleaner
from connectors.openergy.sheets import Cell, Formula, Sheet, SheetError
from connectors.operations import Acts, Progress, Table, operation
from connectors.validation import by_field

SHEET = "Series"
FIRST_ROW = 8
LAST_ROW = 20_007
MARK = "x"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, the field it holds, the words to choose from."""

    letter: str
    head: str
    field: str = ""
    choices: str = ""


COLUMNS = (
    Column("A", "Series external name", "external_name"),
    Column("B", "Output Name", "name"),
    Column("C", "Save Config", choices="x"),
    Column("D", "Running", choices="yes, no"),
    Column("E", "Frequency *", "freq"),
    Column("F", "Input Time Extensivity *", "input_unit_type", "instantaneous, delta, mean"),
    Column("G", "Input Time Convention *", "input_convention", "left, right"),
    Column("H", "Input Clock *", "clock", "dst, gmt, tzt"),
    Column("I", "Timezone *", "timezone", "Europe/Paris, Africa/Abidjan, Africa/Accra"),
    Column("J", "Unit", "unit"),
    Column("K", "Comment", "label"),
    Column("L", "Input is Regular", "input_expected_regular", "yes, no"),
    Column("M", "Output Time Extensivity", "unit_type",
           "instantaneous, delta, mean, mean_derivate"),
    Column("N", "Output Resample Rule", "resample_rule", "mean, sum, first"),
    Column("O", "Interpolate Limit", "interpolate_limit"),
    Column("P", "Wait Offset", "wait_offset"),
    Column("Q", "Operation Function", "operation_fct"),
    Column("R", "Filter Function", "filter_fct"),
    Column("S", "Derivative Filter Function", "derivative_filter_fct"),
    Column("T", "Custom Delay", "custom_delay"),
    Column("U", "Custom Function", "custom_fct"),
    Column("V", "Before Offset", "custom_before_offset"),
    Column("W", "After Offset", "custom_after_offset"),
)  # fmt: skip
BANDS = {
    "B6": "Basic Config", "E6": "Basic Config", "L6": "Advanced Config", "T6": "Expert Config",
}  # fmt: skip
MERGED = ("E6:K6", "L6:S6", "T6:W6")
EMPTY: Mapping[str, Cell] = {
    "unit": "", "label": "", "resample_rule": "mean", "interpolate_limit": 0, "wait_offset": "6H",
    "operation_fct": None, "filter_fct": None, "derivative_filter_fct": None,
    "custom_delay": None, "custom_fct": None, "custom_before_offset": None,
    "custom_after_offset": None,
}  # fmt: skip
"""What an empty cell stands for."""
HELP = (
    "Each line from the eighth on is one input series. Write x under Save Config on the lines "
    "that are to be saved; all others are left alone.",
    "A line without a configuration has its first cell only. Columns with a star must be filled.",
    "The functions are Python text that defines fct(value). A filter answers true for the values "
    "that are to be removed.",
    "The clock gmt is UTC, tzt the local time without summer time, dst the legal local time.",
)


class Workbooks(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @operation(
        name="cleaner.export_excel", label="Configuration as a workbook", on="cleaner",
        danger="reads", help="Every unit cleaner, and the inputs without one, to be edited.",
    )  # fmt: skip
    def export_excel(
        self, cleaner: Annotated[NodeId, Field(title="Cleaner", description="The cleaner.")]
    ) -> File:
        row = self._client.one(ids.ref(cleaner, "cleaner"))
        project = self._client.one(ref_of("odata_project", {"id": key(row.get("project"))}))
        configured = list(self._client.every("unitcleaner", cleaner=str(row["id"])))
        importer = key(row.get("related_importer"))
        inputs = self._client.every("importer_series", generator=importer) if importer else ()
        bare = [one for one in inputs if key(one.get("unitcleaner")) is None]
        content = workbook(str(project.get("name")), str(row.get("name")), configured, bare)
        return File(name="cleaner.xlsx", chunks=iter((content,)), type=TYPE, size=len(content))

    @operation(
        name="cleaner.configure_excel", label="Configure from a workbook", on="cleaner",
        danger="writes",
        help="Saves the lines that are marked with an x, and of those only what differs.",
    )  # fmt: skip
    def configure_excel(
        self,
        cleaner: Annotated[NodeId, Field(title="Cleaner", description="The cleaner.")],
        file: Annotated[Upload, Field(title="Workbook", description="As it was exported.")],
    ) -> Generator[Progress, None, Table]:
        ref = ids.ref(cleaner, "cleaner")
        marked = lines(file.content)
        present = {
            str(one.get("external_name")): one
            for one in self._client.every("unitcleaner", cleaner=ref.uuid)
        }
        done: list[tuple[object, ...]] = []
        for number, (at, line) in enumerate(marked.items()):
            yield Progress(text=f"Line {at}: {line['external_name']}", share=number / len(marked))
            done.append((at, *self._saved(ref, line, present.get(str(line["external_name"])))))
        return Table(columns=("line", "input", "done", "fields"), rows=tuple(done))

    def _saved(self, cleaner: Ref, line: Row, present: Row | None) -> tuple[object, ...]:
        """One line: a new unit cleaner, the fields that differ, or nothing."""
        if present is None:
            self._client.create("unitcleaner", {"cleaner": cleaner.uuid, **line})
            return (line["external_name"], "made", "")
        changed = {name: value for name, value in line.items() if present.get(name) != value}
        if changed:
            self._client.change(ref_of("unitcleaner", present), changed)
        return (line["external_name"], "changed" if changed else "as it was", ", ".join(changed))


def workbook(project: str, cleaner: str, configured: Sequence[Row], bare: Sequence[Row]) -> bytes:
    """The file: every unit cleaner in the list's order, then the inputs without one."""
    cells: dict[str, Cell | Formula] = {
        "A1": "Openergy Platform", "B1": "Cleaning Multiconfig File",
        "A2": "Project:", "B2": project, "A3": "Cleaner:", "B3": cleaner,
        "A4": "Series:", "B4": Formula("COUNTA(A:A) - 6"),
        "A5": "Configured Series:", "B5": Formula("COUNTA(C:C) - 1"),
        **BANDS,
    }  # fmt: skip
    cells |= {f"{column.letter}7": column.head for column in COLUMNS}
    for at, row in enumerate(configured, FIRST_ROW):
        cells |= {f"{column.letter}{at}": _cell(column, row) for column in COLUMNS}
    for at, row in enumerate(bare, FIRST_ROW + len(configured)):
        cells[f"A{at}"] = str(row.get("external_name"))
    last = FIRST_ROW - 1 + len(configured) + len(bare)
    choices = {
        f"{column.letter}{FIRST_ROW}:{column.letter}{last}": column.choices.replace(", ", ",")
        for column in COLUMNS
        if column.choices and last >= FIRST_ROW
    }
    series = Sheet(name=SHEET, cells=cells, merged=MERGED, frozen="C8", choices=choices)
    told = Sheet(name="Help", cells={f"A{at}": text for at, text in enumerate(HELP, 1)})
    return sheets.written((series, told))


def _cell(column: Column, row: Row) -> Cell:
    if column.head == "Running":
        return "yes"
    value = row.get(column.field) if column.field else None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str | int | float) and value != "" else None


def lines(content: BinaryIO) -> dict[int, Row]:
    """The marked lines by their number, as bodies. Raises Rejected on `file` for all that is wrong
    in any of them, before anything is sent."""
    try:
        cells = sheets.read(content, SHEET)
    except SheetError as wrong:
        said = str(wrong)
    else:
        said = ""
    if said:
        raise Rejected.on("file", said)
    found: dict[int, Row] = {}
    for at in range(FIRST_ROW, LAST_ROW + 1):
        if cells.get(f"C{at}") == MARK:
            found[at] = _checked(at, _line(cells, at))
    return found


def _line(cells: Mapping[str, Cell], at: int) -> dict[str, Any]:
    line: dict[str, Any] = {
        column.field: _typed(column.field, cells.get(f"{column.letter}{at}"))
        for column in COLUMNS
        if column.field
    }
    line["name"] = line["name"] or line["external_name"]
    line["unit_type"] = line["unit_type"] or line["input_unit_type"]
    return line


def _typed(field: str, value: Cell) -> Any:
    if field == "input_expected_regular":
        return value == "yes"
    if value is None:
        return EMPTY.get(field)
    return value if field == "interpolate_limit" else str(value)


def _checked(at: int, line: dict[str, Any]) -> Row:
    wrong: dict[str, str] = {}
    try:
        return Unitcleaner.model_validate(line).model_dump()
    except ValidationError as refused:
        wrong = by_field(refused)
    heads = {column.field: column.head.rstrip(" *") for column in COLUMNS}
    field, said = next(iter(wrong.items()))
    raise Rejected.on("file", f"Line {at}, {heads.get(field, field)}: {said}")
