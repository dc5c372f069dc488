"""The last step of a run: from the archive through a writer into files, then visible at once.

Files lie under `runs/<run>/<fence>/` and are nobody's until one transaction, conditional on the
fence, creates their rows and sets the run done. A worker that comes back from the dead has an old
fence: its files are taken away again.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, BinaryIO, cast
from uuid import UUID

import orjson
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from pyarrow import ArrowException

from connectors.contract import Window
from connectors.errors import ConnectorError
from dashboard.exports import manifest, writers
from dashboard.exports.claims import free_at
from dashboard.exports.heartbeat import LEASE_SECONDS
from dashboard.exports.merge import Source
from dashboard.exports.models import Export, File, Run, Slice
from dashboard.exports.runs import (
    owner_refusal,
    run_fail,
    run_setback,
    schedule_worked,
    storage_sentence,
)
from dashboard.exports.zones import zone_of
from dashboard.series.reading import points

REPORT_SECONDS = 1.0
"""How often progress is written down, the lease renewed, and a cancelled run noticed."""
FENCES = 50
CHANGED = "The archive changed while the file was being written; it is read again."
UNWRITABLE = (
    "These series do not fit into one column of this format. Choose CSV, or the wide shape, "
    "where each series has its own column."
)
TYPES = {
    Export.Format.CSV: ("csv", "text/csv; charset=utf-8"),
    Export.Format.PARQUET: ("parquet", "application/vnd.apache.parquet"),
}


class Lost(Exception):
    """The run is no longer this worker's: cancelled, deleted, or claimed with a higher fence."""


@dataclass
class Sink(io.RawIOBase):
    """Counts and digests what goes through to a file."""

    file: BinaryIO
    bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.bytes

    def write(self, data: Any) -> int:
        self.digest.update(data)
        self.file.write(data)
        size = memoryview(data).nbytes
        self.bytes += size
        return size


def run_publish(run_id: UUID, *, holder: str) -> bool:
    """Writes and publishes a run whose slices are all done; False when nothing was published."""
    run = _take(run_id, holder)
    if run is None:
        return False
    refusal = owner_refusal(run)
    if refusal or run.fence > FENCES:
        run_fail(run, refusal or "This file was begun fifty times and never finished.")
        return False
    published = False
    try:
        published = _write(run)
    except Lost:
        pass
    except ConnectorError as wrong:  # a segment was damaged and struck off: it is read again
        _read_again(run, wrong.message)
    except OSError as wrong:
        run_setback(run, storage_sentence(wrong))
    except ArrowException:
        run_fail(run, UNWRITABLE)
    sweep(run.pk, keep=run.fence if published else None, upto=run.fence)
    return published


def sweep(run_id: UUID, *, keep: int | None = None, upto: int | None = None) -> None:
    """Takes away the folders of a run's fences, up to one and except one."""
    with suppress(FileNotFoundError):  # nothing was written, or somebody else sweeps too
        fences, _ = default_storage.listdir(f"runs/{run_id}")
        for fence in fences:
            if int(fence) != keep and (upto is None or int(fence) <= upto):
                _remove(f"runs/{run_id}/{fence}")
        if keep is None and upto is None:
            default_storage.delete(f"runs/{run_id}")


def _remove(folder: str) -> None:
    _, names = default_storage.listdir(folder)
    for name in names:
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)


def _take(run_id: UUID, holder: str) -> Run | None:
    """Claims the run with the next fence, when every slice is done and nobody holds it."""
    now = timezone.now()
    taken = (
        Run.objects.filter(free_at(now), pk=run_id, state=Run.State.RUNNING)
        .exclude(slices__done=False)
        .exclude(retry_at__gt=now)
        .update(
            fence=F("fence") + 1,
            holder=holder,
            lease_until=now + timedelta(seconds=LEASE_SECONDS),
            rows=0,
            bytes=0,
        )
    )
    if not taken:
        return None
    run = Run.objects.select_related("export", "workspace", "slot", "created_by").get(pk=run_id)
    run.promised = run.slices.aggregate(total=Sum("rows"))["total"] or 0
    Run.objects.filter(pk=run_id, fence=run.fence).update(promised=run.promised)
    return run if run.holder == holder else None


def _write(run: Run) -> bool:
    series = list(run.export.series.select_related("connection"))
    window = Window(start=run.start, end=run.end)
    sources = [
        Source(title, points(connection=one.connection, node=one.node, window=window))
        for one, title in zip(series, manifest.titles(series), strict=True)
    ]
    known = manifest.provenance(run, series)
    data = _stream(run, sources, known)
    if data.rows != run.promised:
        return _read_again(run, CHANGED)
    described = {key: getattr(data, key) for key in ("name", "type", "rows", "bytes", "sha256")}
    proof = _manifest(run, known, sources, described)
    return _finish(run, [data, proof])


def _stream(run: Run, sources: Sequence[Source], known: dict[str, Any]) -> File:
    """The data file, unsaved: streamed into the storage, counted and digested on the way."""
    extension, media = TYPES[Export.Format(run.export.format)]
    place = default_storage.save(_place(run, f"data.{extension}"), ContentFile(b""))
    with default_storage.open(place, "wb") as file:
        sink = Sink(cast(BinaryIO, file))
        report = _Report(run, sink, sources)
        for _ in _writer(run.export, sink, sources, known):
            report.maybe()
    window = Window(start=run.start, end=run.end)
    return File(
        run=run,
        name=f"{manifest.file_stem(run.export, window)}.{extension}",
        file=place,
        type=media,
        rows=sum(source.rows for source in sources),
        bytes=sink.bytes,
        sha256=sink.digest.hexdigest(),
    )


def _writer(
    export: Export, sink: Sink, sources: Sequence[Source], known: dict[str, Any]
) -> Iterator[None]:
    out, zone = cast(BinaryIO, sink), zone_of(export.zone)
    wide = export.shape == Export.Shape.WIDE
    if export.format == Export.Format.PARQUET:
        parquet = writers.parquet_wide if wide else writers.parquet_long
        return parquet(out, sources, zone=zone, notes={"tieline": orjson.dumps(known).decode()})
    csv = writers.csv_wide if wide else writers.csv_long
    return csv(out, sources, zone=zone, spreadsheet=export.spreadsheet)


def _manifest(
    run: Run, known: dict[str, Any], sources: Sequence[Source], data: dict[str, Any]
) -> File:
    content = manifest.complete(
        known, promised=run.promised, sources=sources, files=[data], written_at=timezone.now()
    )
    window = Window(start=run.start, end=run.end)
    return File(
        run=run,
        name=f"{manifest.file_stem(run.export, window)}.manifest.json",
        file=default_storage.save(_place(run, "manifest.json"), ContentFile(content)),
        type="application/json",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


@transaction.atomic
def _finish(run: Run, files: Sequence[File]) -> bool:
    """Makes the files visible, all at once, if the run is still this worker's."""
    done = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, fence=run.fence).update(
        state=Run.State.DONE,
        rows=files[0].rows,
        bytes=files[0].bytes,
        trouble="",
        attempts=0,
        lease_until=None,
        ended_at=timezone.now(),
    )
    if not done:
        return False
    File.objects.bulk_create(files)
    schedule_worked(run)
    return True


@dataclass(slots=True)
class _Report:
    """Writes progress down once a second. Raises Lost when the run is no longer ours."""

    run: Run
    sink: Sink
    sources: Sequence[Source]
    told: float = 0.0

    def maybe(self) -> None:
        if time.monotonic() - self.told < REPORT_SECONDS:
            return
        self.told = time.monotonic()
        mine = Run.objects.filter(pk=self.run.pk, state=Run.State.RUNNING, fence=self.run.fence)
        if not mine.update(
            rows=sum(source.rows for source in self.sources),
            bytes=self.sink.bytes,
            lease_until=timezone.now() + timedelta(seconds=LEASE_SECONDS),
        ):
            raise Lost


def _read_again(run: Run, why: str) -> bool:
    """Sets the slices back, which costs little: what the archive holds is not fetched again."""
    with transaction.atomic():
        run_setback(run, why)
        same = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, fence=run.fence)
        Slice.objects.filter(run__in=same).update(done=False)
    return False


def _place(run: Run, name: str) -> str:
    return f"runs/{run.pk}/{run.fence}/{name}"
