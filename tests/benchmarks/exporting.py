"""Ten million archived points as CSV: the export's way, and the bare libraries' on the same
segments (row groups to Arrow, times to ISO text, Arrow's own CSV writer, SHA-256)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.core.files.storage import default_storage
from django.core.management import call_command
from pyarrow import csv

from connectors import registry
from connectors.contract import Window
from dashboard.accounts.services import person_create
from dashboard.connections.models import Connection
from dashboard.exports import writers
from dashboard.exports.merge import Source
from dashboard.exports.publish import Sink
from dashboard.series.models import Segment
from dashboard.series.reading import points
from dashboard.series.services import fill_now
from tests.benchmarks.measure import Figures, Line

ROWS = 10_000_000
NODES = ("meter a", "meter b")
TEN = Window(start=datetime(2014, 6, 29, tzinfo=UTC), end=datetime(2024, 1, 1, tzinfo=UTC))
"""At one minute, five million points a series and a few."""
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK = 4
"""Batches from one look at the memory to the next."""
DIGITS = 12
"""Of the digest: as many as a float holds."""
PLAIN = csv.WriteOptions(quoting_style="none", quoting_header="none")

registry.OURS["clockwork"] = "tests.series.clockwork"


def prepare() -> None:
    """Two series, filled as any others are."""
    call_command("migrate", verbosity=0)
    person = person_create(email="bench@example.org", password="-" * 20, name="Bench")
    clock = Connection.objects.create(
        workspace=person.workspaces.get(), kind="clockwork", name="Clock"
    )
    now = datetime.now(tz=UTC)
    fill_now(connection=clock, nodes=NODES, window=TEN, now=now, seconds=600, background=True)
    rows = sum(segment.rows for segment in Segment.objects.filter(superseded_by=None))
    if rows < ROWS:
        raise SystemExit(f"only {rows:,} points were archived")


def bare() -> Figures:
    """One loop that knows where the files are and in which order."""
    files = {
        node: [
            default_storage.path(segment.file)
            for segment in Segment.objects.filter(node=node, superseded_by=None).order_by("start")
        ]
        for node in NODES
    }
    return measured(lambda sink: bare_csv(sink, files))


def utc() -> Figures:
    """The export's writer, fed from the archive."""
    return measured(partial(own_csv, zone=UTC))


def zoned() -> Figures:
    """The same in a zone with summer time."""
    return measured(partial(own_csv, zone=ZoneInfo("Europe/Paris")))


SIDES = (bare, utc, zoned)


def lines(figures: Figures) -> Iterator[Line]:
    limit = figures["bare.seconds"]
    same = figures["bare.digest"] == figures["utc.digest"]
    yield Line(name="export-csv-utc", ratio=limit / figures["utc.seconds"], bound=0.7, least=True)
    zone = limit / figures["zoned.seconds"]
    yield Line(name="export-csv-named-zone", ratio=zone, bound=0.3, least=True)
    yield Line(name="export-csv-same-bytes", ratio=float(same), bound=1, least=True)
    for side in ("utc", "zoned"):
        yield Line(name=f"export-csv-memory-MB-{side}", ratio=figures[f"{side}.grown"], bound=60)


def measured(write: Callable[[BinaryIO], Iterator[None]]) -> Figures:
    """Seconds, megabytes of resident memory from the first batch on, and the file's digest."""
    place = Path(os.environ["TIELINE_DATA"]) / "export.csv"
    with place.open("wb") as file:
        sink, resident = Sink(file), [0.0]
        began = time.perf_counter()
        for batch, _ in enumerate(write(cast(BinaryIO, sink))):
            if batch % LOOK == 0:
                resident.append(megabytes())
        seconds = time.perf_counter() - began
    resident.append(megabytes())
    place.unlink()
    digest = int(sink.digest.hexdigest()[:DIGITS], 16)
    return {"seconds": seconds, "grown": max(resident) - resident[1], "digest": digest}


def own_csv(sink: BinaryIO, *, zone: tzinfo) -> Iterator[None]:
    clock = Connection.objects.get()
    sources = [Source(node, points(connection=clock, node=node, window=TEN)) for node in NODES]
    return writers.csv_long(sink, sources, zone=zone)


def bare_csv(sink: BinaryIO, files: Mapping[str, list[str]]) -> Iterator[None]:
    """Naive times: Arrow formats zoned ones 28 times slower."""
    schema = pa.schema([("time", pa.string()), ("series", pa.string()), ("value", pa.float64())])
    with csv.CSVWriter(sink, schema, write_options=PLAIN) as writer:
        for node, paths in files.items():
            for path in paths:
                for batch in pq.ParquetFile(path, memory_map=True).iter_batches():
                    text = batch.column(0).cast(pa.timestamp("s")).cast(pa.string())
                    iso = pc.binary_replace_slice(text, 10, 11, "T")
                    columns = [
                        pc.binary_join_element_wise(iso, "Z", ""),
                        pa.repeat(node, batch.num_rows),
                        batch.column(1),
                    ]
                    writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
                    yield


def megabytes() -> float:
    """Of this process's resident memory, now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * PAGE / 1e6
