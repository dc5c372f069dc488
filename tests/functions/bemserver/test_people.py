"""Users, groups and what groups may see, as the people concerned find it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.errors import Forbidden, NotFound, Rejected
from tests.conformance.faults import UNSAFE, FaultProxy, echo
from tests.functions.bemserver.rows import Plot, Stage, staged
from tests.functions.bemserver.shared import Bare, Ours
from tests.sandbox.server import ADMIN, MEMBER


@pytest.fixture
def own() -> Iterator[Stage]:
    """A sandbox that may be spoilt."""
    with staged(bare=True) as stage:
        yield stage


def grant(ground: Plot, user: int, *, campaign: bool = True, scope: bool = True) -> int:
    """A group with this user that sees the ground's campaign and scope; its number."""
    group = ground.group()
    ground.make("users_by_user_groups", user_id=user, user_group_id=group)
    if campaign:
        ground.make("user_groups_by_campaigns", campaign_id=ground.home, user_group_id=group)
    if scope:
        ground.make(
            "user_groups_by_campaign_scopes", campaign_scope_id=ground.area, user_group_id=group
        )
    return group


def sees(stage: Stage, person: Bare) -> tuple[bool, bool]:
    """Whether somebody sees the ground's campaign, and series of its scope."""
    campaigns = {row["id"] for row in person.every("campaigns")}
    series = {row["campaign_scope_id"] for row in person.every("timeseries")}
    return stage.ground.home in campaigns, stage.ground.area in series


def seen_by_a_link(stage: Stage, links: str, **place: str) -> list[tuple[bool, bool]]:
    """What a new person sees before their group is linked to a place, while it is, and after."""
    person, number = stage.member()
    group = grant(stage.ground, number, campaign=False, scope=False)
    signed_in = Bare(stage.server, person)
    seen = [sees(stage, signed_in)]
    record = stage.ours.do(f"{links}.create", **place, user_group_id=f"user_group/{group}")
    seen.append(sees(stage, signed_in))
    stage.ours.do(f"{links}.delete", id=record.id)
    return [*seen, sees(stage, signed_in)]


@pytest.mark.covers("bemserver.users.getall")
def test_users_are_found_by_their_flags(stage: Stage) -> None:
    _, quiet = stage.member()
    version = stage.bare.answer("GET", f"users/{quiet}").headers["ETag"].strip('"')
    stage.bare.answer("PUT", f"users/{quiet}/set_active", {"value": False}, tag=version)
    whole = stage.bare.every("users")
    for flag in ("is_admin", "is_active"):
        for value in (True, False):
            found = {row["id"] for row in stage.ours.rows("users.getall", **{flag: value})}
            assert found == {row["id"] for row in whole if row[flag] == value}
            assert found
    backwards = [row["email"] for row in stage.ours.rows("users.getall", sort="-email")]
    assert backwards == sorted(backwards, reverse=True)


@pytest.mark.covers("bemserver.users.getall")
def test_somebody_without_rights_sees_themselves_only(stage: Stage) -> None:
    person, number = stage.member()
    assert [row["id"] for row in Ours(stage.server, person).rows("users.getall")] == [number]


@pytest.mark.covers("bemserver.users.update")
def test_a_change_of_a_user_asks_for_the_password_and_sets_it(stage: Stage) -> None:
    person, number = stage.member()
    with pytest.raises(Rejected) as refused:
        stage.ours.do("users.update", id=f"user/{number}", name="Somebody else")
    assert set(refused.value.fields) == {"password"}
    record = stage.ours.do("users.update", id=f"user/{number}", password="another secret")
    assert "another secret" not in repr(record.fields)
    body = {"email": person.email, "password": "another secret"}
    assert stage.bare("POST", "auth/token", body)["status"] == "success"
    assert not Bare(stage.server, person).signed_in


@pytest.mark.covers("bemserver.users.create")
def test_a_new_user_can_sign_in_and_is_no_administrator(stage: Stage) -> None:
    values = {"name": "New", "email": "new@sandbox.example", "password": "first secret"}
    record = stage.ours.do("users.create", **values)
    assert (record.fields["is_admin"], record.fields["is_active"]) == (False, True)
    body = {"email": values["email"], "password": values["password"]}
    assert stage.bare("POST", "auth/token", body)["status"] == "success"


@pytest.mark.covers("bemserver.users.create")
@pytest.mark.covers("bemserver.users.update")
def test_a_password_that_the_platform_says_back_is_in_no_refusal(stage: Stage) -> None:
    secret = "marker-5a1d-secret"
    with FaultProxy(stage.server.url) as proxy:
        ours = Ours(proxy)
        ours.rows("users.getall")
        number = stage.ground.user()
        for operation, values in (
            ("users.create", {"name": "New", "email": "echo@sandbox.example"}),
            ("users.update", {"id": f"user/{number}"}),
        ):
            with proxy.failing(echo, UNSAFE), pytest.raises(Rejected) as refused:
                ours.do(operation, **values, password=secret)
            assert proxy.struck
            assert secret not in f"{refused.value} {refused.value.__dict__}"


@pytest.mark.covers("bemserver.users.set_admin")
def test_the_flag_of_an_administrator_flips(stage: Stage) -> None:
    _, number = stage.member()
    for value in (True, False):
        record = stage.ours.do("users.set_admin", id=f"user/{number}", value=value)
        stored = stage.bare.answer("GET", f"users/{number}")
        assert stored.json()["is_admin"] is value
        assert record.fields == stored.json()
        assert record.version == stored.headers["ETag"].strip('"')
    with pytest.raises(Rejected, match="meantime"):
        stage.ours.do("users.set_admin", id=f"user/{number}", value=True, version="0" * 40)
    assert stage.bare("GET", f"users/{number}")["is_admin"] is False


@pytest.mark.covers("bemserver.users.set_admin")
def test_only_administrators_make_administrators(stage: Stage) -> None:
    person, number = stage.member()
    with pytest.raises(Forbidden):
        Ours(stage.server, person).do("users.set_admin", id=f"user/{number}", value=True)
    assert stage.bare("GET", f"users/{number}")["is_admin"] is False


@pytest.mark.covers("bemserver.users.set_active")
def test_who_is_switched_off_is_refused_and_cannot_sign_in(stage: Stage) -> None:
    person, number = stage.member()
    signed_in = Bare(stage.server, person)
    assert signed_in("GET", f"users/{number}")["is_active"] is True
    stage.ours.do("users.set_active", id=f"user/{number}", value=False)
    assert signed_in("GET", "users/") == 403
    assert not Bare(stage.server, person).signed_in
    with pytest.raises(Rejected, match="meantime"):
        stage.ours.do("users.set_active", id=f"user/{number}", value=True, version="0" * 40)
    assert not Bare(stage.server, person).signed_in
    stage.ours.do("users.set_active", id=f"user/{number}", value=True)
    assert Bare(stage.server, person).signed_in


@pytest.mark.covers("bemserver.users.delete")
@pytest.mark.covers("bemserver.users.set_active")
@pytest.mark.covers("bemserver.users.set_admin")
def test_ones_own_account_goes_only_when_it_is_meant(own: Stage) -> None:
    me = own.bare("GET", "users/", email=ADMIN.email)[0]["id"]
    calls = ({"operation": "users.delete"}, {"operation": "users.set_active", "value": False},
             {"operation": "users.set_admin", "value": False})  # fmt: skip
    for call in calls:
        values = {name: value for name, value in call.items() if name != "operation"}
        with pytest.raises(Rejected) as refused:
            own.ours.do(str(call["operation"]), id=f"user/{me}", **values)
        assert set(refused.value.fields) == {"own"}
    assert own.bare("GET", f"users/{me}")["is_admin"] is True
    other = own.ground.user()
    own.ours.do("users.set_admin", id=f"user/{other}", value=True)
    own.ours.do("users.set_admin", id=f"user/{me}", value=False, own=True)
    assert own.bare("GET", f"users/{me}")["is_admin"] is False


@pytest.mark.covers("bemserver.users.set_active")
def test_ones_own_account_is_switched_off_when_it_is_meant(own: Stage) -> None:
    me = own.bare("GET", "users/", email=ADMIN.email)[0]["id"]
    record = own.ours.do("users.set_active", id=f"user/{me}", value=False, own=True)
    assert record.fields["is_active"] is False
    assert not Bare(own.server).signed_in


@pytest.mark.covers("bemserver.users.delete")
def test_ones_own_account_is_deleted_when_it_is_meant(own: Stage) -> None:
    me = own.bare("GET", "users/", email=ADMIN.email)[0]["id"]
    own.ours.do("users.delete", id=f"user/{me}", own=True)
    assert not Bare(own.server).signed_in


@pytest.mark.covers("bemserver.users.delete")
def test_what_goes_with_a_user_is_named_before(stage: Stage) -> None:
    _, number = stage.member()
    group = stage.ground.group()
    stage.ground.make("users_by_user_groups", user_id=number, user_group_id=group)
    category = stage.ground.category()
    stage.ground.make("event_categories_by_users", user_id=number, category_id=category,
                      notification_level="INFO")  # fmt: skip
    named = stage.ours.rows("users.dependents", id=f"user/{number}")
    assert [row["type"] for row in named] == ["membership", "subscription"]
    stage.ours.do("users.delete", id=f"user/{number}")
    assert stage.bare.every("users_by_user_groups", user_id=number) == []
    assert stage.kept("user_groups", group)


@pytest.mark.covers("bemserver.user_groups_by_campaigns.create")
@pytest.mark.covers("bemserver.user_groups_by_campaigns.delete")
def test_a_campaign_is_seen_from_when_a_group_gets_it_until_it_is_taken_away(stage: Stage) -> None:
    campaign = f"campaign/{stage.ground.home}"
    seen = seen_by_a_link(stage, "user_groups_by_campaigns", campaign_id=campaign)
    assert seen == [(False, False), (True, False), (False, False)]


@pytest.mark.covers("bemserver.user_groups_by_campaign_scopes.create")
@pytest.mark.covers("bemserver.user_groups_by_campaign_scopes.delete")
def test_series_are_seen_from_when_a_group_gets_their_scope_until_it_is_taken_away(
    stage: Stage,
) -> None:
    stage.ground.series()
    scope = f"scope/{stage.ground.area}"
    seen = seen_by_a_link(stage, "user_groups_by_campaign_scopes", campaign_scope_id=scope)
    assert seen == [(False, False), (False, True), (False, False)]


@pytest.mark.covers("bemserver.user_by_user_groups.delete")
def test_who_leaves_a_group_loses_what_it_sees(stage: Stage) -> None:
    stage.ground.series()
    person, number = stage.member()
    group = grant(stage.ground, number)
    signed_in = Bare(stage.server, person)
    assert sees(stage, signed_in) == (True, True)
    (tie,) = stage.ours.rows("user_by_user_groups.getall", user_group_id=f"user_group/{group}")
    stage.ours.do("user_by_user_groups.delete", id=tie["node"])
    assert sees(stage, signed_in) == (False, False)


@pytest.mark.covers("bemserver.user_groups.delete")
def test_with_a_group_its_members_lose_what_it_sees(stage: Stage) -> None:
    stage.ground.series()
    person, number = stage.member()
    group = grant(stage.ground, number)
    signed_in = Bare(stage.server, person)
    assert sees(stage, signed_in) == (True, True)
    named = stage.ours.rows("user_groups.dependents", id=f"user_group/{group}")
    assert [row["type"] for row in named] == [
        "membership",
        "access to a campaign",
        "access to a scope",
    ]
    stage.ours.do("user_groups.delete", id=f"user_group/{group}")
    assert sees(stage, signed_in) == (False, False)
    assert stage.kept("users", number)


@pytest.mark.covers("bemserver.user_groups.getall")
@pytest.mark.covers("bemserver.user_by_user_groups.getall")
@pytest.mark.covers("bemserver.user_groups_by_campaigns.getall")
@pytest.mark.covers("bemserver.user_groups_by_campaign_scopes.getall")
def test_a_member_sees_the_groups_and_grants_of_their_own(stage: Stage) -> None:
    member = Ours(stage.server, MEMBER)
    bare = Bare(stage.server, MEMBER)
    stage.ground.group()
    pairs = {
        "user_groups": "user_groups",
        "user_by_user_groups": "users_by_user_groups",
        "user_groups_by_campaigns": "user_groups_by_campaigns",
        "user_groups_by_campaign_scopes": "user_groups_by_campaign_scopes",
    }
    for name, path in pairs.items():
        found = {row["id"] for row in member.rows(f"{name}.getall")}
        assert found == {row["id"] for row in bare.every(path)}
        assert 0 < len(found) <= len(stage.bare.every(path))
    assert len(member.rows("user_groups.getall")) < len(stage.bare.every("user_groups"))


@pytest.mark.covers("bemserver.users.set_admin")
def test_nobody_is_made_of_an_id_of_something_else(stage: Stage) -> None:
    with pytest.raises(NotFound):
        stage.ours.do("users.set_admin", id=f"campaign/{stage.ground.home}", value=True)
