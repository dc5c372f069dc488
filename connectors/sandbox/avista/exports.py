"""Export files: CSV and JSON written in a stream, then announced to whoever waits (section 3.4).

The CSV has a header, `\\n` at line ends and quotes only where a cell needs them; an empty cell is
a missing value. The layout for time-series is that of the IoT export, which is documented [G].
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from threading import Thread

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.sandbox.avista.columns import Block
from connectors.sandbox.avista.ranges import RangeQuery, read
from connectors.sandbox.avista.records import Asset, Table
from connectors.sandbox.avista.resolvers import Call
from connectors.sandbox.avista.values import iso, iso_texts, sql_texts, texts, told

EXPORT_SECONDS = 86_400
"""How long an export file is kept [G]."""
UNSAFE = r'[",\r\n]'
"""What makes a cell of a CSV file need quotes."""


def ordered(
    call: Call, query: RangeQuery, table: Table, form: str, tell: Callable[[str, int], None]
) -> None:
    """Has a file compiled behind the answer; `tell` gets its URL and its size in bytes."""
    head = "iotEndpointId" if query.table == "iot" else "assetId"
    if form == "JSON":
        content = written_json(query, table, call.spoiled)
    else:
        content = written_csv(query, table, head, call.spoiled)

    def compile_file() -> None:
        kind = {"JSON": "application/json", "CSV": "text/csv"}[form]
        stored = call.platform.objects.put(
            content, f"result.{form.lower()}", content_type=kind, seconds=EXPORT_SECONDS
        )
        tell(call.platform.objects.url(call, stored.key), stored.size)

    running = call.platform.series.exporting
    running[:] = [one for one in running if one.is_alive()]
    running.append(Thread(target=compile_file, name="avista export", daemon=True))
    running[-1].start()


def written_csv(
    query: RangeQuery, table: Table, head: str, kinds: Container[str] = ()
) -> Iterator[bytes]:
    """The file in pieces: a row for each asset and time, a column for each attribute."""
    columns = _columns(query, table)
    yield _line([head, "name", "timestamp", *columns])
    for asset, names, blocks in read(query, table):
        before = _line([asset.asset_id, asset.name]).decode()[:-1]
        for block in blocks:
            yield _rows(before, asset, spoiled(block, kinds), names, columns)


def _columns(query: RangeQuery, table: Table) -> list[str]:
    """Every attribute of any asset, once, in the order asked for."""
    found: dict[str, None] = {}
    for place, (asset_id, asked) in enumerate(query.picks):
        asset = table.asset(asset_id)
        names = query.named(asset, place) if asset else asked or ()
        found.update(dict.fromkeys(names))
    return list(found)


def _line(cells: Sequence[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue().encode("utf-8", "replace")


def _rows(
    before: str, asset: Asset, block: Block, names: Sequence[str], columns: Sequence[str]
) -> bytes:
    """The lines of one block."""
    cells = [pa.repeat(before, block.times.size), sql_texts(pa.array(block.times))]
    for name in columns:
        if name in names:
            cells.append(_cells(asset.types.get(name, "VARCHAR"), block.columns[name]))
        else:
            cells.append(pa.repeat("", block.times.size))
    lines = pc.binary_join_element_wise(*cells, ",")
    together = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines)
    joined: bytes = pc.binary_join(together, "\n")[0].as_buffer().to_pybytes()
    return joined + b"\n"


def _cells(kind: str, column: pa.Array) -> pa.Array:
    """A column of texts, quoted where it must be."""
    written = pc.fill_null(texts(kind, column), "")
    if kind != "VARCHAR":
        return written
    quoted = pc.binary_join_element_wise("", pc.replace_substring(written, '"', '""'), "", '"')
    return pc.if_else(pc.match_substring_regex(written, UNSAFE), quoted, written)


def written_json(query: RangeQuery, table: Table, kinds: Container[str] = ()) -> Iterator[bytes]:
    """The file in pieces: an array of TimeSeriesAssetData, attribute after attribute."""
    between = b"["
    for place, (asset_id, _) in enumerate(query.picks):
        asset = table.asset(asset_id)
        if asset is None:
            continue
        head = {"assetId": asset.asset_id, "name": asset.name}
        yield between + json.dumps(head)[:-1].encode() + b', "attributes": ['
        comma = b""
        for name in query.named(asset, place):
            if name in asset.types:
                for piece in _attribute(query, table, place, name, kinds):
                    yield comma + piece
                    comma = b""
                comma = b", "
        yield b"]}"
        between = b", "
    yield b"[]" if between == b"[" else b"]"


def _attribute(
    query: RangeQuery, table: Table, place: int, name: str, kinds: Container[str]
) -> Iterator[bytes]:
    """One attribute; its last value is the newest that the platform has, read or not [G]."""
    asset_id, _ = query.picks[place]
    picks = tuple((asset_id, (name,)) if at == place else ("", ())
                  for at in range(len(query.picks)))  # fmt: skip
    for asset, _, blocks in read(replace(query, picks=picks), table):
        kind, latest = asset.types[name], asset.latest(name)
        head = {"name": name, "attributeType": kind,
                "lastValue": told(kind, latest[1]) if latest else "",
                "lastValueTime": iso(latest[0]) if latest else ""}  # fmt: skip
        yield json.dumps(head)[:-1].encode() + b', "data": ['
        comma = ""
        for block in blocks:
            yield (comma + _entries(kind, spoiled(block, kinds), name)).encode()
            comma = ", "
        yield b"]}"


def _entries(kind: str, block: Block, name: str) -> str:
    values = [json.dumps(text) for text in texts(kind, block.columns[name]).to_pylist()]
    stamps = iso_texts(block.times)
    return ", ".join(
        f'{{"timestamp": "{stamp}", "value": {value}}}'
        for stamp, value in zip(stamps, values, strict=True)
    )


def spoiled(block: Block, kinds: Container[str]) -> Block:
    """A block with the content faults that are switched on: in its middle, and at its ends."""
    places = np.arange(block.times.size)
    if "duplicate_stamps" in kinds:
        middle = places.size // 2
        places = np.insert(places, middle, middle)
    if "unsorted_stamps" in kinds and places.size > 1:
        places[[0, -1]] = places[[-1, 0]]
    columns = {name: cells.take(pa.array(places)) for name, cells in block.columns.items()}
    if "nan" in kinds:
        columns = {name: _with_nan(cells) for name, cells in columns.items()}
    return replace(block, times=block.times[places], columns=columns, dimensions=(),
                   measures=block.measures.take(pa.array(places)))  # fmt: skip


def _with_nan(cells: pa.Array) -> pa.Array:
    """The middle number is no number."""
    if not pa.types.is_floating(cells.type):
        return cells
    mask = np.arange(len(cells)) == len(cells) // 2
    return pc.if_else(pa.array(mask), float("nan"), cells)
