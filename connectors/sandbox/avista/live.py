"""New readings of the sandbox's own meters, sent to live subscribers as the clock brings them."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event, Thread
from typing import Any

from connectors.sandbox.avista import capture, iot, iotdata
from connectors.sandbox.avista.databases import asset_data
from connectors.sandbox.avista.models import model
from connectors.sandbox.avista.records import Asset
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.avista.values import Value

LONGEST_EXPORT = 30.0
"""Seconds that an export may still take when the sandbox stops."""
BEAT = 0.5
"""Seconds between two looks at the clock."""

Readings = dict[int, dict[str, Value]]
"""Values by time in nanoseconds and attribute."""


class Pulse:
    """Looks for new readings again and again, but only of what somebody listens to."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._since = platform.clock.now_us()
        self._ended = Event()
        self._thread = Thread(target=self._run, name="avista pulse", daemon=True)

    def start(self) -> None:
        """From now on."""
        self._thread.start()

    def stop(self) -> None:
        """Returns when the last readings were sent and no export file is being written."""
        self._ended.set()
        for thread in (self._thread, *self._platform.series.exporting):
            if thread.is_alive():
                thread.join(timeout=LONGEST_EXPORT)

    def _run(self) -> None:
        while not self._ended.wait(BEAT):
            self.beat()

    def beat(self) -> None:
        """Sends every reading whose time has come since the last beat."""
        until = self._platform.clock.now_us() + 1
        with self._platform.lock:
            for field, send in SENDERS.items():
                wanted = {tuple(sorted(one.items())): one
                          for one in self._platform.hub.listening(field)}  # fmt: skip
                for arguments in wanted.values():
                    send(self._platform, arguments, (self._since, until))
        self._since = until


def readings(asset: Asset | None, window: tuple[int, int]) -> Readings:
    """What the sources of an asset have in a half-open range of microseconds."""
    found: Readings = {}
    for name, source in asset.sources.items() if asset else ():
        times, values = source.read(*window)
        for time, value in zip(times.tolist(), values.tolist(), strict=True):
            typed = int(value) if asset and asset.types[name] == "BIGINT" else value
            found.setdefault(time * 1000, {})[name] = typed
    return dict(sorted(found.items()))


def _endpoint(platform: Platform, arguments: Mapping[str, Any], window: tuple[int, int]) -> None:
    """One notice for each time, as a device that publishes its record."""
    endpoint_id = str(arguments.get("iotEndpointId"))
    record = platform.store.records(iot.ENDPOINTS).get(endpoint_id)
    used = model(platform, record["modelId"]) if record else None
    if used is None:
        return
    telemetry = {one["name"]: one["schemaType"] for one in used["telemetry"]}
    for time, values in readings(platform.series.iot.asset(endpoint_id), window).items():
        known = {name: value for name, value in values.items() if name in telemetry}
        if known:
            told = iotdata.data_record(endpoint_id, time, known, telemetry)
            payload = {"iotEndpointId": endpoint_id, "recordsWritten": [told], "failedRecords": []}
            platform.hub.publish("onIotPublish", arguments, payload)


def _capture(platform: Platform, arguments: Mapping[str, Any], window: tuple[int, int]) -> None:
    """One notice for each time; only while the capture runs."""
    capture_id = str(arguments.get("captureId"))
    record = platform.store.records(capture.NAME).get(capture_id)
    asset = platform.series.captures.asset(capture_id)
    if record is None or asset is None or record["state"] != "CAPTURING":
        return
    for time, values in readings(asset, window).items():
        told = [capture.written(asset, time, name, value) for name, value in values.items()]
        payload = capture.response(capture_id, told)
        platform.hub.publish("onCapturePublishData", arguments, payload)


def _database(platform: Platform, arguments: Mapping[str, Any], window: tuple[int, int]) -> None:
    """One notice with all that is new of the asset."""
    table = platform.series.databases.get(str(arguments.get("timeSeriesDbId")))
    asset = table.asset(str(arguments.get("assetId"))) if table else None
    points: dict[str, list[tuple[int, Value]]] = {}
    for time, values in readings(asset, window).items():
        for name, value in values.items():
            points.setdefault(name, []).append((time, value))
    if asset and points:
        platform.hub.publish("onTimeSeriesDbPublish", arguments, [asset_data(asset, points)])


SENDERS = {
    "onIotPublish": _endpoint,
    "onCapturePublishData": _capture,
    "onTimeSeriesDbPublish": _database,
}
