"""Pages of fifty rows: the whole request (session, rights, queries, middleware) against rendering
the same template again with the same rows in hand."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection as database
from django.template.loader import get_template
from django.test import Client
from django.test.utils import (
    CaptureQueriesContext,
    setup_test_environment,
    teardown_test_environment,
)
from django.urls import reverse

from dashboard.accounts.models import Person, Workspace
from dashboard.accounts.services import person_create
from dashboard.charts.models import Chart, ChartSeries
from dashboard.connections.models import Connection, Health
from dashboard.exports.models import Export, ExportSeries, Run, Schedule, Slot
from tests.benchmarks.measure import Figures, Line

PAGES = {
    "connections": "connections:list",
    "exports": "exports:list",
    "runs": "exports:runs",
    "charts": "charts:list",
}
ROWS = 120
SERIES = 3
CALLS = 25
START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)
MORNING = datetime(2024, 2, 1, 6, tzinfo=UTC)


def prepare() -> None:
    """A workspace with more of everything than a page shows."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    person = person_create(email="bench@example.org", password="-" * 20, name="Bench")
    workspace = person.workspaces.get()
    for number in range(ROWS):
        row = connected(workspace, person, number)
        charted(row, person, number)
        exported(row, person, number)


def pages() -> Figures:
    """CPU milliseconds of each page and of its template, in turns, and the page's queries."""
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(Person.objects.get())
    found = {name: page(client, reverse(address)) for name, address in PAGES.items()}
    return {f"{name}-{key}": figure for name, each in found.items() for key, figure in each.items()}


SIDES = (pages,)


def lines(figures: Figures) -> Iterator[Line]:
    for name in PAGES:
        whole, alone = figures[f"pages.{name}-whole"], figures[f"pages.{name}-alone"]
        yield Line(name=f"list-{name}-per-template", ratio=whole / alone, bound=2)
        yield Line(name=f"list-{name}-queries", ratio=figures[f"pages.{name}-queries"], bound=8)


def page(client: Client, address: str) -> Figures:
    setup_test_environment()  # an answer then tells its template and what was put into it
    with CaptureQueriesContext(database) as asked:
        answer: Any = client.get(address)
    queries = len(asked)  # the next request forgets them
    template = get_template(answer.templates[0].name)
    context = answer.context[0].flatten()
    teardown_test_environment()
    whole, alone = in_turns(
        partial(client.get, address),
        partial(template.render, context, answer.wsgi_request),
    )
    return {"whole": whole, "alone": alone, "queries": queries}


def in_turns(*works: Callable[[], object]) -> list[float]:
    """The median milliseconds of each, after a first round that warms the caches. Of CPU time:
    everything, SQLite too, happens in this process, and its neighbours' work is not counted."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(CALLS):
        for work, times in zip(works, spent, strict=True):
            began = time.process_time()
            work()
            times.append((time.process_time() - began) * 1e3)
    return [statistics.median(times[1:]) for times in spent]


def connected(workspace: Workspace, person: Person, number: int) -> Connection:
    return Connection.objects.create(
        workspace=workspace,
        kind="bemserver",
        name=f"Building {number}",
        account_id=f"account {number}",
        account_label=f"Somebody (somebody-{number}@example.org)",
        health=Health.OK,
        checked_at=END,
        created_by=person,
    )


def charted(connection: Connection, person: Person, number: int) -> None:
    chart = Chart.objects.create(
        workspace=connection.workspace, name=f"Chart {number}", span="P7D", created_by=person
    )
    ChartSeries.objects.bulk_create(
        ChartSeries(chart=chart, connection=connection, node=f"meter {at}", label=f"Meter {at}")
        for at in range(SERIES)
    )


def exported(connection: Connection, person: Person, number: int) -> None:
    """An export that runs every morning and has run once."""
    workspace = connection.workspace
    export = Export.objects.create(
        workspace=workspace, name=f"Export {number}", span="P1M", created_by=person
    )
    ExportSeries.objects.bulk_create(
        ExportSeries(export=export, connection=connection, node=f"meter {at}", label=f"Meter {at}")
        for at in range(SERIES)
    )
    schedule = Schedule.objects.create(
        workspace=workspace,
        export=export,
        cron="0 6 * * *",
        cursor=MORNING,
        next_due=MORNING + timedelta(days=1),
    )
    Run.objects.create(
        workspace=workspace,
        export=export,
        slot=Slot.objects.create(schedule=schedule, due_at=MORNING),
        start=START,
        end=END,
        state=Run.State.DONE,
        rows=44_640,
        bytes=1_785_600,
        created_by=person,
    )
