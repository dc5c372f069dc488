"""`head.references`: short objects of the identities and flows that an answer names (guess)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.sandbox.flowthings.call import Call
from connectors.sandbox.flowthings.rights import may
from connectors.sandbox.flowthings.shelves import Record

NAMING = ("creatorId", "lastEditorId", "issuedBy", "issuedTo", "memberIds", "flowId",
          "reportFlowId")  # fmt: skip


def references(call: Call, body: Any) -> dict[str, Record]:
    """By id."""
    found = ((each, _short(call, each)) for each in dict.fromkeys(_named(body)))
    return {identifier: short for identifier, short in found if short is not None}


def _named(body: Any) -> Iterator[str]:
    """The ids in an object, a list of them or a map of them."""
    if isinstance(body, list):
        for each in body:
            yield from _named(each)
    elif isinstance(body, Mapping):
        if "id" not in body:
            for each in body.values():
                yield from _named(each)
        for name in NAMING:
            value = body.get(name)
            yield from value if isinstance(value, list) else [value] if value else []


def _short(call: Call, identifier: str) -> Record | None:
    state = call.state
    identity = state.table("identity").get(identifier)
    if identity is not None:
        shown = ("id", "name", "firstName", "lastName")
        return {name: identity[name] for name in shown if name in identity}
    flow = state.flow(identifier)
    if flow is None or not may(state, call.actor, flow["path"], "read"):
        return None
    return {name: flow[name] for name in ("id", "path", "displayName") if name in flow}
