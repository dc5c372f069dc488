"""What a stand-in of OpenergyVBP is in time: tasks, restarts, live data, crontabs, faults."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sandbox.clock import Clock
from connectors.sandbox.faults import Fault
from connectors.sandbox.openergy.crontabs import crontab
from connectors.sandbox.openergy.schedule import Schedule
from connectors.sandbox.openergy.settings import Settings
from connectors.sandbox.openergy.tasks import KEPT
from tests.sandbox.openergy.wire import Api
from tests.sandbox.server import SandboxServer


def test_a_task_goes_from_pending_to_running_to_finished_by_the_clock() -> None:
    settings = Settings(pending_seconds=0.2, running_seconds=0.4)
    with SandboxServer("openergy", settings={"openergy": settings}) as server:
        api = Api(server)
        importer = api.rows("odata/importers")[0]
        task = api("POST", f"odata/importers/{importer['id']}/action/", {"name": "run"}).data
        seen = [task["base"]["status"]]
        until = datetime.now(UTC) + timedelta(seconds=20)
        while seen[-1] != "finished" and datetime.now(UTC) < until:
            base = api("GET", f"odata/importer_tasks/{task['id']}/").data["base"]
            seen += [base["status"]] if base["status"] != seen[-1] else []
        assert seen == ["pending", "running", "finished"]
        assert base["progress"] == 100
        assert base["end_date"] > base["start_date"] > base["creation_date"]


def test_the_first_state_is_the_same_at_every_start_and_comes_back(reader: Api) -> None:
    before = reader("GET", "odata/series/", query={"length": 20}).data["data"]
    with SandboxServer("openergy") as other:
        again = Api(other)("GET", "odata/series/", query={"length": 20}).data["data"]
    assert [row["id"] for row in again] == [row["id"] for row in before]
    assert [row["otsdb_pk"] for row in again] == [row["otsdb_pk"] for row in before]


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    with SandboxServer("openergy", folder=tmp_path) as server:
        api = Api(server)
        project = api.project("kept")["id"]
        importer = api.rows("odata/importers")[0]
        series = api.rows("odata/series", generator=importer["id"])[0]
        other = api.rows("odata/importers")[1]
        api.act("odata/importers", importer, name="clear")
        api("DELETE", f"odata/importers/{other['id']}/")
    with SandboxServer("openergy", folder=tmp_path) as server:
        api = Api(server)
        assert api.one("oteams/projects", name="kept")["id"] == project
        assert api.values(series, end=datetime.now(UTC).isoformat()) == []
        assert api("GET", f"odata/importers/{other['id']}/").status == 404
        account = api("GET", "odata/gates/", query={"length": 1}).data["data"][0]["ftp_account"]
        assert account["port"] == int(server.address("openergy", "ftp").rpartition(":")[2])
        server.reset()
        assert api.rows("oteams/projects", name="kept") == []
        assert api.values(series)


def test_live_series_grow_with_the_clock() -> None:
    noon = datetime(2024, 6, 1, 12, tzinfo=UTC)
    newest = []
    for ahead in (timedelta(0), timedelta(days=2)):
        with SandboxServer("openergy", clock=Clock.starting_at(noon + ahead)) as server:
            api = Api(server)
            live = [row for row in api.rows("odata/series") if row["timezone"] == "Europe/Paris"]
            index = api(
                "GET", f"odata/series/{live[0]['id']}/select/", query={"start": "2024-06-01"}
            ).data["index"]
            newest.append(index[-1])
    assert timedelta(milliseconds=newest[1] - newest[0]) == timedelta(days=2)


def test_page_drift_and_a_lying_total_are_spoken(server: SandboxServer, reader: Api) -> None:
    honest = reader("GET", "odata/gates/", query={"start": 3, "length": 2}).data
    server.faults.add(Fault(kind="page_drift", path="/api/v2/odata/gates/", times=1))
    drifted = reader("GET", "odata/gates/", query={"start": 3, "length": 2}).data
    assert drifted["data"][1] == honest["data"][0]
    server.faults.add(Fault(kind="lying_total", path="/api/v2/odata/gates/", times=1))
    lied = reader("GET", "odata/gates/").data
    assert lied["recordsTotal"] != honest["recordsTotal"]


def test_an_injected_refusal_has_the_platforms_body(server: SandboxServer, reader: Api) -> None:
    server.faults.add(Fault(kind="403", path="/api/v2/odata/gates/", times=1))
    reply = reader("GET", "odata/gates/")
    assert (reply.status, reply.data) == (
        403, {"detail": "You do not have permission to perform this action."}
    )  # fmt: skip


def test_active_importers_run_on_their_crontabs(server: SandboxServer, api: Api) -> None:
    ahead = [timedelta(0)]
    platform = server.standin("openergy").platform
    schedule = Schedule(lambda: replace(platform, clock=Clock(ahead[0])))
    project = api.project()["odata"]
    yearly = api.make("odata/importers", project=project, name="x", crontab="0 0 0 1 1 *")
    api("PATCH", f"odata/importers/{yearly['id']}/active/", {"value": True})
    idle = api.rows("odata/importers")[0]["id"]
    api("PATCH", f"odata/importers/{idle}/active/", {"value": False})
    schedule.tick()
    hourly = api("GET", "odata/importers/").data["recordsTotal"] - 2
    ahead[0] = timedelta(hours=1)
    assert schedule.tick() == hourly
    assert schedule.tick() == 0
    ahead[0] = timedelta(days=366)
    assert schedule.tick() == hourly + 1
    assert len(api.rows("odata/importer_tasks", importer=yearly["id"])) == 1
    assert api.rows("odata/importer_tasks", importer=idle) == []


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("0 0 0 1 1 *", "2026-01-01T00:00:00"),
        ("0 */10 * * * *", "2026-11-21T15:10:00"),
        ("30 14 15 * * *", "2026-11-21T15:14:30"),
        ("0 0 12 13 * 5", "2026-11-20T12:00:00"),
        ("0 0 0 29 2 *", "2024-02-29T00:00:00"),
        ("0 5/20 * * * 1-5", "2026-11-20T23:45:00"),
        ("0 0 0 31 2 *", None),
    ],
)
def test_a_crontab_of_six_fields_knows_when_it_was_last_due(text: str, last: str | None) -> None:
    moment = datetime(2026, 11, 21, 15, 14, 30)  # noqa: DTZ001 - a crontab has the zone it is given
    found = crontab(text).last(moment, datetime(2010, 1, 1))  # noqa: DTZ001
    assert (found.isoformat() if found else None) == last
    assert found is None or crontab(text).last(moment, found) is None


def test_only_the_newest_tasks_are_kept(api: Api) -> None:
    importer = api.rows("odata/importers")[0]
    done = [api.act("odata/importers", importer, name="run")["id"] for _ in range(KEPT + 2)]
    kept = [row["id"] for row in api.rows("odata/importer_tasks", importer=importer["id"])]
    assert kept == done[2:]
