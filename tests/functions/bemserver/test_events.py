"""Events, where they are seen, their categories, and who is told of them."""

from __future__ import annotations

import pytest

from connectors.errors import Rejected, Unavailable
from tests.functions.bemserver.rows import KINDS, Stage, event, staged
from tests.functions.bemserver.shared import NOBODY, asked, fresh, sent

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
PRESETS = ("Data missing", "Data present", "Data outliers", "No data outliers")


def each(verb: str) -> pytest.MarkDecorator:
    """One test a kind of element, which covers its row."""
    marked = [
        pytest.param(kind, marks=pytest.mark.covers(f"bemserver.event_by_{kind}s.{verb}"))
        for kind in KINDS
    ]
    return pytest.mark.parametrize("kind", marked)


def found(stage: Stage, **asked: object) -> list[int]:
    """The events that our list gives, as it gives them."""
    return [row["id"] for row in stage.ours.rows("events.getall", **asked)]


def listener(stage: Stage, scope: int) -> int:
    """Somebody in a group that sees a scope."""
    group, number = stage.ground.group(), stage.ground.user()
    stage.ground.make("users_by_user_groups", user_id=number, user_group_id=group)
    stage.ground.make("user_groups_by_campaign_scopes", campaign_scope_id=scope,
                      user_group_id=group)  # fmt: skip
    return number


# -- events


@pytest.mark.covers("bemserver.events.getall")
def test_events_are_found_by_level_and_time_the_newest_first(stage: Stage) -> None:
    scope = stage.ground.scope()
    times = [f"2024-03-0{day}T00:00:00+00:00" for day in range(1, 6)]
    made = [stage.ground.event(campaign_scope_id=scope, level=level, timestamp=time)
            for level, time in zip(LEVELS, times, strict=True)]  # fmt: skip
    of = {"campaign_scope_id": f"scope/{scope}"}
    assert found(stage, **of) == made[::-1]
    assert found(stage, **of, level_min="WARNING") == made[:1:-1]
    assert found(stage, **of, level="WARNING") == made[2:3]
    window = {"timestamp_min": times[1], "timestamp_max": times[3]}
    assert found(stage, **of, **window) == made[3:0:-1]
    assert found(stage, **of, sort="level") == made
    assert found(stage, **of, limit=2) == made[:2:-1]
    assert set(made) <= set(found(stage, campaign_id=stage.ground.home))
    with pytest.raises(Rejected) as refused:
        found(stage, **of, timestamp_min="2024-03-01T00:00:00")
    assert "time zone" in refused.value.fields["timestamp_min"]


@pytest.mark.covers("bemserver.events.getall")
def test_events_are_found_by_place_and_all_below_it_by_source_and_series(stage: Stage) -> None:
    ground = stage.ground
    site = ground.element("site")
    building = ground.element("building", site)
    first, second = ground.event(source=fresh("Höhe")), ground.event()
    ground.make("events_by_sites", event_id=first, site_id=site)
    ground.make("events_by_buildings", event_id=second, building_id=building)
    assert found(stage, site_id=f"site/{site}") == [first]
    assert set(found(stage, recurse_site_id=f"site/{site}")) == {first, second}
    assert found(stage, recurse_building_id=building) == [second]
    assert found(stage, in_source="HÖHE") == [first]
    series = ground.series()
    ground.make("timeseries_by_events", event_id=second, timeseries_id=series)
    assert found(stage, timeseries_id=f"timeseries/{series}@1") == [second]
    reader = listener(stage, ground.area)
    assert first in found(stage, user_id=f"user/{reader}")
    assert found(stage, user_id=f"user/{ground.user()}") == []


@pytest.mark.covers("bemserver.events.create")
def test_those_who_see_the_scope_are_notified_once_from_warnings_up(stage: Stage) -> None:
    scope = stage.ground.scope()
    reader = listener(stage, scope)
    values = {**event(stage.ground), "campaign_scope_id": f"scope/{scope}"}
    record = stage.ours.do("events.create", **values)
    stage.ours.do("events.create", **values | {"level": "INFO"})
    told = stage.bare.every("notifications", user_id=reader)
    assert [row["event_id"] for row in told] == [record.fields["id"]]


@pytest.mark.covers("bemserver.events.create")
def test_an_event_is_not_sent_again_after_a_failure(
    stage: Stage, wire: pytest.LogCaptureFixture
) -> None:
    for kind in ("500", "reset"):
        wire.clear()
        fault = stage.server.faults.on(kind, path="/events/", method="POST")
        with fault, pytest.raises(Unavailable):
            stage.ours.do("events.create", **event(stage.ground))
        assert [line[:2] for line in sent(wire) if line[0] == "POST"] == [("POST", "/events/")]


@pytest.mark.covers("bemserver.events.create")
def test_a_time_without_its_zone_and_a_level_that_is_none_are_refused_beside_them(
    stage: Stage, wire: pytest.LogCaptureFixture
) -> None:
    values = event(stage.ground) | {"timestamp": "2024-01-01T00:00:00", "level": "BAD"}
    wire.clear()
    with pytest.raises(Rejected) as refused:
        stage.ours.do("events.create", **values)
    assert set(refused.value.fields) == {"timestamp", "level"}
    with pytest.raises(Rejected) as refused:
        stage.ours.do("events.create", source="x")
    assert set(refused.value.fields) == {"timestamp", "level", "campaign_scope_id", "category_id"}
    assert asked(wire) == []


@pytest.mark.covers("bemserver.events.delete")
def test_with_an_event_go_its_ties_and_they_are_named_before(stage: Stage) -> None:
    number = stage.ground.event()
    tie = stage.ground.make("events_by_zones", event_id=number,
                            zone_id=stage.ground.place["zone"])  # fmt: skip
    named = stage.ours.rows("events.dependents", id=f"event/{number}")
    assert [row["node"] for row in named] == [f"event_by_zone/{tie}"]
    stage.ours.do("events.delete", id=f"event/{number}")
    assert not stage.kept("events_by_zones", tie)
    assert stage.kept("zones", stage.ground.place["zone"])


# -- where they are seen


@each("create")
def test_an_event_is_shown_on_its_element(stage: Stage, kind: str) -> None:
    number, place = stage.ground.event(), stage.ground.element(kind)
    values = {f"{kind}_id": f"{kind}/{place}", "event_id": f"event/{number}"}
    stage.ours.do(f"event_by_{kind}s.create", **values)
    assert [row["id"] for row in stage.bare.every("events", **{f"{kind}_id": place})] == [number]
    assert found(stage, **{f"{kind}_id": place}) == [number]


@each("create")
def test_an_event_of_another_campaign_and_an_unknown_one_are_refused(
    stage: Stage, kind: str, wire: pytest.LogCaptureFixture
) -> None:
    away = stage.ground.scope(stage.ground.campaign())
    place = stage.ground.element(kind)
    values = {f"{kind}_id": place, "event_id": stage.ground.event(campaign_scope_id=away)}
    with pytest.raises(Rejected, match="same campaign"):
        stage.ours.do(f"event_by_{kind}s.create", **values)
    for name in values:
        wire.clear()
        with pytest.raises(Rejected) as refused:
            stage.ours.do(f"event_by_{kind}s.create", **values | {name: NOBODY})
        assert set(refused.value.fields) == {name}
        assert {line[0] for line in sent(wire)} == {"GET"}
    assert stage.bare.every(f"events_by_{kind}s", **{f"{kind}_id": place}) == []


@each("delete")
def test_an_event_stays_when_its_tie_goes(stage: Stage, kind: str) -> None:
    number, place = stage.ground.event(), stage.ground.element(kind)
    tie = stage.ground.make(f"events_by_{kind}s", event_id=number, **{f"{kind}_id": place})
    stage.ours.do(f"event_by_{kind}s.delete", id=f"event_by_{kind}/{tie}")
    assert stage.bare.every("events", **{f"{kind}_id": place}) == []
    assert stage.kept("events", number)
    assert stage.kept(f"{kind}s", place)


# -- categories, and who is told


@pytest.mark.covers("bemserver.event_categories.getall")
def test_the_presets_of_event_categories_are_there(stage: Stage) -> None:
    told = {row["name"]: row["id"] for row in stage.ours.rows("event_categories.getall")}
    assert {name: told[name] for name in PRESETS} == {
        name: stage.bare.named("event_categories", name) for name in PRESETS
    }


@pytest.mark.covers("bemserver.event_categories.delete")
def test_what_depends_on_a_category_is_named_before_it_goes(stage: Stage) -> None:
    category = stage.ground.category()
    seen = stage.ground.event(category_id=category)
    heard = stage.ground.make("event_categories_by_users", user_id=stage.ground.user(),
                              category_id=category, notification_level="INFO")  # fmt: skip
    named = stage.ours.rows("event_categories.dependents", id=f"event_category/{category}")
    assert [row["node"] for row in named] == [f"event/{seen}", f"event_category_by_user/{heard}"]
    stage.ours.do("event_categories.delete", id=f"event_category/{category}")
    assert not stage.kept("events", seen)
    assert not stage.kept("event_categories_by_users", heard)


@pytest.mark.covers("bemserver.event_categories_by_users.update")
@pytest.mark.covers("bemserver.event_categories_by_users.create")
def test_whoever_wants_to_hear_of_everything_is_notified_of_everything(stage: Stage) -> None:
    scope, category = stage.ground.scope(), stage.ground.category()
    reader = listener(stage, scope)
    values = {"campaign_scope_id": scope, "category_id": category, "level": "INFO"}
    heard = stage.ours.do("event_categories_by_users.create", user_id=f"user/{reader}",
                          category_id=f"event_category/{category}",
                          notification_level="ERROR")  # fmt: skip
    stage.ground.event(**values)
    stage.ground.event(**values | {"level": "WARNING"})
    assert stage.bare.every("notifications", user_id=reader) == []
    stage.ours.do("event_categories_by_users.update", id=heard.id, notification_level="INFO")
    number = stage.ground.event(**values)
    told = stage.bare.every("notifications", user_id=reader)
    assert [row["event_id"] for row in told] == [number]


@pytest.mark.covers("bemserver.events.update")
@pytest.mark.covers("bemserver.events.delete")
def test_where_etags_are_switched_off_rows_are_changed_and_deleted_without() -> None:
    with staged(etags=False, bare=True) as stage:
        number = stage.ground.event()
        assert stage.ours.do("events.getone", id=f"event/{number}").version is None
        record = stage.ours.do("events.update", id=f"event/{number}", level="CRITICAL")
        assert record.version is None
        stored = stage.bare("GET", f"events/{number}")
        assert (stored["level"], stored["description"]) == ("CRITICAL", "What was seen.")
        stage.ours.do("events.delete", id=f"event/{number}")
        assert not stage.kept("events", number)
