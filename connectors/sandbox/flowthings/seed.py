"""The world as flows: one a meter, with what an account needs beside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.accounts import ADMIN, MEMBER, PEOPLE, Person, token
from connectors.sandbox.flowthings import services
from connectors.sandbox.flowthings.call import Call
from connectors.sandbox.flowthings.catalogue import API_TASK, DEVICE, FLOW, MQTT, RSS, Service
from connectors.sandbox.flowthings.history import MILLISECOND, identity
from connectors.sandbox.flowthings.members import LARGEST_CAPACITY, LONGEST_PATH
from connectors.sandbox.flowthings.rights import Actor
from connectors.sandbox.flowthings.shelves import Record
from connectors.sandbox.flowthings.state import State
from connectors.sandbox.world.places import Campaign, Meter, Place

KIND = "flowthings"
LONGEST_SLUG = 48
SHARED = ("Energy", "Weather")
"""The scopes of the meters that the member may read."""
PLAYGROUND = "/admin/playground"
ALARMS = "/admin/alarms"
NOTES = "/member/notes"
BUSY = 45.0  # kW; the alarm track lets more than this through


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A meter with the flow that it fills."""

    id: str
    path: str
    meter: Meter
    position: tuple[float, float] | None


def meters(world: tuple[Campaign, ...]) -> list[Planted]:
    """Every meter of the world once, with an id and a path that are the same in every run."""
    found: dict[str, Planted] = {}
    for campaign in world:
        known: set[str] = set()
        for names, place, meter in _walked(campaign):
            if meter.name in known:
                continue
            known.add(meter.name)
            path = _free((campaign.name, *names, meter.name), found)
            flow_id = identity(FLOW.prefix, campaign.name, meter.name)
            found[path] = Planted(id=flow_id, path=path, meter=meter, position=place.position)
    return list(found.values())


def _walked(campaign: Campaign) -> Iterator[tuple[tuple[str, ...], Place, Meter]]:
    for place in (*campaign.sites, *campaign.zones):
        yield from _inside(place, ())


def _inside(place: Place, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Place, Meter]]:
    names = (*above, place.name)
    for meter in place.meters:
        yield names, place, meter
    for inner in place.inside:
        yield from _inside(inner, names)


def _free(names: tuple[str, ...], taken: Mapping[str, Planted]) -> str:
    """A path of the names that is short enough and not taken."""
    for longest in range(LONGEST_SLUG, 4, -1):
        path = "/".join(("", ADMIN.slug, *(_slug(name, longest) for name in names)))
        if len(path) <= LONGEST_PATH - 4:
            break
    number = 2
    free = path
    while free in taken:
        free, number = f"{path}-{number}", number + 1
    return free


def _slug(name: str, longest: int) -> str:
    """Lower case letters, digits and dashes; a number made of the name where none are left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].strip("-")
    return slug or identity("x", name)[:6]


def attach(state: State, world: tuple[Campaign, ...]) -> None:
    """Puts the sources under the flows that are there."""
    for each in meters(world):
        if state.flow(each.id) is not None:
            state.history.attach(each.id, each.meter.source)


def plant(state: State, world: tuple[Campaign, ...]) -> None:
    """The first state of an empty platform."""
    with state.store.bulk():
        for person in PEOPLE:
            _enrol(state, person)
        planted = meters(world)
        for number, each in enumerate(planted):
            state.keep_flow(_flow(each, number))
        _share(state, planted)
        _extras(state, planted)


def _enrol(state: State, person: Person) -> None:
    name = person.slug
    record: Record = {
        "id": identity("i", name),
        "name": name,
        "email": person.email,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "creationDate": state.now(),
        "creatorId": identity("i", name),
        "masterToken": token(KIND, person),
    }
    state.table("identity")[record["id"]] = record


def _flow(each: Planted, number: int) -> Record:
    """As old as its first reading; the number keeps the order of the world."""
    extent = each.meter.source.extent()
    flow: Record = {
        "id": each.id,
        "creationDate": (extent[0] // MILLISECOND if extent else 0) + number,
        "creatorId": identity("i", ADMIN.slug),
        "path": each.path,
        "displayName": each.meter.name,
        "description": f"{each.meter.about} Unit: {each.meter.unit}.".strip(),
        "filter": "",
        "capacity": LARGEST_CAPACITY,
        "public": False,
    }
    if each.position is not None:
        latitude, longitude = each.position
        flow["_location"] = {"lat": latitude, "lon": longitude, "specifiers": {}}
    return flow


def _share(state: State, planted: list[Planted]) -> None:
    """What the member may read of the admin's flows, through a group."""
    admin = identity("i", ADMIN.slug)
    group: Record = {
        "id": identity("g", "readers"),
        "creationDate": state.now(),
        "creatorId": admin,
        "displayName": "Readers",
        "memberIds": [identity("i", MEMBER.slug)],
    }
    state.table("group")[group["id"]] = group
    paths = {
        each.path: {"read": True, "dropRead": True}
        for each in planted
        if each.meter.scope in SHARED
    }
    share: Record = {
        "id": identity("s", "readers"),
        "creationDate": state.now(),
        "creatorId": admin,
        "description": "Energy and weather, to read",
        "issuedTo": group["id"],
        "paths": paths,
    }
    state.table("share")[share["id"]] = share


def _extras(state: State, planted: list[Planted]) -> None:
    """One of everything else, so that no list of the admin is empty."""
    about = "Written by whoever likes."
    _make(state, ADMIN, FLOW, path=PLAYGROUND, displayName="Playground", description=about)
    _make(state, ADMIN, FLOW, path=ALARMS, displayName="Alarms")
    _make(state, MEMBER, FLOW, path=NOTES, displayName="Notes")
    power = next((each for each in planted if each.meter.unit == "kW"), None)
    if power is not None:
        _track(state, power)
    _make(state, ADMIN, DEVICE, path="/admin/devices/logger", displayName="Logger")
    _make(state, ADMIN, MQTT, uri="tcp://broker.sandbox.example:1883", topic="meters/#",
          destination=PLAYGROUND, displayName="Meters by MQTT")  # fmt: skip
    _make(state, ADMIN, RSS, url="http://news.sandbox.example/energy.rss",
          destination=PLAYGROUND, displayName="Energy news")  # fmt: skip
    _make(state, ADMIN, API_TASK, destination=PLAYGROUND, displayName="Tariff",
          js="function (input) { return input; }",
          source={"type": "http", "url": "http://tariff.sandbox.example/"})  # fmt: skip


def _track(state: State, power: Planted) -> None:
    track: Record = {
        "id": identity("t", "alarms"),
        "creationDate": state.now(),
        "creatorId": identity("i", ADMIN.slug),
        "displayName": "Busy hours",
        "source": power.path,
        "destination": ALARMS,
        "filter": f"elems.value > {BUSY}",
        "disabled": False,
    }
    state.table("track")[track["id"]] = track


def _make(state: State, person: Person, service: Service, **body: Any) -> None:
    """As a client would make it."""
    owner = state.table("identity")[identity("i", person.slug)]
    services.create(Call(state=state, actor=Actor(identity=owner), body=body), service)
