"""An export of two meters that go like clockwork, and the steps of a run without a broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from connectors import registry
from dashboard.accounts.models import Person, Workspace
from dashboard.connections.models import Connection
from dashboard.exports import claims, publish, runs, services
from dashboard.exports.models import Export, Run
from dashboard.exports.services import Chosen
from tests.series.clockwork import service
from tests.series.clockwork.service import Dial

START = datetime(2025, 3, 28, tzinfo=UTC)
END = datetime(2025, 4, 1, tzinfo=UTC)
Exporter = Callable[..., Export]


@pytest.fixture
def dial(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dial]:
    monkeypatch.setitem(registry.OURS, "clockwork", "tests.series.clockwork")
    monkeypatch.setattr(service, "dial", Dial())
    yield service.dial
    registry.load.cache_clear()


@pytest.fixture
def clock(dial: Dial, workspace: Workspace) -> Connection:
    return Connection.objects.create(
        workspace=workspace, kind="clockwork", name="Clock", account_id="clock"
    )


@pytest.fixture
def exporter(clock: Connection, alice: Person, workspace: Workspace) -> Exporter:
    def made(
        *labels: str,
        timing: services.Timing | None = None,
        now: datetime | None = None,
        **facts: object,
    ) -> Export:
        values = {"name": "Campus", "start": START, "end": END, "zone": "Europe/Paris"} | facts
        names = labels or ("Main meter", "Outdoor")
        return services.export_create(
            Export(workspace=workspace, **values),
            series=[
                Chosen(connection=clock, node=f"meter {at}", label=name, unit="kWh")
                for at, name in enumerate(names)
            ],
            person=alice,
            timing=timing,
            now=now or timezone.now(),
        )

    return made


@pytest.fixture
def export(exporter: Exporter) -> Export:
    return exporter()


@pytest.fixture
def run(export: Export, alice: Person) -> Run:
    return services.run_now(export, person=alice, now=timezone.now())


def work_off(run: UUID, *, rounds: int = 200) -> Run:
    """Does what the workers would, step by step, until nothing of this run can go on."""
    now = timezone.now()
    for _ in range(rounds):
        found = Run.objects.get(pk=run)
        if found.state == Run.State.WAITING:
            if not runs.run_plan(run, now=now):
                break
        elif found.state != Run.State.RUNNING:
            break
        elif parts := claims.free_slices(run, now):
            if runs.slice_read(parts[0], holder="a") is None:
                break
        elif not publish.run_publish(run, holder="a"):
            break
    return Run.objects.get(pk=run)


def later(run: Run) -> None:
    """The wait before the next try is over."""
    Run.objects.filter(pk=run.pk).update(retry_at=timezone.now() - timedelta(seconds=1))
