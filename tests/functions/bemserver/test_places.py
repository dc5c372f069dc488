"""Campaigns, what stands in them, and what is said of it: names, bounds, what goes with what."""

from __future__ import annotations

from itertools import pairwise

import pytest

from connectors.errors import NotFound, Rejected
from tests.functions.bemserver.rows import CHILDREN, KINDS, PARENTS, Stage
from tests.functions.bemserver.shared import Ours, fresh
from tests.sandbox.server import MEMBER


def covering(template: str, words: tuple[str, ...] = KINDS) -> pytest.MarkDecorator:
    """One test a kind, which covers its row."""
    marked = [
        pytest.param(word, marks=pytest.mark.covers(f"bemserver.{template.format(word)}"))
        for word in words
    ]
    return pytest.mark.parametrize("kind", marked)


# -- campaigns and their scopes


@pytest.mark.covers("bemserver.campaigns.getall")
def test_campaigns_are_found_by_a_part_of_their_name(stage: Stage) -> None:
    number = stage.ground.make("campaigns", name=fresh("Höhe"), timezone="Europe/Paris")
    found = stage.ours.rows("campaigns.getall", in_name="HÖH")
    assert [row["id"] for row in found] == [number]
    names = [row["name"] for row in stage.ours.rows("campaigns.getall", sort="-name")]
    assert names == sorted((row["name"] for row in stage.bare.every("campaigns")), reverse=True)
    member = Ours(stage.server, MEMBER)
    assert 0 < len(member.rows("campaigns.getall")) < len(names)


@pytest.mark.covers("bemserver.campaigns.create")
def test_a_time_zone_that_the_platform_does_not_know_is_refused_beside_it(stage: Stage) -> None:
    name = fresh("campaign")
    with pytest.raises(Rejected) as refused:
        stage.ours.do("campaigns.create", name=name, timezone="Europe/Kiev")
    assert refused.value.fields["timezone"].startswith("Must be one of")
    assert len(refused.value.fields["timezone"]) <= 200
    assert stage.bare("GET", "campaigns/", name=name) == []
    stage.ours.do("campaigns.create", name=name, timezone="Europe/Kyiv")
    assert len(stage.bare("GET", "campaigns/", name=name)) == 1


@pytest.mark.covers("bemserver.campaigns.update")
def test_null_takes_a_value_away_and_what_is_left_out_stays(stage: Stage) -> None:
    values = {"description": "Old.", "start_time": "2024-01-01T00:00+01:00"}
    number = stage.ground.make("campaigns", name=fresh("campaign"), timezone="UTC",
                               description="Old.")  # fmt: skip
    stage.ours.do("campaigns.update", id=f"campaign/{number}", **values)
    stage.ours.do("campaigns.update", id=f"campaign/{number}", description=None)
    stored = stage.bare("GET", f"campaigns/{number}")
    assert stored["start_time"] == "2023-12-31T23:00:00+00:00"
    assert "description" not in stored
    with pytest.raises(Rejected, match="Nothing was given"):
        stage.ours.do("campaigns.update", id=f"campaign/{number}")


@pytest.mark.covers("bemserver.campaigns.delete")
def test_everything_below_a_campaign_is_named_before_it_goes(stage: Stage) -> None:
    ground = stage.ground
    campaign = ground.campaign()
    scope = ground.scope(campaign)
    above, named = campaign, {f"scope/{scope}": "campaign scope"}
    for kind in ("site", "building", "storey", "space"):
        above = ground.element(kind, above)
        named[f"{kind}/{above}"] = kind
    named[f"zone/{ground.element('zone', campaign)}"] = "zone"
    series = ground.series(campaign_id=campaign, campaign_scope_id=scope)
    named[f"timeseries/{series}@1"] = "series"
    named[f"event/{ground.event(campaign_scope_id=scope)}"] = "event"
    found = stage.ours.rows("campaigns.dependents", id=f"campaign/{campaign}")
    assert {row["node"]: row["type"] for row in found} == named
    assert all(row["name"] for row in found)
    stage.ours.do("campaigns.delete", id=f"campaign/{campaign}")
    paths = {"scope": "campaign_scopes", "timeseries": "timeseries", "zone": "zones"}
    for node in named:
        word, _, number = node.partition("@")[0].partition("/")
        assert not stage.kept(paths.get(word, f"{word}s"), int(number))


@pytest.mark.covers("bemserver.campaign_scopes.create")
def test_a_scope_s_name_is_its_own_in_its_campaign_only(stage: Stage) -> None:
    name, other = fresh("scope"), stage.ground.campaign()
    for campaign in (stage.ground.home, other):
        stage.ours.do("campaign_scopes.create", name=name, campaign_id=campaign)
    with pytest.raises(Rejected) as refused:
        stage.ours.do("campaign_scopes.create", name=name, campaign_id=f"campaign/{other}")
    assert set(refused.value.fields) == {"name"}
    found = stage.bare("GET", "campaign_scopes/", name=name)
    assert {row["campaign_id"] for row in found} == {stage.ground.home, other}


@pytest.mark.covers("bemserver.campaign_scopes.delete")
def test_what_depends_on_a_scope_is_named_before_it_goes(stage: Stage) -> None:
    scope = stage.ground.scope()
    series = stage.ground.series(campaign_scope_id=scope)
    event = stage.ground.event(campaign_scope_id=scope)
    named = stage.ours.rows("campaign_scopes.dependents", id=f"scope/{scope}")
    assert [row["node"] for row in named] == [f"timeseries/{series}@1", f"event/{event}"]
    stage.ours.do("campaign_scopes.delete", id=f"scope/{scope}")
    assert not stage.kept("timeseries", series)
    assert not stage.kept("events", event)


# -- sites, buildings, storeys, spaces and zones


@covering("{}s.getall")
def test_elements_are_found_by_all_that_they_stand_in(stage: Stage, kind: str) -> None:
    chain = {"campaign": stage.ground.campaign()}
    while kind not in chain:
        above, number = list(chain.items())[-1]
        below = "zone" if kind == "zone" else CHILDREN.get(above, "site")
        chain[below] = stage.ground.element(below, number)
    for word, number in chain.items():
        if word == kind:
            continue
        found = stage.ours.rows(f"{kind}s.getall", **{f"{word}_id": f"{word}/{number}"})
        assert [row["node"] for row in found] == [f"{kind}/{chain[kind]}"]
    names = [row["name"] for row in stage.ours.rows(f"{kind}s.getall", sort="-name")]
    assert names == sorted(names, reverse=True)
    assert len(names) == len(stage.bare.every(f"{kind}s"))


@covering("{}s.create")
def test_an_element_s_name_is_its_own_where_it_stands_only(stage: Stage, kind: str) -> None:
    name, up = fresh(kind), PARENTS[kind]
    first = stage.ground.place[up]
    second = stage.ground.campaign() if up == "campaign" else stage.ground.element(up)
    for above in (first, second):
        stage.ours.do(f"{kind}s.create", **{"name": name, f"{up}_id": f"{up}/{above}"})
    with pytest.raises(Rejected) as refused:
        stage.ours.do(f"{kind}s.create", **{"name": name, f"{up}_id": f"{up}/{second}"})
    assert set(refused.value.fields) == {"name"}
    found = stage.bare("GET", f"{kind}s/", name=name)
    assert {row[f"{up}_id"] for row in found} == {first, second}


@covering("{}s.create")
def test_a_missing_name_and_what_is_nowhere_are_refused_beside_their_fields(
    stage: Stage, kind: str
) -> None:
    up = PARENTS[kind]
    before = len(stage.bare.every(f"{kind}s"))
    wrong = {"name": "a new one", f"{up}_id": f"{up}/999999"}
    with pytest.raises(Rejected) as refused:
        stage.ours.do(f"{kind}s.create", **wrong)
    assert set(refused.value.fields) == {f"{up}_id"}
    with pytest.raises(Rejected) as refused:
        stage.ours.do(f"{kind}s.create", **{f"{up}_id": stage.ground.place[up]})
    assert set(refused.value.fields) == {"name"}
    with pytest.raises(Rejected) as refused:
        stage.ours.do(f"{kind}s.create", **{"name": "", f"{up}_id": "user/1"})
    assert set(refused.value.fields) == {"name", f"{up}_id"}
    assert len(stage.bare.every(f"{kind}s")) == before


@pytest.mark.covers("bemserver.sites.update")
def test_where_a_site_is_stays_through_a_change_of_something_else(stage: Stage) -> None:
    made = stage.ours.do("sites.create", name=fresh("site"), campaign_id=stage.ground.home,
                         latitude=48.1, longitude=-1.6)  # fmt: skip
    stage.ours.do("sites.update", id=made.id, description="Moved.")
    stored = stage.bare("GET", f"sites/{made.fields['id']}")
    assert (stored["latitude"], stored["longitude"]) == (48.1, -1.6)
    with pytest.raises(Rejected) as refused:
        stage.ours.do("sites.update", id=made.id, latitude=91)
    assert set(refused.value.fields) == {"latitude"}


@covering("{}s.delete")
def test_with_an_element_go_its_ties_and_all_below_it_and_they_are_named_before(
    stage: Stage, kind: str
) -> None:
    ground, bare = stage.ground, stage.bare
    number = ground.element(kind)
    gone, above = [(f"{kind}s", number)], number
    for upper, lower in pairwise(("site", "building", "storey", "space")):
        if upper == kind or gone[-1][0] == f"{upper}s":
            above = ground.element(lower, above)
            gone.append((f"{lower}s", above))
    series, event = ground.series(), ground.event()
    tied = bare.make(f"timeseries_by_{kind}s", timeseries_id=series, **{f"{kind}_id": number})
    seen = bare.make(f"events_by_{kind}s", event_id=event, **{f"{kind}_id": number})
    gone += [(f"timeseries_by_{kind}s", tied["id"]), (f"events_by_{kind}s", seen["id"])]
    named = stage.ours.rows(f"{kind}s.dependents", id=f"{kind}/{number}")
    assert len(named) == len(gone) - 1
    assert {int(row["node"].rpartition("/")[2]) for row in named} == {one for _, one in gone[1:]}
    stage.ours.do(f"{kind}s.delete", id=f"{kind}/{number}")
    assert [place for place in gone if stage.kept(*place)] == []
    assert stage.kept("timeseries", series)
    assert stage.kept("events", event)


@covering("{}s.getone")
def test_the_id_of_another_sort_is_not_found(stage: Stage, kind: str) -> None:
    other = "zone" if kind != "zone" else "site"
    with pytest.raises(NotFound):
        stage.ours.do(f"{kind}s.getone", id=f"{other}/{stage.ground.place[other]}")
    record = stage.ours.do(f"{kind}s.getone", id=f"{kind}/{stage.ground.place[kind]}")
    assert record.id == f"{kind}/{stage.ground.place[kind]}"


# -- what is said of them


@pytest.mark.covers("bemserver.structural_element_properties.create")
@pytest.mark.covers("bemserver.timeseries_properties.create")
def test_a_property_has_a_unit_that_is_one_and_one_of_four_types(stage: Stage) -> None:
    for name in ("structural_element_properties", "timeseries_properties"):
        values = {"name": fresh("property"), "value_type": "integer", "unit_symbol": "m3"}
        with pytest.raises(Rejected) as refused:
            stage.ours.do(f"{name}.create", **values)
        assert refused.value.fields == {"unit_symbol": "Undefined unit."}
        with pytest.raises(Rejected) as refused:
            stage.ours.do(f"{name}.create", **values | {"value_type": "date"})
        assert set(refused.value.fields) == {"value_type"}
        assert stage.bare("GET", f"{name}/", name=values["name"]) == []
        for value_type in ("integer", "float", "boolean", "string"):
            made = stage.ours.do(f"{name}.create", name=fresh("p"), value_type=value_type)
            assert stage.bare("GET", f"{name}/{made.fields['id']}")["value_type"] == value_type
        made = stage.ours.do(f"{name}.create", name=fresh("p"))
        assert made.fields["value_type"] == "string"


@pytest.mark.covers("bemserver.structural_element_properties.delete")
def test_with_a_property_go_its_values_and_they_are_named_before(stage: Stage) -> None:
    definition = stage.ground.definition()
    allowed = stage.ground.allowed("site", definition)
    value = stage.ground.make("site_property_data", site_id=stage.ground.place["site"],
                              site_property_id=allowed, value="1")  # fmt: skip
    named = stage.ours.rows("structural_element_properties.dependents", id=str(definition))
    assert [row["node"] for row in named] == [f"site_property/{allowed}"]
    stage.ours.do("structural_element_properties.delete", id=str(definition))
    assert not stage.kept("site_properties", allowed)
    assert not stage.kept("site_property_data", value)


@covering("{}_properties.delete")
def test_with_what_a_kind_may_have_go_its_values_and_they_are_named_before(
    stage: Stage, kind: str
) -> None:
    definition = stage.ground.definition()
    allowed = stage.ground.allowed(kind, definition)
    body = {f"{kind}_id": stage.ground.place[kind], f"{kind}_property_id": allowed, "value": "1"}
    value = stage.ground.make(f"{kind}_property_data", **body)
    named = stage.ours.rows(f"{kind}_properties.dependents", id=f"{kind}_property/{allowed}")
    assert [row["node"] for row in named] == [f"{kind}_property_data/{value}"]
    stage.ours.do(f"{kind}_properties.delete", id=f"{kind}_property/{allowed}")
    assert not stage.kept(f"{kind}_property_data", value)
    assert stage.kept("structural_element_properties", definition)


@covering("{}_property_data.create")
@pytest.mark.parametrize("value_type", ["integer", "float", "boolean"])
def test_a_value_of_another_type_is_refused_beside_it(
    stage: Stage, kind: str, value_type: str
) -> None:
    allowed = stage.ground.allowed(kind, stage.ground.definition(value_type))
    values = {
        f"{kind}_id": f"{kind}/{stage.ground.place[kind]}",
        f"{kind}_property_id": f"{kind}_property/{allowed}",
    }
    with pytest.raises(Rejected) as refused:
        stage.ours.do(f"{kind}_property_data.create", **values, value="forty")
    assert set(refused.value.fields) == {"value"}
    asked = {f"{kind}_property_id": allowed}
    assert stage.bare("GET", f"{kind}_property_data/", **asked) == []
    good = {"integer": "40", "float": "4.5", "boolean": "true"}[value_type]
    stage.ours.do(f"{kind}_property_data.create", **values, value=good)
    (stored,) = stage.bare("GET", f"{kind}_property_data/", **asked)
    assert stored["value"] == good


@covering("{}_property_data.update")
def test_a_changed_value_is_checked_too(stage: Stage, kind: str) -> None:
    allowed = stage.ground.allowed(kind)
    body = {f"{kind}_id": stage.ground.place[kind], f"{kind}_property_id": allowed, "value": "1"}
    number = stage.ground.make(f"{kind}_property_data", **body)
    with pytest.raises(Rejected) as refused:
        stage.ours.do(f"{kind}_property_data.update", id=str(number), value="forty")
    assert set(refused.value.fields) == {"value"}
    stored = stage.bare("GET", f"{kind}_property_data/{number}")
    assert {name: stored[name] for name in body} == body
