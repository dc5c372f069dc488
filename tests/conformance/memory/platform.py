"""The state of the memory platform, and what it answers to a request. Knows no socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.conformance.memory import points
from tests.conformance.memory.world import Item, micros, world

PAGE = 10
PASSWORD = "sesame-41f0"
"""What the platform wants to hear before it takes an import."""
RIGHTS = ("view", "edit")
PEOPLE = 14
LINK = "link"
"""Shared with, it makes a new link each time, whose text is told once."""

Listener = Callable[[dict[str, Any]], None]


class Unknown(Exception):
    """There is no such thing here: 404."""


class Refused(Exception):
    """These values cannot be: 422, with a message a field."""

    def __init__(self, **fields: str) -> None:
        super().__init__()
        self.fields = fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def first(self) -> int:
        return int(self.query.get("from", "0"))


@dataclass(slots=True)
class Platform:
    """Everything that is kept. One request at a time."""

    items: dict[str, Item] = field(default_factory=world)
    grants: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {"notes": {}, "labels": {}}
    )
    jobs: dict[str, float] = field(default_factory=dict)
    tickets: dict[str, list[str]] = field(default_factory=dict)
    listeners: dict[Listener, list[str]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, asked: Asked) -> object:
        """JSON, or bytes for a file. Raises Unknown and Refused."""
        kind, _, name = asked.path.partition("/")
        if kind not in ROUTES:
            raise Unknown
        with self.lock:
            return ROUTES[kind](self, asked, name)

    def item(self, name: str, type: str | None = None) -> Item:
        found = self.items.get(name)
        if found is None or type not in (None, found.type):
            raise Unknown
        return found

    def fresh(self, prefix: str) -> str:
        return f"{prefix}{next(self.numbers)}"

    def audiences(self) -> list[dict[str, Any]]:
        people = [{"id": f"p{n}", "name": f"Person {n}", "type": "person"} for n in range(PEOPLE)]
        group = {"id": "auditors", "name": "Auditors", "type": "group"}
        link = {"id": LINK, "name": "A new link", "type": "link", "rights": ["view"]}
        able = [one | {"rights": list(RIGHTS)} for one in people]
        return [group | {"rights": ["view"]}, *able, link]

    def tell(self, name: str, sent: list[Any]) -> None:
        """Pushes what was written to whoever listens."""
        for listener, series in list(self.listeners.items()):
            if name in series:
                listener({"series": name, "points": sent})


def _account(platform: Platform, asked: Asked, name: str) -> object:
    return {"id": "memory-1", "name": "Memory account"}


def _nodes(platform: Platform, asked: Asked, name: str) -> object:
    if name:
        return platform.item(name).row()
    parent = asked.query.get("parent")
    return _paged([i.row() for i in platform.items.values() if i.parent == parent], asked)


def _search(platform: Platform, asked: Asked, name: str) -> object:
    text = asked.query["text"].casefold()
    found = [i.row() for i in platform.items.values() if text in i.name.casefold()]
    return _paged(found, asked)


def _points(platform: Platform, asked: Asked, name: str) -> object:
    item = platform.item(name, "series")
    if asked.method == "GET":
        return points.points(item, asked.query)
    if asked.method == "DELETE":
        gone, item.times, item.values = len(item.times), [], []
        return {"gone": gone}
    outcome = points.stored(item, asked.json())
    platform.tell(name, asked.json())
    return outcome


def _buckets(platform: Platform, asked: Asked, name: str) -> object:
    return points.buckets(platform.item(name, "series"), asked.query)


def _files(platform: Platform, asked: Asked, name: str) -> object:
    if asked.method == "PUT":
        folder = platform.item(name, "folder")
        same = (i for i in platform.items.values() if i.parent == folder.id)
        known = next((i.id for i in same if i.name == asked.query["name"]), platform.fresh("file"))
        made = Item(known, asked.query["name"], "file", folder.id, content=asked.body)
        platform.items[known] = made
        return made.row()
    item = platform.item(name, "file")
    if asked.method == "DELETE":
        del platform.items[name]
        return {"gone": 1}
    return item.content


def _audiences(platform: Platform, asked: Asked, name: str) -> object:
    shareable = platform.item(name).type == "folder"
    return _paged(platform.audiences() if shareable else [], asked)


def _grants(platform: Platform, asked: Asked, name: str) -> object:
    item = platform.item(name)
    if asked.method == "POST":
        return _granted(platform, item, asked.json())
    if asked.method == "DELETE":
        grant = platform.grants.get(asked.query["grant"])
        if grant is not None and grant["node"] != name:
            raise Refused(grant="This grant was given further up. Revoke it there.")
        return {"gone": 0 if platform.grants.pop(asked.query["grant"], None) is None else 1}
    above = [item.id]
    while item.parent:
        item = platform.items[item.parent]
        above.append(item.id)
    return {"grants": [one for one in platform.grants.values() if one["node"] in above]}


def _granted(platform: Platform, item: Item, wish: dict[str, Any]) -> object:
    audience = {one["id"]: one for one in platform.audiences()}.get(wish["audience"])
    if audience is None or item.type != "folder":
        raise Refused(audience="Nobody here is called that.")
    if not wish["rights"] or not set(wish["rights"]) <= set(audience["rights"]):
        raise Refused(rights="These rights cannot be given.")
    if wish["until"] is not None and wish["until"] <= micros(datetime.now(UTC)):
        raise Refused(until="This time is over.")
    same = (
        known
        for known, one in platform.grants.items()
        if one["node"] == item.id and one["audience"]["id"] == audience["id"]
    )
    anew = audience["id"] == LINK
    number = platform.fresh("link") if anew else next(same, None) or platform.fresh("grant")
    rights = sorted(set(wish["rights"]), key=RIGHTS.index)
    made = {"id": number, "node": item.id, "audience": audience, "rights": rights}
    now = micros(datetime.now(UTC))
    platform.grants[number] = made | {"since": now, "until": wish["until"]}
    return platform.grants[number] | ({"secret": f"text-of-{number}"} if anew else {})


def _live(platform: Platform, asked: Asked, name: str) -> object:
    series = [platform.item(one, "series").id for one in asked.json()]
    ticket = platform.fresh("ticket")
    platform.tickets[ticket] = series
    return {"ticket": ticket}


def _rows(platform: Platform, asked: Asked, name: str) -> object:
    table, _, number = name.partition("/")
    if table not in platform.rows:
        raise Unknown
    rows = platform.rows[table]
    if asked.method == "POST":
        number = platform.fresh("r")
        rows[number] = {"id": number} | asked.json()
    if not number:
        return _paged(list(rows.values()), asked)
    if number not in rows:
        raise Unknown
    if asked.method == "PATCH":
        rows[number] |= asked.json()
    return rows.pop(number) if asked.method == "DELETE" else rows[number]


def _jobs(platform: Platform, asked: Asked, name: str) -> object:
    if asked.method == "POST":
        name = platform.fresh("job")
        platform.jobs[name] = 0.0
    if name not in platform.jobs:
        raise Unknown
    if asked.method == "GET":
        platform.jobs[name] = min(1.0, platform.jobs[name] + 0.5)
    return {"id": name, "share": platform.jobs[name]}


def _greeting(platform: Platform, asked: Asked, name: str) -> object:
    return {"text": {"en": "Good morning", "fr": "Bonjour"}[asked.query["language"]]}


def _report(platform: Platform, asked: Asked, name: str) -> object:
    return "".join(f"{item.name}\n" for item in platform.items.values()).encode()


def _imports(platform: Platform, asked: Asked, name: str) -> object:
    told = asked.query["password"]
    if told != PASSWORD:
        raise Refused(password=f"{told} is not the password.")
    return {"name": asked.query["name"], "bytes": len(asked.body)}


def _paged(rows: list[dict[str, Any]], asked: Asked) -> object:
    following = asked.first + PAGE if asked.first + PAGE < len(rows) else None
    return {"rows": rows[asked.first : asked.first + PAGE], "next": following}


ROUTES: dict[str, Callable[[Platform, Asked, str], object]] = {
    "account": _account,
    "nodes": _nodes,
    "search": _search,
    "points": _points,
    "buckets": _buckets,
    "files": _files,
    "audiences": _audiences,
    "grants": _grants,
    "live": _live,
    "rows": _rows,
    "jobs": _jobs,
    "greeting": _greeting,
    "report": _report,
    "imports": _imports,
}
