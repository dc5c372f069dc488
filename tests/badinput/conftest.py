"""The sandbox BEMServer over a socket, accounts on it, and people who type the wrong things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from connectors.sandbox.bemserver.auth import sealed
from connectors.sandbox.bemserver.call import Settings as Server
from connectors.sandbox.faults import Fault
from dashboard.accounts.models import ApiKey, Membership, Person, Workspace
from dashboard.charts import answers
from dashboard.charts.models import Chart, ChartSeries
from dashboard.connections import vault
from dashboard.connections.drafts import draft_start
from dashboard.connections.models import Connection, Draft, Health
from dashboard.exports import claims, publish, runs, services, tasks
from dashboard.exports.models import Export, File, Run
from dashboard.exports.services import Chosen
from dashboard.operations.models import Call
from tests.badinput.matrix import EDITOR, HIDDEN, World
from tests.sandbox.server import ADMIN, SandboxServer

NEW = "/connections/new/bemserver/"
METER = "Library electric power (synthetic)"
"""One value a minute since 2015: as long and as fine as a window is wide."""
Staged = Callable[..., str]
Exporter = Callable[..., Export]
ClientOf = Callable[[Person], Client]


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxServer]:
    with SandboxServer("bemserver", settings={"bemserver": Server(access_seconds=900)}) as server:
        yield server


@pytest.fixture
def server(running: SandboxServer, settings: Settings) -> Iterator[SandboxServer]:
    """Allowed by name and put back to its first state."""
    settings.ALLOW_ADDRESSES = frozenset({("127.0.0.1", running.port)})
    yield running
    running.reset()


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chart waits until its series are read: what is drawn after 1.4 s depends on the machine."""
    monkeypatch.setattr(answers, "SECONDS", 60.0)


@pytest.fixture
def owner(alice: Person, client_of: ClientOf) -> Client:
    return client_of(alice)


@pytest.fixture
def account(server: SandboxServer, workspace: Workspace) -> Connection:
    """Connected as the sandbox's administrator, and well."""
    return Connection.objects.create(
        workspace=workspace,
        kind="bemserver",
        name="Campus",
        settings={"url": server.url, "email": ADMIN.email, "data_state": "Raw"},
        sealed=vault.seal({"password": ADMIN.password}),
        account_label="Admin",
        health=Health.OK,
    )


@pytest.fixture
def staged(owner: Client, server: SandboxServer) -> Staged:
    """Types settings, walks the staged test as far as it goes, and gives the last page."""

    def walk(**given: str) -> str:
        answer = owner.post(NEW, typed(server, **given))
        if answer.status_code != 302:
            return answer.content.decode()
        page = answer["Location"]
        draft = Draft.objects.get(pk=page.split("/")[-2])
        while answer["Location"] == page and all(one["passed"] for one in draft.outcomes):
            answer = owner.post(f"{page}step/")
            draft = Draft.objects.filter(pk=draft.pk).first() or draft
        return owner.get(answer["Location"]).content.decode()

    return walk


@pytest.fixture
def exporter(account: Connection, workspace: Workspace, alice: Person) -> Exporter:
    """An export of some nodes of the account, over a window, perhaps with a schedule."""

    def made(*nodes: str, timing: services.Timing | None = None, **facts: object) -> Export:
        values = {"name": "Nightly", "zone": "Europe/Paris"} | window(2024, 2025) | facts
        return services.export_create(
            Export(workspace=workspace, **values),
            series=[Chosen(connection=account, node=node, label=f"The {node}") for node in nodes],
            person=alice,
            timing=timing,
            now=timezone.now(),
        )

    return made


@pytest.fixture
def world(
    alice: Person,
    bob: Person,
    charlie: Person,
    workspace: Workspace,
    account: Connection,
    exporter: Exporter,
    server: SandboxServer,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    monkeypatch.setattr(tasks, "start", lambda run: None)
    erin = Person.objects.create_user("erin@example.org", "x")
    Membership.objects.create(workspace=workspace, person=erin, role=EDITOR)
    workspace.name = account.name = HIDDEN
    workspace.save()
    account.save()
    meter = node(server, "Library electricity (synthetic)")
    export = exporter(
        meter, name=HIDDEN, span="P1D", timing=services.Timing(cron="0 6 * * *", zone="UTC")
    )
    run = services.run_now(export, person=alice, now=timezone.now())
    path = f"runs/{run.pk}/1/points.csv"
    file = File.objects.create(run=run, name=f"{HIDDEN}.csv", file=path, type="text/csv", bytes=0,
                               sha256="0")  # fmt: skip
    chart = Chart.objects.create(workspace=workspace, name=HIDDEN, span="P1D")
    ChartSeries.objects.create(chart=chart, connection=account, node=meter, label=HIDDEN)
    draft = draft_start(workspace=workspace, person=alice, kind="bemserver", name=HIDDEN,
                        plain=account.settings, secrets={"password": "x"})  # fmt: skip
    key = ApiKey.objects.create(workspace=workspace, person=alice, name=HIDDEN, prefix="p")
    call = Call.objects.create(workspace=workspace, connection=account, operation=HIDDEN)
    return World(
        objects={"connection": account, "chart": chart, "export": export, "run": run,
                 "file": file, "draft": draft, "call": call, "key": key,
                 "member": bob.memberships.get()},
        series=f"{account.pk}:{meter}",
        anonymous=Client(),
        stranger=client_of(charlie),
        viewer=client_of(bob),
        editor=client_of(erin),
        owner=client_of(alice),
    )  # fmt: skip


def window(first: int, last: int) -> dict[str, datetime]:
    """Whole years."""
    return {"start": datetime(first, 1, 1, tzinfo=UTC), "end": datetime(last, 1, 1, tzinfo=UTC)}


def typed(server: SandboxServer, **given: str) -> dict[str, str]:
    """The form of a new connection, right but for what is given."""
    right = {"connection_name": "Campus", "url": server.url, "email": ADMIN.email}
    return right | {"password": ADMIN.password, "data_state": "Raw", "sign_in": "Bearer"} | given


def row(server: SandboxServer, path: str, **values: object) -> dict[str, Any]:
    """A row of the sandbox's own tables."""
    return next(server.bemserver.store.where(path, **values))


def node(server: SandboxServer, name: str = METER) -> str:
    """The id by which a series of the sandbox goes here."""
    return f"timeseries/{row(server, 'timeseries', name=name)['id']}@1"


def rename(server: SandboxServer, name: str, *, old: str = METER) -> str:
    """Calls a series of the sandbox something else, and gives its node."""
    found = row(server, "timeseries", name=old)
    server.bemserver.store.replace("timeseries", {**found, "name": name})
    return f"timeseries/{found['id']}@1"


def vanish(server: SandboxServer, node: str) -> None:
    """Somebody deletes the series on the platform."""
    number = int(node.partition("/")[2].partition("@")[0])
    server.bemserver.store.remove("timeseries", number)


def password_changed(server: SandboxServer) -> None:
    """Somebody changes the password there, and every session of the account is over."""
    found = row(server, "users", email=ADMIN.email)
    changed = {**found, "password": sealed("another-password-entirely")}
    server.bemserver.store.replace("users", changed)
    server.faults.add(Fault(kind="expired", path="/timeseries_data/"))
    server.faults.add(Fault(kind="expired", path="/auth/token/refresh"))


def drained(answer: Any) -> tuple[int, bytes]:
    """Bytes and last piece of an answer, which is not kept. Closing one by hand would close the
    test's own database connection, too."""
    size, piece = 0, b""
    for piece in answer:
        size += len(piece)
    return size, piece


def work_off(run: UUID, *, between: Callable[[], object] | None = None) -> Run:
    """Does what the workers would until nothing of the run can go on; `between` happens once,
    after its first slice."""
    for _ in range(500):
        if not _step(run):
            break
        if between and Run.objects.filter(pk=run, slices__done=True).exists():
            between()
            between = None
    return Run.objects.get(pk=run)


def _step(run: UUID) -> bool:
    """One task of the run; False when it did nothing or ended it."""
    now, found = timezone.now(), Run.objects.get(pk=run)
    if found.state == Run.State.WAITING:
        return runs.run_plan(run, now=now)
    if found.state != Run.State.RUNNING:
        return False
    parts = claims.free_slices(run, now)
    if parts:
        return runs.slice_read(parts[0], holder="a") is not None
    return publish.run_publish(run, holder="a")
