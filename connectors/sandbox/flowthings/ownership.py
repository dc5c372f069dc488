"""Which objects a caller may see, change and make."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sandbox.flowthings.call import Call
from connectors.sandbox.flowthings.catalogue import Service
from connectors.sandbox.flowthings.problems import Problem, refused, wrong
from connectors.sandbox.flowthings.rights import may
from connectors.sandbox.flowthings.shelves import Record

TO_STRANGERS = ("id", "name", "firstName", "middleName", "lastName", "icon")
"""What everybody may know of an identity, so as to share with it (guess)."""


def seen(call: Call, service: Service) -> Iterator[Record]:
    """The objects of a service that the caller may see."""
    for record in call.state.table(service.name).all():
        if sees(call, service, record):
            yield record


def sees(call: Call, service: Service, record: Record) -> bool:
    """Own objects; also flows and shares that were given, and every identity."""
    state, actor = call.state, call.actor
    if service.name == "identity":
        return True
    if service.name == "flow":
        return may(state, actor, record["path"], "read")
    given = service.name == "share" and record["issuedTo"] in {
        actor.id,
        *state.groups_of(actor.id),
    }
    return given or record["creatorId"] == actor.id


def owns(call: Call, service: Service, record: Record) -> bool:
    """Whether the caller may delete it."""
    if service.name == "flow":
        return bool(record["path"].startswith(f"/{call.actor.account}/"))
    return bool(record["creatorId"] == call.actor.id)


def changes(call: Call, service: Service, record: Record) -> bool:
    """Whether the caller may change it."""
    if service.name == "identity":
        return bool(record["id"] == call.actor.id)
    if service.name == "flow":
        return may(call.state, call.actor, record["path"], "write")
    return owns(call, service, record)


def narrowed(call: Call, service: Service, record: Record, names: list[str]) -> list[str]:
    """The members that the caller may see."""
    if service.name == "identity" and record["id"] != call.actor.id:
        return [name for name in names if name in TO_STRANGERS]
    return names


def check(call: Call, service: Service, record: Record, old: Record | None) -> None:
    """Whether the object may be so, made or changed. Raises Problem 400 or 403."""
    checks = {
        "flow": _flow,
        "track": _track,
        "group": _group,
        "api-task": _written,
        "rss": _written,
        "mqtt": _mqtt,
        "device": _device,
        "token": _given,
        "share": _share,
    }
    if service.name in checks:
        checks[service.name](call, record, old)


def _own(call: Call, path: str) -> None:
    if not path.startswith(f"/{call.actor.account}/"):
        raise refused(f"{path} does not lie in the account {call.actor.account}.")


def _flow(call: Call, record: Record, old: Record | None) -> None:
    if old is not None and record["path"] == old["path"]:
        return
    _own(call, record["path"])
    if old is not None:
        _own(call, old["path"])
    if call.state.flow_at(record["path"]) is not None:
        raise wrong(f"There is a flow at {record['path']} already.")


def _reached(call: Call, path: str, right: str) -> None:
    if not may(call.state, call.actor, path, right):
        raise Problem(403)


def _ends(record: Record) -> list[str]:
    ends = record["destination"]
    return ends if isinstance(ends, list) else [ends]


def _track(call: Call, record: Record, _old: Record | None) -> None:
    _reached(call, record["source"], "dropRead")
    for path in _ends(record):
        _reached(call, path, "dropWrite")


def _written(call: Call, record: Record, _old: Record | None) -> None:
    _reached(call, record["destination"], "dropWrite")


def _mqtt(call: Call, record: Record, _old: Record | None) -> None:
    ends = [name for name in ("source", "destination") if record.get(name) is not None]
    if len(ends) != 1:
        raise wrong("Exactly one of source and destination must be given.")
    _reached(call, record[ends[0]], "dropRead" if ends[0] == "source" else "dropWrite")


def _group(call: Call, record: Record, _old: Record | None) -> None:
    known = call.state.table("identity")
    unknown = [each for each in record["memberIds"] if each not in known]
    if unknown:
        raise wrong(*(f"There is no identity {each[:40]}." for each in unknown[:20]))


def _device(call: Call, record: Record, old: Record | None) -> None:
    if old is not None and old["path"] != record["path"]:
        raise wrong("The path of a device cannot be changed.")
    _own(call, record["path"])


def _given(call: Call, record: Record, _old: Record | None) -> None:
    """Nobody gives away more than they have."""
    for path, rights in record["paths"].items():
        for right in (name for name, on in rights.items() if on):
            _reached(call, path, right)


def _share(call: Call, record: Record, _old: Record | None) -> None:
    for path in record["paths"]:
        _own(call, path)
    holders = (call.state.table("identity"), call.state.table("group"))
    if not any(record["issuedTo"] in table for table in holders):
        raise wrong("issuedTo is neither an identity nor a group.")
