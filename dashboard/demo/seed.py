"""What a new demo holds: a person who can sign in, an account on the sandbox, and something to
look at. All of it is made by the same functions that the pages call."""

from __future__ import annotations

import json
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from connectors.contract import Window
from dashboard.accounts.models import Person, Workspace
from dashboard.accounts.services import person_create
from dashboard.browse import seen
from dashboard.browse.services import search_platform
from dashboard.charts.forms import Query
from dashboard.charts.refs import SeriesRef
from dashboard.charts.services import chart_save
from dashboard.charts.window import moment, span_window
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_add
from dashboard.exports.models import Export
from dashboard.exports.services import Chosen, Timing, export_create

EMAIL = "demo@example.org"
ACCOUNTS: Path = settings.DATA / "sandbox.json"
PASSWORD: Path = settings.DATA / "demo-password"

Row = dict[str, Any]


def plant(*, address: str, accounts: list[Row]) -> str:
    """Makes what is not there yet; gives the text to print once the dashboard answers."""
    person = _person()
    workspace = person.workspaces.get()
    if not workspace.connections.exists():
        _connect(accounts[0], workspace, person)
    return "\n".join(
        [
            "",
            f"Tieline is at {address}",
            f"Sign in with {EMAIL} and the password {PASSWORD.read_text()}",
            "",
            "The sandbox platforms' accounts; the first is connected already:",
            *(f"  {account['name']}: {_settings(account)}" for account in accounts),
            "",
            "Ctrl-C stops everything; the data stay.",
            "",
            "",
        ]
    )


def waited_for(file: Path, *, seconds: float = 30) -> list[Row]:
    """The file's rows, once another process has written it. Raises RuntimeError after `seconds`."""
    patience = time.monotonic() + seconds
    while not file.exists():
        if time.monotonic() > patience:
            raise RuntimeError("The sandbox platforms do not start.")
        time.sleep(0.05)  # a poll: a file tells nobody that it is there
    rows: list[Row] = json.loads(file.read_text())
    return rows


def _person() -> Person:
    if not PASSWORD.exists():
        PASSWORD.touch(mode=0o600)
        PASSWORD.write_text(secrets.token_urlsafe(9))
    known = Person.objects.filter(email=EMAIL).first()
    return known or person_create(
        email=EMAIL, password=PASSWORD.read_text(), name="Demo", staff=True
    )


def _connect(account: Row, workspace: Workspace, person: Person) -> None:
    """The account as a connection, and what there is to see behind it."""
    connection = connection_add(
        workspace=workspace,
        kind=account["kind"],
        name=account["name"],
        values=account["settings"],
        tested=True,
    )
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
    return " · ".join(str(value) for value in account["settings"].values())
