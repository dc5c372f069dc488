# ruff: noqa: E731, FBT003 - the client takes its flags by position
"""The socket on which the client waits for an export file."""

from __future__ import annotations

import json
import time
from queue import Queue
from typing import Any

from avista_database import CAMPUS
from avista_kinds import kind

START = f"""{{ timeSeriesDb_queryDatabase(timeSeriesDbId: "{CAMPUS}", queryType: TIME_PERIOD,
  assets: [{{assetId: "campus-synthetic.north-campus"}}], startTime: "2024-01-01T00:00:00.000Z",
  endTime: "2024-01-02T00:00:00.000Z") {{ queryId }} }}"""
ORDER = """mutation($q: String!, $id: ID!) { timeSeriesDb_generateQueryResultExportFile(
  queryId: $q, timeSeriesDbId: $id, fileFormat: JSON) { queryId } }"""
IOT = """{ iot_queryByTimeRange(endpointQueryFilters: [{iotEndpointId: "iotEndpointId.1",
  attributeNames: []}], startTime: "1700000000000", endTime: "1700003600000") { queryId } }"""
IOT_ORDER = "mutation($q: ID!) { iot_generateQueryResultExport(queryId: $q) { queryId } }"
SERIES = "onNotifyTimeSeriesQueryExportComplete"
DEVICES = "onNotifyIotQueryExportComplete"


class Socket:
    """What a handler gets as its socket; it keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.closed = False

    def send(self, text: str) -> None:
        self.sent.append(json.loads(text))

    def close(self) -> None:
        self.closed = True


def judge_waiting(judge: Any, dx: Any, side: Any) -> None:
    """All of it."""
    listening(judge, dx, side)
    handlers(judge, dx, side)
    words(judge)


def waited(dx: Any, name: str, query_id: str, order: Any, seconds: int = 30) -> Any:
    """Subscribes in a thread, orders the file, and waits for the notice."""
    made = kind(f"graphql_subscriptions.{name}", name)(dx._client, False, query_id)
    thread = made.initiateSubscriptionOnNewThread()
    order()
    found = made.waitForResponse(seconds)
    thread.join(timeout=20)
    return found


def listening(judge: Any, dx: Any, side: Any) -> None:
    """From the subscription to the notice, by whichever classes this version has."""
    series = lambda: side.data(START)["queryId"]
    through(judge, dx, SERIES, series, lambda key: side.data(ORDER, q=key, id=CAMPUS))
    if side.new:
        devices = lambda: side.data(IOT)["queryId"]
        through(judge, dx, DEVICES, devices, lambda key: side.data(IOT_ORDER, q=key))
    fresh = subscription(dx)
    judge.wrong("Subscription.stop", fresh.stop, raises=AttributeError)
    fresh.connectionUrl = "http://127.0.0.1:9/graphql"
    judge.wrong("Subscription.connect", lambda: refused(fresh), lambda error: error is not None)


def through(judge: Any, dx: Any, name: str, ask: Any, order: Any) -> None:
    """One kind of export. Without an order the wait ends by its own limit (section 6.2)."""

    def right() -> Any:
        key = ask()
        return waited(dx, name, key, lambda: order(key))

    words = ("initiateSubscriptionOnNewThread", "waitForResponse", "endSubscription")
    waits = [f"{name}.{word}" for word in words if f"{name}.{word}" in judge.functions]
    for function in (*waits, "Subscription.connect", "Subscription.stop"):
        judge.right(function, right, lambda got: got.fileSizeBytes > 0 and got.url)
    for function in waits:
        judge.wrong(
            function, lambda: waited(dx, name, "nothing", lambda: None, seconds=1), raises=Exception
        )


def subscription(dx: Any) -> Any:
    return dx._client.getSubscriptionClient(
        SERIES, f'subscription {{ {SERIES}(queryId: "q") {{ queryId }} }}', Queue(), Queue()
    )


def refused(made: Any) -> Any:
    """What the client hears when nobody answers: an error in its queue, or an exception."""
    try:
        made.connect()
    except ValueError as error:
        return error
    return made.subscriptionErrorQueue.get(timeout=5)


def handlers(judge: Any, dx: Any, side: Any) -> None:
    """What the client does with each frame."""
    socket, made = Socket(), subscription(dx)
    frame = lambda kind, **more: json.dumps({"type": kind, **more})
    judge.right(
        "Subscription.onOpen",
        lambda: made.onOpen(socket),
        lambda _none: socket.sent[-1] == {"type": "connection_init"},
    )
    judge.wrong("Subscription.onOpen", lambda: made.onOpen(None), raises=AttributeError)
    ack = frame("connection_ack", payload={"connectionTimeoutMs": 300000})
    judge.right(
        "Subscription.onMessage",
        lambda: made.onMessage(socket, ack),
        lambda _none: (
            socket.sent[-1]["type"] == "start"
            and socket.sent[-1]["payload"]["operationName"] == SERIES
        ),
    )
    data = frame("data", id="1", payload={"data": {SERIES: {"queryId": "q"}}})
    judge.right(
        "Subscription.onMessage",
        lambda: made.onMessage(socket, data),
        lambda _none: (
            socket.sent[-1]["type"] == "stop"
            and made.subscriptionMessageQueue.get(timeout=1)["id"] == "1"
        ),
    )
    judge.wrong(
        "Subscription.onMessage", lambda: made.onMessage(socket, "no JSON"), raises=ValueError
    )
    judge.wrong(
        "Subscription.onMessage",
        lambda: made.onMessage(socket, frame("connection_ack")),
        raises=KeyError,
    )
    judge.right("Subscription.onClose", lambda: made.onClose(socket), lambda got: got is None)
    judge.nothing_wrong("Subscription.onClose", "it looks at nothing that it is given")
    own_error(judge, made, socket, side)


def own_error(judge: Any, made: Any, socket: Socket, side: Any) -> None:
    """A broken connection reaches the waiting function by the queue of errors; not in 0.0.24."""
    name = "Subscription.onError"
    lost = lambda: made.onError(socket, "lost")
    if not side.new:
        judge.broken(name, lost, AttributeError, "6.2")
        return
    heard = lambda _none: made.subscriptionErrorQueue.get(timeout=1) == "lost"
    judge.right(name, lost, heard)
    judge.nothing_wrong(name, "it passes on whatever it is given")


def words(judge: Any) -> None:
    """Small change."""
    module = "subscriptionClient"
    encode, stamp, reset = (
        kind(module, name) for name in ("headerEncode", "headerTime", "resetTimer")
    )
    judge.right(
        f"{module}.headerEncode", lambda: encode({"a": 1}), lambda got: got == "eyJhIjogMX0="
    )
    judge.wrong(f"{module}.headerEncode", lambda: encode(object()), raises=TypeError)
    judge.right(
        f"{module}.headerTime",
        stamp,
        lambda got: (
            got.startswith(time.strftime("%Y-%m-%dT%H", time.gmtime())) and got.endswith("Z")
        ),
    )
    judge.nothing_wrong(f"{module}.headerTime", "takes no input")
    judge.right(f"{module}.resetTimer", lambda: timed(module, reset), lambda closed: closed)
    judge.wrong(
        f"{module}.resetTimer", lambda: timed(module, reset, seconds="x"), lambda closed: not closed
    )


def timed(module: str, reset: Any, seconds: Any = 0.01) -> bool:
    """Whether a socket is closed after the time that the platform named; a text is no time."""
    holder, socket = kind(module, "__dict__"), Socket()
    before = holder.get("timeout_interval")
    holder["timeout_interval"] = seconds
    holder.setdefault("timeoutTimer", None)
    try:
        reset(socket)
        until = time.monotonic() + (5 if seconds != "x" else 0.3)
        while not socket.closed and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        holder["timeout_interval"] = before
    return socket.closed
