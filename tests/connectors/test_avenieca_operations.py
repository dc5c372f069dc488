"""Live points that fail, sessions, messages of errors, and what the sandbox offers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.avenieca import batches, kafka, problems
from connectors.contract import NodeId
from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConfigInvalid,
    ConnectorError,
    NotFound,
    Rejected,
    Unavailable,
)
from connectors.http import Answer
from connectors.operations import operations
from connectors.registry import configure
from tests.conformance.subject import Kept
from tests.connectors import avenieca_broker
from tests.connectors.avenieca_broker import FETCH, METADATA, Broker
from tests.connectors.avenieca_stage import Stage, done, node, staged

SERIES = NodeId("twin/room/state/0")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        stage.twin("room", [1.0])
        yield stage


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker() as broker:
        yield broker


def test_a_live_connection_that_breaks_is_unavailable(stage: Stage, broker: Broker) -> None:
    broker.says[FETCH] = lambda body: None
    feed = stage.open(broker=broker.address).subscribe([SERIES])
    with feed, pytest.raises(Unavailable, match="broke off"):
        list(feed)


def test_offsets_that_are_no_longer_held_are_unavailable(stage: Stage, broker: Broker) -> None:
    broker.says[FETCH] = lambda body: avenieca_broker.fetched(b"", code=1)
    feed = stage.open(broker=broker.address).subscribe([SERIES])
    with feed, pytest.raises(Unavailable, match="Subscribe again"):
        list(feed)


def test_a_silent_broker_ends_the_feed_quietly_at_the_deadline(
    stage: Stage, broker: Broker
) -> None:
    with stage.open(broker=broker.address, seconds=0.7).subscribe([SERIES]) as feed:
        assert list(feed) == []
    assert broker.asked[-1] == FETCH


def test_a_broker_that_falls_silent_before_the_deadline_is_unavailable(
    stage: Stage, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "PATIENCE", 0.3)
    feed = stage.open(broker=broker.address).subscribe([SERIES])
    with feed, pytest.raises(Unavailable, match="did not answer in time"):
        list(feed)


def test_a_message_of_a_state_of_another_length_is_null(stage: Stage, broker: Broker) -> None:
    told = batches.written(1, b'{"state": [1.0, 2.0], "valence": 3.0}')
    broker.says[FETCH] = lambda body: avenieca_broker.fetched(told)
    with stage.open(broker=broker.address).subscribe([SERIES]) as feed:
        points = next(iter(feed))
    assert points.batch.column("value").to_pylist() == [None]
    assert points.notes.unreadable == 1


def test_a_broker_elsewhere_has_to_pass_the_door_for_live_points_too(
    stage: Stage, broker: Broker
) -> None:
    broker.says[METADATA] = lambda body: avenieca_broker.metadata("192.168.7.7", 9092)
    opened = stage.open(broker=broker.address)
    with pytest.raises(ConfigInvalid, match=r"192\.168\.7\.7:9092"):
        opened.subscribe([SERIES])
    assert all(sock.fileno() == -1 for sock in opened.sockets[-1:])


def test_what_twins_do_not_tell_live_cannot_be_subscribed_to(stage: Stage) -> None:
    for what in ("score", "status"):
        with pytest.raises(Rejected) as refused:
            stage.open().subscribe([NodeId(f"twin/room/{what}")])
        assert set(refused.value.fields) == {"series"}
    for missing in ("twin/room/state/7", "twin/room/of/other/0", "twin/nowhere/valence"):
        with pytest.raises(NotFound):
            stage.open().subscribe([NodeId(missing)])


def test_a_kept_session_needs_no_other_sign_in_and_fits_its_own_password_only(
    stage: Stage,
) -> None:
    subject, kept = stage.subject(), Kept()
    first = subject.open(kept=kept).check()
    with stage.server.faults.on("500", path="/v1/login"):
        assert subject.open(kept=kept).check() == first
    with pytest.raises(AuthFailed):
        stage.subject(password="another password").open(kept=kept).check()


def test_a_token_that_is_refused_is_not_traded_for_a_sign_in(stage: Stage) -> None:
    with pytest.raises(AuthFailed, match="unauthorized"):
        stage.open(api_token="a-token-of-nobody").check()


def test_a_misspelt_twin_is_told_before_the_settings_are_saved(stage: Stage) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        stage.open(modules="room roon").check()
    assert refused.value.fields == {"modules": "This server has no twin named roon."}


def test_what_the_sandbox_offers_fits_the_settings_field_by_field(stage: Stage) -> None:
    for offer in stage.server.standin("avenieca").offers():
        config = configure("avenieca", offer.settings)
        assert config.endpoints()
        assert len(config.model_dump()["modules"].split()) > 10


@pytest.mark.parametrize("hostile", ["../x", "a/b", "a//b", "?", "a\r\nb", "\x00", "http://x/y"])
def test_no_name_leads_anywhere_else(stage: Stage, hostile: str) -> None:
    for name, values in (
        ("ess.get_one", {"twin": f"twin/{hostile}", "id": 1}),
        ("ess.get_one", {"twin": hostile, "id": 1}),
        ("ess.get_all_aggregates", {"twin": node("room"), "aggregate": hostile, "id": 1}),
        ("ess.create", {"twin": f"twin/{hostile}", "state": [1.0]}),
        ("signal.publish", {"twin": f"twin/{hostile}", "state": [1.0]}),
    ):
        with pytest.raises(NotFound):
            done(stage.open(), name, **values)


def test_the_key_of_a_hash_is_in_no_error(stage: Stage) -> None:
    for wrong in ({"algorithm": "none"}, {"text": 7}, {"more": 1}):
        values = {"text": "x", "secret": "marker-5a1d-secret", **wrong}
        with pytest.raises(ConnectorError) as refused:
            done(stage.open(), "hash.encode", **values)
        assert "marker-5a1d-secret" not in f"{refused.value} {refused.value.__dict__}"


def test_functions_that_destroy_show_what_would_be_gone(stage: Stage) -> None:
    declared = operations(type(stage.open()))
    destroying = {one.name: one.preview for one in declared if one.danger == "destroys"}
    assert destroying == {
        "document.delete": "document.get_one",
        "embedding.delete": "embedding.get_one",
    }


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"errors": ["first", "second."]}', "AveniECA says: first; second."),
        (b'{"errors": ["a\\nb", 7, {"x": 1}]}', "AveniECA says: a b; 7."),
        (b'{"errors": []}', None),
        (b'{"errors": "text"}', None),
        (b"[]", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_the_servers_messages_are_one_sentence(body: bytes, said: str | None) -> None:
    found = problems.explain(Answer(status=404, headers={}, body=body))
    assert (found.message if found else None) == said


def test_a_long_message_is_cut() -> None:
    body = b'{"errors": ["' + b"x" * 5000 + b'"]}'
    found = problems.explain(Answer(status=400, headers={}, body=body))
    assert found is not None
    assert len(found.message) < 250


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b"null", b'{"errors": ["x"]}', b'{"id": 1, "state": "1"}', b"[]",
        b'{"id": "x", "state": [1], "module_id": "room", "valence": 1}',
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_a_bad_answer(
    stage: Stage, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = stage.open()
    answer = Answer(status=200, headers={}, body=body)
    http = opened._client._http  # type: ignore[attr-defined]
    monkeypatch.setattr(http, "request", lambda *a, **k: answer)
    with pytest.raises(BadAnswer):
        done(opened, "ess.get_one", twin=node("room"), id=1)
