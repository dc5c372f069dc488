"""AveniECA's sequence, settings and sign-in, over a real socket, read back by a bare client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import NodeId, Window, secret_names
from connectors.errors import AuthFailed, ConfigInvalid, NotFound, Rejected
from connectors.registry import configure, load
from connectors.sandbox.accounts import ADMIN, MEMBER, token
from tests.conformance.points import stored
from tests.conformance.subject import Kept
from tests.connectors.avenieca_stage import Stage, done, named, node

SEVEN = {"id", "module_id", "instance_id", "status", "created_at", "updated_at", "context"}


def around() -> Window:
    now = datetime.now(UTC)
    return Window(start=now - timedelta(hours=1), end=now + timedelta(hours=1))


@pytest.mark.covers("avenieca.sequence.create")
def test_a_row_is_stored_with_status_n_and_an_unknown_state_is_told(stage: Stage) -> None:
    ess = stage.rest.ess("rows", 1.0)["id"]
    made = stage.do("sequence.create", twin=node("rows"), instance_id=ess).fields
    assert (made["status"], made["instance_id"], made["context"]) == ("n", ess, None)
    assert stage.rest("GET", f"/sequence/rows/{made['id']}").data == made
    with pytest.raises(NotFound, match="ESS 99 of rows not found"):
        stage.do("sequence.create", twin=node("rows"), instance_id=99)
    assert len(stage.rest("GET", "/sequence/rows").data) == 1


@pytest.mark.covers("avenieca.type.sequence_insert")
def test_the_form_asks_for_twin_state_status_and_context(stage: Stage) -> None:
    opened = stage.open()
    fields = named(opened, "sequence.create").parameters.model_fields
    assert set(fields) == {"twin", "instance_id", "status", "context"}
    ess = stage.rest.ess("tagged", 1.0)["id"]
    for status in ("p", "eight888"):
        made = done(opened, "sequence.create", twin=node("tagged"), instance_id=ess, status=status)
        assert stage.rest("GET", f"/sequence/tagged/{made.fields['id']}").data["status"] == status
    for status in ("", "nine99999"):
        with pytest.raises(Rejected) as refused:
            done(opened, "sequence.create", twin=node("tagged"), instance_id=ess, status=status)
        assert set(refused.value.fields) == {"status"}


@pytest.mark.covers("avenieca.type.sequence_response")
def test_a_row_shows_its_seven_members(stage: Stage) -> None:
    ess = stage.rest.ess("seven", 1.0)["id"]
    rows = [stage.rest.row("seven", ess), stage.rest.row("seven", ess, context="a note")]
    for row in rows:
        shown = stage.do("sequence.get_one", twin=node("seven"), id=row["id"]).fields
        assert set(shown) == SEVEN
        assert shown == row


@pytest.mark.covers("avenieca.sequence.get_all")
def test_a_series_has_a_point_for_each_row_and_an_empty_twin_has_none(stage: Stage) -> None:
    hot, cold = stage.twin("air_conditioner", [30.5], [11.0])
    stage.rest.row("air_conditioner", hot)
    rows = stage.rest("GET", "/sequence/air_conditioner").data
    value = {hot: 30.5, cold: 11.0}
    expected = sorted((_micros(row["created_at"]), value[row["instance_id"]]) for row in rows)
    series = NodeId("twin/air_conditioner/state/0")
    found = stored(stage.open().read([series], around()))
    assert list(zip(*found[series], strict=True)) == expected
    assert [value for _, value in expected] == [30.5, 11.0, 30.5]
    stage.rest("POST", "/embedding", {"module_id": "empty", "input": "x", "hash": "x"})
    assert list(stage.open().read([NodeId("twin/empty/state/0")], around())) == []
    assert stage.table("sequence.get_all", twin=node("empty")) == []
    assert stage.table("sequence.get_all", twin=node("air_conditioner")) == rows


@pytest.mark.covers("avenieca.sequence.get_one")
def test_one_row_equals_what_was_created_and_minus_one_is_the_newest(stage: Stage) -> None:
    ess = stage.rest.ess("single", 1.0)["id"]
    first, second = (stage.rest.row("single", ess, status=tag) for tag in ("a", "b"))
    found = [
        stage.do("sequence.get_one", twin=node("single"), id=number).fields
        for number in (first["id"], -1)
    ]
    assert found == [first, second]
    with pytest.raises(NotFound, match="sequence 99"):
        stage.do("sequence.get_one", twin=node("single"), id=99)


@pytest.mark.covers("avenieca.sequence.update")
def test_status_and_context_of_a_row_persist(stage: Stage) -> None:
    ess = stage.rest.ess("updated", 1.0)["id"]
    row = stage.rest.row("updated", ess)
    target = {"twin": node("updated"), "id": row["id"]}
    stage.do("sequence.update", **target, status="sk", context="checked by hand")
    shown = stage.do("sequence.update", **target, status="sk")
    found = stage.rest("GET", f"/sequence/updated/{row['id']}").data
    assert shown.fields == found
    assert found["updated_at"] > row["updated_at"]
    changed = {"status": "sk", "context": "checked by hand", "updated_at": found["updated_at"]}
    assert found == row | changed


@pytest.mark.covers("avenieca.type.config")
def test_the_settings_are_kept_apart_and_the_secrets_sealed(stage: Stage) -> None:
    assert secret_names(load("avenieca").Config) == {"password", "api_token"}
    config = configure("avenieca", stage.settings)
    assert {name: getattr(config, name) for name in ("username", "uri")} == {
        "username": ADMIN.email,
        "uri": stage.settings["uri"],
    }
    assert ADMIN.password not in repr(config)


@pytest.mark.covers("avenieca.type.config")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"uri": ""}, "uri"),
        ({"uri": "ftp://x/v1"}, "uri"),
        ({"uri": "http://me:pw@host/v1"}, "uri"),
        ({"uri": "http://host/v1?x=1"}, "uri"),
        ({"uri": "http://host/../v1"}, "uri"),
        ({"uri": "http://host:99999/v1"}, "uri"),
        ({"username": "", "password": ""}, "api_token"),
        ({"password": ""}, "api_token"),
        ({"modules": " , ;"}, "modules"),
        ({"modules": "room ../../etc"}, "modules"),
        ({"modules": ".."}, "modules"),
        ({"modules": "a/b"}, "modules"),
        ({"broker": "host"}, "broker"),
        ({"broker": "host:99999"}, "broker"),
        ({"broker": "http://host:9092"}, "broker"),
        ({"twin_topic": "everything"}, "twin_topic"),
        ({"signal_topic": "{twin}/x"}, "signal_topic"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_beside_its_field(
    stage: Stage, wrong: dict[str, str], field: str
) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        configure("avenieca", {**stage.settings, **wrong})
    assert set(refused.value.fields) == {field}
    assert refused.value.fields[field].endswith(".")


@pytest.mark.covers("avenieca.auth.login")
def test_the_session_of_the_sign_in_is_the_bearer_token(stage: Stage) -> None:
    subject, kept = stage.subject(), Kept()
    account = subject.open(kept=kept).check()
    assert account.label == ADMIN.email
    assert account.facts["Role"] == "admin"
    session = subject.open(kept=kept)
    token_sent = dict(session._sessions.headers())["Authorization"]  # type: ignore[attr-defined]
    bearer = token_sent.removeprefix("Bearer ")
    assert stage.rest("GET", "/document", bearer=bearer).status == 200
    assert bearer in kept.values["session"]


@pytest.mark.covers("avenieca.auth.login")
def test_a_wrong_password_says_so(stage: Stage) -> None:
    with pytest.raises(AuthFailed, match="wrong user name or password"):
        stage.subject(password="wrong password").open(kept=Kept()).check()


@pytest.mark.covers("avenieca.auth.login")
def test_a_session_that_ended_is_renewed_by_another_sign_in(stage: Stage) -> None:
    subject, kept = stage.subject(), Kept()
    subject.open(kept=kept).check()
    before = dict(kept.values)
    with stage.server.faults.on("expired", times=1):
        assert done(subject.open(kept=kept), "document.get_one", id=1).fields["id"] == 1
    assert kept.values != before
    stage.server.standin("avenieca").ground.store.records("sessions").clear()
    assert done(subject.open(kept=kept), "document.get_one", id=1).fields["id"] == 1


@pytest.mark.covers("avenieca.auth.api_token")
def test_a_stored_token_connects_without_any_sign_in(stage: Stage) -> None:
    key = token("avenieca", MEMBER)
    with stage.server.faults.on("500", path="/v1/login"):
        opened = stage.open(username="", password="", api_token=key)
        account = opened.check()
        assert done(opened, "document.get_one", id=1).fields["id"] == 1
    assert "/v1/login" not in [one.path for one in stage.server.faults.injected]
    assert account.id != stage.open().check().id
    assert key not in account.id


def _micros(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)
