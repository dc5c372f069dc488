"""Access by user groups: given, seen by those who get it, and taken away again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import NodeId
from connectors.errors import Forbidden, NotFound, Rejected
from tests.functions.bemserver.ground import Ground, node
from tests.functions.bemserver.shared import NOBODY, Bare, Ours, fresh
from tests.sandbox.server import MEMBER, OUTSIDER, SandboxServer

RIGHT = ["access"]


@pytest.fixture
def group(bare: Bare) -> int:
    """A new one with the outsider in it."""
    made: int = bare.make("user_groups", name=fresh("Guests"))["id"]
    bare.make("users_by_user_groups", user_group_id=made, user_id=bare.named("users", "Outsider"))
    return made


def test_a_campaign_and_a_scope_are_shared_apart_from_each_other(
    server: SandboxServer, ours: Ours, ground: Ground, group: int
) -> None:
    campaign, scope = NodeId(ground.node), NodeId(f"scope/{ground.scope}")
    series = ground.series()["id"]
    guest = Bare(server, OUTSIDER)

    def seen() -> tuple[int, int]:
        campaigns, found = guest.every("campaigns"), guest.every("timeseries")
        return (
            len([row for row in campaigns if row["id"] == ground.campaign]),
            len([row for row in found if row["id"] == series]),
        )

    assert seen() == (0, 0)
    made = ours.opened.share(campaign, f"user_group/{group}", RIGHT)
    assert seen() == (1, 0)
    again = ours.opened.share(scope, f"user_group/{group}", RIGHT)
    assert seen() == (1, 1)
    assert (made.node, again.node) == (campaign, scope)
    assert ours.opened.grants(campaign) == (made,)
    ours.opened.revoke(campaign, made.id)
    assert seen() == (0, 1)
    ours.opened.revoke(scope, again.id)
    assert seen() == (0, 0)
    assert ours.opened.grants(scope) == ()


def test_what_lies_beneath_shows_the_grant_from_above_and_is_not_shared_by_itself(
    ours: Ours, bare: Bare, ground: Ground, group: int
) -> None:
    site = ground.site()
    building = bare.make("buildings", name="B", site_id=site)["id"]
    storey = bare.make("storeys", name="S", building_id=building)["id"]
    zone = bare.make("zones", name="Z", campaign_id=ground.campaign)["id"]
    audience = f"user_group/{group}"
    made = ours.opened.share(NodeId(ground.node), audience, RIGHT)
    scoped = ours.opened.share(NodeId(f"scope/{ground.scope}"), audience, RIGHT)
    beneath = [f"site/{site}", f"building/{building}", f"storey/{storey}", f"zone/{zone}",
               f"unplaced/{ground.campaign}"]  # fmt: skip
    for place, grant in (
        *((NodeId(one), made) for one in beneath),
        (NodeId(node(ground.series()["id"])), scoped),
    ):
        assert ours.opened.grants(place) == (grant,)
        assert ours.opened.audiences(place).items == ()
        with pytest.raises(Rejected) as wrong:
            ours.opened.share(place, audience, RIGHT)
        assert set(wrong.value.fields) == {"audience"}
        with pytest.raises(Rejected) as wrong:
            ours.opened.revoke(place, grant.id)
        assert set(wrong.value.fields) == {"grant"}
    assert len(bare.every("user_groups_by_campaigns", user_group_id=group)) == 1


def test_groups_are_named_with_how_many_people_they_are(
    ours: Ours, bare: Bare, ground: Ground, group: int
) -> None:
    empty = bare.make("user_groups", name=fresh("Empty"))
    found = {one.id: one for one in ours.opened.audiences(NodeId(ground.node)).items}
    assert found[f"user_group/{group}"].detail == "1 person"
    assert found[f"user_group/{empty['id']}"].detail == "0 people"
    assert found[f"user_group/{empty['id']}"].label == empty["name"]
    assert len(found) == len(bare.every("user_groups"))


def test_twice_gives_one_grant_and_revoking_twice_is_no_error(
    ours: Ours, bare: Bare, ground: Ground, group: int
) -> None:
    place = NodeId(ground.node)
    first, second = (ours.opened.share(place, f"user_group/{group}", RIGHT) for _ in range(2))
    assert first == second
    assert len(bare.every("user_groups_by_campaigns", campaign_id=ground.campaign)) == 1
    for _ in range(2):
        ours.opened.revoke(place, first.id)
    assert bare.every("user_groups_by_campaigns", campaign_id=ground.campaign) == []


def test_who_is_no_administrator_shares_nothing(server: SandboxServer) -> None:
    member, place = Ours(server, MEMBER).opened, NodeId("campaign/1")
    (mine,) = member.grants(place)
    assert mine.audience.label == "Members"
    assert member.audiences(place).items == ()
    with pytest.raises(Forbidden):
        member.share(place, mine.audience.id, RIGHT)
    with pytest.raises(Forbidden):
        member.revoke(place, mine.id)
    assert member.grants(place) == (mine,)


def test_what_cannot_be_is_refused_beside_its_field(
    ours: Ours, bare: Bare, ground: Ground, group: int
) -> None:
    place, audience = NodeId(ground.node), f"user_group/{group}"
    end = datetime.now(UTC) + timedelta(days=1)
    for who, rights, until, field in (
        (f"user_group/{NOBODY}", RIGHT, None, "audience"),
        (str(group), RIGHT, None, "audience"),
        (audience, ["write"], None, "rights"),
        (audience, RIGHT, end, "until"),
    ):
        with pytest.raises(Rejected) as wrong:
            ours.opened.share(place, who, rights, until)
        assert set(wrong.value.fields) == {field}
    assert bare.every("user_groups_by_campaigns", campaign_id=ground.campaign) == []
    for missing in ("campaign/999999", "scope/999999", "user/1"):
        with pytest.raises(NotFound):
            ours.opened.grants(NodeId(missing))
