"""What a new demo holds: a person who can sign in, an account on the sandbox, and something to
look at. All of it is made by the same functions that the pages call."""

from __future__ import annotations

import gzip
import json
import secrets
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from connectors import registry
from connectors.contract import Upload, Uploads, Window
from dashboard.accounts.models import Person, Workspace
from dashboard.accounts.services import person_create
from dashboard.browse import seen
from dashboard.browse.services import search_platform
from dashboard.charts.forms import Query
from dashboard.charts.refs import SeriesRef
from dashboard.charts.services import chart_save
from dashboard.charts.window import moment, span_window
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_add, connection_open, unsealed
from dashboard.exports.models import Export
from dashboard.exports.services import Chosen, Timing, export_create
from dashboard.operations.services import find

EMAIL = "demo@example.org"
ACCOUNTS: Path = settings.DATA / "sandbox.json"
LONGEST = 50
"""Characters of a setting in the printed table."""
PASSWORD: Path = settings.DATA / "demo-password"

Row = dict[str, Any]


def offered() -> list[Row]:
    """The accounts of the last run's sandbox; none before the first."""
    return list(json.loads(ACCOUNTS.read_text())["offers"]) if ACCOUNTS.exists() else []


def plant(*, address: str, accounts: list[Row], before: list[Row]) -> str:
    """Makes what is not there yet; gives the text to print once the dashboard answers.

    `before` are the accounts of the last run.
    """
    person = _person()
    workspace = person.workspaces.get()
    follow(workspace, before=before, now=accounts)
    if not workspace.connections.exists():
        for account in _one_each(accounts):
            _fill(_connect(account, workspace), account["uploads"])
        _show_all(accounts[0], workspace, person)
    return "\n".join(
        [
            "",
            f"Tieline is at {address}",
            f"Sign in with {EMAIL} and the password {PASSWORD.read_text()}",
            "",
            "The sandbox platforms' accounts; the first of each is connected where Tieline can:",
            *(f"  {account['name']}: {_settings(account)}" for account in accounts),
            "",
            "Ctrl-C stops everything; the data stay.",
            "",
            "",
        ]
    )


def follow(workspace: Workspace, *, before: list[Row], now: list[Row]) -> None:
    """Where another program has taken a port, the sandbox takes a new one: connections to the old
    address go along, unless somebody has changed them."""
    known: dict[tuple[str, str], Row] = {
        (one["kind"], one["name"]): one["settings"] for one in before
    }
    for account in now:
        kind, name = account["kind"], account["name"]
        new: Row = account["settings"]
        old = known.get((kind, name), new)
        if old == new:
            continue
        for connection in workspace.connections.filter(kind=kind, name=name):
            _move(connection, unsealed(kind, old), unsealed(kind, new))


def _move(connection: Connection, old: Row, new: Row) -> None:
    """What still is as it was becomes what it is now."""
    now = {n: new.get(n, v) if v == old.get(n) else v for n, v in connection.settings.items()}
    if now != connection.settings:
        connection.settings = now
        connection.save(update_fields=["settings"])


def waited_for(file: Path, *, seconds: float = 60) -> Row:
    """What the file holds, once another process wrote it. Raises RuntimeError after `seconds`."""
    patience = time.monotonic() + seconds
    while not file.exists():
        if time.monotonic() > patience:
            raise RuntimeError("The sandbox platforms do not start.")
        time.sleep(0.05)  # a poll: a file tells nobody that it is there
    held: Row = json.loads(file.read_text())
    return held


def _person() -> Person:
    if not PASSWORD.exists():
        PASSWORD.touch(mode=0o600)
        PASSWORD.write_text(secrets.token_urlsafe(9))
    known = Person.objects.filter(email=EMAIL).first()
    return known or person_create(
        email=EMAIL, password=PASSWORD.read_text(), name="Demo", staff=True
    )


def _one_each(accounts: list[Row]) -> list[Row]:
    """The first account of each platform that has a connector."""
    first = {account["kind"]: account for account in reversed(accounts)}
    return [account for kind, account in first.items() if kind in registry.packages()]


def _connect(account: Row, workspace: Workspace) -> Connection:
    return connection_add(
        workspace=workspace,
        kind=account["kind"],
        name=account["name"],
        values=account["settings"],
        tested=True,
    )


def _fill(connection: Connection, uploads: list[Row]) -> None:
    """Puts files into the account's first folder, and has sense made of them."""
    for given in uploads:
        content = gzip.decompress(Path(given["path"]).read_bytes())
        upload = Upload(name=given["name"], content=BytesIO(content), size=len(content))
        with connection_open(connection) as service:
            if not isinstance(service, Uploads):
                raise TypeError(f"{service.label} takes no files.")
            made = service.put(service.children(None).items[0].id, upload)
            then = find(connection.kind, service.traits.after_put or "")
            if then is not None and then.subject is not None:
                then.call(service, {**given["values"], then.subject: made.id})


def _show_all(account: Row, workspace: Workspace, person: Person) -> None:
    """What there is to see behind the account that comes first."""
    connection = workspace.connections.get(kind=account["kind"])
    for view in account["views"]:
        _show(view, connection, person)


def _show(view: Row, connection: Connection, person: Person) -> None:
    """A saved chart of some series, and where the view says when, an export that runs by itself."""
    now, zone = datetime.now(UTC), ZoneInfo(view["zone"])
    refs = tuple(_find(connection, name, now) for name in view["series"])
    query = Query(refs=refs, window=_window(view, zone, now), zone=zone, span=view["span"])
    chart_save(query, name=view["name"], workspace=connection.workspace, person=person)
    if not view["cron"]:
        return
    export = Export(workspace=connection.workspace, name=view["name"], zone=zone.key, span="P1D")
    chosen = [Chosen(connection=connection, node=r.node, label=r.label, unit=r.unit) for r in refs]
    timing = Timing(cron=view["cron"], zone=zone.key)
    export_create(export, series=chosen, person=person, timing=timing, now=now)


def _window(view: Row, zone: ZoneInfo, now: datetime) -> Window:
    if view["span"]:
        return span_window(view["span"], end=now, zone=zone)
    return Window(start=moment(view["start"], zone=zone), end=moment(view["end"], zone=zone))


def _find(connection: Connection, name: str, now: datetime) -> SeriesRef:
    """The series of this name, as the platform's own search gives it."""
    found = next(row for row in search_platform(connection, text=name, now=now).nodes)
    seen.remember_one(found)
    return SeriesRef(connection=connection, node=found.node, label=found.name, unit=found.unit)


def _settings(account: Row) -> str:
    """Each setting, cut where it is long: the file of accounts has all of it."""
    values = (str(value) for value in account["settings"].values())
    return " · ".join(value if len(value) <= LONGEST else f"{value[:LONGEST]}…" for value in values)
