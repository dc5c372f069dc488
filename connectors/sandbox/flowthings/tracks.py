"""Drops that arrive: admission, subscribers, and tracks that carry them further.

A track fires at most once for a drop that was written, however the tracks are chained: so a ring
of tracks comes to rest. JavaScript is not run: a track with `js` copies unchanged (guess).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from connectors.sandbox.flowthings import elems
from connectors.sandbox.flowthings.filters.evaluation import predicate
from connectors.sandbox.flowthings.filters.parser import parsed
from connectors.sandbox.flowthings.history import MILLISECOND
from connectors.sandbox.flowthings.rights import Actor, may, still
from connectors.sandbox.flowthings.shelves import Record, computed
from connectors.sandbox.flowthings.state import State

CARRIED = ("elems", "location", "fhash")
MOST_AT_ONCE = 10_000
"""Computed drops that are carried after a pause; older ones are passed over."""


def shown(flow: Record, drop: Record, *, hints: bool) -> Record:
    """A drop as answers and messages have it."""
    kept = {name: value for name, value in drop.items() if name[0] != "_"}
    kept["path"] = flow["path"]
    kept["elems"] = elems.told(drop["elems"], hints=hints)
    return kept


def admitted(flow: Record, drop: Record, now: int) -> bool:
    """Whether the flow's own filter lets a drop in."""
    return predicate(parsed(flow["filter"]), elems.getter, now)(drop)


def twin(state: State, flow: Record, drop: Record) -> Record | None:
    """The drop with the same fhash that the flow has already."""
    shelf = state.shelf(flow["id"])
    known = shelf.hashes.get(drop.get("fhash") or "")
    return None if known is None else shelf.get(known)


def arrive(state: State, flow: Record, drop: Record) -> Record:
    """Writes a drop, tells subscribers and lets the tracks carry it on."""
    with state.lock, state.store.bulk():
        kept = _land(state, flow, drop)
        _carry(state, flow, kept)
    return kept


def _land(state: State, flow: Record, drop: Record) -> Record:
    kept = state.add_drop(flow, drop) if flow["capacity"] else drop
    state.count("flowDropAdded", flow["id"], drop["creationDate"])
    state.count("dropCreatedBy", drop["creatorId"], drop["creationDate"])
    publish(state, flow, kept)
    return kept


def publish(state: State, flow: Record, drop: Record) -> None:
    """Tells every session that subscribed to the flow and may still read it."""
    for session in state.sessions.all():
        for resource, (flow_id, hints) in list(session.subscriptions.items()):
            if flow_id != flow["id"] or not _readable(state, session.actor, flow):
                continue
            value = shown(flow, drop, hints=hints)
            session.mailbox.post({"type": "message", "resource": resource, "value": value})


def _readable(state: State, actor: Actor, flow: Record) -> bool:
    return still(state, actor) and may(state, actor, flow["path"], "dropRead")


def _carry(state: State, flow: Record, drop: Record) -> None:
    fired: set[str] = set()
    waiting = deque([(flow, drop)])
    while waiting:
        place, carried = waiting.popleft()
        for track in tracks_from(state, place["path"]):
            if track["id"] not in fired:
                fired.add(track["id"])
                waiting.extend(_fire(state, track, place, carried))


def tracks_from(state: State, path: str) -> list[Record]:
    """The tracks that start at a path and are not switched off."""
    tracks = state.table("track").all()
    return [each for each in tracks if each["source"] == path and not each["disabled"]]


def _fire(
    state: State, track: Record, flow: Record, drop: Record
) -> Iterator[tuple[Record, Record]]:
    """The copies that a track made, each with its flow."""
    actor, now = _owner(state, track), state.now()
    if actor is None or not may(state, actor, flow["path"], "dropRead"):
        return
    state.count("trackHit", track["id"], now)
    if not predicate(parsed(track["filter"]), elems.getter, now)(drop):
        return
    state.count("trackPass", track["id"], now)
    state.count("flowTracked", flow["id"], now)
    ends = track["destination"]
    for path in ends if isinstance(ends, list) else [ends]:
        target = state.flow_at(path)
        if target is None or not may(state, actor, path, "dropWrite"):
            continue
        copy = _copy(state, track, target, drop)
        if admitted(target, copy, now) and twin(state, target, copy) is None:
            yield target, _land(state, target, copy)


def _owner(state: State, track: Record) -> Actor | None:
    identity = state.table("identity").get(track["creatorId"])
    return None if identity is None else Actor(identity=identity)


def _copy(state: State, track: Record, target: Record, drop: Record) -> Record:
    now = state.now()
    return {
        "id": state.new_id("d", now),
        "flowId": target["id"],
        "path": target["path"],
        "creationDate": now,
        "creatorId": track["creatorId"],
        **{name: drop[name] for name in CARRIED if name in drop},
        "parentDropId": {"flowId": drop["flowId"], "dropId": drop["id"]},
    }


def catch_up(state: State) -> None:
    """Lets the drops arrive that the world has computed since the last time, where it matters."""
    with state.lock:
        now = state.clock.now_us()
        watched = state.sessions.watched()
        for flow in _followed(state, watched):
            since = state.cursors.get(flow["id"])
            if since is None:
                state.mark(flow["id"], now, kept=bool(tracks_from(state, flow["path"])))
            elif now > since:
                _arrived(state, flow, since, now)


def _followed(state: State, watched: set[str]) -> list[Record]:
    paths = {track["source"] for track in state.table("track").all() if not track["disabled"]}
    flows = [state.flow_at(path) for path in paths] + [state.flow(each) for each in watched]
    found = {flow["id"]: flow for flow in flows if flow and state.history.source(flow["id"])}
    for gone in [each for each in state.cursors if each not in found]:
        state.unmark(gone)
    return list(found.values())


def _arrived(state: State, flow: Record, since: int, now: int) -> None:
    times, values = state.history.between(flow["id"], since, now)
    if not times.size:
        return
    owner = state.owner(flow["path"])
    with state.store.bulk():
        state.mark(flow["id"], int(times[-1]), kept=bool(tracks_from(state, flow["path"])))
        pairs = zip(times[-MOST_AT_ONCE:].tolist(), values[-MOST_AT_ONCE:].tolist(), strict=True)
        for moment, value in pairs:
            drop = computed(flow, owner, moment // MILLISECOND, value)
            publish(state, flow, drop)
            _carry(state, flow, drop)
