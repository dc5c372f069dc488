"""The frames of sessions: one JSON object each, with a reply when it has a `msgId`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.flowthings import drops, services
from connectors.sandbox.flowthings.asking import switched
from connectors.sandbox.flowthings.call import Answer, Call
from connectors.sandbox.flowthings.catalogue import FLOW, TRACK, Service
from connectors.sandbox.flowthings.envelope import body_of
from connectors.sandbox.flowthings.problems import Problem, refused, wrong
from connectors.sandbox.flowthings.rights import still
from connectors.sandbox.flowthings.sessions import Session
from connectors.sandbox.flowthings.state import State
from connectors.sandbox.flowthings.tracks import catch_up

OBJECTS: Mapping[str, Service] = {"flow": FLOW, "track": TRACK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A frame that was understood."""

    state: State
    session: Session
    fields: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A member that must be a text. Raises Problem 400."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not value:
            raise wrong(f"{name} is missing.")
        return value

    def call(self) -> Call:
        """The same request as over HTTP; `options` are the query. Raises Problem."""
        return Call(
            state=self.state,
            actor=self.session.actor,
            params=drops.as_params(self.fields.get("options")),
            body=self.fields.get("value"),
        )

    def flow_id(self, right: str) -> str:
        """The flow that is named by `flowId` or `path`. Raises Problem."""
        if self.fields.get("flowId") is not None:
            return str(drops.flow_of(self.call(), self.text("flowId"), right)["id"])
        return str(drops.flow_by_path(self.call(), self.fields.get("path"), right)["id"])


def handle(state: State, session: Session, text: str | bytes) -> dict[str, Any] | None:
    """Does what a frame says. Answers its reply; None for a frame without `msgId`.

    What is no JSON object has no reply either, since nothing says to what it would belong.
    """
    try:
        fields = body_of(text.encode("utf-8", "replace") if isinstance(text, str) else text)
    except Problem:
        return None
    if not isinstance(fields, dict):
        return None
    head: dict[str, Any] = {"ok": True, "errors": [], "messages": []}
    body: Any = {}
    try:
        body = _done(Frame(state=state, session=session, fields=fields))
    except Problem as problem:
        head |= {"ok": False, "errors": list(problem.errors)}
    if fields.get("msgId") is None:
        return None
    return {"head": {"msgId": fields["msgId"], **head}, "body": body}


def _done(frame: Frame) -> Any:
    if not still(frame.state, frame.session.actor):
        raise refused()
    frame.state.count_call(frame.session.actor.id)
    catch_up(frame.state)
    verb = frame.fields.get("type")
    if not isinstance(verb, str) or verb not in VERBS:
        raise wrong(f"type must be one of {', '.join(VERBS)}.")
    return VERBS[verb](frame)


def _service(frame: Frame) -> Service | None:
    """The service of the object; None for drops. Raises Problem 400."""
    name = frame.fields.get("object")
    if name == "drop":
        return None
    if not isinstance(name, str) or name not in OBJECTS:
        raise wrong("object must be drop, flow or track.")
    return OBJECTS[name]


def _subscribe(frame: Frame) -> Any:
    if _service(frame) is not None:
        raise wrong("Only drops can be subscribed to.")
    resource = frame.fields.get("flowId") or frame.fields.get("path")
    flow_id = frame.flow_id("dropRead")
    hints = switched(frame.call().params, "hints")
    frame.session.subscriptions[str(resource)] = (flow_id, hints)
    catch_up(frame.state)
    return {}


def _unsubscribe(frame: Frame) -> Any:
    resource = frame.fields.get("flowId") or frame.fields.get("path")
    if frame.session.subscriptions.pop(str(resource), None) is None:
        raise wrong("There is no such subscription.")
    return {}


def _heartbeat(_frame: Frame) -> Any:
    return {}


def _verb(
    of_service: Callable[..., Answer], of_drops: Callable[..., Answer], right: str, *, one: bool
) -> Callable[[Frame], Any]:
    """The same request as over HTTP, to a service or to a flow's drops; to `one` by its id."""

    def answered(frame: Frame) -> Any:
        service = _service(frame)
        which = (frame.text("id"),) if one else ()
        if service is not None:
            return of_service(frame.call(), service, *which).body
        return of_drops(frame.call(), frame.flow_id(right), *which).body

    return answered


VERBS: Mapping[str, Callable[[Frame], Any]] = {
    "create": _verb(services.create, drops.create, "dropWrite", one=False),
    "find": _verb(services.read, drops.read, "dropRead", one=True),
    "findmany": _verb(services.find_many, drops.find_many, "dropRead", one=False),
    "update": _verb(services.update, drops.update, "dropWrite", one=True),
    "delete": _verb(services.delete, drops.delete, "dropWrite", one=True),
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "heartbeat": _heartbeat,
}
