"""Series, what they are tied to, and what they measure."""

from __future__ import annotations

import pytest

from connectors.contract import NodeId
from connectors.errors import NotFound, Rejected
from tests.functions.bemserver.rows import KINDS, Stage
from tests.functions.bemserver.shared import NOBODY, Ours, asked, fresh, sent
from tests.sandbox.server import MEMBER

SHORT = range(1, 4)
WEEK = {"start_time": "2024-01-01T00:00Z", "end_time": "2024-01-08T00:00Z"}


def covering(template: str, words: tuple[str, ...] = KINDS) -> pytest.MarkDecorator:
    """One test a word, which covers its row."""
    marked = [
        pytest.param(word, marks=pytest.mark.covers(f"bemserver.{template.format(word)}"))
        for word in words
    ]
    return pytest.mark.parametrize("kind", marked)


def numbers(stage: Stage, **asked: object) -> set[int]:
    """The series that our list gives."""
    return {row["id"] for row in stage.ours.rows("timeseries.getall", **asked)}


# -- series


@pytest.mark.covers("bemserver.timeseries.getall")
def test_series_are_found_by_the_element_and_by_all_below_it(stage: Stage) -> None:
    ground = stage.ground
    site = ground.element("site")
    building = ground.element("building", site)
    storey = ground.element("storey", building)
    space = ground.element("space", storey)
    chain = {"site": site, "building": building, "storey": storey, "space": space}
    tied = {}
    for kind, number in chain.items():
        tied[kind] = ground.series()
        ground.make(f"timeseries_by_{kind}s", timeseries_id=tied[kind], **{f"{kind}_id": number})
    below = list(tied.values())
    for depth, (kind, number) in enumerate(chain.items()):
        assert numbers(stage, **{f"{kind}_id": f"{kind}/{number}"}) == {tied[kind]}
        if kind != "space":
            found = numbers(stage, **{f"recurse_{kind}_id": number})
            assert found == set(below[depth:])
    with pytest.raises(Rejected, match="mutually exclusive"):
        numbers(stage, site_id=site, recurse_site_id=site)


@pytest.mark.covers("bemserver.timeseries.getall")
def test_series_are_found_by_name_event_zone_reader_and_properties(stage: Stage) -> None:
    ground = stage.ground
    first, second = ground.series(name=fresh("Höhe")), ground.series()
    for number, value in ((first, "900"), (second, "600")):
        ground.make("timeseries_property_data", timeseries_id=number, property_id=3, value=value)
    event = ground.event()
    ground.make("timeseries_by_events", timeseries_id=first, event_id=event)
    ground.make("timeseries_by_zones", timeseries_id=second, zone_id=ground.place["zone"])
    assert numbers(stage, in_name="HÖHE") == {first}
    assert numbers(stage, event_id=f"event/{event}") == {first}
    assert numbers(stage, zone_id=f"zone/{ground.place['zone']}") == {second}
    asked = {"campaign_id": ground.home, "properties": {"Interval": "900"}}
    assert numbers(stage, **asked) == {first}
    asked["properties"] = {"Interval": "900", "Min": "0"}
    assert numbers(stage, **asked) == set()
    (member,) = stage.bare("GET", "users/", email=MEMBER.email)
    readable = numbers(stage, user_id=f"user/{member['id']}")
    assert readable == {row["id"] for row in Ours(stage.server, MEMBER).rows("timeseries.getall")}
    assert not readable & {first, second}


@pytest.mark.covers("bemserver.timeseries.getall")
def test_a_list_of_series_ends_where_it_is_told_and_goes_as_it_is_told(
    stage: Stage, wire: pytest.LogCaptureFixture
) -> None:
    whole = sorted(row["name"] for row in stage.bare.every("timeseries"))
    wire.clear()
    found = [row["name"] for row in stage.ours.rows("timeseries.getall", limit=3)]
    assert found == whole[:3]
    assert len([line for line in asked(wire) if line[1] == "/timeseries/"]) == 1
    found = [row["name"] for row in stage.ours.rows("timeseries.getall", limit=102, sort="-name")]
    assert found == whole[::-1][:102]
    assert len([line for line in asked(wire) if line[1] == "/timeseries/"]) == 2


@pytest.mark.covers("bemserver.timeseries.create")
def test_a_series_name_is_its_own_in_its_campaign_and_its_unit_is_one(stage: Stage) -> None:
    name, other = fresh("series"), stage.ground.campaign()
    scopes = {stage.ground.home: stage.ground.area, other: stage.ground.scope(other)}
    for campaign, scope in scopes.items():
        values = {"name": name, "campaign_id": campaign, "campaign_scope_id": scope}
        stage.ours.do("timeseries.create", **values)
    with pytest.raises(Rejected) as refused:
        stage.ours.do("timeseries.create", **values)
    assert set(refused.value.fields) == {"name"}
    with pytest.raises(Rejected) as refused:
        stage.ours.do("timeseries.create", **values | {"name": fresh(), "unit_symbol": "m3"})
    assert refused.value.fields == {"unit_symbol": "Undefined unit."}
    values = {**values, "name": fresh(), "campaign_id": f"campaign/{stage.ground.home}"}
    with pytest.raises(Rejected) as refused:
        stage.ours.do("timeseries.create", **values)
    assert set(refused.value.fields) == {"campaign_id", "campaign_scope_id"}
    assert len(stage.bare("GET", "timeseries/", name=name)) == 2


@pytest.mark.covers("bemserver.timeseries.delete")
def test_that_a_series_takes_its_data_with_it_is_said_before(stage: Stage) -> None:
    number = stage.ground.series()
    points = {str(number): {f"2024-01-0{day}T00:00:00Z": day for day in SHORT}}
    stage.bare.answer("POST", "timeseries_data/", points, data_state=1)
    tie = stage.ground.make("timeseries_by_sites", timeseries_id=number,
                            site_id=stage.ground.place["site"])  # fmt: skip
    node = f"timeseries/{number}@1"
    named = stage.ours.rows("timeseries.dependents", id=node)
    assert (node, "points", "3 in Raw") in [tuple(row.values()) for row in named]
    assert f"timeseries_by_site/{tie}" in {row["node"] for row in named}
    stage.ours.do("timeseries.delete", id=node)
    assert not stage.kept("timeseries_by_sites", tie)
    asked = {"data_state": 1, "timeseries": number, "start_time": "2024-01-01T00:00:00Z",
             "end_time": "2025-01-01T00:00:00Z"}  # fmt: skip
    assert stage.bare("GET", "timeseries_data/", **asked) == 422


@pytest.mark.covers("bemserver.timeseries_properties.getall")
def test_the_presets_of_series_properties_are_there(stage: Stage) -> None:
    found = {row["name"]: row["id"] for row in stage.ours.rows("timeseries_properties.getall")}
    assert {name: found[name] for name in ("Min", "Max", "Interval")} == {
        name: stage.bare.named("timeseries_properties", name) for name in ("Min", "Max", "Interval")
    }


@pytest.mark.covers("bemserver.timeseries_properties.delete")
def test_with_a_series_property_go_its_values_and_they_are_named_before(stage: Stage) -> None:
    number = stage.ground.series_property()
    value = stage.ground.make("timeseries_property_data", timeseries_id=stage.ground.series(),
                              property_id=number, value="1")  # fmt: skip
    named = stage.ours.rows("timeseries_properties.dependents", id=str(number))
    assert [row["node"] for row in named] == [f"timeseries_property_data/{value}"]
    stage.ours.do("timeseries_properties.delete", id=f"timeseries_property/{number}")
    assert not stage.kept("timeseries_property_data", value)


@pytest.mark.covers("bemserver.timeseries_property_data.create")
def test_a_value_of_a_series_property_is_checked_against_its_type(stage: Stage) -> None:
    values = {"timeseries_id": f"timeseries/{stage.ground.series()}@1",
              "property_id": stage.ground.series_property("boolean")}  # fmt: skip
    with pytest.raises(Rejected) as refused:
        stage.ours.do("timeseries_property_data.create", **values, value="yes")
    assert refused.value.fields == {"value": "Invalid type."}
    record = stage.ours.do("timeseries_property_data.create", **values, value="true")
    number = record.fields["id"]
    assert stage.bare("GET", f"timeseries_property_data/{number}")["value"] == "true"


@pytest.mark.covers("bemserver.timeseries_datastates.getall")
def test_raw_and_clean_are_found_by_name(stage: Stage) -> None:
    found = {row["name"]: row["id"] for row in stage.ours.rows("timeseries_datastates.getall")}
    for name in ("Raw", "Clean"):
        assert found[name] == stage.bare.named("timeseries_data_states", name)


@pytest.mark.covers("bemserver.timeseries_datastates.delete")
def test_that_a_data_state_takes_all_its_points_is_said_before(stage: Stage) -> None:
    record = stage.ours.do("timeseries_datastates.create", name=fresh("state"))
    named = stage.ours.rows("timeseries_datastates.dependents", id=record.id)
    assert named == [{"node": None, "type": "points", "name": "every point in this state"}]
    stage.ours.do("timeseries_datastates.delete", id=record.id)
    assert not stage.kept("timeseries_data_states", record.fields["id"])


# -- ties


@covering("timeseries_by_{}s.create")
def test_a_tied_series_appears_under_its_element(stage: Stage, kind: str) -> None:
    number, place = stage.ground.series(), NodeId(f"{kind}/{stage.ground.element(kind)}")
    assert stage.ours.opened.children(place).items == ()
    values = {f"{kind}_id": place, "timeseries_id": f"timeseries/{number}@1"}
    stage.ours.do(f"timeseries_by_{kind}s.create", **values)
    (node,) = stage.ours.opened.children(place).items
    stored = stage.bare("GET", f"timeseries/{number}")
    assert (node.id, node.name) == (f"timeseries/{number}@1", stored["name"])
    query = {f"{kind}_id": place.partition("/")[2]}
    assert [row["id"] for row in stage.bare.every("timeseries", **query)] == [number]


@covering("timeseries_by_{}s.delete")
def test_a_series_stays_when_its_tie_goes(stage: Stage, kind: str) -> None:
    number, place = stage.ground.series(), stage.ground.element(kind)
    tie = stage.ground.make(f"timeseries_by_{kind}s", timeseries_id=number,
                            **{f"{kind}_id": place})  # fmt: skip
    stage.ours.do(f"timeseries_by_{kind}s.delete", id=f"timeseries_by_{kind}/{tie}")
    assert stage.bare.every("timeseries", **{f"{kind}_id": place}) == []
    assert stage.kept("timeseries", number)
    assert stage.kept(f"{kind}s", place)


@pytest.mark.covers("bemserver.timeseries_by_events.create")
def test_an_unknown_event_is_found_out_before_anything_is_made(
    stage: Stage, wire: pytest.LogCaptureFixture
) -> None:
    values = {"timeseries_id": stage.ground.series(), "event_id": f"event/{NOBODY}"}
    wire.clear()
    with pytest.raises(Rejected) as refused:
        stage.ours.do("timeseries_by_events.create", **values)
    assert set(refused.value.fields) == {"event_id"}
    assert {line[0] for line in sent(wire)} == {"GET"}


@pytest.mark.covers("bemserver.timeseries_by_events.create")
def test_an_event_of_another_scope_is_refused(stage: Stage) -> None:
    event = stage.ground.event(campaign_scope_id=stage.ground.scope())
    with pytest.raises(Rejected, match="campaign scope"):
        stage.ours.do("timeseries_by_events.create", timeseries_id=stage.ground.series(),
                      event_id=event)  # fmt: skip
    assert stage.bare.every("timeseries_by_events", event_id=event) == []


@pytest.mark.covers("bemserver.timeseries_by_events.delete")
def test_series_and_event_stay_when_their_tie_goes(stage: Stage) -> None:
    series, event = stage.ground.series(), stage.ground.event()
    record = stage.ours.do("timeseries_by_events.create", timeseries_id=series, event_id=event)
    stage.ours.do("timeseries_by_events.delete", id=record.id)
    assert stage.bare.every("timeseries_by_events", event_id=event) == []
    assert stage.kept("timeseries", series)
    assert stage.kept("events", event)


# -- energy


@pytest.mark.parametrize(
    ("name", "path", "count", "one"),
    [
        pytest.param(*row, marks=pytest.mark.covers(f"bemserver.{row[0]}.getall"))
        for row in (
            ("energies", "energies", 10, "heating network"),
            ("energy_end_uses", "energy_end_uses", 6, "ventilation"),
            ("energy_prod_technologies", "energy_production_technologies", 4, "wind turbines"),
        )
    ],
)
def test_presets_of_energy_are_found_by_name(
    stage: Stage, name: str, path: str, count: int, one: str
) -> None:
    found = {row["name"]: row["id"] for row in stage.ours.rows(f"{name}.getall")}
    assert len(found) == count
    assert found[one] == stage.bare.named(path, one)
    (row,) = [row for row in stage.ours.rows(f"{name}.getall") if row["name"] == one]
    assert stage.ours.opened.node(row["node"]).name == one
    with pytest.raises(NotFound):
        stage.ours.opened.node(NodeId(row["node"].replace(str(row["id"]), str(NOBODY))))


@covering("energy_cons_ts_by_{}s.create", ("site", "building"))
def test_consumption_feeds_the_breakdown(stage: Stage, kind: str) -> None:
    series, place = stage.ground.series(), stage.ground.element(kind)
    points = {str(series): {f"2024-01-0{day}T00:00:00Z": day for day in SHORT}}
    stage.bare.answer("POST", "timeseries_data/", points, data_state=2)
    query = {**WEEK, "bucket_width_value": 1, "bucket_width_unit": "month", "unit": "kWh"}
    path = f"analysis/energy_consumption/{kind}/{place}"
    assert stage.bare("GET", path, **query)["energy"] == {}
    stage.ours.do(
        f"energy_cons_ts_by_{kind}s.create", **{f"{kind}_id": f"{kind}/{place}"},
        energy_id=stage.bare.named("energies", "natural gas"),
        end_use_id=stage.bare.named("energy_end_uses", "heating"),
        timeseries_id=f"timeseries/{series}@1",
    )  # fmt: skip
    energy = stage.bare("GET", path, **query)["energy"]
    assert energy == {"natural gas": {"heating": [sum(SHORT)]}}
