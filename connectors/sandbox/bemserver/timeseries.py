"""Data in and out, by id and by name within a campaign (section 3)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.responses import Response, StreamingResponse

from connectors.sandbox.bemserver import buckets, csvtext, units
from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.fields import (
    LARGEST_ID,
    Choice,
    Integer,
    Moment,
    Symbol,
    Text,
    Zone,
)
from connectors.sandbox.bemserver.problems import Problem, forbidden, invalid_query
from connectors.sandbox.bemserver.query import Asked
from connectors.sandbox.bemserver.store import track_key
from connectors.sandbox.bemserver.table import Row
from connectors.sandbox.samples import Block, Track, blocks
from connectors.sandbox.zones import Instants, stamps

MOST_BUCKETS = 2_000_000  # guess: the platform has no limit and would run out of time instead
SCALING = units.Conversion(1.0, 0.0)
PANDAS_START, PANDAS_END = -9_214_560_000_000_000, 9_214_646_400_000_000
"""About 1678 to 2262: what pandas can name in nanoseconds, in microseconds."""
FIXED_ONLY = (
    f"Only fixed bucket width units ({', '.join(buckets.FIXED)}) accept a value different than 1."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The series, state and window that a request names."""

    rows: tuple[Row, ...]
    labels: tuple[str, ...]
    state: int
    start: int = 0
    end: int = 0
    zone: str = "UTC"
    units: tuple[str, ...] = ()

    def tracks(self, call: Call) -> list[Track]:
        """The samples asked for, in the order asked."""
        return [call.platform.samples.track(track_key(row["id"], self.state)) for row in self.rows]


def campaign_of(call: Call) -> int | None:
    """The campaign of a by-name URL. Raises Problem 404 or 403."""
    if "campaign" not in call.path:
        return None
    number = int(call.path["campaign"])
    if number > LARGEST_ID:
        raise Problem(500)
    campaign = call.store.get("campaigns", number)
    if campaign is None:
        raise Problem(404)
    if not call.actor.reads("campaigns", campaign):
        raise forbidden()
    return int(campaign["id"])


def state_of(call: Call, asked: Asked) -> int:
    """The data state of a request."""
    state = asked.one("data_state", Integer(), required=True)
    asked.settle()
    return known_state(call, state)


def known_state(call: Call, state: int) -> int:
    """The id of a data state. Raises Problem 422."""
    if call.store.get("timeseries_data_states", state) is None:
        raise invalid_query({"data_state": "Unknown data state ID"})
    return state


def series_of(call: Call, labels: Sequence[Any], campaign: int | None) -> tuple[Row, ...]:
    """The named series, or by id. Raises Problem 422 for unknown ones, 403 for unreadable ids."""
    if campaign is None:
        rows = [(label, call.store.get("timeseries", label)) for label in labels]
        found = {label: row for label, row in rows if row is not None}
    else:
        mine = call.store.where("timeseries", campaign_id=campaign)
        found = {row["name"]: row for row in mine if call.actor.reads("timeseries", row)}
    known = tuple(found[label] for label in labels if label in found)
    if not all(call.actor.reads("timeseries", row) for row in known):
        raise forbidden()
    unknown = [label for label in labels if label not in found]
    if unknown:
        raise Problem(422, message=f"Unknown timeseries: {unknown}")
    return known


def selection(call: Call, *, window: bool = True, convert: bool = False) -> Selection:
    """Reads and checks the parameters of section 3.1."""
    by_name = "campaign" in call.path
    asked = call.asked()
    names = asked.many("timeseries", Text() if by_name else Integer(), required=True)
    start = asked.one("start_time", Moment(), required=window)
    end = asked.one("end_time", Moment(), required=window)
    zone = asked.one("timezone", Zone(), default="UTC")
    wanted = asked.many("convert_to", Symbol()) if convert else []
    state = asked.one("data_state", Integer(), required=True)
    asked.settle()
    if wanted and len(wanted) != len(names):
        asked.wrong("_schema", ["If provided, convert_to must be the same size as timeseries."])
    asked.settle()
    pairs = dict(zip(names, wanted or [""] * len(names), strict=True))
    rows = series_of(call, list(pairs), campaign_of(call))
    known_state(call, state)
    return Selection(
        rows=rows,
        labels=tuple(str(label) for label in pairs),
        state=state,
        start=start or 0,
        end=end or 0,
        zone=zone,
        units=tuple(pairs.values()),
    )


def scales(asked: Selection, *, failure: int, source: str | None = None) -> list[units.Conversion]:
    """How each series is converted. Raises Problem `failure` when dimensions differ."""
    found = []
    for row, target in zip(asked.rows, asked.units, strict=True):
        origin = row["unit_symbol"] if source is None else source
        scale = units.conversion(origin or "", target) if target else SCALING
        if scale is None:
            message = units.unlike(origin or "", target) if failure == 422 else None
            raise Problem(failure, message=message)
        found.append(scale)
    return found


def wants_csv(call: Call) -> bool:
    """Only the exact header means CSV; `text/csv;…` and `*/*` mean JSON."""
    return call.headers.get("accept") == "text/csv"


def _typed(call: Call, content: Iterator[bytes] | bytes) -> Response:
    """An answer whose type echoes the request's Accept."""
    kind = call.headers.get("accept", "application/json")
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    if isinstance(content, bytes):
        return Response(content, headers={"Content-Type": kind})
    return StreamingResponse(content, headers={"Content-Type": kind})


def download(call: Call) -> Response:
    """GET of raw samples, streamed in bounded memory."""
    asked = selection(call, convert=True)
    scaling = scales(asked, failure=422)
    tracks = asked.tracks(call)
    if wants_csv(call):
        found = (_scaled(block, scaling) for block in blocks(tracks, asked.start, asked.end))
        return _typed(call, _csv(asked, found, call.spoilt))
    return _typed(call, _json(asked, tracks, scaling, call.spoilt))


def _csv(asked: Selection, found: Iterator[Block], spoilt: frozenset[str]) -> Iterator[bytes]:
    yield csvtext.header(asked.labels)
    yield from csvtext.lines(found, asked.zone, spoilt)


def _scaled(block: Block, scaling: Sequence[units.Conversion]) -> Block:
    if all(scale == SCALING for scale in scaling):
        return block
    factor = np.array([scale.factor for scale in scaling])
    offset = np.array([scale.offset for scale in scaling])
    return Block(block.times, block.values * factor + offset)


def _json(
    asked: Selection, tracks: Sequence[Track], scaling: Sequence[units.Conversion],
    spoilt: frozenset[str],
) -> Iterator[bytes]:  # fmt: skip
    """An object for each series that has data; the others have no key."""
    between = "{"
    for label, track, scale in zip(asked.labels, tracks, scaling, strict=True):
        opened = False
        for found in blocks([track], asked.start, asked.end):
            block, cells = csvtext.written(_scaled(found, [scale]), spoilt)
            times = stamps(block.times, asked.zone, colon=True, fraction=True)
            members = ", ".join([f'"{t}": {v}' for t, v in zip(times, cells, strict=True)])
            lead = ", " if opened else f"{between}{json.dumps(label)}: {{"
            opened = True
            yield f"{lead}{members}".encode()
        if opened:
            between = ", "
            yield b"}"
    yield b"}" if between == ", " else b"{}"


def aggregate(call: Call) -> Response:
    """GET of buckets: every bucket of the widened window, null where there is no data."""
    query = call.asked()
    width = bucket_width(query)
    function = query.one("aggregation", Choice(buckets.FUNCTIONS), default="avg")
    query.settle()
    asked = selection(call, convert=True)
    counted = function == "count"
    scaling = scales(asked, failure=500, source="count" if counted else None)
    limits = edges_of(asked, width)
    columns = [buckets.aggregate(track, limits, width, function) for track in asked.tracks(call)]
    table = np.column_stack(columns) if limits.size else np.empty((0, len(columns)))
    if function == "sum" and width.count > 1:
        table = buckets.zeroed(table)
    table = _scaled(Block(limits[:-1], table), scaling).values
    return _typed(call, _bucket_text(call, asked, limits[:-1], table, counted=counted))


def edges_of(asked: Selection, width: buckets.Width) -> Instants:
    """The bucket edges of a request. Raises Problem 422 for an absurd number of them."""
    if width.unit in buckets.FIXED:
        size = width.count * buckets.FIXED[width.unit]
        if (asked.end - asked.start) // size > MOST_BUCKETS:
            raise Problem(422, message="Too many buckets.")
    return buckets.edges(asked.start, asked.end, asked.zone, width)


def bucket_width(asked: Asked) -> buckets.Width:
    """The two bucket parameters."""
    count = asked.one("bucket_width_value", Integer(), required=True)
    unit = asked.one("bucket_width_unit", Choice(buckets.UNITS), required=True)
    asked.settle()
    if count < 1:
        asked.wrong("bucket_width_value", ["Must be greater than or equal to 1."])
    elif count != 1 and unit not in buckets.FIXED:
        asked.wrong("bucket_width_value", [FIXED_ONLY])
    asked.settle()
    return buckets.Width(count, unit)


def _bucket_text(
    call: Call, asked: Selection, starts: Instants, table: buckets.Values, *, counted: bool
) -> bytes:
    if wants_csv(call):
        times = stamps(starts, asked.zone, colon=False, fraction=False)
        rows = _whole_cells(table, asked.units) if counted else csvtext.cells(table)
        text = "".join(f"{t},{row}\n" for t, row in zip(times, rows, strict=starts.size > 0))
        return csvtext.header(asked.labels) + text.encode()
    if not starts.size:
        return b"{}"
    times = stamps(starts, asked.zone, colon=True, fraction=True)
    body = {
        label: dict(zip(times, _listed(table[:, n], whole=counted and not unit), strict=True))
        for n, (label, unit) in enumerate(zip(asked.labels, asked.units, strict=True))
    }
    return json.dumps(body).encode()


def _whole_cells(table: buckets.Values, targets: Sequence[str]) -> list[str]:
    """Counts as text: whole, but for those that were converted."""
    columns = [_listed(table[:, n], whole=not unit) for n, unit in enumerate(targets)]
    return [",".join(map(repr, row)) for row in zip(*columns, strict=True)]


def _listed(column: buckets.Values, *, whole: bool) -> list[Any]:
    if whole:
        return list(column.astype(np.int64).tolist())
    return [None if value != value else value for value in column.tolist()]


def stats(call: Call) -> Response:
    """GET of first and last time, count, min, max, mean and deviation over the whole history."""
    asked = selection(call, window=False)
    tracks = asked.tracks(call)
    found = {
        label: _statistics(track, asked.zone)
        for label, track in zip(asked.labels, tracks, strict=True)
    }
    return call.json_answer({"stats": found})


def _statistics(track: Track, zone: str) -> dict[str, Any]:
    count, mean, spread = 0, 0.0, 0.0
    low, high = np.inf, -np.inf
    first = last = 0
    extent = track.extent() or (0, 0)
    for block in blocks([track], *extent):
        values = block.values[:, 0]
        first = first if count else int(block.times[0])
        last = int(block.times[-1])
        count, mean, spread = _pooled(count, mean, spread, values)
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    names = ("first_timestamp", "last_timestamp", "count", "min", "max", "avg", "stddev")
    if not count:
        return dict.fromkeys(names) | {"count": 0}
    if not np.isfinite(spread):
        raise Problem(500)  # PostgreSQL's `avg` and `stddev_samp`: value out of range: overflow
    if first < PANDAS_START or last > PANDAS_END:
        raise Problem(500)
    ends = stamps(np.array([first, last], dtype=np.int64), zone, colon=True, fraction=True)
    deviation = (spread / (count - 1)) ** 0.5 if count > 1 else None
    return dict(zip(names, (*ends, count, low, high, mean, deviation), strict=True))


def _pooled(
    count: int, mean: float, spread: float, values: buckets.Values
) -> tuple[int, float, float]:
    """Joins a block to a running mean and sum of squares (Chan, Golub and LeVeque, 1979)."""
    size, here = values.size, float(values.mean())
    total, step = count + size, here - mean
    with np.errstate(over="ignore"):
        spread += float(((values - here) ** 2).sum()) + step * step * count * size / total
    return total, mean + step * size / total, spread


def upload(call: Call) -> Response:
    """POST of samples, all or nothing; existing ones stay as they are."""
    campaign = campaign_of(call)
    state = state_of(call, call.asked())
    as_csv = call.headers.get("content-type") == "text/csv"
    any_year = call.store.flavour >= "0.27"  # its pandas 3 takes them, and stumbles in stats
    read = csvtext.read_upload if as_csv else csvtext.read_json_upload
    columns = read(call.body, any_year=any_year)
    labels: list[Any] = [column.name for column in columns]
    if campaign is None:
        labels = _ids(labels)
    rows = series_of(call, labels, campaign)
    for row, column in zip(rows, columns, strict=True):
        call.platform.samples.write(
            track_key(row["id"], state), column.times, column.values, overwrite=False
        )
    return call.json_answer(None, 201)


def _ids(labels: Sequence[str]) -> list[int]:
    """Numbers of series. Raises Problem 422, 500 for one that the database cannot hold."""
    try:
        ids = [int(label) for label in labels]
    except ValueError:
        unnamed = "Wrong timeseries ID" if "" in labels else "Wrong timeseries ID type"
        raise csvtext.wrong(unnamed) from None
    if any(abs(number) > LARGEST_ID for number in ids):
        raise Problem(500)
    return ids


def delete(call: Call) -> Response:
    """DELETE of a window; it may be empty already."""
    asked = selection(call)
    for row in asked.rows:
        call.platform.samples.delete(track_key(row["id"], asked.state), asked.start, asked.end)
    return call.done()
