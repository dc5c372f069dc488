"""Series with all the options of the platform: select, and exports in every form."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from connectors.contract import File, NodeId, Points
from connectors.errors import Rejected
from connectors.openergy import clocks, exports, ids, shown
from connectors.openergy.client import Client, Row
from connectors.openergy.exports import Exporter
from connectors.openergy.ids import SERIES, Ref
from connectors.openergy.reading import SHARED_CAP, batches, column_of
from connectors.openergy.values import Clock, Freq, Side, instant
from connectors.operations import (
    Acts,
    Parameters,
    Progress,
    Record,
    Resource,
    Table,
    family,
    operation,
)

MOST_SERIES = 500
EMPTY: Mapping[str, list[float]] = {"index": [], "data": []}
"""What a series without points may be answered with, or left out [G]."""
PIECE = 256 * 1024

One = Annotated[NodeId, Field(title="Series", description="The series it is about.")]
Many = Annotated[
    list[NodeId],
    Field(title="Series", description="One or more series.", min_length=1, max_length=MOST_SERIES),
]


class Select(Parameters):
    """Section 3.4: everything that a select takes; what is left out is not sent."""

    start: datetime | None = Field(
        default=None, title="From", description="The first time; nothing for the beginning."
    )
    end: datetime | None = Field(
        default=None, title="To", description="The last time, included; nothing for the end."
    )
    resample: Freq | None = Field(default=None, title="Step", description="Resample to this step.")
    resample_rule: Literal["mean", "sum", "first", "last", "min", "max", "count"] | None = Field(
        default=None, title="Resampled by", description="How; platforms may know fewer."
    )
    dropna: bool | None = Field(
        default=None, title="Without gaps", description="Leave empty rows out at the source."
    )
    closed: Literal["left", "right", "both"] | None = Field(
        default=None, title="Bounds", description="Which of the two times are included."
    )
    convention: Side | None = Field(
        default=None, title="Stamps", description="A step is named by its start or its end."
    )
    start_mode: Side | None = Field(
        default=None, title="Start mode", description="At the latest first point (right) or not."
    )
    utc_now: datetime | None = Field(
        default=None, title="Now", description="The time that lateness is counted from."
    )
    max_acceptable_delay: Freq | None = Field(
        default=None, title="Lateness", description="When missing data counts as late."
    )
    max_rows_nb: int | None = Field(
        default=None, title="Rows", description="At most so many of each series.", ge=1,
        le=SHARED_CAP,
    )  # fmt: skip
    clock: Clock | None = Field(
        default=None, title="Clock",
        description="The clock that steps follow; times are shown as instants all the same.",
    )  # fmt: skip
    with_tags: bool | None = Field(default=None, title="Tags", description="With tags.")
    unfilter: bool | None = Field(
        default=None, title="Unfiltered", description="Without the cleaners' filters."
    )


class Wanted(Parameters):
    """Section 3.7: everything that an export takes but for its form."""

    start: datetime | None = Field(
        default=None, title="From", description="The first time; nothing for the beginning."
    )
    end: datetime | None = Field(
        default=None, title="To", description="The last time; nothing for the end."
    )
    out_freq: Freq | None = Field(
        default=None, title="Step", description="The step; nothing for each series' own."
    )
    clock: Clock | None = Field(
        default=None, title="Clock", description="The clock of the stamps in the file."
    )
    sep: Literal[",", ";", "\t", "|"] = Field(
        default=",", title="Separator", description="Between the cells of a line."
    )
    decimal: Literal[".", ","] = Field(
        default=".", title="Decimal sign", description="Of the values."
    )
    in_start_mode: Side = Field(
        default="right", title="Start", description="At the latest first point (right) or not."
    )
    in_end_mode: Side = Field(
        default="left", title="End", description="At the earliest last point (left) or not."
    )


class WantedFile(Wanted):
    """What only a file can hold."""

    out_mode: Literal["series", "dataframe"] = Field(
        default="series", title="Form", description="A file for each series, or one table."
    )
    time_grouper: Freq | None = Field(
        default=None, title="Pieces", description="Split the files by this period."
    )
    with_tags: bool = Field(default=False, title="Tags", description="With tags.")


# One row each: only families take their form from a model, and these forms are long.
SELECTS = (
    Resource(
        name="series", one="series", many="series", verbs=frozenset({"select", "select_many"})
    ),
)
EXPORTS = (
    Resource(name="series", one="series", many="series",
             verbs=frozenset({"export", "export_table", "export_frame", "export_file"})),
)  # fmt: skip


class Selecting(Acts):
    """Mixed into the service, which has the client and the exporter."""

    _client: Client
    _exporter: Exporter

    @family(
        SELECTS, "select", label="Select", danger="reads", on=lambda row: SERIES,
        help="The points of a series, resampled or not, with every option of the platform.",
        fields=lambda row: Select,
    )  # fmt: skip
    def select(self, row: Resource, /, series: One, **values: Any) -> Iterator[Points]:
        ref = ids.ref(series, SERIES)
        asked = query(values)
        record = self._client.one(ref)
        part = self._client.points_of(ref, asked)
        return self._points(ref, record, part, asked, 1)

    @family(
        SELECTS, "select_many", label="Select several", danger="reads",
        help="Values of several series at once.",
        fields=lambda row: Select,
    )  # fmt: skip
    def select_many(self, row: Resource, /, series: Many, **values: Any) -> Iterator[Points]:
        refs = ids.series(series)
        asked = query(values)
        records = [self._client.one(ref) for ref in refs]
        parts = self._client.points([str(ref.pk) for ref in refs], asked)
        found = [
            self._points(ref, record, parts.get(str(ref.pk), EMPTY), asked, len(refs))
            for ref, record in zip(refs, records, strict=True)
        ]
        return chain.from_iterable(found)

    def _points(
        self, ref: Ref, record: Row, part: Any, asked: dict[str, str], count: int
    ) -> Iterator[Points]:
        column = column_of(dict(part) if isinstance(part, Mapping) else {})
        cut = column.raw == SHARED_CAP // count and "max_rows_nb" not in asked
        if cut:
            raise Rejected(
                "There are more points than one answer holds. Ask for a shorter time, or resample."
            )
        clock = asked.get("clock") or str(record.get("native_clock") or "gmt")
        times = clocks.instants(column.times, clock, record.get("timezone"))
        order = np.argsort(times, kind="stable")
        return batches(ref.id, replace(column, times=times[order], values=column.values[order]))

    @family(
        EXPORTS, "export", label="Export", danger="writes",
        help="Starts an export and follows its task; the file arrives in My files.",
        fields=lambda row: WantedFile,
    )  # fmt: skip
    def export(
        self, row: Resource, /, series: Many, **values: Any
    ) -> Generator[Progress, None, Record]:
        refs = ids.series(series)
        body = exports.asked(refs, _body(values, self._client.one(refs[0])))
        task = yield from self._exporter.start(body)
        return shown.record("series_export_task", task)

    @family(
        EXPORTS, "export_table", label="Export as lines", danger="writes",
        help="Exports series, and gives series, time and value, a line a point.",
        fields=lambda row: Wanted,
    )  # fmt: skip
    def export_table(
        self, row: Resource, /, series: Many, **values: Any
    ) -> Generator[Progress, None, Table]:
        body, content = yield from self._fetched(series, values)
        return Table(columns=("series", "time", "value"), rows=exports.rows(content, body))

    @family(
        EXPORTS, "export_frame", label="Export as a table", danger="writes",
        help="Exports series, and gives one table with a column a series.",
        fields=lambda row: Wanted,
    )  # fmt: skip
    def export_frame(
        self, row: Resource, /, series: Many, **values: Any
    ) -> Generator[Progress, None, Table]:
        chosen = values | {"out_mode": "dataframe"}
        body, content = yield from self._fetched(series, chosen)
        head, lines = exports.frame(content, body)
        return Table(columns=head, rows=lines)

    @family(
        EXPORTS, "export_file", label="Export as a file", danger="writes",
        help="Exports series, and gives the CSV file, or all of them in a zip.",
        fields=lambda row: WantedFile,
    )  # fmt: skip
    def export_file(
        self, row: Resource, /, series: Many, **values: Any
    ) -> Generator[Progress, None, File]:
        _, content = yield from self._fetched(series, values)
        found = exports.members(content)
        if len(found) > 1:
            return _file("series.zip", "application/zip", content)
        (name,) = found
        return _file(name, "text/csv", found[name].encode())

    @operation(
        name="exports.list", label="Earlier exports", danger="reads",
        help="The export files in My files, the newest names first; each can be downloaded.",
    )  # fmt: skip
    def list_exports(self) -> Table:
        nodes = sorted(self._exporter.listed(), key=lambda node: node.name, reverse=True)
        found = tuple((node.id, node.name, node.size) for node in nodes)
        return Table(columns=("node", "name", "size"), rows=found)

    def _fetched(
        self, series: list[NodeId], values: dict[str, Any]
    ) -> Generator[Progress, None, tuple[dict[str, object], bytes]]:
        refs = ids.series(series)
        records = [self._client.one(ref) for ref in refs]
        labels = [exports.label(record) for record in records]
        body = exports.asked(refs, _body(values, records[0]))
        found = yield from self._exporter.fetch(body, labels)
        return body, found.content


def query(values: dict[str, Any]) -> dict[str, str]:
    """The query of a select; what was left empty is left out."""
    return {
        name: instant(value) if isinstance(value, datetime) else str(value)
        for name, value in values.items()
        if value is not None
    }


def _body(values: dict[str, Any], first: Row) -> dict[str, object]:
    """Times as text, for the platform takes no other; both signs must not be the same."""
    if values.get("sep", ",") == values.get("decimal", "."):
        raise Rejected.on("decimal", "The separator and the decimal sign must differ.")
    return {
        name: clocks.local(value, first, values.get("clock"))
        if isinstance(value, datetime)
        else value
        for name, value in values.items()
    }


def _file(name: str, type: str, content: bytes) -> File:
    return File(name=name, chunks=_pieces(content), type=type, size=len(content))


def _pieces(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), PIECE):
        yield content[at : at + PIECE]
