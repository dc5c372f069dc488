"""Points as records (sections 3.7 and 2.5): a row is one record of each asset or endpoint.

A record of a database is known by its time, its measure name and its dimensions; another value
needs a higher version. Records are sent with version 1, and those that the platform says it refused
for an older version are sent once more above that one. Endpoints keep their first value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import pyarrow as pa

from connectors.avista import latest
from connectors.avista.client import Client, Row, rows
from connectors.avista.documents import Word
from connectors.avista.ids import Owner, Place, measure, owner
from connectors.avista.problems import RecordsRefused, text
from connectors.contract import TIME, Written
from connectors.errors import Rejected

MEASURE = "tieline"
"""The measure name of what is written here; the platform leaves the choice to its clients."""
RECORDS = 100
"""Of one request: what Timestream takes [A]."""
TRIES = 3
_WHOLE = ("BIGINT", "integer")
_REAL = ("DOUBLE", "double")
_TRUTH = ("BOOLEAN", "boolean")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One series of a batch."""

    place: int
    name: str
    kind: str


Sample = tuple[int, dict[str, str]]
"""Microseconds since 1970, and the text of each value."""


def write(client: Client, series: Sequence[Place], batches: Iterable[pa.RecordBatch]) -> Written:
    """Nothing is sent twice unless the platform said that it did not take it."""
    owners: dict[Owner, list[Column]] = {}
    for place, one in enumerate(series, start=1):
        name, kind = measure(one)
        owners.setdefault(owner(one), []).append(Column(place=place, name=name, kind=kind))
    names = {
        whose: latest.named(client, whose, [(one.name, one.kind) for one in columns], again=False)
        for whose, columns in owners.items()
    }
    accepted = unchanged = 0
    for batch in batches:
        for whose, columns in owners.items():
            samples = list(_samples(batch, columns))
            for start in range(0, len(samples), RECORDS):
                some = samples[start : start + RECORDS]
                kept = _sent(client, whose, names[whose], columns, some)
                accepted += sum(len(values) for _, values in some) - kept
                unchanged += kept
    return Written(accepted=accepted, unchanged=unchanged)


def _samples(batch: pa.RecordBatch, columns: Sequence[Column]) -> Iterator[Sample]:
    """Raises Rejected before any of the batch is sent."""
    moments = batch.column(0).cast(TIME).cast(pa.int64()).to_pylist()
    cells = {one.name: [as_text(v, one.kind) for v in batch.column(one.place).to_pylist()]
             for one in columns}  # fmt: skip
    for row, moment in enumerate(moments):
        found = ((name, column[row]) for name, column in cells.items())
        values = {name: text for name, text in found if text is not None}
        if values:
            yield moment, values


def as_text(value: Any, kind: str) -> str | None:
    """A value as the platform takes it, which is always text. Raises Rejected on `value`."""
    if value is None:
        return None
    if kind in _TRUTH and isinstance(value, bool):
        return "true" if value else "false"
    if kind in _REAL and isinstance(value, int | float) and isfinite(value):
        return repr(float(value))
    if kind in _WHOLE and _whole(value):
        return str(int(value))
    if kind in ("VARCHAR", "string") and isinstance(value, str):
        return value
    raise Rejected.on(
        "value", f"The platform keeps values of the type {kind} here, and this is none."
    )


def _whole(value: Any) -> bool:
    """A number that 64 bits hold."""
    fits = isinstance(value, int | float) and isfinite(value) and value == int(value)
    return fits and -(2**63) <= int(value) < 2**63


def _sent(
    client: Client, whose: Owner, name: str, columns: Sequence[Column], samples: Sequence[Sample]
) -> int:
    """How many values stayed as they were."""
    database, key = whose
    if database is None:
        return _to_endpoint(client, key, samples)
    kinds = {one.name: one.kind for one in columns}
    records = [record(moment, values, kinds, name) for moment, values in samples]
    publish(client, database, key, records)
    return 0


def record(moment: int, values: dict[str, str], kinds: dict[str, str], name: str) -> Row:
    """One MULTI record; the dimension `name` is what the platform's pages call the asset."""
    measures = [
        {"Type": Word(kinds[key]), "Name": key, "Value": told} for key, told in values.items()
    ]
    return {
        "Dimensions": [{"DimensionValueType": Word("VARCHAR"), "Name": "name", "Value": name}],
        "MeasureName": MEASURE,
        "MeasureValues": measures,
        "MeasureValueType": Word("MULTI"),
        "Time": str(moment),
        "TimeUnit": Word("MICROSECONDS"),
        "Version": 1,
    }


def publish(client: Client, database: str, asset: str, records: Sequence[Row]) -> None:
    """The whole request again where some were refused for their version: those that were taken
    are the same as what is there, which is no change, whether or not the platform kept them."""
    sent = list(records)
    for _ in range(TRIES):
        try:
            published(client, database, asset, sent)
        except RecordsRefused as wrong:
            refused = {one.index: one.existing for one in wrong.refused}
            if None in refused.values() or not refused.keys() <= set(range(len(sent))):
                raise
            sent = [
                {**one, "Version": (refused[at] or 0) + 1} if at in refused else one
                for at, one in enumerate(sent)
            ]
            fault = wrong
        else:
            return
    raise fault


def published(client: Client, database: str, asset: str, records: Sequence[Row]) -> list[Row]:
    """What the platform says it has now of the asset. Raises NotFound and RecordsRefused."""
    return client.many(
        "timeSeriesDb_publishToDatabase",
        assetId=asset,
        timeSeriesDbId=database,
        data={"records": list(records)},
    )


def _to_endpoint(client: Client, endpoint: str, samples: Sequence[Sample]) -> int:
    """How many values stayed as they were. Raises Rejected for what is wrong otherwise."""
    data = [
        {
            "timestamp": str(moment),
            "timeUnit": Word("MICROSECONDS"),
            "attributes": [{"name": name, "value": told} for name, told in values.items()],
        }
        for moment, values in samples
    ]
    found = client.one("iot_publish", iotEndpointId=endpoint, data=data)
    kept = 0
    for failed in rows(found.get("failedRecords")):
        errors = rows(failed.get("errors"))
        if any(one.get("errorType") != "DUPLICATE_ENTRY" for one in errors) or not errors:
            said = text(errors[0].get("errorMessage")) if errors else ""
            said = said or "The platform refused a record."
            raise Rejected.on("value", said)
        record = failed.get("record")
        kept += len(rows(record.get("attributes"))) if isinstance(record, dict) else 0
    return kept
