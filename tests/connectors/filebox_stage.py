"""A box in a folder, and files as people make them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from connectors.contract import NodeId, Window
from connectors.operations import operations
from tests.conformance.subject import Opened, Subject
from tests.conformance.uploads import upload
from tests.connectors.folder import Folder

ALWAYS = Window(start=datetime(1900, 1, 1, tzinfo=UTC), end=datetime(2200, 1, 1, tzinfo=UTC))
BOX = NodeId("box")


def opened(path: Path, zone: str = "UTC", largest: int = 2**28) -> Opened:
    settings = {"box": "Test", "zone": zone}
    return Subject(kind="filebox", settings=settings, files=Folder(path, largest)).open()


def done(service: Opened, name: str, /, **values: object) -> Any:
    named = {one.name: one for one in operations(type(service))}
    return named[name].call(service, values)


def described(service: Opened, content: bytes, *, name: str = "a.csv", **values: Any) -> NodeId:
    made = service.put(BOX, upload(name, content)).id
    done(service, "file.describe", file=made, **values)
    return made


def points(service: Opened, file: NodeId) -> dict[str, list[tuple[str, float | None]]]:
    """Every series by name: its times in ISO 8601 and its values."""
    found: dict[str, list[tuple[str, float | None]]] = {}
    for node in service.children(file).items:
        rows = found.setdefault(node.name, [])
        for one in service.read([node.id], ALWAYS):
            times = (time.isoformat() for time in one.batch["time"].to_pylist())
            rows += zip(times, one.batch["value"].to_pylist(), strict=True)
    return found


def told(service: Opened, file: NodeId) -> Mapping[str, str]:
    """What the file's page says was odd about it."""
    return service.node(file).details


def workbook(
    sheets: Mapping[str, str], *, texts: Sequence[str] = (), parts: Mapping[str, bytes] = {}
) -> bytes:
    """A workbook of these sheets' rows, as XML; style 1 shows a date."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    names = "".join(f'<sheet name="{n}" r:id="rId{i}"/>' for i, n in enumerate(sheets, 1))
    rels = "".join(
        f'<Relationship Id="rId{i}" Type="{links}/worksheet" Target="worksheets/s{i}.xml"/>'
        for i, _ in enumerate(sheets, 1)
    )
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
    whole = {
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{links}">'
        f"<sheets>{names}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships>{rels}</Relationships>",
        "xl/styles.xml": f'<styleSheet {main}><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/>'
        "</cellXfs></styleSheet>",
        "xl/sharedStrings.xml": f"<sst {main}>{shared}</sst>",
    }
    for at, rows in enumerate(sheets.values(), 1):
        body = f"<worksheet {main}><sheetData>{rows}</sheetData></worksheet>"
        whole[f"xl/worksheets/s{at}.xml"] = body
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as box:
        for name, text in whole.items():
            if name not in parts:
                box.writestr(name, text)
        for name, content in parts.items():
            box.writestr(name, content)
    return held.getvalue()


Make = Callable[[], bytes]
