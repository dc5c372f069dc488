"""Drops: found, written, changed and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from connectors.sandbox.flowthings import elems, members
from connectors.sandbox.flowthings.asking import Asked, asked, page, projected
from connectors.sandbox.flowthings.call import Answer, Call
from connectors.sandbox.flowthings.filters.evaluation import only_window, predicate, window
from connectors.sandbox.flowthings.history import DIGITS, MILLISECOND
from connectors.sandbox.flowthings.problems import nowhere, wrong
from connectors.sandbox.flowthings.rights import flow_for
from connectors.sandbox.flowthings.shelves import Record, Rows
from connectors.sandbox.flowthings.tracks import admitted, arrive, shown, twin
from connectors.sandbox.spoiling import spoiled_samples

MOST_AT_ONCE = 10_000  # ids or flows in one request; guess
STAMPS = frozenset(("duplicate_stamps", "unsorted_stamps", "nan"))


def flow_of(call: Call, flow_id: str, right: str) -> Record:
    """The flow of a request. Raises Problem 403 or 404."""
    return flow_for(call.state, call.actor, call.state.flow(flow_id), right)


def flow_by_path(call: Call, path: Any, right: str) -> Record:
    """The flow that a body or a parameter names by its path. Raises Problem 400, 403 or 404."""
    if not isinstance(path, str) or not path:
        raise wrong("path is missing.")
    return flow_for(call.state, call.actor, call.state.flow_at(path), right)


def listed(call: Call, flow: Record, wanted: Asked) -> list[Record]:
    """A page of a flow's drops, the newest first unless asked otherwise."""
    start = wanted.start - (1 if "page_drift" in call.spoils and wanted.start else 0)
    rows, now = call.state.rows(flow), call.state.now()
    if wanted.by_age:
        found = list(islice(_by_age(rows, wanted, now, start), wanted.limit))
    else:
        low, high = rows.bounds(*window(wanted.filter, now))
        found = page((rows[place] for place in range(low, high)), wanted, elems.getter, now)
    if call.spoils & STAMPS:
        found = _spoiled(found, call.spoils)
    return [projected(shown(flow, drop, hints=wanted.hints), wanted.only) for drop in found]


def _by_age(rows: Rows, wanted: Asked, now: int, start: int) -> Iterator[Record]:
    """Only the drops that are answered are made, unless the filter has to look at each."""
    low, high = rows.bounds(*window(wanted.filter, now))
    places = range(low, high) if wanted.order == "asc" else range(low, high)[::-1]
    if only_window(wanted.filter):
        return (rows[place] for place in places[start:])
    passes = predicate(wanted.filter, elems.getter, now)
    found = (drop for drop in (rows[place] for place in places) if passes(drop))
    return islice(found, start, None)


def _spoiled(drops: list[Record], kinds: frozenset[str]) -> list[Record]:
    stamps = np.array([drop["creationDate"] for drop in drops], dtype=np.int64) * MILLISECOND
    places = np.arange(len(drops), dtype=np.float64)
    times, values = spoiled_samples(stamps, places, kinds)
    return [
        _spoiled_drop(drops, int(time), float(value))
        for time, value in zip(times.tolist(), values.tolist(), strict=True)
    ]


def _spoiled_drop(drops: list[Record], time: int, place: float) -> Record:
    broken = np.isnan(place)
    drop = drops[len(drops) // 2 if broken else min(int(place), len(drops) - 1)]
    spoiled = {**drop, "creationDate": time // MILLISECOND}
    if broken:
        spoiled["elems"] = {
            name: {**pair, "value": float("nan")} if pair["type"] == "float" else pair
            for name, pair in drop["elems"].items()
        }
    return spoiled


def one(rows: Rows, identifier: str) -> Record | None:
    """A drop by its id, which begins with the moment of its creation."""
    try:
        moment = int(identifier[1 : DIGITS + 1], 16)
    except ValueError:
        return None
    places = range(*rows.bounds(moment, moment))
    return next((rows[place] for place in places if rows[place]["id"] == identifier), None)


def _existing(call: Call, flow: Record, identifier: str) -> Record:
    drop = one(call.state.rows(flow), identifier)
    if drop is None:
        raise nowhere()
    return drop


def _told(call: Call, flow: Record, drop: Record) -> Record:
    wanted = call.asked()
    return projected(shown(flow, drop, hints=wanted.hints), wanted.only)


# Requests


def find_many(call: Call, flow_id: str) -> Answer:
    """`GET /drop/<flowId>`."""
    return Answer(body=listed(call, flow_of(call, flow_id, "dropRead"), call.asked()))


def find_at_path(call: Call) -> Answer:
    """`GET /drop?path=`."""
    flow = flow_by_path(call, call.params.get("path"), "dropRead")
    return Answer(body=listed(call, flow, call.asked()))


def read(call: Call, flow_id: str, identifier: str) -> Answer:
    """`GET /drop/<flowId>/<id>`."""
    flow = flow_of(call, flow_id, "dropRead")
    return Answer(body=_told(call, flow, _existing(call, flow, identifier)))


def read_many(call: Call, flow_id: str) -> Answer:
    """`MGET /drop/<flowId>`: ids that lead nowhere are left out (guess)."""
    flow = flow_of(call, flow_id, "dropRead")
    rows = call.state.rows(flow)
    found = {each: one(rows, each) for each in identifiers(call)}
    return Answer(body={key: _told(call, flow, drop) for key, drop in found.items() if drop})


def identifiers(call: Call) -> list[str]:
    """The ids of a body. Raises Problem 400."""
    ids = call.listing()
    if len(ids) > MOST_AT_ONCE or not all(isinstance(each, str) for each in ids):
        raise wrong(f"The body must be a list of at most {MOST_AT_ONCE} ids.")
    return ids


def find_in_many(call: Call) -> Answer:
    """`MGET /drop`: a map from flow id to its drops."""
    questions = call.listing()
    if len(questions) > MOST_AT_ONCE:
        raise wrong(f"At most {MOST_AT_ONCE} flows in one request.")
    answers = {}
    for question in questions:
        if not isinstance(question, dict):
            raise wrong("Each entry must be a map with flowId and params.")
        flow = _asked_flow(call, question)
        answers[flow["id"]] = listed(call, flow, asked(as_params(question.get("params"))))
    return Answer(body=answers)


def _asked_flow(call: Call, question: Record) -> Record:
    if "flowId" not in question:
        return flow_by_path(call, question.get("path"), "dropRead")
    return flow_of(call, str(question["flowId"]), "dropRead")


def as_params(given: Any) -> dict[str, str]:
    """Parameters that came as JSON. Raises Problem 400."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise wrong("params must be a map.")
    return {name: _as_text(value) for name, value in given.items() if value is not None}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    return str(value)


def create(call: Call, flow_id: str) -> Answer:
    """`POST /drop/<flowId>`."""
    return write(call, flow_of(call, flow_id, "dropWrite"))


def create_at_path(call: Call) -> Answer:
    """`POST /drop`, the path in the body."""
    return write(call, flow_by_path(call, call.mapping().get("path"), "dropWrite"))


def write(call: Call, flow: Record) -> Answer:
    """Puts the drop of the body into a flow."""
    state, now = call.state, call.state.now()
    given = _checked(call.mapping())
    if "elems" not in given:
        raise wrong("elems is missing.")
    moment = given.pop("creationDate", now)
    drop = {
        "id": state.new_id("d", moment),
        "flowId": flow["id"],
        "path": flow["path"],
        "creationDate": moment,
        "creatorId": call.actor.id,
        **given,
    }
    if not admitted(flow, drop, now):
        raise wrong("The filter of the flow does not let the drop in.")
    with state.lock:
        known = twin(state, flow, drop)
        if known is not None:
            return Answer(body=_told(call, flow, known))
        kept = arrive(state, flow, drop)
    _seen(call, now)
    return Answer(body=_told(call, flow, kept), status=201)


def _seen(call: Call, now: int) -> None:
    """A device that wrote with its own token has been seen."""
    for device in call.state.table("device").all():
        if call.actor.token is not None and device["tokenId"] == call.actor.token:
            changed = {**device, "status": "SEEN", "lastSeen": now}
            call.state.table("device")[device["id"]] = changed


def _checked(body: Record) -> Record:
    """The members of a drop that a client may send. Raises Problem 400."""
    kept: Record = {}
    if "elems" in body:
        kept["elems"] = elems.taken(body["elems"])
    for name, holds, reason in MEMBERS:
        if body.get(name) is None:
            continue
        if not holds(body[name]):
            raise wrong(f"{name} {reason}.")
        kept[name] = body[name]
    if "location" in kept:
        kept["location"] = _located(kept["location"])
    return kept


def _located(given: Record) -> Record:
    specifiers = given.get("specifiers")
    return {
        "lat": given["lat"],
        "lon": given["lon"],
        "specifiers": specifiers if isinstance(specifiers, dict) else {},
    }


MEMBERS = (
    ("creationDate", lambda value: members.moment(value) is None, "must be milliseconds"),
    ("location", elems.is_place, "must have lat and lon in degrees"),
    ("fhash", lambda value: members.text(value) is None and value, "must be a text"),
    ("parentDropId", elems.TYPES["dropRef"], "must have flowId and dropId"),
)


def update(call: Call, flow_id: str, identifier: str) -> Answer:
    """`PUT /drop/<flowId>/<id>`: members that are sent replace those of the drop."""
    flow = flow_of(call, flow_id, "dropWrite")
    with call.state.lock:
        drop = _changed(call, _existing(call, flow, identifier), call.mapping())
        call.state.replace_drop(drop)
    return Answer(body=_told(call, flow, drop))


def _changed(call: Call, drop: Record, body: Any) -> Record:
    """The creation and the platform's own members stay as they are (guess)."""
    if not isinstance(body, dict):
        raise wrong("Each change must be a map.")
    given = _checked(body)
    given.pop("creationDate", None)
    edited = {"lastEditDate": call.state.now(), "lastEditorId": call.actor.id}
    return {**drop, **given, **edited}


def update_many(call: Call, flow_id: str) -> Answer:
    """`MPUT /drop/<flowId>`: a map from id to changes; all of them or none."""
    flow = flow_of(call, flow_id, "dropWrite")
    with call.state.lock, call.state.store.bulk():
        changes = [
            _changed(call, _existing(call, flow, identifier), body)
            for identifier, body in call.mapping().items()
        ]
        for drop in changes:
            call.state.replace_drop(drop)
    return Answer(body={drop["id"]: _told(call, flow, drop) for drop in changes})


def delete(call: Call, flow_id: str, identifier: str) -> Answer:
    """`DELETE /drop/<flowId>/<id>`; answers what was deleted (guess)."""
    flow = flow_of(call, flow_id, "dropWrite")
    with call.state.lock:
        drop = _existing(call, flow, identifier)
        call.state.remove_drop(drop)
    return Answer(body=_told(call, flow, drop))


def delete_all(call: Call, flow_id: str) -> Answer:
    """`DELETE /drop/<flowId>`."""
    call.state.empty_flow(flow_of(call, flow_id, "dropWrite"))
    return Answer(body={})
