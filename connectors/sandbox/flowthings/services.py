"""The requests on every kind of object but drops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter
from typing import Any

from connectors.sandbox.flowthings import ownership, tending
from connectors.sandbox.flowthings.asking import Asked, page, projected
from connectors.sandbox.flowthings.call import Answer, Call
from connectors.sandbox.flowthings.catalogue import API_TASK, COMMON, Service
from connectors.sandbox.flowthings.drops import identifiers
from connectors.sandbox.flowthings.filters.evaluation import plain_getter
from connectors.sandbox.flowthings.problems import Problem, nowhere, wrong
from connectors.sandbox.flowthings.rights import unlimited
from connectors.sandbox.flowthings.shelves import Record
from connectors.sandbox.flowthings.tracks import catch_up


def find_many(call: Call, service: Service) -> Answer:
    """`GET <service>`: everything that the caller may see, the newest first."""
    unlimited(call.actor)
    wanted = call.asked()
    mine = sorted(ownership.seen(call, service), key=itemgetter("creationDate", "id"))
    if wanted.filter is not None or not wanted.by_age or service.name == "identity":
        return Answer(body=_searched(call, service, wanted, mine))
    mine = mine if wanted.order == "asc" else mine[::-1]
    part = mine[wanted.start : wanted.start + wanted.limit]
    return Answer(body=[projected(_whole(call, service, each), wanted.only) for each in part])


def _searched(call: Call, service: Service, wanted: Asked, mine: list[Record]) -> list[Record]:
    """A page by a filter or another order, which needs the objects whole."""
    whole = [_whole(call, service, each) for each in mine]
    every = replace(wanted, start=0, limit=len(whole))
    found = page(whole, every, plain_getter, call.state.now())
    if service.name == "identity" and "sort" not in call.params:
        found.sort(key=lambda each: each["id"] != call.actor.id)  # the caller comes first
    part = found[wanted.start : wanted.start + wanted.limit]
    return [projected(each, wanted.only) for each in part]


def read(call: Call, service: Service, identifier: str) -> Answer:
    """`GET <service>/<id>`."""
    unlimited(call.actor)
    return Answer(body=_told(call, service, _visible(call, service, identifier)))


def read_many(call: Call, service: Service) -> Answer:
    """`MGET <service>`: ids that lead nowhere are left out (guess)."""
    unlimited(call.actor)
    table = call.state.table(service.name)
    found = [table[each] for each in dict.fromkeys(identifiers(call)) if each in table]
    seen = [each for each in found if ownership.sees(call, service, each)]
    return Answer(body={each["id"]: _told(call, service, each) for each in seen})


def create(call: Call, service: Service) -> Answer:
    """`POST <service>`."""
    unlimited(call.actor)
    _unrefused(service, "create")
    now = call.state.now()
    defaults = {each.name: each.default for each in service.members if each.default is not None}
    given = _checked(service, call.mapping())
    _complete(service, given)
    record = {
        "id": call.state.new_id(service.prefix, now),
        "creationDate": now,
        "creatorId": call.actor.id,
        **defaults,
        **given,
    }
    with call.state.lock, call.state.store.bulk():
        ownership.check(call, service, record, None)
        kept = tending.made(call, service, record)
    return Answer(body=_told(call, service, kept), status=201)


def update(call: Call, service: Service, identifier: str) -> Answer:
    """`PUT <service>/<id>`: what is sent replaces, the rest stays."""
    unlimited(call.actor)
    _unrefused(service, "update")
    with call.state.lock:
        changed = _changed(call, service, identifier, call.mapping())
        _keep(call, service, [changed])
    return Answer(body=_told(call, service, changed))


def update_many(call: Call, service: Service) -> Answer:
    """`MPUT <service>`: a map from id to changes; all of them or none."""
    unlimited(call.actor)
    _unrefused(service, "update_many")
    bodies = call.mapping()
    with call.state.lock:
        changed = [_changed(call, service, each, body) for each, body in bodies.items()]
        _distinct(service, changed)
        _keep(call, service, changed)
    return Answer(body={each["id"]: _told(call, service, each) for each in changed})


def delete(call: Call, service: Service, identifier: str) -> Answer:
    """`DELETE <service>/<id>`; answers what was deleted (guess)."""
    unlimited(call.actor)
    _unrefused(service, "delete")
    record = _visible(call, service, identifier)
    if not ownership.owns(call, service, record):
        raise Problem(403)
    told = _told(call, service, record)
    with call.state.lock, call.state.store.bulk():
        tending.removed(call, service, record)
    return Answer(body=told)


def _unrefused(service: Service, verb: str) -> None:
    if verb in service.refusals:
        raise Problem(*service.refusals[verb])


def _visible(call: Call, service: Service, identifier: str) -> Record:
    record = call.state.table(service.name).get(identifier)
    if record is None or not ownership.sees(call, service, record):
        raise nowhere()
    return record


def _checked(service: Service, body: Record) -> Record:
    """The members that clients may set, null ones included. Raises Problem 400."""
    given = {each.name: body[each.name] for each in service.members if each.name in body}
    problems = [
        problem
        for member in service.members
        if given.get(member.name) is not None
        and (problem := member.problem(given[member.name])) is not None
    ]
    if problems:
        raise wrong(*problems)
    return {name: value for name, value in given.items() if value is not None} | {
        name: _default(service, name) for name, value in given.items() if value is None
    }


def _default(service: Service, name: str) -> Any:
    member = service.member(name)
    return member.default if member else None


def _complete(service: Service, record: Record) -> None:
    lacking = [
        each.name for each in service.members if each.required and record.get(each.name) is None
    ]
    if lacking:
        raise wrong(*(f"{name} is missing." for name in lacking))


def _changed(call: Call, service: Service, identifier: str, body: Any) -> Record:
    """The object with the changes. The platform's own members are ignored when sent."""
    old = _visible(call, service, identifier)
    if not isinstance(body, dict):
        raise wrong("Each change must be a map.")
    if not ownership.changes(call, service, old):
        raise Problem(403)
    _own_members(call, service, old, body)
    edited = {"lastEditDate": call.state.now(), "lastEditorId": call.actor.id}
    new = {**old, **_checked(service, body), **edited}
    _complete(service, new)
    ownership.check(call, service, new, old)
    return new


def _own_members(call: Call, service: Service, old: Record, body: Record) -> None:
    """An identity sent back as it was read is fine; a change beyond the names is not."""
    if service.name != "identity":
        return
    now = _whole(call, service, old)
    fixed = [name for name in service.told if name in body and body[name] != now.get(name)]
    if fixed:
        raise wrong(*(f"{name} cannot be changed." for name in fixed))


def _distinct(service: Service, records: Iterable[Record]) -> None:
    paths = [each["path"] for each in records] if service.name == "flow" else []
    if len(set(paths)) < len(paths):
        raise wrong("Two flows cannot have the same path.")


def _keep(call: Call, service: Service, records: Iterable[Record]) -> None:
    with call.state.store.bulk():
        for record in records:
            if service.name == "flow":
                call.state.keep_flow(record)
            else:
                call.state.table(service.name)[record["id"]] = record
    if service.name == "track":
        catch_up(call.state)  # one that is switched on again carries from now on


def _told(call: Call, service: Service, record: Record) -> Record:
    return projected(_whole(call, service, record), call.asked().only)


def _whole(call: Call, service: Service, record: Record) -> Record:
    """An object with everything that the caller may see of it."""
    complete = {**record, **tending.derived(call, service, record)}
    names = [*COMMON, *(each.name for each in service.members if not each.hidden), *service.told]
    names = ownership.narrowed(call, service, record, names)
    return {name: complete[name] for name in names if complete.get(name) is not None}


def simulate(call: Call) -> Answer:
    """`POST /api-task/simulate`: looks at a task without keeping it.

    No JavaScript is run and nothing outside is read, so a task yields no drops (guess).
    """
    unlimited(call.actor)
    given = _checked(API_TASK, call.mapping())
    _complete(API_TASK, given)
    ownership.check(call, API_TASK, given, None)
    return Answer(body={"drops": [], "log": ["JavaScript is not run here."]})
