"""An operator, and one row of everything that the admin site lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from dashboard.access import Role
from dashboard.accounts.models import ApiKey, Membership, Person, Workspace
from dashboard.activity.models import Event, Notice
from dashboard.browse.models import Seen
from dashboard.charts.models import Chart, ChartSeries
from dashboard.connections import vault
from dashboard.connections.models import Connection, Draft, Lease
from dashboard.exports.models import Export, ExportSeries, File, Run, Schedule, Slice, Slot
from dashboard.operations.models import Call
from dashboard.series.models import Fill, Live, Segment

START, END = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)
MARKER = "marker-4c1f-is-a-secret"
LISTED = sorted(admin.site._registry, key=lambda model: model._meta.label)


def address(model: type[Model], page: str, *keys: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=keys)


@dataclass(frozen=True, slots=True)
class World:
    rows: dict[type[Model], Model]

    def keys(self, model: type[Model]) -> Any:
        return self.rows[model].pk


@pytest.fixture
def root(db: None) -> Person:
    return Person.objects.create_superuser("root@example.org", "a long pass phrase")


@pytest.fixture
def operator(root: Person) -> Client:
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def world(db: None) -> World:
    return made()


def made() -> World:
    """One row of each listed model, and a sealed secret wherever one is kept."""
    owner = Person.objects.create_user("owner@example.org", MARKER, name="Owner")
    workspace = Workspace.objects.create(name="Campus")
    member = Membership.objects.create(workspace=workspace, person=owner, role=Role.OWNER)
    sealed = vault.seal({"password": MARKER})
    connection = Connection.objects.create(
        workspace=workspace,
        kind="bemserver",
        name="Meters",
        settings={"url": "https://meters.example.org"},
        sealed=sealed,
        kept=sealed,
        account_id="7",
        account_label="Reader",
        created_by=owner,
    )
    Draft.objects.create(
        workspace=workspace, person=owner, kind="bemserver", name="Draft", sealed=sealed
    )
    rows = [
        owner, workspace, member, connection,
        Group.objects.create(name="Operators"),
        Lease.objects.create(name=f"keep:{connection.pk}", holder="a1", until=END),
        Event.objects.create(workspace=workspace, person=owner, verb="connected", subject="Meters"),
        Notice.objects.create(workspace=workspace, topic="connection:7", state="ok", text="Fine."),
        Seen.objects.create(
            connection=connection, node="s/1", name="Main", folded="main", type="series", at=END
        ),
        *archived(connection),
        *exported(connection, owner),
    ]  # fmt: skip
    return World({type(row): row for row in rows})


def archived(connection: Connection) -> list[Model]:
    span = {"connection": connection, "start": START, "end": END, "rows": 60}
    return [
        Segment.objects.create(
            **span, node="s/1", file="segments/1.parquet", bytes=9, sha256="", fetched_at=END
        ),
        Fill.objects.create(**span, nodes=["s/1"], digest="d", state="done"),
        Live.objects.create(connection=connection, node="s/1", wanted_at=END),
    ]


def exported(connection: Connection, owner: Person) -> list[Model]:
    place = {"workspace": connection.workspace}
    series = {"connection": connection, "node": "s/1", "label": "Main"}
    chart = Chart.objects.create(**place, name="Week", span="P7D", created_by=owner)
    ChartSeries.objects.create(chart=chart, **series)
    export = Export.objects.create(**place, name="Monthly", span="P1M", created_by=owner)
    ExportSeries.objects.create(export=export, **series)
    due = {"cursor": START, "next_due": END}
    schedule = Schedule.objects.create(**place, export=export, cron="0 6 * * *", **due)
    slot = Slot.objects.create(schedule=schedule, due_at=START)
    run = Run.objects.create(**place, export=export, slot=slot, start=START, end=END)
    part = Slice.objects.create(
        run=run, position=0, connection=connection, nodes=["s/1"], start=START, end=END
    )
    file = File.objects.create(run=run, name="m.csv", file="runs/m.csv", type="text/csv", bytes=9)
    key = ApiKey.objects.create(**place, person=owner, name="Lake", prefix="p")
    call = Call.objects.create(**place, connection=connection, person=owner, operation="a.b")
    return [chart, export, schedule, slot, run, part, file, call, key]


def runs_of(export: Export, *states: str) -> list[Run]:
    return [
        Run.objects.create(
            workspace=export.workspace,
            export=export,
            start=START + timedelta(days=at),
            end=END,
            state=state,
        )
        for at, state in enumerate(states)
    ]
