"""What comes and goes with an object, and what is told of it without being kept."""

from __future__ import annotations

import secrets
from typing import Any

from connectors.sandbox.flowthings.call import Call
from connectors.sandbox.flowthings.catalogue import FLOW, Service
from connectors.sandbox.flowthings.problems import wrong
from connectors.sandbox.flowthings.rights import left, shares_to
from connectors.sandbox.flowthings.shelves import Record
from connectors.sandbox.flowthings.tracks import arrive, catch_up

DEVICE_FLOWS = ("", "/commands", "/reports")
"""Below a device's path: where it writes, hears and reports (guess: the names)."""


def made(call: Call, service: Service, record: Record) -> Record:
    """Keeps a new object, and makes what belongs to it."""
    if service.name == "flow":
        call.state.keep_flow(record)
        return record
    if service.name == "token":
        record = {**record, "tokenString": secrets.token_urlsafe(24)}
    if service.name == "device":
        record = _device(call, record)
    if service.reports:
        record = _reporting(call, record)
    call.state.table(service.name)[record["id"]] = record
    if service.name == "track":
        catch_up(call.state)  # from now on it carries what the world computes
    return record


def removed(call: Call, service: Service, record: Record) -> None:
    """Takes an object away, with what only belonged to it."""
    state = call.state
    if service.name == "flow":
        state.remove_flow(record)
        return
    del state.table(service.name)[record["id"]]
    if service.name == "device":
        state.table("token").pop(record["tokenId"], None)
    report = state.flow(record.get("reportFlowId", ""))
    if report is not None:
        state.remove_flow(report)


def _flow(call: Call, path: str, name: str) -> Record:
    now = call.state.now()
    defaults = {each.name: each.default for each in FLOW.members if each.default is not None}
    flow = {
        "id": call.state.new_id(FLOW.prefix, now),
        "creationDate": now,
        "creatorId": call.actor.id,
        **defaults,
        "path": path,
        "displayName": name[:100],
    }
    call.state.keep_flow(flow)
    return flow


def _reporting(call: Call, record: Record) -> Record:
    """A task with its report flow, which holds that it was connected."""
    path = f"/{call.actor.account}/:reports/{record['id']}-report"
    flow = _flow(call, path, f"Report of {record.get('displayName') or record['id']}")
    elems: dict[str, Any] = {
        "event": {"type": "string", "value": "connected"},
        "errors": {"type": "integer", "value": 0},
        "ids": {"type": "list", "value": []},
    }
    now = call.state.now()
    drop = {"id": call.state.new_id("d", now), "flowId": flow["id"], "path": path,
            "creationDate": now, "creatorId": call.actor.id, "elems": elems}  # fmt: skip
    arrive(call.state, flow, drop)
    return {**record, "reportFlowId": flow["id"], "reportPath": path, "status": "OK"}


def _device(call: Call, record: Record) -> Record:
    """A device with its flows and a token for just them."""
    state, paths = call.state, [record["path"] + each for each in DEVICE_FLOWS]
    longest = max(paths, key=len)
    if len(longest) > 128:
        raise wrong("path is too long for the flows below it.")
    taken = [path for path in paths if state.flow_at(path) is not None]
    if taken:
        raise wrong(*(f"There is a flow at {path} already." for path in taken))
    for path in paths:
        _flow(call, path, record.get("displayName") or path)
    token: Record = {
        "id": state.new_id("k", state.now()),
        "creationDate": state.now(),
        "creatorId": call.actor.id,
        "description": f"Device {record['path']}",
        "paths": {path: {"dropRead": True, "dropWrite": True} for path in paths},
        "tokenString": secrets.token_urlsafe(24),
    }
    state.table("token")[token["id"]] = token
    return {**record, "tokenId": token["id"], "status": "UNSEEN"}


def derived(call: Call, service: Service, record: Record) -> Record:
    """Members that follow from others and from the clock."""
    now = call.state.now()
    if service.name in ("token", "share"):
        rest = left(record, now)
        expires = {} if rest is None else {"expiresInMs": max(rest, 0)}
        return {"issuedBy": record["creatorId"], **expires}
    if service.name == "device":
        last = record.get("lastSeen")
        return {"timeSinceLastSeen": -1 if last is None else now - last}
    if service.name == "identity":
        return _identity(call, record)
    return _runs(record, now) if "periodicity" in record else {}


def _runs(record: Record, now: int) -> Record:
    """Runs are told by the clock; a run finds nothing new (guess: no JavaScript, no outside)."""
    if record["disabled"]:
        return {"runCt": 0}
    first, period = record["creationDate"], record["periodicity"]
    count = max((now - first) // period, 0)
    following = {"runCt": count, "nextRun": first + (count + 1) * period}
    return {**following, "lastRun": first + count * period} if count else following


def _identity(call: Call, record: Record) -> Record:
    given = {
        share["id"]: {"paths": share["paths"]} for share in shares_to(call.state, record["id"])
    }
    return {"groupIds": list(call.state.groups_of(record["id"])), "shares": given}
