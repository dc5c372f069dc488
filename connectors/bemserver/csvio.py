"""Whole trees and lists of series from CSV files (section 4.6), as declared functions.

The platform matches by name and is all or nothing: from API 0.25 on what exists is updated, before
that it is refused. Only administrators import.
"""

from __future__ import annotations

import csv
from collections.abc import Generator, Mapping
from io import StringIO
from secrets import token_hex
from typing import Annotated

from pydantic import Field

from connectors.bemserver import ids
from connectors.bemserver.asking import Campaign
from connectors.bemserver.client import Client
from connectors.contract import Acts, Upload
from connectors.errors import Rejected
from connectors.operations import Progress, Record, operation

BYTES = 16 * 1024 * 1024
"""Of one file, which is held whole."""
EMPTY = "Invalid CSV file content:"
"""What the platform says to those who are no administrators, and nothing behind it."""

_Parts = dict[str, bytes]


class CsvIo(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @operation(name="io.upload_sites_csv", label="Import sites", on="campaign", danger="writes",
               help="Sites, buildings, storeys, spaces and zones from CSV files, all or "
                    "nothing.")  # fmt: skip
    def import_sites(
        self,
        campaign: Campaign,
        sites_csv: Annotated[
            Upload | None,
            Field(title="Sites", description="Name,Description,IFC_ID and properties."),
        ] = None,
        buildings_csv: Annotated[
            Upload | None,
            Field(title="Buildings", description="Site,Name,Description,IFC_ID and properties."),
        ] = None,
        storeys_csv: Annotated[
            Upload | None,
            Field(title="Storeys", description="Site,Building,Name,Description,IFC_ID …"),
        ] = None,
        spaces_csv: Annotated[
            Upload | None,
            Field(title="Spaces", description="Site,Building,Storey,Name,Description,IFC_ID …"),
        ] = None,
        zones_csv: Annotated[
            Upload | None,
            Field(title="Zones", description="Name,Description,IFC_ID and properties."),
        ] = None,
    ) -> Generator[Progress, None, Record]:
        given = {
            "sites_csv": sites_csv, "buildings_csv": buildings_csv, "storeys_csv": storeys_csv,
            "spaces_csv": spaces_csv, "zones_csv": zones_csv,
        }  # fmt: skip
        files = {name: file for name, file in given.items() if file is not None}
        if not files:
            raise Rejected("Give at least one file.", {"sites_csv": "Give at least one file."})
        return (yield from self._imported("io/sites", campaign, files))

    @operation(name="io.upload_timeseries_csv", label="Import series", on="campaign",
               danger="writes",
               help="Series with their places and properties from a CSV file, all or "
                    "nothing.")  # fmt: skip
    def import_series(
        self,
        campaign: Campaign,
        timeseries_csv: Annotated[
            Upload,
            Field(
                title="Series",
                description="Campaign scope,Name,Description,Unit,Site,Building,Storey,Space,Zone "
                "and properties.",
            ),
        ],
    ) -> Generator[Progress, None, Record]:
        files = {"timeseries_csv": timeseries_csv}
        return (yield from self._imported("io/timeseries", campaign, files))

    def _imported(
        self, path: str, campaign: str, files: Mapping[str, Upload]
    ) -> Generator[Progress, None, Record]:
        """How many rows of each file were taken. Never repeated: nobody knows what became of it."""
        number = ids.number(campaign, "campaign")
        parts = {name: _content(name, file) for name, file in files.items()}
        rows = {name: _rows(content) for name, content in parts.items()}
        yield Progress(text=f"{sum(rows.values())} rows on their way")
        try:
            self._client.imports(path, number, *_multipart(parts))
        except Rejected as wrong:
            refusal = wrong
        else:
            return Record(fields=rows)
        raise _explained(refusal)


def _content(name: str, file: Upload) -> bytes:
    """Raises Rejected beside the file for what is no text, or too much of it."""
    text = ""
    if file.size > BYTES:
        text = "This file is too big: 16 MB is the most."
    body = file.content.read(BYTES)
    try:
        body.decode()
    except UnicodeDecodeError:
        text = "This file is no text in UTF-8."
    if text:
        raise Rejected(text, {name: text})
    return body


def _rows(content: bytes) -> int:
    """Below the head."""
    return max(sum(1 for row in csv.reader(StringIO(content.decode())) if row) - 1, 0)


def _multipart(parts: _Parts) -> tuple[str, bytes]:
    """The type and the body of a form of files (RFC 7578); our names and types need no quoting."""
    boundary = token_hex(16)
    pieces: list[bytes] = []
    for name, content in parts.items():
        said = f'form-data; name="{name}"; filename="{name}.csv"'
        head = f"--{boundary}\r\nContent-Disposition: {said}\r\nContent-Type: text/csv\r\n\r\n"
        pieces += [head.encode(), content, b"\r\n"]
    end = f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", b"".join((*pieces, end))


def _explained(wrong: Rejected) -> Rejected:
    if wrong.message.strip() != EMPTY:
        return wrong
    return Rejected("BEMServer did not take this. Only its administrators may import files.")
