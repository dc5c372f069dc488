"""AppSync's live connections (section 1.3): frames of JSON on one WebSocket.

The token travels in the query of the address, base64 as it is, and again in each start frame.
`start` is sent after `connection_ack`, and a subscription counts once `start_ack` has come.
"""

from __future__ import annotations

import base64
import json
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from connectors.avista.client import Client
from connectors.avista.config import AvistaConfig
from connectors.contract import Door
from connectors.errors import BadAnswer, Unavailable
from connectors.webaddress import web_endpoint
from connectors.websocket import Ended, Line

PROTOCOL = "graphql-ws"
REPLY_SECONDS = 20.0
QUIET = 300.0
"""Seconds without a frame after which AppSync's clients take a connection for dead [A]."""
UNREADABLE = "The platform told something that nobody can read."
SILENT = "The platform's live connection has fallen silent. Try again in a moment."

Frame = dict[str, Any]


class Session:
    """One live connection. Raises AuthFailed, Unavailable, and Ended at the door's deadline."""

    def __init__(self, client: Client, door: Door, config: AvistaConfig) -> None:
        self._client = client
        self._signed = {
            "host": config.host,
            "Authorization": config.token.get_secret_value(),
        }
        self._quiet = QUIET
        self._told: deque[Frame] = deque()
        query = _signed_query(config)
        door.hide([query.partition("=")[2].partition("&")[0]])
        self._line = Line(
            door.socket,
            web_endpoint(config.live),
            f"{urlsplit(config.live).path or '/'}?{query}",
            protocol=PROTOCOL,
        )
        try:
            self._begin()
        except BaseException:
            self._line.close()
            raise

    def subscribe(self, field: str, **values: Any) -> str:
        """Its id, once the platform has confirmed it. Raises what a refusal means."""
        asked = self._client.request(field, values)
        key = str(uuid4())
        data = json.dumps({"query": asked.query, "variables": dict(asked.variables or {})})
        extensions = {"authorization": self._signed}
        payload = {"data": data, "operationName": asked.name, "extensions": extensions}
        self._send({"id": key, "type": "start", "payload": payload})
        self._await("start_ack", key)
        return key

    def messages(self) -> Iterator[tuple[str, Any]]:
        """The subscription's id and the value of its root field, as they come, until the session
        is closed or the deadline has come."""
        while True:
            try:
                frame = self._told.popleft() if self._told else self._take(self._quiet)
            except Ended:
                return
            if frame is None:
                raise Unavailable(SILENT)
            if frame.get("type") == "complete":
                raise Unavailable("The platform ended a live subscription. Try again in a moment.")
            if frame.get("type") == "data":
                yield str(frame.get("id")), self._value(frame)

    def next(self, key: str, seconds: float) -> Any:
        """The next value of one subscription; None when none came in time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            frame = self._told.popleft() if self._told else self._take(left)
            if frame is not None and (frame.get("type"), frame.get("id")) == ("data", key):
                return self._value(frame)
        return None

    def close(self) -> None:
        self._line.close()

    def _begin(self) -> None:
        self._send({"type": "connection_init"})
        frame = self._await("connection_ack", None)
        payload = frame.get("payload")
        wait = payload.get("connectionTimeoutMs") if isinstance(payload, dict) else None
        if isinstance(wait, int) and wait > 0:
            self._quiet = wait / 1000

    def _await(self, kind: str, key: str | None) -> Frame:
        """The answer of this kind; what is told meanwhile is kept for `messages`."""
        until = time.monotonic() + REPLY_SECONDS
        while (left := until - time.monotonic()) > 0:
            frame = self._take(left)
            if frame is None:
                break
            if (frame.get("type"), frame.get("id")) == (kind, key):
                return frame
            if frame.get("type") == "data":
                self._told.append(frame)
        raise Unavailable("The platform did not confirm a live connection in time. Try again.")

    def _send(self, frame: Frame) -> None:
        self._line.send(json.dumps(frame))

    def _take(self, seconds: float) -> Frame | None:
        """The next frame, refusals raised; None when none came in time."""
        heard = self._line.receive(seconds)
        if heard is None:
            return None
        frame = _read(heard)
        if frame.get("type") in ("error", "connection_error"):
            payload = frame.get("payload")
            # an error that belongs to no subscription has its list beside the type
            errors = (payload if isinstance(payload, dict) else frame).get("errors")
            raise self._client.refusal(errors if isinstance(errors, list) and errors else [{}])
        return frame

    def _value(self, frame: Mapping[str, Any]) -> Any:
        """The only root field's value. Raises what the errors beside it mean."""
        payload = frame.get("payload")
        if not isinstance(payload, dict):
            raise BadAnswer(UNREADABLE)
        data = payload.get("data")
        if isinstance(data, dict) and any(value is not None for value in data.values()):
            return next(iter(data.values()))
        errors = payload.get("errors")
        raise self._client.refusal(errors if isinstance(errors, list) and errors else [{}])


def _signed_query(config: AvistaConfig) -> str:
    """`header=…&payload=e30=`: base64 of the sign-in, not percent-encoded; `e30=` is `{}`."""
    held = {"HOST": config.host, "Authorization": config.token.get_secret_value()}
    return f"header={base64.b64encode(json.dumps(held).encode()).decode()}&payload=e30="


def _read(heard: str) -> Frame:
    try:
        found = json.loads(heard)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadAnswer(UNREADABLE)
    return found
