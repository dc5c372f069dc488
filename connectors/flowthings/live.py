"""Live drops (section 6): a session by HTTP, then frames on a WebSocket.

A frame with a `msgId` gets a reply with the same number. The published client never learns that a
frame was refused; here `ok: false` is noticed. Heartbeats go out whenever it is quiet.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.contract import Door, Feed, Points
from connectors.errors import BadAnswer, Rejected
from connectors.flowthings import elems
from connectors.flowthings.client import Client, Row
from connectors.flowthings.config import HOME, FlowthingsConfig
from connectors.flowthings.ids import Series
from connectors.flowthings.reading import Column
from connectors.refusals import cut
from connectors.webaddress import web_endpoint
from connectors.websocket import Ended, Line

BEAT_SECONDS = 30.0
REPLY_SECONDS = 20.0
KEPT = 10_000
"""Pushed drops that wait while a reply is awaited."""


class Session:
    """One live connection. Drops that come while a reply is awaited are kept for `messages`."""

    def __init__(self, client: Client, door: Door, config: FlowthingsConfig) -> None:
        key = client.session()
        base = urlsplit(config.live)
        self._line = Line(
            door.socket,
            web_endpoint(config.live or HOME),
            f"{base.path}/session/{quote(key, safe='')}/ws",
            headers={"Origin": f"{base.scheme}://{base.netloc}"},
        )
        self._pushed: deque[Row] = deque(maxlen=KEPT)
        self._replies: dict[int, Row] = {}
        self._next = 0
        self._lock = threading.Lock()

    def ask(self, frame: Row) -> Any:
        """The body of the reply. Raises Rejected with what the platform said."""
        with self._lock:
            number, self._next = self._next, self._next + 1
        self._line.send(json.dumps({**frame, "msgId": number}))
        while number not in self._replies:
            if not self._hear(REPLY_SECONDS):
                raise BadAnswer("flowthings.io did not reply to a live request.")
        reply = self._replies.pop(number)
        if reply["head"].get("ok") is False:
            errors = reply["head"].get("errors")
            said = cut(errors[0]) if isinstance(errors, list) and errors else ""
            raise Rejected(said or "flowthings.io refused a live request.")
        return reply.get("body")

    def subscribe(self, resource: str, *, hints: bool = False) -> None:
        """To the drops of a flow, by its id or its path; with `hints` their elems have types."""
        options = {"options": {"hints": 1}} if hints else {}
        self.ask({"type": "subscribe", "object": "drop", **_named(resource), **options})

    def unsubscribe(self, resource: str) -> None:
        self.ask({"type": "unsubscribe", "object": "drop", **_named(resource)})

    def messages(self) -> Iterator[Row]:
        """Each pushed drop, until the session is closed or the deadline has come."""
        while True:
            while self._pushed:
                yield self._pushed.popleft()
            try:
                self._wait()
            except Ended:
                return

    def beat(self) -> None:
        """Says that we are there; nothing is answered."""
        self._line.send(json.dumps({"type": "heartbeat"}))

    def close(self) -> None:
        self._line.close()

    def _wait(self) -> None:
        if not self._hear(BEAT_SECONDS):
            self.beat()

    def _hear(self, seconds: float) -> bool:
        """Takes one message in; False when none came in time."""
        heard = self._line.receive(seconds)
        if heard is None:
            return False
        frame = _read(heard)
        head = frame.get("head")
        if isinstance(head, dict) and isinstance(head.get("msgId"), int):
            self._replies[head["msgId"]] = frame
        elif frame.get("type") == "message" and isinstance(frame.get("value"), dict):
            self._pushed.append(frame["value"])
        return True


def subscribe(
    client: Client, door: Door, config: FlowthingsConfig, series: Sequence[Series]
) -> Feed:
    """Every drop of these flows from now on. Raises NotFound for an unknown one."""
    flows = dict.fromkeys(one.flow for one in series)
    session = Session(client, door, config)
    try:
        for flow in flows:
            _follow(client, session, flow)
    except BaseException as trouble:
        session.close()
        if isinstance(trouble, Ended):
            return Feed(points=iter(()))
        raise
    return Feed(points=points(session, series), close=session.close)


def _follow(client: Client, session: Session, flow: str) -> None:
    try:
        session.subscribe(flow)
    except Rejected:
        client.drops(flow, query={"limit": 1})  # says by its status what the frame could not
        raise


def points(session: Session, series: Sequence[Series]) -> Iterator[Points]:
    """Each pushed drop once, as a point of each series that it has a value for."""
    columns = [(one, Column(one)) for one in series]
    for drop in session.messages():
        for one, column in columns:
            if one.flow != drop.get("flowId"):
                continue
            held = elems.elems_of(drop)
            stamp = elems.leaf(held, one.time) if one.time else drop.get("creationDate")
            at = elems.moment(stamp)
            if at is not None:
                yield from column.points([(at, held)])


def _named(resource: str) -> Row:
    return {"path" if resource.startswith("/") else "flowId": resource}


def _read(heard: str) -> Row:
    try:
        found = json.loads(heard)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadAnswer("flowthings.io pushed something that nobody can read.")
    return found
