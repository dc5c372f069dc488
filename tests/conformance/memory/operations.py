"""The memory platform's functions: one of each kind of result, and a small family."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors.contract import TIME, Acts, File, NodeId, Points, Upload
from connectors.operations import (
    Parameters,
    Progress,
    Record,
    Resource,
    Table,
    changes,
    family,
    operation,
)
from tests.conformance.memory.files import streamed
from tests.conformance.memory.wire import Gone, Row, SeriesPoints, Wire, moment, part

Series = Annotated[NodeId, Field(title="Series", description="The series it is about.")]
RowId = Annotated[NodeId, Field(title="Number", description="The number of the row.")]


class _Text(BaseModel):
    text: str


class _Job(BaseModel):
    id: str
    share: float


class _Import(BaseModel):
    name: str
    bytes: int


class _Kept(BaseModel):
    model_config = ConfigDict(extra="allow")
    id: str


class _Page(BaseModel):
    rows: list[_Kept]
    next: int | None


class Note(Parameters):
    """What a note is made of."""

    title: str = Field(title="Title", description="In a few words.", min_length=1, max_length=40)
    text: str = Field(default="", title="Text", description="All of it.")
    due: datetime | None = Field(default=None, title="Due", description="When it has to be done.")


class Label(Parameters):
    """What a label is made of."""

    title: str = Field(title="Title", description="One word.", min_length=1, max_length=20)
    weight: float = Field(default=1.0, title="Weight", description="Its place in lists.")


@dataclass(frozen=True, kw_only=True)
class _Rows(Resource):
    made: type[Parameters]
    columns: tuple[str, ...]


_ALL = frozenset({"list", "get", "create", "update", "delete"})
_TABLE = (
    _Rows(
        name="notes",
        one="note",
        many="notes",
        verbs=_ALL,
        made=Note,
        columns=("id", "title", "text", "due"),
    ),
    _Rows(
        name="labels",
        one="label",
        many="labels",
        verbs=_ALL - {"update"},
        made=Label,
        columns=("id", "title", "weight"),
    ),
)


class MemoryOperations(Acts):
    """Mixed into the service, which has the wire."""

    _wire: Wire

    @operation(
        name="series.describe",
        label="Describe",
        help="What is known about a series.",
        on="series",
        danger="reads",
    )
    def describe(self, series: Series) -> Record:
        row = self._wire.get(f"nodes/{part(series)}", Row)
        return Record(id=NodeId(row.id), fields={"Name": row.name, "Unit": row.unit})

    @operation(
        name="series.newest",
        label="Newest values",
        help="The last points of a series, as a table.",
        on="series",
        danger="reads",
    )
    def newest(
        self,
        series: Series,
        most: Annotated[int, Field(title="Rows", description="At most.", ge=1, le=100)] = 10,
    ) -> Table:
        times, values = self._newest(series, most)
        return Table.of(pa.table({"time": pa.array(times), "value": pa.array(values)}))

    @operation(
        name="series.forecast",
        label="Forecast",
        help="Tomorrow will be like today.",
        on="series",
        danger="reads",
    )
    def forecast(
        self,
        series: Series,
        start: Annotated[datetime, Field(title="From", description="The first point's time.")],
        points: Annotated[int, Field(title="Points", description="How many.", ge=1, le=500)] = 24,
    ) -> Iterator[Points]:
        _, values = self._newest(series, points)
        times = pa.array([start + timedelta(hours=n) for n in range(len(values))], TIME)
        batch = pa.RecordBatch.from_arrays([times, pa.array(values)], names=["time", "value"])
        return iter((Points(series=series, batch=batch),))

    @operation(label="Report", help="The names of everything, as a file.", danger="reads")
    def report(self) -> File:
        return streamed(self._wire, "report", name="report.txt")

    @operation(label="Greeting", help="Says good morning.", danger="reads")
    def greeting(
        self,
        language: Annotated[
            Literal["en", "fr"], Field(title="Language", description="In which language.")
        ] = "en",
    ) -> str:
        return self._wire.get("greeting", _Text, language=language).text

    @operation(
        name="series.empty",
        label="Empty",
        help="Deletes every point of a series.",
        on="series",
        danger="destroys",
        preview="series.describe",
    )
    def empty(self, series: Series) -> None:
        self._wire.send("DELETE", f"points/{part(series)}", Gone)

    @operation(label="Recalculate", help="Works everything out again.", danger="writes")
    def recalculate(self) -> Generator[Progress, None, Record]:
        job = self._wire.send("POST", "jobs", _Job)
        while job.share < 1:
            yield Progress(text="Recalculating.", share=job.share)
            job = self._wire.get(f"jobs/{job.id}", _Job)
        return Record(fields={"Job": job.id})

    @operation(name="import", label="Import", help="Takes in a file.", danger="writes")
    def take_in(
        self,
        file: Annotated[Upload, Field(title="File", description="What to take in.")],
        password: Annotated[SecretStr, Field(title="Password", description="The one for imports.")],
    ) -> Record:
        asked = {"name": file.name, "password": password.get_secret_value()}
        taken = self._wire.put("imports", _Import, asked, file.content)
        return Record(fields={"Name": taken.name, "Bytes": taken.bytes})

    @family(_TABLE, "list", label="All {many}", help="Every one of the {many}.", danger="reads")
    def list_rows(self, row: _Rows, /) -> Table:
        return Table(columns=row.columns, rows=self._fetched(row))

    @family(_TABLE, "get", label="One {one}", help="The {one} with a number.", danger="reads")
    def get_row(self, row: _Rows, /, id: RowId) -> Record:
        return _record(self._wire.get(f"rows/{row.name}/{part(id)}", _Kept))

    @family(
        _TABLE,
        "create",
        label="New {one}",
        help="Adds a {one}.",
        danger="writes",
        fields=lambda row: row.made,
    )
    def create_row(self, row: _Rows, /, **values: Any) -> Record:
        return _record(self._wire.send("POST", f"rows/{row.name}", _Kept, json=values))

    @family(
        _TABLE,
        "update",
        label="Change the {one}",
        help="What is left out stays as it is.",
        danger="writes",
        fields=lambda row: changes(row.made),
    )
    def update_row(self, row: _Rows, /, id: RowId, **values: Any) -> Record:
        path = f"rows/{row.name}/{part(id)}"
        return _record(self._wire.send("PATCH", path, _Kept, json=values))

    @family(
        _TABLE, "delete", label="Delete the {one}", help="It cannot be undone.", danger="destroys"
    )
    def delete_row(self, row: _Rows, /, id: RowId) -> None:
        self._wire.send("DELETE", f"rows/{row.name}/{part(id)}", _Kept)

    def _fetched(self, row: _Rows) -> Iterator[tuple[object, ...]]:
        at: int | None = 0
        while at is not None:
            page = self._wire.get(f"rows/{row.name}", _Page, **{"from": at})
            for kept in page.rows:
                fields = kept.model_dump()
                yield tuple(fields.get(name) for name in row.columns)
            at = page.next

    def _newest(self, series: NodeId, most: int) -> tuple[list[datetime], list[float]]:
        row = self._wire.get(f"nodes/{part(series)}", Row)
        end = 0 if row.last is None else row.last + 1
        day = end - 86_400_000_000
        found = self._wire.get(f"points/{row.id}", SeriesPoints, start=day, end=end).points[-most:]
        return [moment(time) for time, _ in found], [float(value) for _, value in found]


def _record(kept: _Kept) -> Record:
    return Record(id=NodeId(kept.id), fields=kept.model_dump(exclude={"id"}))
