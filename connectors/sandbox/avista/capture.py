# ruff: noqa: N803 - arguments have the names that the platform's schema gives them
"""Data captures: started, stopped, fed and listened to (section 2.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.avista.access import may_read, must_read, must_write
from connectors.sandbox.avista.records import READINGS, Asset, Row
from connectors.sandbox.avista.resolvers import Call, Resolvers, refused, unauthorized
from connectors.sandbox.avista.series import sealed, unsealed
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.avista.values import Value, instant, parsed, told
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()
NAME = "dataCaptures"
KINDS = {"double": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN", "string": "VARCHAR"}
MOST_LISTED = 100

Given = Sequence[Mapping[str, Any] | None]


def created(
    platform: Platform, *, owner: str, name: str, description: str | None, items: list[Record]
) -> Record:
    """A capture that is ready; `items` are the assets of its data model."""
    capture_id, now = platform.new_id("dataCaptureId"), platform.now_text()
    record: Record = {
        "captureId": capture_id, "ownerUserId": owner, "captureType": "STANDARD",
        "displayName": name, "description": description, "dateCreated": now, "dateUpdated": now,
        "state": "READY",
        "stateHistory": [{"dateCreated": now, "message": None, "newState": "READY"}],
        "dataModel": {"dateCreated": now, "dateUpdated": now, "errors": [], "items": items,
                      "state": "GOOD", "version": 1},
        "timeSettings": {"actualStartTime": None, "actualStopTime": None, "errors": [],
                         "scheduledStartTime": None, "scheduledStopTime": None,
                         "startTimeType": "MANUAL", "stopTimeType": "MANUAL", "state": "GOOD"},
    }  # fmt: skip
    platform.store.records(NAME)[capture_id] = record
    held(platform, record)
    return record


def attributes(record: Record) -> dict[str, Record]:
    """The attributes of a capture's data model by their user-defined id."""
    every = (one for item in record["dataModel"]["items"] for one in item["attributes"])
    return {one["userDefinedId"]: one for one in every}


def held(platform: Platform, record: Record) -> Asset:
    """The asset under which a capture's values are kept."""
    asset = platform.series.captures.add(Asset(record["captureId"], record["displayName"]))
    for key, one in attributes(record).items():
        asset.types.setdefault(key, KINDS[one["schemaType"]])
    return asset


def found(call: Call, capture_id: str, *, to_write: bool = False) -> Record | None:
    """A capture that the caller may use; None for one that does not exist. Raises Fault."""
    record = call.platform.store.records(NAME).get(capture_id)
    if record is not None:
        must = must_write if to_write else must_read
        must(call, record["ownerUserId"], capture_id)
    return record


@RESOLVERS.field("Query", "dataCapture_getCapture")
def get_capture(
    call: Call,
    *,
    captureId: str,
    includeDataModel: bool | None = None,
) -> Record | None:
    """One capture; its data model only when it is asked for."""
    record = found(call, captureId)
    return _shown(record, whole=bool(includeDataModel)) if record else None


def _shown(record: Record, *, whole: bool) -> Record:
    return record if whole else {**record, "dataModel": None}


@RESOLVERS.field("Query", "dataCapture_listCaptures")
def list_captures(
    call: Call,
    *,
    includeDataModels: bool | None = None,
    limit: int | None = None,
    nextToken: str | None = None,
) -> Record:
    """A page of the captures that the caller may read."""
    if limit is not None and not 0 < limit <= MOST_LISTED:
        raise refused(f"limit must be from 1 to {MOST_LISTED}.")
    readable = [
        _shown(one, whole=bool(includeDataModels))
        for one in call.platform.store.records(NAME).all()
        if may_read(call, one["ownerUserId"], one["captureId"])
    ]
    begin = int(unsealed("captures", nextToken).get("from", 0)) if nextToken else 0
    end = begin + (limit or MOST_LISTED)
    drift, again = "page_drift" in call.spoiled and begin > 0, "cursor_loop" in call.spoiled
    more = (
        sealed("captures", {"from": begin if again else end})
        if again or end < len(readable)
        else None
    )
    return {"captures": readable[begin - drift : end], "nextToken": more}


@RESOLVERS.nested("Service", "dataCapture")
def service_capture(call: Call, parent: Record) -> Record | None:
    """The capture that a shared service is."""
    if parent["serviceType"] != "DATA_CAPTURE":
        return None
    return call.platform.store.records(NAME).get(parent["serviceId"])


@RESOLVERS.field("Mutation", "dataCapture_startCapture")
def start_capture(call: Call, *, captureId: str) -> Record | None:
    """READY becomes CAPTURING. Raises Fault in any other state."""
    return _moved(call, captureId, "READY", ("CAPTURING",), "actualStartTime")


@RESOLVERS.field("Mutation", "dataCapture_stopCapture")
def stop_capture(call: Call, *, captureId: str) -> Record | None:
    """CAPTURING becomes COMPLETE: there is nothing to finish here. Raises Fault otherwise."""
    return _moved(call, captureId, "CAPTURING", ("FINISHING", "COMPLETE"), "actualStopTime")


def _moved(
    call: Call, capture_id: str, before: str, states: Sequence[str], stamp: str
) -> Record | None:
    record = found(call, capture_id, to_write=True)
    if record is None:
        return None
    if record["state"] != before:
        raise refused(f"The capture must be {before}; it is {record['state']}.")
    return move(call.platform, record, states, stamp)


def move(platform: Platform, record: Record, states: Sequence[str], stamp: str) -> Record:
    """A capture that went through these states just now; `stamp` is the time setting it marks."""
    now = platform.now_text()
    history = [{"dateCreated": now, "message": None, "newState": state} for state in states]
    changed = {**record, "state": states[-1], "dateUpdated": now,
               "stateHistory": record["stateHistory"] + history,
               "timeSettings": {**record["timeSettings"], stamp: now}}  # fmt: skip
    platform.store.records(NAME)[record["captureId"]] = changed
    return changed


@RESOLVERS.field("Mutation", "dataCapture_publishData")
def publish_data(call: Call, *, captureId: str, data: Given) -> Record | None:
    """Writes each value that is right; the others are listed by their place in the request."""
    record = found(call, captureId, to_write=True)
    if record is None:
        return None
    if record["state"] != "CAPTURING":
        raise refused(f"The capture must be CAPTURING; it is {record['state']}.")
    publishing = _Publishing(call.platform, record)
    for index, one in enumerate(data):
        publishing.take(index, one or {})
    return response(captureId, publishing.written, publishing.failed)


def response(capture_id: str, written: Sequence[Record], failed: Sequence[Record] = ()) -> Record:
    """The shape of DataCapturePublishDataResponse."""
    return {"captureId": capture_id, "dataWritten": list(written), "failedRecords": list(failed),
            "logs": []}  # fmt: skip


class _Publishing:
    """One request: every value is written or refused by itself."""

    def __init__(self, platform: Platform, record: Record) -> None:
        self._table = platform.series.captures
        self._asset = held(platform, record)
        self._attributes = attributes(record)
        self.written: list[Record] = []
        self.failed: list[Record] = []

    def take(self, index: int, given: Mapping[str, Any]) -> None:
        """One more record."""
        try:
            time = instant(given.get("timestamp", ""), "MILLISECONDS")
        except ValueError:
            self._refuse(index, None, "InvalidTimestamp", "Not milliseconds since 1970.")
            return
        for place, one in enumerate(given["attributeValues"]):
            self._value(index, place, time, one or {})

    def _value(self, index: int, place: int, time: int, one: Mapping[str, Any]) -> None:
        key = str(one.get("userDefinedId"))
        if key not in self._attributes:
            self._refuse(index, place, "InvalidAttributeId", f"There is no attribute {key}.")
            return
        schema = self._attributes[key]["schemaType"]
        try:
            value = parsed(KINDS[schema], one["value"])
        except ValueError:
            self._refuse(index, place, "ValueTypeError", f"The value of {key} is no {schema}.")
            return
        row = Row(time=time, measure=READINGS, dimensions=(), version=1, values={key: value})
        known = self._asset.known(row.key)
        if known is not None and key in known.values:
            self._refuse(index, place, "RecordExists", f"{key} has a value at this time.")
            return
        self._table.write(self._asset.asset_id, [row], self._asset.types)
        self.written.append(written(self._asset, time, key, value))

    def _refuse(self, index: int, place: int | None, kind: str, message: str) -> None:
        self.failed.append({"recordIndex": index, "attributeIndex": place, "errorType": kind,
                            "message": message})  # fmt: skip


def written(asset: Asset, time: int, key: str, value: Value) -> Record:
    """A written value; the time is in milliseconds."""
    return {"timestamp": str(time // 10**6), "userDefinedId": key,
            "value": told(asset.types[key], value)}  # fmt: skip


RESOLVERS.fan_out("dataCapture_publishData", "onCapturePublishData", "captureId")
RESOLVERS.fan_out("dataCapture_startCapture", "onStartCapture", "captureId")
RESOLVERS.fan_out("dataCapture_stopCapture", "onStopCapture", "captureId")
RESOLVERS.fan_out("dataCapture_stopCapture", "onNotifyCaptureComplete", "captureId")


def _may_listen(call: Call, *, captureId: str) -> None:
    """Whoever may read a capture may listen to it. Raises Fault."""
    if found(call, captureId) is None:
        raise unauthorized()


for _name in (
    "onCapturePublishData",
    "onStartCapture",
    "onStopCapture",
    "onNotifyCaptureComplete",
):
    RESOLVERS.subscription(_name)(_may_listen)
