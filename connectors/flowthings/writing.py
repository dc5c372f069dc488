"""Points as drops: a row becomes one drop in each flow, with an elem for each series.

The platform has no request for several drops. Whether it lets clients say when a drop was created
is not documented [G], so each answer is looked at: where it stamped the drop itself, the drop is
taken away again and the write refused. A time of the drop's own (`…@time`) needs no such trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from math import isfinite
from typing import Any

import pyarrow as pa

from connectors.contract import Written
from connectors.errors import Rejected
from connectors.flowthings import elems
from connectors.flowthings.client import Client, Row
from connectors.flowthings.ids import Series
from connectors.flowthings.reading import MILLISECOND, millis

STAMPED = (
    "flowthings.io stamps drops with its own clock here. Give the drops an elem with their time, "
    "and name it in the connection's settings."
)


def write(client: Client, series: Sequence[Series], batches: Iterable[pa.RecordBatch]) -> Written:
    """Drop after drop, none sent twice. A drop at a time that has one counts from then on."""
    flows: dict[tuple[str, str], list[tuple[str, Series]]] = {}
    for place, one in enumerate(series, start=1):
        flows.setdefault((one.flow, one.time), []).append((str(place), one))
    accepted = 0
    for batch in batches:
        rows = _rows(batch)
        for (flow, time), columns in flows.items():
            for at, row in rows:
                found = {one.elem: row[name] for name, one in columns if row[name] is not None}
                if found:
                    _put(client, flow, time, at, found)
                    accepted += len(found)
    return Written(accepted=accepted, unchanged=0)


def _rows(batch: pa.RecordBatch) -> list[tuple[int, Row]]:
    """Moments and values by column number. Raises Rejected before any of them is sent."""
    names = ["time", *map(str, range(1, batch.num_columns))]
    found = pa.RecordBatch.from_arrays(batch.columns, names=names).to_pylist()
    rows = []
    for row in found:
        at = row.pop("time")
        if at.microsecond % (MILLISECOND // timedelta(microseconds=1)):
            raise Rejected.on("time", "Times on flowthings.io are whole milliseconds.")
        if any(isinstance(value, float) and not isfinite(value) for value in row.values()):
            raise Rejected.on("value", "flowthings.io stores finite numbers only.")
        rows.append((millis(at), row))
    return rows


def _put(client: Client, flow: str, time: str, at: int, values: Row) -> None:
    held: dict[str, Any] = {}
    for name, value in values.items():
        elems.merged(held, elems.nested(name, value))
    if time:
        dated = elems.nested(time, {"type": "date", "value": at})
        client.add(flow, {"elems": elems.merged(held, dated)})
        return
    kept = _added(client, flow, {"elems": held, "creationDate": at})
    if kept.get("creationDate") != at:
        client.delete(f"drop/{flow}", str(kept.get("id")))
        raise Rejected.on("time", STAMPED)


def _added(client: Client, flow: str, drop: Row) -> Row:
    """Raises Rejected beside the value where the flow's own filter keeps the drop out."""
    try:
        return client.add(flow, drop)
    except Rejected as wrong:
        message = wrong.message
    raise Rejected.on("value", message)
