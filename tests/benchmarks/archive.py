"""A chart's window out of a warm archive: the page's request, against the bare libraries' work on
the very same segments (read the row groups that matter, tsdownsample, base64 in JSON, gzip)."""

from __future__ import annotations

import base64
import gzip
import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import orjson
import pyarrow.parquet as pq
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from tsdownsample import NaNM4Downsampler

from connectors import registry
from connectors.contract import Window
from dashboard.accounts.models import Person
from dashboard.accounts.services import person_create
from dashboard.charts.encoding import packed_times, packed_values
from dashboard.connections.models import Connection
from dashboard.series.downsample import downsample
from dashboard.series.models import Segment
from dashboard.series.reading import arrays
from dashboard.series.services import fill_now
from dashboard.series.windows import micros
from tests.benchmarks.measure import Figures, Line, milliseconds

Columns: TypeAlias = "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]"
PIXELS = 1200
NODE = "meter"
LEVEL = 1
"""Of gzip: the page's own."""
TEN = Window(start=datetime(2014, 1, 1, tzinfo=UTC), end=datetime(2024, 1, 1, tzinfo=UTC))
YEAR = Window(start=datetime(2021, 3, 1, tzinfo=UTC), end=datetime(2022, 3, 1, tzinfo=UTC))
WINDOWS = {"year": YEAR, "ten": TEN}

registry.OURS["clockwork"] = "tests.series.clockwork"


def prepare() -> None:
    """Ten years at one minute, filled as any other series is."""
    call_command("migrate", verbosity=0)
    person = person_create(email="bench@example.org", password="-" * 20, name="Bench")
    clock = Connection.objects.create(
        workspace=person.workspaces.get(), kind="clockwork", name="Clock"
    )
    now = datetime.now(tz=UTC)
    fill_now(connection=clock, nodes=[NODE], window=TEN, now=now, seconds=600, background=True)


def bare() -> Figures:
    """Arrow, tsdownsample and orjson, by hand: no dashboard, no query."""
    live = Segment.objects.filter(superseded_by=None).order_by("start")
    files = [default_storage.path(segment.file) for segment in live]
    return timed(partial(bare_chart, files))


def rooms() -> Figures:
    """The archive's own arrays and downsample, and the chart's encoding."""
    return timed(partial(own_chart, Connection.objects.get()))


def request() -> Figures:
    """The whole request, signed in, from the URL to the last byte of a gzipped answer."""
    ask = asker()
    sizes = {f"{name}-kB": len(ask(window)) / 1e3 for name, window in WINDOWS.items()}
    lost = {f"{name}-lost": lost_extremes(ask(window), window) for name, window in WINDOWS.items()}
    return dict(timed(ask)) | sizes | lost


SIDES = (bare, rooms, request)


def lines(figures: Figures) -> Iterator[Line]:
    year, ten = figures["bare.year"], figures["bare.ten"]
    within = max(1.5, (year + 5) / year)
    yield Line(name="chart-rooms-1y", ratio=figures["rooms.year"] / year, bound=within)
    yield Line(name="chart-rooms-10y", ratio=figures["rooms.ten"] / ten, bound=1.5)
    yield Line(name="chart-request-1y", ratio=figures["request.year"] / year, bound=within)
    yield Line(name="chart-request-10y", ratio=figures["request.ten"] / ten, bound=1.5)
    for name in ("year", "ten"):
        yield Line(name=f"chart-payload-kB-{name}", ratio=figures[f"request.{name}-kB"], bound=16)
        yield Line(
            name=f"chart-lost-extremes-{name}", ratio=figures[f"request.{name}-lost"], bound=0
        )


def timed(work: Callable[[Window], object]) -> Figures:
    """Milliseconds for each window."""
    return {name: milliseconds(partial(work, window)) for name, window in WINDOWS.items()}


def bare_chart(files: list[str], window: Window) -> bytes:
    times, values = bare_read(files, window)
    sampler: Any = NaNM4Downsampler
    kept = sampler().downsample(times, values, n_out=4 * PIXELS)
    packed = {
        "x": base64.b64encode(times[kept].tobytes()).decode(),
        "y": base64.b64encode(values[kept].tobytes()).decode(),
    }
    return gzip.compress(orjson.dumps(packed), LEVEL)


def bare_read(files: list[str], window: Window) -> Columns:
    start, end = micros(window.start), micros(window.end)
    times, values = [], []
    for file in files:
        parquet = pq.ParquetFile(file, memory_map=True)
        known = [
            parquet.metadata.row_group(group).column(0).statistics
            for group in range(parquet.metadata.num_row_groups)
        ]
        groups = [g for g, k in enumerate(known) if k.min_raw < end and k.max_raw >= start]
        if not groups:
            continue
        table = parquet.read_row_groups(groups)
        times += [
            np.frombuffer(c.buffers()[1], np.int64)[c.offset :][: len(c)]
            for c in table.column(0).chunks
        ]
        values += [
            np.frombuffer(c.buffers()[1])[c.offset :][: len(c)] for c in table.column(1).chunks
        ]
    stamps, numbers = np.concatenate(times), np.concatenate(values)
    first, last = np.searchsorted(stamps, (start, end))
    return stamps[first:last], numbers[first:last]


def own_chart(clock: Connection, window: Window) -> bytes:
    found = arrays(connection=clock, node=NODE, window=window)
    times, values = downsample(found.times, found.values, window=window, pixels=PIXELS)
    packed = {"times": packed_times(times), "values": packed_values(values)}
    return gzip.compress(orjson.dumps(packed), LEVEL)


def asker() -> Any:
    """Asks the page for a window; gives the gzipped bytes."""
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(Person.objects.get())
    address, key = reverse("charts:data"), f"{Connection.objects.get().pk}:{NODE}"

    def asked(window: Window) -> bytes:
        answer = client.get(
            address,
            {
                "series": key,
                "start": window.start.isoformat(),
                "end": window.end.isoformat(),
                "zone": "UTC",
                "width": str(PIXELS),
            },
            headers={"Accept-Encoding": "gzip"},
        )
        if answer.status_code != 200 or answer["Content-Encoding"] != "gzip":
            raise SystemExit(f"the chart's data answered {answer.status_code}")
        return bytes(answer.content)

    return asked


def lost_extremes(answer: bytes, window: Window) -> float:
    """Pixel columns whose true minimum or maximum is not in the answer to within a float32."""
    trace = orjson.loads(gzip.decompress(answer))["series"][0]["trace"]
    given = unpacked_times(trace["times"]), unpacked_values(trace["values"])
    whole = arrays(connection=Connection.objects.get(), node=NODE, window=window)
    edges = column_edges(window)
    lost = 0
    for low, high in itertools.pairwise(edges):
        true = between(whole.times, whole.values, low, high)
        kept = between(*given, low, high)
        if true.size and not same_extremes(true, kept):
            lost += 1
    return lost


def column_edges(window: Window) -> list[int]:
    start, end = micros(window.start), micros(window.end)
    return [start + (end - start) * column // PIXELS for column in range(PIXELS + 1)]


def between(times: Any, values: Any, low: int, high: int) -> Any:
    first, last = np.searchsorted(times, (low, high))
    part = values[first:last]
    return part[~np.isnan(part)]


def same_extremes(true: Any, kept: Any) -> bool:
    if kept.size == 0:
        return False
    close = 1e-6 * max(abs(float(true.max())), abs(float(true.min())), 1.0)
    return bool(abs(true.max() - kept.max()) <= close and abs(true.min() - kept.min()) <= close)


def unpacked_times(packed: Mapping[str, Any]) -> Any:
    """Microseconds, from what `packed_times` made."""
    if "bdata" in packed:
        steps = np.concatenate([[0], decoded(packed).cumsum()])
    else:
        steps = np.arange(packed["n"])
    return np.rint((packed["x0"] + steps * packed["dx"]) * 1000).astype(np.int64)


def unpacked_values(packed: Mapping[str, Any]) -> Any:
    """Values with NaN at gaps, from what `packed_values` made."""
    numbers = decoded(packed).astype(np.float64)
    if "decimals" not in packed:
        return numbers + packed.get("low", 0.0)
    values = (numbers + packed["low"]) / 10.0 ** packed["decimals"]
    return np.where(numbers == 0, np.nan, values)


def decoded(packed: Mapping[str, Any]) -> Any:
    return np.frombuffer(base64.b64decode(packed["bdata"]), np.dtype(packed["dtype"]))
