"""What the stand-in holds: objects by service, flows by path, drops by flow."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator
from threading import RLock
from typing import Any

from connectors.sandbox.clock import Clock
from connectors.sandbox.flowthings.history import DIGITS, MILLISECOND, History
from connectors.sandbox.flowthings.sessions import Sessions
from connectors.sandbox.flowthings.settings import Settings
from connectors.sandbox.flowthings.shelves import Record, Rows, Shelf, rows
from connectors.sandbox.store import Records, Store

EVER = -(2**62)  # microseconds; before everything


class State:
    """One flowthings.io. Whoever changes it holds `lock`; records are replaced, never changed."""

    def __init__(self, clock: Clock, store: Store, settings: Settings) -> None:
        self.clock = clock
        self.store = store
        self.settings = settings
        self.lock = RLock()
        self.history = History()
        self.sessions = Sessions(settings)
        self.calls: dict[str, int] = defaultdict(int)
        """API calls by identity and hour, for the statistics; as long as the process lives."""
        self.cursors: dict[str, int] = {}
        """Until when the computed drops of a flow have arrived, in microseconds."""
        self._shelves: dict[str, Shelf] = {}
        self._paths: dict[str, str] = {}
        self._written = 0
        self._load()

    def now(self) -> int:
        """The present in milliseconds."""
        return self.clock.now_us() // MILLISECOND

    def table(self, name: str) -> Records:
        """The objects of one service by id."""
        return self.store.records(name)

    def new_id(self, prefix: str, moment: int) -> str:
        """An id that nothing has: the moment and what chance adds."""
        return f"{prefix}{moment:0{DIGITS}x}{secrets.token_hex(DIGITS // 2)}"

    def _load(self) -> None:
        for flow in self.table("flow").all():
            self._paths[flow["path"]] = flow["id"]
        for drop in self.table("drop").all():
            self._written = max(self._written, drop.get("_n", 0))
            self.shelf(drop["flowId"]).load(drop)
        for key, record in self.table("cursor").items():
            self.cursors[key] = record["at"]

    # Flows

    def flow(self, identifier: str) -> Record | None:
        """A flow by its id."""
        return self.table("flow").get(identifier)

    def flow_at(self, path: str) -> Record | None:
        """A flow by its path."""
        identifier = self._paths.get(path)
        return None if identifier is None else self.flow(identifier)

    def keep_flow(self, flow: Record) -> None:
        """Writes a new flow, or one that changed."""
        with self.lock, self.store.bulk():
            old = self.flow(flow["id"])
            if old is not None:
                self._paths.pop(old["path"], None)
            self._paths[flow["path"]] = flow["id"]
            self.table("flow")[flow["id"]] = flow
            self._forget(self.shelf(flow["id"]).trim(flow["capacity"]))

    def remove_flow(self, flow: Record) -> None:
        """Takes a flow away with its drops."""
        with self.lock, self.store.bulk():
            self._clear_shelf(flow["id"])
            self.table("emptied").pop(flow["id"], None)
            self._paths.pop(flow["path"], None)
            del self.table("flow")[flow["id"]]

    # Drops

    def shelf(self, flow_id: str) -> Shelf:
        """What clients wrote into a flow."""
        return self._shelves.setdefault(flow_id, Shelf())

    def emptied(self, flow_id: str) -> int:
        """Since when computed drops count, in microseconds."""
        record = self.table("emptied").get(flow_id)
        return EVER if record is None else int(record["at"]) * MILLISECOND

    def rows(self, flow: Record) -> Rows:
        """The drops that a flow holds now."""
        now, after = self.clock.now_us(), self.emptied(flow["id"])
        readings = self.history.newest(flow["id"], flow["capacity"], after, now)
        with self.lock:
            return rows(flow, self.owner(flow["path"]), self.shelf(flow["id"]), readings)

    def add_drop(self, flow: Record, drop: Record) -> Record:
        """Appends a drop, and drops the oldest beyond the capacity."""
        with self.lock, self.store.bulk():
            self._written += 1
            drop = {**drop, "_n": self._written}
            shelf = self.shelf(flow["id"])
            self.table("drop")[drop["id"]] = drop
            shelf.add(drop)
            self._forget(shelf.trim(flow["capacity"]))
        return drop

    def replace_drop(self, drop: Record) -> None:
        """Writes a drop that changed; a computed one is kept as an edit of it."""
        with self.lock:
            shelf = self.shelf(drop["flowId"])
            if shelf.get(drop["id"]) is None:
                drop = {**drop, "_edit": True}
                shelf.edits[drop["id"]] = drop
            else:
                shelf.replace(drop)
            self.table("drop")[drop["id"]] = drop

    def remove_drop(self, drop: Record) -> None:
        """Takes a drop away; of a computed one it is kept that it is gone."""
        with self.lock:
            shelf = self.shelf(drop["flowId"])
            if shelf.get(drop["id"]) is not None:
                shelf.remove(drop)
                del self.table("drop")[drop["id"]]
                return
            shelf.edits.pop(drop["id"], None)
            shelf.gone.add(drop["creationDate"])
            mark = {"flowId": drop["flowId"], "creationDate": drop["creationDate"], "_gone": True}
            self.table("drop")[drop["id"]] = mark

    def empty_flow(self, flow: Record) -> None:
        """Takes every drop away that is there now."""
        with self.lock, self.store.bulk():
            self._clear_shelf(flow["id"])
            self.table("emptied")[flow["id"]] = {"at": self.now()}

    def _clear_shelf(self, flow_id: str) -> None:
        self._shelves.pop(flow_id, None)
        gone = [key for key, drop in self.table("drop").items() if drop["flowId"] == flow_id]
        for key in gone:
            del self.table("drop")[key]

    def _forget(self, drops: list[Record]) -> None:
        for drop in drops:
            del self.table("drop")[drop["id"]]

    def mark(self, flow_id: str, moment: int, *, kept: bool) -> None:
        """Notes until when computed drops have arrived; `kept` beyond the process for tracks."""
        self.cursors[flow_id] = moment
        if kept:
            self.table("cursor")[flow_id] = {"at": moment}

    def unmark(self, flow_id: str) -> None:
        """Forgets it, when nobody follows the flow."""
        self.cursors.pop(flow_id, None)
        self.table("cursor").pop(flow_id, None)

    # Identities

    def owner(self, path: str) -> str:
        """The id of the identity whose account a path lies in; empty for no account."""
        name = path.split("/", 2)[1]
        return next((each["id"] for each in self.identities() if each["name"] == name), "")

    def identities(self) -> list[Record]:
        """Everybody."""
        return self.table("identity").all()

    def groups_of(self, identity: str) -> Iterator[str]:
        """The ids of the groups that somebody is in."""
        for group in self.table("group").all():
            if identity in group["memberIds"]:
                yield group["id"]

    # Counts

    def count(self, kind: str, identifier: str, moment: int) -> None:
        """Adds one to what the statistics tell of an object for the hour of a moment."""
        key = f"{kind}/{identifier}/{moment // 3_600_000}"
        with self.lock:
            known: dict[str, Any] = self.table("count").get(key) or {"n": 0}
            self.table("count")[key] = {"n": known["n"] + 1}

    def count_call(self, identity: str) -> None:
        """One more call of an identity."""
        with self.lock:
            self.calls[f"{identity}/{self.now() // 3_600_000}"] += 1
