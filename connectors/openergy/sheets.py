"""Just as much of the workbook format (ECMA-376) as the cleaners' configuration needs.

Texts are written in the cells themselves; read are both those and shared ones.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MOST_BYTES = 64 * 1024 * 1024
"""Of one part of a workbook, unpacked."""
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

Cell = str | int | float | bool | None


class SheetError(ValueError):
    """A workbook that cannot be read, with a sentence."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that the program works out."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: cells by address, and what is around them."""

    name: str
    cells: Mapping[str, Cell | Formula]
    merged: Sequence[str] = ()
    frozen: str | None = None
    """The first cell that scrolls."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Lists to choose from: an area and its words with commas between."""


def written(sheets: Sequence[Sheet]) -> bytes:
    """The workbook, its first sheet in front."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as box:
        for name, text in _parts(sheets):
            box.writestr(name, HEAD + text)
    return held.getvalue()


def _parts(sheets: Sequence[Sheet]) -> Iterator[tuple[str, str]]:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    yield (
        "[Content_Types].xml",
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f"{overrides}</Types>",
    )
    yield "_rels/.rels", _links([("officeDocument", "xl/workbook.xml")])
    named = "".join(
        f'<sheet name="{escape(one.name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, one in enumerate(sheets, 1)
    )
    yield (
        "xl/workbook.xml",
        f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><bookViews><workbookView activeTab="0"/>'
        f"</bookViews><sheets>{named}</sheets></workbook>",
    )
    places = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
    yield "xl/_rels/workbook.xml.rels", _links(places)
    for n, one in enumerate(sheets, 1):
        yield f"xl/worksheets/sheet{n}.xml", _sheet(one)


def _links(targets: Sequence[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def _sheet(sheet: Sheet) -> str:
    rows: dict[int, list[tuple[int, str]]] = {}
    for address, value in sheet.cells.items():
        if value is not None:
            column, row = _place(address)
            rows.setdefault(row, []).append((column, _written(address, value)))
    lines = "".join(
        f'<row r="{row}">{"".join(text for _, text in sorted(cells))}</row>'
        for row, cells in sorted(rows.items())
    )
    merged = "".join(f'<mergeCell ref="{area}"/>' for area in sheet.merged)
    chosen = "".join(
        f'<dataValidation type="list" allowBlank="1" sqref="{area}">'
        f"<formula1>&quot;{escape(words)}&quot;</formula1></dataValidation>"
        for area, words in sheet.choices.items()
    )
    return "".join(
        (
            f'<worksheet xmlns="{MAIN}">',
            _pane(sheet.frozen) if sheet.frozen else "",
            f"<sheetData>{lines}</sheetData>",
            f'<mergeCells count="{len(sheet.merged)}">{merged}</mergeCells>' if merged else "",
            f"<dataValidations>{chosen}</dataValidations>" if chosen else "",
            "</worksheet>",
        )
    )


def _pane(cell: str) -> str:
    column, row = _place(cell)
    return (
        '<sheetViews><sheetView workbookViewId="0">'
        f'<pane xSplit="{column - 1}" ySplit="{row - 1}" topLeftCell="{cell}" '
        'activePane="bottomRight" state="frozen"/></sheetView></sheetViews>'
    )


def _written(address: str, value: Cell | Formula) -> str:
    if isinstance(value, Formula):
        return f'<c r="{address}"><f>{escape(value.text)}</f></c>'
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'<c r="{address}"><v>{value!r}</v></c>'
    text = escape(_ILLEGAL.sub("", str(value)), {"\r": "&#13;"})
    return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _place(address: str) -> tuple[int, int]:
    """Column and row, both from 1. Raises SheetError."""
    found = _CELL.fullmatch(address)
    if not found:
        raise SheetError("A cell of the workbook has no usable address.")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return column, int(found[2])


def read(content: BinaryIO, name: str) -> dict[str, Cell]:
    """The cells of the sheet of this name (else the first), by address. Raises SheetError."""
    try:
        with zipfile.ZipFile(content) as box:
            shared = _shared(box)
            return dict(_cells(_part(box, _path(box, name)), shared))
    except SheetError:
        raise
    except (zipfile.BadZipFile, Xml.ParseError, KeyError, ValueError, OSError, RuntimeError):
        raise SheetError("This is no workbook that can be read: it has to be .xlsx.") from None


def _part(box: zipfile.ZipFile, name: str) -> Xml.Element:
    if box.getinfo(name).file_size > MOST_BYTES:
        raise SheetError("This workbook is too big.")
    text = box.read(name)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise SheetError("This workbook holds something that no workbook should.")
    return Xml.fromstring(text)  # noqa: S314 neither entities nor document types get here


def _path(box: zipfile.ZipFile, name: str) -> str:
    sheets = list(_part(box, "xl/workbook.xml").iter(f"{{{MAIN}}}sheet"))
    chosen = next((one for one in sheets if one.get("name") == name), sheets[0] if sheets else None)
    if chosen is None:
        raise SheetError("This workbook has no sheet.")
    wanted = chosen.get(f"{{{LINKS}}}id")
    for link in _part(box, "xl/_rels/workbook.xml.rels"):
        if link.get("Id") == wanted:
            target = str(link.get("Target"))
            return target[1:] if target.startswith("/") else f"xl/{target}"
    raise SheetError("This workbook does not say where its sheet is.")


def _shared(box: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in box.namelist():
        return []
    return [_text(one) for one in _part(box, "xl/sharedStrings.xml").iter(f"{{{MAIN}}}si")]


def _text(parent: Xml.Element) -> str:
    return "".join(one.text or "" for one in parent.iter(f"{{{MAIN}}}t"))


def _cells(sheet: Xml.Element, shared: Sequence[str]) -> Iterator[tuple[str, Cell]]:
    for cell in sheet.iter(f"{{{MAIN}}}c"):
        value = _value(cell, shared)
        if value is not None and value != "":
            yield str(cell.get("r")), value


def _value(cell: Xml.Element, shared: Sequence[str]) -> Cell:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    found = cell.find(f"{{{MAIN}}}v")
    if found is None or found.text is None:
        return None
    if kind == "s":
        return shared[int(found.text)]
    if kind in ("str", "e"):
        return found.text
    if kind == "b":
        return found.text == "1"
    number = float(found.text)
    return int(number) if number.is_integer() else number
