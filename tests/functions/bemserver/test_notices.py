"""Notifications: listed, read one by one or all at once, and counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import Forbidden, NotFound, Rejected
from tests.conformance.faults import UNSAFE, FaultProxy
from tests.functions.bemserver.ground import DAY, Ground
from tests.functions.bemserver.shared import NOBODY, Bare, Ours, fresh
from tests.sandbox.server import ADMIN, MEMBER, SandboxServer

CROWD = 117


@pytest.fixture(scope="module")
def ground(bare: Bare) -> Ground:
    return Ground(bare)


@pytest.fixture
def user(bare: Bare) -> int:
    """A new one, whom nobody has notified of anything."""
    name = fresh("user").replace(" ", "")
    made = bare.make("users", name=name, email=f"{name}@sandbox.example", password="quiet-secret")
    return int(made["id"])


def event(ground: Ground) -> int:
    made = ground.bare.make(
        "events", campaign_scope_id=ground.scope, category_id=1, source="test", level="INFO",
        timestamp=DAY.isoformat(),
    )  # fmt: skip
    return int(made["id"])


def notify(ground: Ground, user: int, event: int, at: datetime = DAY, **more: Any) -> int:
    made = ground.bare.make(
        "notifications", user_id=user, event_id=event, timestamp=at.isoformat(), **more
    )
    return int(made["id"])


def unread(bare: Bare, user: int) -> int:
    return int(bare("GET", "notifications/count_by_campaign", user_id=user, read=False)["total"])


@pytest.mark.covers("bemserver.notifications.getall")
def test_every_page_is_fetched_and_each_filter_narrows(
    ours: Ours, bare: Bare, ground: Ground, user: int
) -> None:
    first, second = event(ground), event(Ground(bare))
    numbers = [notify(ground, user, first, DAY + n * timedelta(hours=1)) for n in range(CROWD)]
    other = notify(ground, user, second, DAY - timedelta(days=1), read=True)
    every = ours.rows("notifications.getall", user_id=f"user/{user}")
    assert [row["id"] for row in every] == [*reversed(numbers), other]
    assert every[0]["node"] == f"notification/{numbers[-1]}"
    two = {"timestamp_min": DAY + timedelta(hours=1), "timestamp_max": DAY + timedelta(hours=2)}
    for filters, found in (
        ({"event_id": second}, [other]),
        ({"campaign_id": ground.node, "limit": 3}, numbers[:-4:-1]),
        (two, numbers[2:0:-1]),
        ({"read": True}, [other]),
        ({"read": False, "sort": "timestamp", "limit": 2}, numbers[:2]),
    ):
        rows = ours.rows("notifications.getall", user_id=user, **filters)
        assert [row["id"] for row in rows] == found


@pytest.mark.covers("bemserver.notifications.getone")
@pytest.mark.covers("bemserver.notifications.create")
def test_one_is_what_was_made_and_an_unknown_one_is_not_found(
    ours: Ours, bare: Bare, ground: Ground, user: int
) -> None:
    made = ours.do("notifications.create", user_id=user, event_id=event(ground), timestamp=DAY)
    assert made.id == f"notification/{made.fields['id']}"
    told = bare("GET", f"notifications/{made.fields['id']}")
    assert (told["user_id"], told["read"], told["timestamp"]) == (user, False, DAY.isoformat())
    assert made.fields == told
    assert ours.do("notifications.getone", id=made.id).fields == told
    assert [row["id"] for row in bare.every("notifications", user_id=user)] == [told["id"]]
    assert ours.opened.node(made.id).type == "notification"
    with pytest.raises(NotFound):
        ours.do("notifications.getone", id=f"notification/{NOBODY}")


@pytest.mark.covers("bemserver.notifications.create")
@pytest.mark.covers("bemserver.notifications.delete")
def test_only_administrators_make_and_delete_them(
    server: SandboxServer, bare: Bare, ground: Ground
) -> None:
    member = Ours(server, MEMBER)
    me = bare.named("users", "Member")
    number = notify(ground, me, event(ground))
    with pytest.raises(Forbidden):
        member.do("notifications.create", user_id=me, event_id=event(ground), timestamp=DAY)
    with pytest.raises(Forbidden):
        member.do("notifications.delete", id=str(number))
    assert [row["id"] for row in bare.every("notifications", user_id=me)] == [number]
    with pytest.raises(Rejected) as wrong:
        Ours(server).do("notifications.create", user_id=me, event_id=NOBODY, timestamp=DAY)
    assert "event_id" in wrong.value.fields


@pytest.mark.covers("bemserver.notifications.update")
@pytest.mark.covers("bemserver.notifications.count_by_campaign")
def test_one_that_is_read_takes_one_off_the_count(
    ours: Ours, bare: Bare, ground: Ground, user: int
) -> None:
    elsewhere = Ground(bare)
    numbers = [notify(ground, user, event(ground)) for _ in range(3)]
    notify(elsewhere, user, event(elsewhere))

    def counted(**more: Any) -> dict[str | None, int]:
        rows = ours.rows("notifications.count_by_campaign", user_id=str(user), **more)
        return {row["campaign"]: row["count"] for row in rows}

    assert counted(read=False) == {None: 4, ground.node: 3, elsewhere.node: 1}
    told = ours.do("notifications.update", id=str(numbers[0]), read=True)
    assert told.fields["read"] is True
    assert bare("GET", f"notifications/{numbers[0]}")["read"] is True
    assert unread(bare, user) == 3
    assert counted(read=False) == {None: 3, ground.node: 2, elsewhere.node: 1}
    assert counted(read=True) == {None: 1, ground.node: 1}
    assert counted()[None] == 4


@pytest.mark.covers("bemserver.notifications.update")
def test_a_change_is_sent_without_a_version_and_nothing_to_change_is_not_sent(
    server: SandboxServer, bare: Bare, ground: Ground, user: int
) -> None:
    number = notify(ground, user, event(ground))
    sent: list[tuple[str, str | None]] = []

    def look(handler: Any, ask: Any) -> None:
        sent.append((handler.command, handler.headers["If-Match"]))
        handler.reply(ask())

    with FaultProxy(server.url) as proxy, proxy.failing(look, UNSAFE):
        ours = Ours(server, ADMIN, url=proxy.url)
        ours.do("notifications.update", id=str(number), read=True)
        assert sent[-1] == ("PUT", None)
        with pytest.raises(Rejected, match="Nothing was given"):
            ours.do("notifications.update", id=str(number))
        assert [verb for verb, _ in sent] == ["POST", "PUT"]
    assert bare("GET", f"notifications/{number}")["read"] is True


@pytest.mark.covers("bemserver.notifications.delete")
def test_one_that_is_deleted_is_not_found_any_more(
    ours: Ours, bare: Bare, ground: Ground, user: int
) -> None:
    number, other = (notify(ground, user, event(ground)) for _ in range(2))
    ours.do("notifications.delete", id=f"notification/{number}")
    assert [row["id"] for row in bare.every("notifications", user_id=user)] == [other]
    for name in ("notifications.delete", "notifications.getone"):
        with pytest.raises(NotFound):
            ours.do(name, id=str(number))


@pytest.mark.covers("bemserver.notifications.mark_all_as_read")
def test_all_of_one_campaign_or_of_all_are_read_at_once(
    ours: Ours, bare: Bare, ground: Ground, user: int
) -> None:
    elsewhere = Ground(bare)
    for place in (ground, ground, elsewhere):
        notify(place, user, event(place))
    ours.do("notifications.mark_all_as_read", user_id=f"user/{user}", campaign_id=elsewhere.node)
    assert unread(bare, user) == 2
    ours.do("notifications.mark_all_as_read", user_id=str(user))
    assert unread(bare, user) == 0
    assert len(bare.every("notifications", user_id=user, read=True)) == 3


@pytest.mark.covers("bemserver.notifications.mark_all_as_read")
@pytest.mark.covers("bemserver.notifications.count_by_campaign")
def test_one_s_own_are_meant_when_nobody_is_named_and_others_are_not_one_s_business(
    server: SandboxServer, bare: Bare, ground: Ground
) -> None:
    member, me = Ours(server, MEMBER), bare.named("users", "Member")
    notify(ground, me, event(ground), datetime.now(UTC))
    told = member.rows("notifications.count_by_campaign", read=False)[0]
    assert (told["name"], told["count"]) == ("all campaigns", unread(bare, me))
    assert told["count"] > 0
    member.do("notifications.mark_all_as_read")
    assert unread(bare, me) == 0
    admin = bare.named("users", ADMIN.name)
    for name in ("notifications.mark_all_as_read", "notifications.count_by_campaign"):
        with pytest.raises(Forbidden):
            member.do(name, user_id=f"user/{admin}")
