"""Data captures as the platform's client has them: started, stopped, fed, heard (section 2.6)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from typing import Annotated, Any

from pydantic import Field

from connectors.avista import ids, listening, shown
from connectors.avista.client import Client, rows
from connectors.avista.config import AvistaConfig
from connectors.avista.devices import Most, Seconds
from connectors.avista.moments import of_millis
from connectors.avista.records import CaptureRecord, failures
from connectors.avista.tree import Tree, captures
from connectors.contract import Acts, Door, NodeId
from connectors.operations import Record, Table, operation

RECORDS = [{"timestamp": 1711843200000, "values": {"temperature": 20.5, "door": "open"}}]
"""What the form shows as an example."""
COLUMNS = ("captureId", "displayName", "state", "description", "dateCreated")

Capture = Annotated[NodeId, Field(title="Capture", description="Which one.")]


class CaptureOperations(Acts):
    """Mixed into the service, which has the client and the tree."""

    config: AvistaConfig
    door: Door
    _client: Client
    _tree: Tree

    @operation(name="captures.list", label="Captures", danger="reads",
               help="All data captures that the account sees, with their states.")  # fmt: skip
    def list_captures(self) -> Table:
        return shown.table("capture", captures(self._client), COLUMNS)

    @operation(name="capture.get", label="Capture", on="capture", danger="reads",
               help="Its state with its history, its times and its data model.")  # fmt: skip
    def get_capture(self, capture: Capture) -> Record:
        return shown.record("capture", self._tree.capture(ids.key(capture, "capture")))

    @operation(name="capture.start", label="Start", on="capture", danger="writes",
               help="A capture that is ready begins to take data.")  # fmt: skip
    def start_capture(self, capture: Capture) -> Record:
        key = ids.key(capture, "capture")
        found = self._client.one("dataCapture_startCapture", captureId=key)
        return shown.record("capture", found)

    @operation(name="capture.stop", label="Stop", on="capture", danger="writes",
               help="A capture that takes data ends; it cannot be started again.")  # fmt: skip
    def stop_capture(self, capture: Capture) -> Record:
        key = ids.key(capture, "capture")
        found = self._client.one("dataCapture_stopCapture", captureId=key)
        return shown.record("capture", found)

    @operation(
        name="capture.publish",
        label="Publish",
        on="capture",
        danger="writes",
        help="Gives the capture values; each failure is told beside what was sent.",
    )
    def publish_to_capture(
        self,
        capture: Capture,
        records: Annotated[
            list[CaptureRecord],
            Field(title="Records", description="Each with a timestamp in milliseconds since 1970 "
                  "and values by user-defined id.", min_length=1, max_length=10_000,
                  examples=[RECORDS]),
        ],
    ) -> Record:  # fmt: skip
        found = self._client.one(
            "dataCapture_publishData",
            captureId=ids.key(capture, "capture"),
            data=[one.wire() for one in records],
        )
        failed = failures(records, rows(found.get("failedRecords")))
        return Record(fields={"captureId": found.get("captureId"), "success": not failed,
                              "dataWritten": rows(found.get("dataWritten")),
                              "failedRecords": failed,
                              "logs": rows(found.get("logs"))})  # fmt: skip

    @operation(name="capture.listen", label="Listen", on="capture", danger="reads",
               help="What is published to the capture from now on, as it comes.")  # fmt: skip
    def listen_to_capture(self, capture: Capture, seconds: Seconds = 30, most: Most = 100) -> Table:
        key = ids.key(capture, "capture")
        self._tree.capture(key)
        told = listening.notices(
            self._client, self.door, self.config, "onCapturePublishData", seconds=seconds,
            captureId=key,
        )  # fmt: skip
        return Table(columns=("time", "userDefinedId", "value"), rows=_heard(told, most))


def _heard(told: Generator[Any, None, None], most: int) -> Iterator[tuple[object, ...]]:
    with closing(told):
        for notice in islice(told, most):
            for one in rows(notice.get("dataWritten")):
                yield of_millis(one.get("timestamp")), one.get("userDefinedId"), one.get("value")
