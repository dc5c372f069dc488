"""Opening stored accounts, testing them, keeping them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.models import ForeignKey, ManyToOneRel, Model
from django.utils import timezone

from connectors import registry
from connectors.contract import Service, secret_names
from connectors.egress import Deadline, Egress
from connectors.errors import AuthFailed, ConfigInvalid, RateLimited
from dashboard.accounts.models import Person, Workspace
from dashboard.activity.services import event_record
from dashboard.connections import leases, vault
from dashboard.connections.files import StoredFiles
from dashboard.connections.models import Connection, Health, Pace


@dataclass(frozen=True, slots=True)
class SealedKeep:
    """What a service keeps between openings, in the connection's sealed column."""

    connection: Connection
    deadline: Deadline
    thread: int = field(default_factory=threading.get_ident)

    def load(self) -> Mapping[str, str]:
        row = Connection.objects.only("kept").get(pk=self.connection.pk)
        return vault.unseal(row.kept)

    def save(self, values: Mapping[str, str]) -> None:
        Connection.objects.filter(pk=self.connection.pk).update(kept=vault.seal(values))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """A service may renew its tokens in a short-lived thread of its own; the connection to the
        database that this thread got would otherwise outlive it."""
        try:
            with leases.held(f"keep:{self.connection.pk}", deadline=self.deadline):
                yield
        finally:
            if threading.get_ident() != self.thread:
                connections.close_all()


@dataclass(frozen=True, slots=True)
class SharedPace:
    """The rate budget of one connection: a row that all processes move forward.

    Background work leaves every second place to people: it takes two places at a time.
    """

    connection: Connection
    per_second: float
    places: int

    def wait(self, deadline: Deadline) -> None:
        """Returns when the reserved place comes. Raises RateLimited past the deadline."""
        pause = self._reserve(deadline) - time.time()
        if pause > 0:
            time.sleep(pause)  # pacing is the purpose

    def _reserve(self, deadline: Deadline) -> float:
        """Moves the row forward by conditional update and gives the time that was reserved; what
        would come too late is not reserved, so nobody waits for a place that goes unused."""
        row, _ = Pace.objects.get_or_create(connection=self.connection)
        while True:
            now = time.time()
            start = max(row.free_at, now)
            if start - now > deadline.left():
                raise RateLimited("This platform's request budget is used up for now.", start - now)
            free_at = start + self.places / self.per_second
            if Pace.objects.filter(pk=row.pk, free_at=row.free_at).update(free_at=free_at):
                return start
            row.refresh_from_db()


def connection_open(
    connection: Connection, *, seconds: float | None = None, background: bool = False
) -> Service[Any]:
    """The account, opened: `with connection_open(…) as service`, so that its sockets are freed.

    `seconds` is the patience (default: a page's). Background work rests for an account that was
    refused, until somebody signs in again or checks it: every try in vain may lock the account.

    Raises AuthFailed (it rests), ConfigInvalid (settings), vault.Locked (key).
    """
    if background and connection.health == Health.SIGN_IN:
        raise AuthFailed("The platform refused this account, so Tieline rests it.")
    deadline = Deadline.after(settings.PAGE_SECONDS if seconds is None else seconds)
    values = connection.settings | vault.unseal(connection.sealed)
    terms = registry.Terms(
        egress=egress(),
        deadline=deadline,
        keep=SealedKeep(connection, deadline),
        files=StoredFiles(connection.pk),
        pace=_pace(connection, places=2 if background else 1),
    )
    return registry.open_service(connection.kind, values, terms)


def egress() -> Egress:
    return Egress(allow=settings.ALLOW_ADDRESSES)


def split(kind: str, values: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
    """Settings as (plain, secret), by what the kind's Config declares."""
    hidden = secret_names(registry.load(kind).Config)
    plain = {name: value for name, value in values.items() if name not in hidden}
    return plain, {name: str(value) for name, value in values.items() if name in hidden and value}


def unsealed(kind: str, values: Mapping[str, object]) -> dict[str, Any]:
    """The settings that are no secret, as a connection keeps them. Raises ConfigInvalid."""
    config = registry.configure(kind, values)
    return config.model_dump(mode="json", exclude=set(secret_names(type(config))))


def _pace(connection: Connection, *, places: int) -> SharedPace | None:
    per_second = registry.load(connection.kind).traits.per_second
    return None if per_second is None else SharedPace(connection, per_second, places)


@dataclass(frozen=True, slots=True)
class BriefKeep:
    """What a service keeps while an account is only being tried: nothing is stored."""

    values: dict[str, str] = field(default_factory=dict, repr=False)

    def load(self) -> Mapping[str, str]:
        return dict(self.values)

    def save(self, values: Mapping[str, str]) -> None:
        self.values.clear()
        self.values.update(values)

    def lock(self) -> AbstractContextManager[None]:
        return nullcontext()


def opened(kind: str, values: Mapping[str, object], *, seconds: float) -> Service[Any]:
    """An account that is not stored, opened to be tried. Raises ConfigInvalid."""
    terms = registry.Terms(egress=egress(), deadline=Deadline.after(seconds), keep=BriefKeep())
    return registry.open_service(kind, values, terms)


@dataclass(frozen=True, slots=True)
class Dependent:
    """Something that shows or writes a connection's series: what it is, and its name."""

    kind: str
    name: str


def dependents(connection: Connection) -> tuple[Dependent, ...]:
    """What would lose series with the connection: everything with a name and a workspace that is
    joined to it by a row, found from the models' own relations, so no room above is imported."""
    found: dict[Model, Dependent] = {}
    for relation in connection._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):
            joined: Any = relation.related_model
            rows = joined._default_manager.filter(**{relation.field.name: connection})
            for key in _keys_to_named(joined):
                parents: Any = key.related_model
                for parent in parents._default_manager.filter(pk__in=rows.values(key.attname)):
                    word = str(parent._meta.verbose_name)
                    found[parent] = Dependent(word, str(parent.name))
    return tuple(sorted(found.values(), key=lambda one: (one.kind, one.name)))


def connection_add(
    *, workspace: Workspace, kind: str, name: str, values: Mapping[str, object], tested: bool
) -> Connection:
    """A connection without the pages' staged test: one sign-in, or none when not `tested`.

    Raises ConnectorError, and ConfigInvalid also for an account that is connected already.
    """
    connection = Connection(
        workspace=workspace,
        kind=kind,
        name=name,
        settings=unsealed(kind, values),
        sealed=vault.seal(split(kind, values)[1]),
    )
    if tested:
        _sign_in(connection, values)
    connection.save(force_insert=True)
    event_record(workspace=workspace, person=None, verb="connected", subject=name)
    return connection


@transaction.atomic
def connection_delete(connection: Connection, *, person: Person) -> None:
    """The connection and everything that hangs on it, its own files too."""
    event_record(
        workspace=connection.workspace, person=person, verb="deleted", subject=connection.name
    )
    Connection.objects.filter(pk=connection.pk).delete()
    transaction.on_commit(StoredFiles(connection.pk).clear)


def _sign_in(connection: Connection, values: Mapping[str, object]) -> None:
    """Writes the account down on the row, unsaved."""
    with opened(connection.kind, values, seconds=settings.PAGE_SECONDS) as service:
        account = service.check()
    same = Connection.objects.filter(
        workspace=connection.workspace_id, kind=connection.kind, account_id=account.id
    ).first()
    if same is not None:
        raise ConfigInvalid(f"This account is connected already, as “{same.name}”.")
    connection.account_id, connection.account_label = account.id[:200], account.label[:200]
    connection.facts = dict(account.facts)
    connection.health = Health.OK
    connection.checked_at = connection.healthy_at = timezone.now()


def _keys_to_named(joined: Any) -> list[ForeignKey[Any, Any]]:
    """The keys of a joining model that lead to something with a name and a workspace."""
    return [
        key
        for key in joined._meta.get_fields()
        if isinstance(key, ForeignKey)
        and key.related_model is not Connection
        and {"name", "workspace"} <= _field_names(key.related_model)
    ]


def _field_names(model: Any) -> set[str]:
    return {field.name for field in model._meta.get_fields()}
