# ruff: noqa: N803 - arguments have the names that the platform's schema gives them
"""Records that a client publishes to a time-series database (section 3.7)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.avista.access import must_read, must_write
from connectors.sandbox.avista.databases import NAME, asset_data, table_of
from connectors.sandbox.avista.records import Rejection, Row, Table
from connectors.sandbox.avista.resolvers import Call, Fault, Resolvers, unauthorized
from connectors.sandbox.avista.timestream.plan import columns
from connectors.sandbox.avista.values import Value, instant, parsed

RESOLVERS = Resolvers()
LONGEST_NAME = 256
"""Characters of a measure's or a dimension's name [A]."""
RESERVED = ("time", "measure_name", "assetid")
"""Names that are columns already, in lower case."""

Record = Mapping[str, Any]


class Refused(Exception):
    """One record that is not kept; the text is the reason."""


@RESOLVERS.field("Mutation", "timeSeriesDb_publishToDatabase")
def publish(
    call: Call,
    *,
    assetId: str,
    timeSeriesDbId: str,
    data: Record,
) -> list[dict[str, Any]] | None:
    """The asset with the points that were written.

    When records are refused, the others are kept all the same, as Timestream does it, and the
    answer is an error that lists the refused ones [G].
    """
    database = call.platform.store.records(NAME).get(timeSeriesDbId)
    if database is None:
        return None
    must_write(call, database["ownerUserId"], timeSeriesDbId)
    table = table_of(call, timeSeriesDbId)
    reading = Reading(table)
    for index, record in enumerate(data["records"]):
        reading.take(index, record or {})
    refused = [
        Rejection(index=reading.places[one.index], reason=one.reason, existing=one.existing)
        for one in table.write(assetId, reading.rows, reading.types)
    ] + reading.refused
    if refused:
        raise rejected(refused)
    asset = table.asset(assetId)
    return [asset_data(asset, reading.points)] if asset else []


def rejected(refused: Sequence[Rejection]) -> Fault:
    """What Timestream says, with its list of records in the message."""
    listed = [
        {"RecordIndex": one.index, "Reason": one.reason}
        | ({} if one.existing is None else {"ExistingVersion": one.existing})
        for one in sorted(refused, key=lambda one: one.index)
    ]
    return Fault(
        "RejectedRecordsException",
        "One or more records have been rejected. See RejectedRecords for details. "
        f"RejectedRecords: {json.dumps(listed)}",
    )


class Reading:
    """Turns the records of one request into rows."""

    def __init__(self, table: Table) -> None:
        self._known = table.types()
        self._columns = set(columns(table)) - set(self._known)
        self.rows: list[Row] = []
        self.places: list[int] = []
        """Where each row stood in the request."""
        self.types: dict[str, str] = {}
        self.points: dict[str, list[tuple[int, Value]]] = {}
        self.refused: list[Rejection] = []

    def take(self, index: int, record: Record) -> None:
        """One more record."""
        try:
            row, types = self._row(record)
        except Refused as reason:
            self.refused.append(Rejection(index=index, reason=str(reason)))
            return
        self.rows.append(row)
        self.places.append(index)
        self.types.update(types)
        for name, value in row.values.items():
            self.points.setdefault(name, []).append((row.time, value))

    def _row(self, record: Record) -> tuple[Row, dict[str, str]]:
        """A record's row, and the type of each of its measures. Raises Refused."""
        unit = record.get("TimeUnit") or "MILLISECONDS"
        try:
            time = instant(record.get("Time") or "", unit)
        except ValueError:
            raise Refused("The record's Time is missing or no integer that fits.") from None
        name = record.get("MeasureName")
        if not name or len(name) > LONGEST_NAME:
            raise Refused(f"MeasureName must have 1 to {LONGEST_NAME} characters.")
        pairs = _dimensions(record.get("Dimensions") or [], self._known)
        measures = self._measures(name, record, {key for key, _ in pairs})
        version = record.get("Version")
        if version is not None and version < 1:
            raise Refused("Version must be 1 or greater.")
        values = {key: self._value(key, *typed) for key, typed in measures.items()}
        row = Row(time=time, measure=name, dimensions=pairs, version=version or 1, values=values)
        return row, {key: kind for key, (kind, _) in measures.items()}

    def _measures(
        self, name: str, record: Record, dimensions: set[str]
    ) -> dict[str, tuple[str, str]]:
        """The type and text of each measure of a record."""
        kind, value = record.get("MeasureValueType") or "DOUBLE", record.get("MeasureValue")
        several = record.get("MeasureValues")
        if (kind == "MULTI") == (value is not None) or (kind == "MULTI") != bool(several):
            raise Refused("MULTI takes MeasureValues only, every other type MeasureValue only.")
        if kind != "MULTI":
            found = {name: (kind, str(value))}
        else:
            found = {one["Name"]: (one["Type"], one["Value"]) for one in several or [] if one}
        for key in found:
            if not 0 < len(key) <= LONGEST_NAME:
                raise Refused(f"A measure's name must have 1 to {LONGEST_NAME} characters.")
            if key.lower() in RESERVED or key in dimensions or key in self._columns:
                raise Refused(f"The measure name {key} is the name of another column.")
        return found

    def _value(self, name: str, kind: str, text: str) -> Value:
        known = self.types.get(name) or self._known.get(name) or kind
        if kind == "MULTI" or known != kind:
            raise Refused(f"The type {kind} of measure {name} is not its type so far: {known}.")
        try:
            return parsed(kind, text)
        except ValueError:
            raise Refused(f"The value of measure {name} is not a {kind}.") from None


def _dimensions(
    given: Sequence[Record | None], measures: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    pairs = tuple((one["Name"], one["Value"]) for one in given if one)
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise Refused("A dimension is given twice.")
    if any(not 0 < len(name) <= LONGEST_NAME for name in names):
        raise Refused(f"A dimension's name must have 1 to {LONGEST_NAME} characters.")
    if any(name.lower() in RESERVED or name in measures for name in names):
        raise Refused("A dimension's name is the name of another column.")
    return pairs


RESOLVERS.fan_out(
    "timeSeriesDb_publishToDatabase", "onTimeSeriesDbPublish", "assetId", "timeSeriesDbId"
)


@RESOLVERS.subscription("onTimeSeriesDbPublish")
def subscribe(call: Call, *, assetId: str, timeSeriesDbId: str) -> None:
    """Whoever may read a database may listen to it."""
    database = call.platform.store.records(NAME).get(timeSeriesDbId)
    if database is None:
        raise unauthorized()
    must_read(call, database["ownerUserId"], timeSeriesDbId)
