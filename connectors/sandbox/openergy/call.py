"""The platform's state, and one request as the handlers see it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

from starlette.datastructures import Headers, QueryParams

from connectors.sandbox.openergy.bodies import parsed_body
from connectors.sandbox.openergy.moments import wire_moment
from connectors.sandbox.openergy.problems import Problem
from connectors.sandbox.openergy.settings import Settings

if TYPE_CHECKING:
    from connectors.sandbox.clock import Clock
    from connectors.sandbox.openergy.ends import Ends
    from connectors.sandbox.openergy.homes import Homes
    from connectors.sandbox.openergy.table import Resource
    from connectors.sandbox.samples import Samples
    from connectors.sandbox.store import Store

Record = dict[str, Any]
Event = Literal["created", "changed", "deleted", "data"]
"""`data`: the generator's series have new values."""
MODELS = {"odata/importers": "importer", "odata/cleaners": "cleaner", "odata/analyses": "analysis"}
GENERATORS = {model: path for path, model in MODELS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One platform with everything it holds. Records are flat: foreign keys are id texts.

    `samples` are keyed by a series' `otsdb_pk`; their times are microseconds of the naive
    wall-clock in the series' own `native_clock` and `timezone`.
    """

    settings: Settings
    clock: Clock
    store: Store
    samples: Samples
    ends: Ends
    homes: Homes
    catalogue: Mapping[str, Resource]
    ftp_address: tuple[str, int]
    """Host and port that account records name."""
    lock: RLock = field(default_factory=RLock)
    """Held by every handler that is not registered with `locked=False`."""

    def records(self, path: str) -> MutableMapping[str, Record]:
        """The records of a resource by id. Replace a record, never change it in place."""
        return self.store.records(path)

    def get(self, path: str, row_id: object) -> Record | None:
        """One record."""
        return self.records(path).get(row_id) if isinstance(row_id, str) else None

    def one(self, path: str, row_id: object) -> Record:
        """One record that must exist. Raises Problem 404."""
        row = self.get(path, row_id)
        if row is None:
            raise Problem(404)
        return row

    def where(self, path: str, **values: Any) -> Iterator[Record]:
        """The records whose fields have these values, oldest first."""
        rows = self.store.records(path).all()
        return (row for row in rows if all(row.get(key) == v for key, v in values.items()))

    def add(self, path: str, **values: Any) -> Record:
        """A new record with the resource's defaults. Fires no hook."""
        row: Record = {"id": str(uuid.uuid4()), **self.catalogue[path].defaults(), **values}
        self.records(path)[row["id"]] = row
        return row

    def change(self, path: str, row_id: str, **values: Any) -> Record:
        """The record with other values. Fires no hook. Raises Problem 404."""
        row = {**self.one(path, row_id), **values}
        self.records(path)[row_id] = row
        return row

    def remove(self, path: str, row_id: str) -> list[tuple[str, Record]]:
        """Deletes a record and all that refers to it; answers what went, itself first."""
        row = self.records(path).pop(row_id, None)
        if row is None:
            return []
        gone = [(path, row)]
        if path == "odata/series":
            self.samples.drop(row["otsdb_pk"])
        for other in self.catalogue.values():
            for name in other.unlinks(path):
                for below in self.where(other.path, **{name: row_id}):
                    self.change(other.path, below["id"], **{name: None})
            for name in other.cascades(path):
                for below in self.where(other.path, **{name: row_id}):
                    gone += self.remove(other.path, below["id"])
        return gone

    def generator(self, row_id: object) -> Record | None:
        """The importer, cleaner or analysis with this id."""
        found = (self.get(path, row_id) for path in MODELS)
        return next((row for row in found if row is not None), None)

    def series_of(self, generator: Record) -> list[Record]:
        """The series that an importer, a cleaner or an analysis produced."""
        return list(self.where("odata/series", generator=generator["id"]))

    def series(self, generator: Record, name: str, **values: Any) -> Record:
        """The generator's series of this name, made where it is missing, with these values."""
        known = next(self.where("odata/series", generator=generator["id"], name=name), None)
        if known is None:
            return self.add("odata/series", generator=generator["id"], name=name,
                            project=generator["project"], otsdb_pk=uuid.uuid4().hex,
                            **values)  # fmt: skip
        if all(known.get(key) == value for key, value in values.items()):
            return known
        return self.change("odata/series", known["id"], **values)

    def notify(self, project: str, name: str, source: str, text: str = "") -> None:
        """Raises a notification, unless the same one is still open. `source`: `model:id`."""
        if next(self.where("odata/notifications", name=name, source=source, resolved=False), None):
            return
        self.add("odata/notifications", project=project, name=name, source=source, text=text,
                 creation_date=self.now())  # fmt: skip

    def now(self) -> str:
        """The present as the platform writes it: `…T…:….ffffffZ`."""
        return wire_moment(self.clock.now_us())


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks: a user, with the role in each organization (`reader`, `writer`, `admin`)."""

    user: Record
    roles: Mapping[str, str]
    staff: bool = False

    def role(self, organization: object) -> str | None:
        """The role in an organization; None for a stranger."""
        return "admin" if self.staff else self.roles.get(str(organization))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request with its user."""

    platform: Platform
    actor: Actor
    method: str
    params: QueryParams
    headers: Headers
    body: bytes = field(repr=False, default=b"")
    scope: MutableMapping[str, Any] = field(repr=False, default_factory=dict)

    def json(self) -> Record:
        """The body as an object; empty without a body. Raises Problem 400 or 415."""
        return parsed_body(self.headers, self.body)

    def role(self, path: str, row: Record) -> str | None:
        """The caller's role for a record; None where it must not be seen."""
        return self.platform.catalogue[path].role(self, row)

    def one(self, path: str, row_id: object) -> Record:
        """A record that the caller may see. Raises Problem 404."""
        row = self.platform.one(path, row_id)
        if self.role(path, row) is None:
            raise Problem(404)
        return row

    def visible(self, path: str) -> Iterable[Record]:
        """Every record of a resource that the caller may see."""
        return (row for row in self.platform.where(path) if self.role(path, row) is not None)

    def may_write(self, path: str, row: Record) -> None:
        """Raises Problem 403 for a reader."""
        if self.role(path, row) not in ("writer", "admin"):
            raise Problem(403)
