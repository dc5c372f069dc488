"""The WebSocket side: AppSync's frames, in the order in which its clients send them."""

from __future__ import annotations

import asyncio
import base64
import binascii
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from connectors.sandbox.avista.documents import Malformed
from connectors.sandbox.avista.engine import Operation, Rejected
from connectors.sandbox.avista.gate import UNAUTHORIZED, Gate, error_body
from connectors.sandbox.avista.hub import Subscriber
from connectors.sandbox.avista.resolvers import Call
from connectors.sandbox.avista.wording import Body

PROTOCOL = "graphql-ws"
TIMEOUT_MS = 300_000
"""What AppSync tells its clients: so long without a frame, and the connection is dead."""
MOST_SUBSCRIPTIONS = 100
"""Of one connection [A]."""
MOST_WAITING = 1000
"""Frames that a client has not taken yet; one that falls further behind is cut off."""

NO_PROTOCOL = error_body("NoProtocolError", f"The sub-protocol {PROTOCOL} is required.")
UNKNOWN = error_body(
    "UnsupportedOperation", "unknown not supported through the realtime channel", errorCode=400
)
MALFORMED = error_body("BadRequestException", "Unable to parse the message.", errorCode=400)
TOO_MANY = error_body("MaxSubscriptionsReachedError", "Max number of subscriptions reached.")
DUPLICATE = error_body("DuplicatedOperationError", "The id is in use on this connection.")
EARLY = error_body("BadRequestException", "Send connection_init first.", errorCode=400)
# Of these wordings only UNKNOWN's is AppSync's own; the rest are guesses [G].


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A payload on its way to a subscriber, who has not selected from it yet."""

    id: str
    call: Call
    operation: Operation
    payload: Any


async def socket(websocket: WebSocket) -> None:
    """Serves one connection until either side closes it."""
    if PROTOCOL not in websocket.scope["subprotocols"]:
        refusal = Response(orjson.dumps(NO_PROTOCOL), 400, media_type="application/json")
        await websocket.send_denial_response(refusal)
        return
    await websocket.accept(PROTOCOL)
    session = Session(websocket)
    tasks = [asyncio.create_task(session.receive()), asyncio.create_task(session.send())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        session.leave()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    with suppress(WebSocketDisconnect):  # the client went while something was sent
        for task in done:
            task.result()


class Session:
    """One connection and its subscriptions."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._gate: Gate = websocket.app.state.gate
        self._loop = asyncio.get_running_loop()
        self._outgoing: asyncio.Queue[Body | Notice | None] = asyncio.Queue()
        self._running: dict[str, Subscriber] = {}
        self._ready = False
        self._behind = False

    async def receive(self) -> None:
        """Takes frames until the client goes."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            await self._take(message.get("text") or message.get("bytes") or "")

    async def send(self) -> None:
        """Sends what is due, and a sign of life when nothing is."""
        wait = self._gate.platform.settings.keep_alive
        while True:
            try:
                due = await asyncio.wait_for(self._outgoing.get(), wait)
            except TimeoutError:
                due = {"type": "ka"}
            if due is None:
                await self._websocket.close()
                return
            frame = await self._data(due) if isinstance(due, Notice) else due
            await self._websocket.send_text(orjson.dumps(frame).decode())

    def leave(self) -> None:
        """Ends every subscription."""
        for subscriber in self._running.values():
            self._gate.platform.hub.leave(subscriber)
        self._running.clear()

    async def _data(self, notice: Notice) -> Body:
        engine = self._gate.engine
        answer = await run_in_threadpool(
            engine.notice, notice.call, notice.operation, notice.payload
        )
        return {"id": notice.id, "type": "data", "payload": answer}

    async def _take(self, text: str | bytes) -> None:
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError:
            frame = None
        if not isinstance(frame, dict):
            self._refuse(None, MALFORMED)
        elif frame.get("type") == "connection_init":
            self._init()
        elif frame.get("type") == "start":
            await self._start(frame)
        elif frame.get("type") == "stop":
            self._stop(frame.get("id"))
        else:
            self._refuse(frame.get("id"), UNKNOWN)

    def _init(self) -> None:
        if self._gate.actor(_token(self._websocket.scope["query_string"])) is None:
            (error,) = UNAUTHORIZED["errors"]
            payload = {"errors": [{**error, "errorCode": 401}]}
            self._put({"type": "connection_error", "payload": payload})
            self._put(None)
            return
        self._ready = True
        self._put({"type": "connection_ack", "payload": {"connectionTimeoutMs": TIMEOUT_MS}})

    async def _start(self, frame: Body) -> None:
        place = frame.get("id")
        refusal = self._unfit(place)
        if refusal is not None:
            self._refuse(place, refusal)
            return
        try:
            await self._subscribe(str(place), *_wanted(frame))
        except Malformed:
            self._refuse(place, MALFORMED)
        except Rejected as rejected:
            self._refuse(place, {"errors": rejected.errors})

    def _unfit(self, id: object) -> Body | None:
        """Why a subscription cannot start now, whatever it asks for."""
        if not self._ready:
            return EARLY
        if not (id and isinstance(id, str)):
            return MALFORMED
        if id in self._running:
            return DUPLICATE
        return TOO_MANY if len(self._running) >= MOST_SUBSCRIPTIONS else None

    async def _subscribe(self, id: str, token: str | None, body: Body) -> None:
        """Raises Malformed and Rejected."""
        actor = self._gate.actor(token)
        if actor is None:
            raise Rejected(UNAUTHORIZED["errors"])
        call = self._gate.call(self._websocket, actor)
        operation = self._gate.operation(body)
        field, arguments = await run_in_threadpool(self._gate.engine.subscribed, call, operation)

        def deliver(payload: Any) -> None:
            notice = Notice(id=id, call=call, operation=operation, payload=payload)
            with suppress(RuntimeError):  # the server has stopped meanwhile
                self._loop.call_soon_threadsafe(self._put, notice)

        subscriber = Subscriber(field=field, arguments=arguments, deliver=deliver)
        self._running[id] = subscriber
        self._put({"id": id, "type": "start_ack"})
        self._gate.platform.hub.join(subscriber)

    def _stop(self, id: object) -> None:
        """Ends a subscription. The official client waits ten seconds unless the server closes."""
        subscriber = self._running.pop(str(id), None)
        if subscriber is None:
            self._refuse(id, UNKNOWN)
            return
        self._gate.platform.hub.leave(subscriber)
        self._put({"id": id, "type": "complete"})
        self._end_idle()

    def _refuse(self, id: object, errors: Body) -> None:
        """An error. The official client never ends unless the server closes then."""
        frame: Body = {"type": "error", "payload": errors}
        self._put(frame if id is None else {"id": id, **frame})
        self._end_idle()

    def _end_idle(self) -> None:
        if not self._running:
            self._put(None)

    def _put(self, due: Body | Notice | None) -> None:
        if self._outgoing.qsize() < MOST_WAITING:
            self._outgoing.put_nowait(due)
        elif not self._behind:
            self._behind = True
            self.leave()
            self._outgoing.put_nowait(None)


def _token(query: bytes) -> str | None:
    """The token in `header=`: base64, not percent-encoded, so that `+` is no space."""
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"header":
            return _authorization(unquote_to_bytes(value))
    return None


def _authorization(encoded: bytes) -> str | None:
    try:
        header = orjson.loads(base64.b64decode(encoded))
    except (binascii.Error, ValueError):
        return None
    return _text(header.get("Authorization")) if isinstance(header, dict) else None


def _wanted(frame: Body) -> tuple[str | None, Body]:
    """The token and the GraphQL request of a start frame. Raises Malformed."""
    try:
        payload = frame["payload"]
        body = orjson.loads(payload["data"])
        token = _text(payload["extensions"]["authorization"].get("Authorization"))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Malformed from error
    if not isinstance(body, dict):
        raise Malformed
    return token, body


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
