"""Live points (section 3.9): what is published to assets and endpoints, as it is published.

A subscriber gets what the publisher's request selected [A]; a notice without points is passed over.
Two values of one time in one notice: the last one counts.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.avista import latest
from connectors.avista.client import Client, Row, rows
from connectors.avista.columns import finite, typed
from connectors.avista.config import AvistaConfig
from connectors.avista.ids import Owner, Place, measure, owner
from connectors.avista.moments import instant, micros, of_millis
from connectors.avista.realtime import Session
from connectors.contract import TIME, Door, Feed, Notes, Points
from connectors.errors import Unavailable
from connectors.websocket import Ended

PAUSE = 0.2
"""Seconds before a broken connection is made anew."""

Sample = tuple[int, str | None]
"""Microseconds since 1970, and the text of the value."""


def subscribe(client: Client, door: Door, config: AvistaConfig, series: Sequence[Place]) -> Feed:
    """Every point that is published from now on. Raises NotFound."""
    owners: dict[Owner, list[Place]] = {}
    for one in series:
        owners.setdefault(owner(one), []).append(one)
    for whose, wanted in owners.items():
        latest.named(client, whose, [measure(one) for one in wanted])
    try:
        session = Session(client, door, config)
    except Ended:
        return Feed(points=iter(()))
    try:
        heard = {_started(session, whose): wanted for whose, wanted in owners.items()}
    except BaseException as trouble:
        session.close()
        if isinstance(trouble, Ended):
            return Feed(points=iter(()))
        raise
    return Feed(points=_points(session, heard), close=session.close)


def _started(session: Session, whose: Owner) -> str:
    """The subscription's id."""
    database, key = whose
    if database is None:
        return session.subscribe("onIotPublish", iotEndpointId=key)
    return session.subscribe("onTimeSeriesDbPublish", assetId=key, timeSeriesDbId=database)


def _points(session: Session, heard: Mapping[str, Sequence[Place]]) -> Iterator[Points]:
    for key, told in session.messages():
        for one in heard.get(key, ()):
            samples_of = of_telemetry if one.sort == "telemetry" else _of_asset
            samples = [sample for sample in samples_of(told, one) if sample[1] is not None]
            if samples:
                yield points(one.id, samples, measure(one)[1])


def _of_asset(told: Any, one: Place) -> Iterator[Sample]:
    """TimeSeriesDbAssetData: its attributes with their points."""
    (_, key), (name, _) = owner(one), measure(one)
    mine = (asset for asset in rows(told) if asset.get("assetId") == key)
    for attribute in (each for asset in mine for each in rows(asset.get("attributes"))):
        if attribute.get("name") == name:
            for entry in rows(attribute.get("data")):
                yield micros(instant(entry.get("timestamp"))), entry.get("value")


def of_telemetry(told: Any, one: Place) -> Iterator[Sample]:
    """PublishIotDataResult: the records that were written."""
    record: Row
    for record in rows(told.get("recordsWritten") if isinstance(told, dict) else None):
        for attribute in rows(record.get("attributes")):
            if attribute.get("name") == measure(one)[0]:
                yield micros(of_millis(record.get("timestamp"))), attribute.get("value")


def points(series: Any, samples: Sequence[Sample], kind: str) -> Points:
    """By time, each time once."""
    told = dict(samples)
    moments = sorted(told)
    values, unreadable = finite(typed([told[moment] for moment in moments], kind))
    times = pa.array(np.array(moments, dtype=np.int64)).cast(TIME)
    batch = pa.RecordBatch.from_arrays([times, values], names=["time", "value"])
    notes = Notes(duplicates=len(samples) - len(moments), unreadable=unreadable)
    return Points(series=series, batch=batch, notes=notes)


def notices(
    client: Client, door: Door, config: AvistaConfig, field: str, *, seconds: float, **values: Any
) -> Generator[Any, None, None]:
    """What a subscription tells for so long; a connection that breaks is made anew.

    What is published between the break and the new subscription is not told again [A].
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with closing(Session(client, door, config)) as session:
                key = session.subscribe(field, **values)
                while (left := until - time.monotonic()) > 0:
                    told = session.next(key, left)
                    if told is not None:
                        yield told
        except Ended:
            return
        except Unavailable:
            time.sleep(min(PAUSE, max(until - time.monotonic(), 0)))
