"""The tasks of API 0.26 and newer: run now, or kept as rows of a campaign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import NotFound, Rejected, Unavailable
from connectors.operations import operations
from connectors.registry import load
from tests.functions.bemserver.ground import CLEAN, DAY, Ground, every
from tests.functions.bemserver.shared import KIND, NOBODY, Bare, Ours, served
from tests.sandbox.server import SandboxServer

HOUR = timedelta(hours=1)
SPAN: dict[str, Any] = {"start_time": DAY - HOUR, "end_time": DAY + timedelta(days=1)}
SIX = {"campaign_id", "task_name", "offset_unit", "start_offset", "end_offset", "is_enabled"}
PATH = "tasks_by_campaigns"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with served(flavour="0.26.0") as server:
        yield server


@pytest.fixture
def made(ours: Ours, ground: Ground) -> Any:
    return ours.do(
        "task_by_campaign.create", campaign_id=ground.campaign, task_name="CheckMissingData",
        offset_unit="week", parameters={"min_completeness_ratio": 0.5},
    )  # fmt: skip


@pytest.mark.covers("bemserver.tasks.getall")
def test_each_task_comes_with_its_defaults_and_its_schedule(ours: Ours, bare: Bare) -> None:
    rows = ours.rows("tasks.getall")
    assert rows == bare("GET", "tasks/")
    assert {row["name"]: row["default_parameters"] for row in rows}["CheckMissingData"] == {
        "min_completeness_ratio": 0.9
    }
    assert all(row["schedule"] == {} for row in rows)


@pytest.mark.covers("bemserver.tasks.run_async")
def test_a_task_is_queued_and_does_its_work(ours: Ours, ground: Ground) -> None:
    series = ground.series()["id"]
    ground.fill(series, every(HOUR, 30))
    said = ours.do("tasks.run_async", campaign_id=ground.node, task_name="Cleanup", **SPAN)
    assert said == (
        "Queued. BEMServer does not tell what becomes of it: "
        "look for new events, or for Clean data."
    )
    assert list(ground.stored(series, CLEAN).values()) == [float(n) for n in range(24)]


@pytest.mark.covers("bemserver.tasks.run_async")
def test_parameters_reach_the_task(ours: Ours, ground: Ground) -> None:
    series = ground.series()["id"]
    ground.fill(series, {DAY: 1.0})
    interval = ground.bare.named("timeseries_properties", "Interval")
    ground.bare.make("timeseries_property_data", timeseries_id=series, property_id=interval,
                     value="3600")  # fmt: skip
    asked = {"campaign_id": ground.node, "task_name": "CheckMissingData", **SPAN}
    ours.do("tasks.run_async", **asked, parameters={"min_completeness_ratio": 0.01})
    assert ground.bare.every("events", campaign_scope_id=ground.scope) == []
    ours.do("tasks.run_async", **asked)
    (event,) = ground.bare.every("events", campaign_scope_id=ground.scope)
    assert event["source"] == "BEMServer - Check missing data"


@pytest.mark.covers("bemserver.tasks.run_async")
def test_an_unknown_task_is_told_beside_its_field_and_a_run_that_broke_is_not_sent_again(
    server: SandboxServer, ours: Ours, ground: Ground
) -> None:
    with pytest.raises(Rejected) as wrong:
        ours.do("tasks.run_async", campaign_id=ground.node, task_name="Sweep", **SPAN)
    assert set(wrong.value.fields) == {"task_name"}
    before = len(server.faults.injected)
    with server.faults.on("500", path="/tasks/run"), pytest.raises(Unavailable):
        ours.do("tasks.run_async", campaign_id=ground.node, task_name="Cleanup", **SPAN)
    assert len(server.faults.injected) == before + 1


@pytest.mark.covers("bemserver.task_by_campaign.getall")
def test_every_task_row_is_listed_and_filters_narrow(
    ours: Ours, bare: Bare, ground: Ground, made: Any
) -> None:
    off = bare.make(PATH, campaign_id=ground.campaign, task_name="Cleanup", offset_unit="day",
                    is_enabled=False, parameters={})  # fmt: skip
    numbers = {row["id"] for row in ours.rows("task_by_campaign.getall")}
    assert numbers == {row["id"] for row in bare.every(PATH)}
    for filters, found in (
        ({}, {made.fields["id"], off["id"]}),
        ({"task_name": "CheckMissingData"}, {made.fields["id"]}),
        ({"task_name": "CleanupScheduled"}, {off["id"]}),
        ({"is_enabled": True}, {made.fields["id"]}),
        ({"is_enabled": False}, {off["id"]}),
    ):
        rows = ours.rows("task_by_campaign.getall", campaign_id=ground.node, **filters)
        assert {row["id"] for row in rows} == found
    assert {row["node"] for row in rows} == {f"task_by_campaign/{off['id']}"}


@pytest.mark.covers("bemserver.task_by_campaign.create")
@pytest.mark.covers("bemserver.task_by_campaign.getone")
def test_a_new_row_has_every_setting_and_is_not_fetched_while_it_is_unchanged(
    ours: Ours, bare: Bare, ground: Ground, made: Any
) -> None:
    told = bare("GET", f"{PATH}/{made.fields['id']}")
    assert told == made.fields == {
        "id": told["id"], "campaign_id": ground.campaign, "task_name": "CheckMissingData",
        "offset_unit": "week", "start_offset": -1, "end_offset": 0, "is_enabled": True,
        "parameters": {"min_completeness_ratio": 0.5},
    }  # fmt: skip
    found = ours.do("task_by_campaign.getone", id=made.id)
    assert (found.fields, found.version, found.id) == (told, made.version, made.id)
    same = ours.do("task_by_campaign.getone", id=made.id, version=found.version)
    assert same.fields == {"unchanged": True}
    plain = ours.do("task_by_campaign.create", campaign_id=ground.node, task_name="Cleanup",
                    offset_unit="day")  # fmt: skip
    row = bare("GET", f"{PATH}/{plain.fields['id']}")
    assert row.keys() >= SIX
    assert row["parameters"] == {}
    assert ours.opened.node(plain.id).name == "Cleanup"


@pytest.mark.covers("bemserver.task_by_campaign.update")
def test_a_change_keeps_the_rest_and_a_stale_version_is_a_conflict(
    ours: Ours, bare: Bare, ground: Ground, made: Any
) -> None:
    number = made.fields["id"]
    changed = ours.do("task_by_campaign.update", id=made.id, start_offset=-3)
    assert bare("GET", f"{PATH}/{number}") == changed.fields == made.fields | {"start_offset": -3}
    with pytest.raises(Rejected, match="meantime"):
        ours.do("task_by_campaign.update", id=made.id, is_enabled=False, version=made.version)
    ours.do("task_by_campaign.update", id=made.id, is_enabled=False, version=changed.version)
    row = bare("GET", f"{PATH}/{number}")
    assert (row["is_enabled"], row["start_offset"]) == (False, -3)
    for fixed in ("campaign_id", "task_name"):
        with pytest.raises(Rejected) as wrong:
            ours.do("task_by_campaign.update", id=made.id, **{fixed: "x"})
        assert set(wrong.value.fields) == {fixed}
    broken = bare.make(PATH, campaign_id=ground.campaign, task_name="Cleanup", offset_unit="day")
    assert "parameters" not in broken
    ours.do("task_by_campaign.update", id=str(broken["id"]), is_enabled=False)
    assert bare("GET", f"{PATH}/{broken['id']}")["parameters"] == {}


@pytest.mark.covers("bemserver.task_by_campaign.delete")
def test_a_deleted_row_is_gone_and_a_stale_version_deletes_nothing(
    ours: Ours, bare: Bare, made: Any
) -> None:
    number = made.fields["id"]
    with pytest.raises(Rejected, match="meantime"):
        ours.do("task_by_campaign.delete", id=made.id, version="0" * 40)
    assert bare("GET", f"{PATH}/{number}")["id"] == number
    ours.do("task_by_campaign.delete", id=made.id, version=made.version)
    assert bare("GET", f"{PATH}/{number}") == 404
    for missing in (made.id, f"task_by_campaign/{NOBODY}"):
        with pytest.raises(NotFound):
            ours.do("task_by_campaign.delete", id=missing)


@pytest.mark.covers("bemserver.tasks.getall")
@pytest.mark.covers("bemserver.tasks.run_async")
@pytest.mark.covers("bemserver.task_by_campaign.getall")
def test_a_server_of_the_older_generation_says_what_it_has_instead() -> None:
    values: dict[str, dict[str, object]] = {
        "tasks.getall": {},
        "tasks.run_async": {"campaign_id": "1", "task_name": "Cleanup", **SPAN},
        "task_by_campaign.getall": {},
        "task_by_campaign.getone": {"id": "1"},
        "task_by_campaign.create": {"campaign_id": "1", "task_name": "x", "offset_unit": "day"},
        "task_by_campaign.update": {"id": "1", "is_enabled": True},
        "task_by_campaign.delete": {"id": "1"},
    }
    mine = {one.name for one in operations(load(KIND)) if one.name.startswith("task")}
    assert set(values) == mine
    with served(flavour="0.24.3") as server:
        ours = Ours(server)
        for name, given in values.items():
            with pytest.raises(Rejected, match=r"API 0\.24\.3.*st_"):
                ours.do(name, **given)
