"""The rules of AveniECA's REST wire that its client does not show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sandbox.accounts import ADMIN, MEMBER, OUTSIDER
from connectors.sandbox.avenieca.settings import Settings
from tests.functions.maps import MAPS, rows
from tests.sandbox.avenieca.wire import NOW, Rest
from tests.sandbox.clock import HandClock
from tests.sandbox.server import SandboxServer

ROOM, TEMPERATURE = "room_library_g1", "library_g1_temperature"
SEQUENCE_KEYS = ["id", "module_id", "instance_id", "status", "created_at", "updated_at", "context"]
ESS_KEYS = ["id", "module_id", "state", "valence", "score", "avg_ess_valence", "total_ess_score",
            "avg_ess_score", "embedding_input", "context", "aggregate_id", "aggregate_module_id",
            "aggregate_score", "aggregate_valence", "aggregate_shape", "aggregate_context",
            "aggregate_emb_inp", "created_at", "updated_at"]  # fmt: skip


@pytest.fixture
def rest(server: SandboxServer) -> Iterator[Rest]:
    yield Rest(server)
    server.reset()


def test_signing_in_gives_exactly_four_keys(server: SandboxServer) -> None:
    stranger = Rest(server, None)
    body = {"username": MEMBER.email, "password": MEMBER.password}
    reply = stranger("POST", "/login", body)
    assert (reply.status, sorted(reply.data)) == (
        200, ["role", "session_id", "user_id", "username"],
    )  # fmt: skip
    assert (reply.data["role"], reply.data["username"]) == ("user", MEMBER.email)
    assert stranger("GET", "/response", bearer=reply.data["session_id"]).status == 200


@pytest.mark.parametrize(
    ("body", "status", "errors"),
    [
        ({"username": ADMIN.email, "password": "wrong"}, 401, ["invalid username or password"]),
        ({"username": "é", "password": "é"}, 401, ["invalid username or password"]),
        ({"username": ADMIN.email}, 400, ["password is required"]),
        ({"username": 5, "password": []}, 400, ["username must be text", "password must be text"]),
        ([], 400, ["the body must be a JSON object"]),
        (b"{", 400, ["the body is not JSON"]),
    ],
)
def test_a_wrong_sign_in_says_what_is_wrong(
    server: SandboxServer, body: object, status: int, errors: list[str]
) -> None:
    reply = Rest(server, None)("POST", "/login", body)
    assert (reply.status, reply.data) == (status, {"errors": errors})


def test_nothing_opens_without_a_valid_bearer(server: SandboxServer) -> None:
    stranger = Rest(server, None)
    for method, path in (("GET", "/response"), ("GET", "/nowhere"), ("DELETE", "/ess")):
        for bearer in ("", "x", "é"):
            key = bearer.encode().decode("latin-1")
            reply = stranger(method, path, bearer=key)
            assert (reply.status, reply.data) == (401, {"errors": ["unauthorized"]})


def test_a_session_ends_by_the_clock() -> None:
    clock = HandClock(shown=[NOW])
    settings = {"avenieca": Settings(session_seconds=60, meter_rows=10, room_rows=5)}
    with SandboxServer("avenieca", clock=clock, settings=settings) as server:
        rest = Rest(server, None)
        body = {"username": ADMIN.email, "password": ADMIN.password}
        key = rest("POST", "/login", body).data["session_id"]
        clock.shown.append(NOW + timedelta(seconds=59))
        assert rest("GET", "/response", bearer=key).status == 200
        clock.shown.append(NOW + timedelta(seconds=60))
        assert rest("GET", "/response", bearer=key).status == 401
        assert Rest(server)("GET", "/response").status == 200


def test_everybody_sees_and_changes_everything(server: SandboxServer, rest: Rest) -> None:
    rest.ess("shared", 1.0)
    assert Rest(server, OUTSIDER)("GET", "/ess/shared/1").data["state"] == [1.0]


def test_errors_are_never_a_page_of_the_framework(rest: Rest) -> None:
    seen = [
        (rest("GET", "/nowhere"), 404, "not found"),
        (rest("GET", "/ess/x/", base="/v1"), 404, "not found"),
        (rest("GET", "//ess/x"), 404, "not found"),
        (rest("GET", "/ess/x", base=""), 404, "not found"),
        (rest("DELETE", "/ess"), 405, "method not allowed"),
        (rest("GET", "/login"), 405, "method not allowed"),
        (rest("OPTIONS", "/document"), 405, "method not allowed"),
        (rest("GET", "/ess/x"), 404, "module x not found"),
        (rest("GET", f"/ess/{TEMPERATURE}/999999"), 404, f"ESS 999999 of {TEMPERATURE} not found"),
        (rest("GET", f"/ess/{TEMPERATURE}/one"), 400, "the id must be a number"),
        (rest("GET", f"/ess/{TEMPERATURE}/-2"), 400, "the id must be a number"),
        (rest("GET", f"/ess/{TEMPERATURE}/1%0d%0a"), 400, "the id must be a number"),
        (rest("POST", "/ess", b"[" * 5000), 400, "the body is not JSON"),
        (rest("POST", "/ess", b" " * (8 * 1024 * 1024 + 1)), 400, "the body is too long"),
    ]
    for reply, status, text in seen:
        assert (reply.status, reply.data) == (status, {"errors": [text]})
        assert reply.kind == "application/json; charset=utf-8"


def test_words_are_routed_before_ids_and_a_get_may_have_a_body(rest: Rest) -> None:
    rest("POST", "/embedding", {"module_id": "m", "input": "i", "hash": "h"})
    assert rest("GET", "/embedding/m/hash", {"hash": "h"}).data["id"] == 1
    assert rest("GET", "/embedding/m/hash", {"hash": "x"}).status == 404
    assert rest("GET", "/embedding/m/hash").data == {"errors": ["the body must be a JSON object"]}
    assert rest("POST", "/ess/search", {"module_id": "m", "state": [1]}).status == 400
    assert rest("GET", "/ess/m/sequence").data == []


def test_an_ess_has_exactly_its_keys_and_32_bit_numbers(rest: Rest) -> None:
    made = rest.ess("btc", 26469.581684007026, 1 / 3, -0.0, 5)
    assert list(made) == ESS_KEYS
    assert made["state"] == [26469.582, 0.33333334, 0.0, 5.0]
    assert made["created_at"] == made["updated_at"]
    assert datetime.fromisoformat(made["created_at"]).tzinfo == UTC
    assert len(made["created_at"]) == len("2023-06-11T15:06:25.726206Z")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"state": []}, "state must not be empty"),
        ({"state": [1e39]}, "state must be a list of finite numbers"),
        ({"state": [True]}, "state must be a list of finite numbers"),
        ({"state": "[1]"}, "state must be a list of finite numbers"),
        ({"score": 1.5}, "score must be an integer"),
        ({"score": 2**63}, "score must be an integer"),
        ({"context": "\0"}, "context must be text"),
        ({"module_id": "a/b"},
         "module_id must be made of letters, digits, dot, underscore, tilde and minus"),
        ({"valence": None}, "valence is required"),
    ],
)  # fmt: skip
def test_a_wrong_member_is_named(rest: Rest, change: dict[str, object], error: str) -> None:
    body = {"state": [1], "module_id": "m", "valence": 1, **change}
    reply = rest("POST", "/ess", body)
    assert (reply.status, reply.data) == (400, {"errors": [error]})
    assert rest("GET", "/ess/m").status == 404


def test_a_member_that_newer_clients_send_is_ignored(rest: Rest) -> None:
    body = {"state": [1], "module_id": "m", "valence": 1, "index": 5}
    assert list(rest("POST", "/ess", body).data) == ESS_KEYS


def test_patch_keeps_what_was_not_sent(rest: Rest) -> None:
    rest.ess("m", 1.0, context="kept", score=3)
    changed = rest("PATCH", "/ess/m/1", {"valence": 7}).data
    assert (changed["context"], changed["score"], changed["valence"]) == ("kept", 3, 7.0)
    rest.row("m", 1, context="kept")
    changed = rest("PATCH", "/sequence/m/-1", {"status": "sk"}).data
    assert (changed["status"], changed["context"]) == ("sk", "kept")
    assert list(changed) == SEQUENCE_KEYS


def test_an_aggregate_can_be_changed_after_the_scores_of_its_members_moved_on(rest: Rest) -> None:
    newest = rest("GET", f"/ess/{ROOM}/1").data
    changed = rest("PATCH", f"/ess/{ROOM}/1", {**newest, "context": "seen"})
    assert changed.status == 200
    moved = {"updated_at": changed.data["updated_at"], "context": "seen"}
    assert changed.data == {**newest, **moved}


def test_an_aggregates_faults_come_under_the_platforms_own_misspelt_key(rest: Rest) -> None:
    rest.ess("part", 2.0, score=5)
    body = {"state": [], "module_id": "sum", "valence": 0, "aggregate_id": [1],
            "aggregate_module_id": ["part"], "total_ess_score": 6}  # fmt: skip
    reply = rest("POST", "/ess", body)
    assert reply.status == 400
    assert reply.data["incorrect_total_ess_sore"] == "total_ess_score must be 5, not 6"
    assert len(reply.data) == 11


def test_the_newest_row_is_minus_one_everywhere(rest: Rest) -> None:
    rest.ess("m", 1.0)
    rest.ess("m", 2.0)
    rest.row("m", 2)
    rest.row("m", 1)
    assert rest("GET", "/sequence/m/-1").data["id"] == 2
    assert rest("GET", "/ess/m/sequence/-1").data["id"] == 1
    assert rest("GET", "/ess/m/-1").data["id"] == 2
    assert [row["id"] for row in rest("GET", "/sequence/m").data] == [2, 1]


def test_rows_and_states_of_the_world_hang_together(rest: Rest) -> None:
    rows = rest("GET", f"/sequence/{TEMPERATURE}").data
    states = {ess["id"]: ess for ess in rest("GET", f"/ess/{TEMPERATURE}").data}
    assert [row["id"] for row in rows] == list(range(len(rows), 0, -1))
    assert {row["instance_id"] for row in rows} == set(states)
    assert sum(ess["score"] for ess in states.values()) == len(rows)
    assert len({tuple(ess["state"]) for ess in states.values()}) == len(states) < len(rows)


def test_a_room_is_the_sum_of_its_twins(rest: Rest) -> None:
    ess = rest("GET", f"/ess/{ROOM}/sequence/-1").data
    parts = [
        rest("GET", f"/ess/{module}/{number}").data
        for module, number in zip(ess["aggregate_module_id"], ess["aggregate_id"], strict=True)
    ]
    assert ess["state"] == [value for part in parts for value in part["state"]]
    assert ess["aggregate_shape"] == [1, 1, 1]
    assert ess["valence"] == sum(part["valence"] for part in parts)
    assert ess["total_ess_score"] == sum(ess["aggregate_score"])
    assert ess["avg_ess_score"] == int(ess["total_ess_score"] / 3)
    above = rest("GET", f"/ess/{TEMPERATURE}/aggregate/{ROOM}/{ess['aggregate_id'][0]}").data
    assert ess["id"] in [one["id"] for one in above]


def test_rows_appear_by_the_clock_and_their_ids_have_no_gap() -> None:
    clock = HandClock(shown=[NOW])
    with SandboxServer("avenieca", clock=clock) as server:
        rest = Rest(server)
        first = rest("GET", f"/sequence/{TEMPERATURE}/-1").data
        assert first["created_at"] == "2026-05-06T07:00:00.000000Z"
        path = f"/sequence/{TEMPERATURE}/{first['id'] + 1}"
        assert rest("GET", path).status == 404
        written = rest.row(TEMPERATURE, 1, status="e")
        assert written["id"] == first["id"] + 1
        clock.shown.append(NOW + timedelta(minutes=10))
        newest = rest("GET", f"/sequence/{TEMPERATURE}/-1").data
        assert (newest["id"], newest["created_at"]) == (
            first["id"] + 2, "2026-05-06T07:10:00.000000Z",
        )  # fmt: skip


def test_what_was_written_is_there_after_a_restart_with_the_same_ids(tmp_path: Path) -> None:
    def everything(rest: Rest) -> list[object]:
        paths = (f"/sequence/{TEMPERATURE}", f"/ess/{TEMPERATURE}", "/ess/own", "/sequence/own",
                 "/document", "/embedding/own", "/response", f"/ess/{ROOM}")  # fmt: skip
        return [rest("GET", path).data for path in paths]

    settings = {"avenieca": Settings(meter_rows=200, room_rows=50)}
    clock = HandClock(shown=[NOW])
    with SandboxServer("avenieca", clock=clock, settings=settings, folder=tmp_path) as server:
        rest = Rest(server)
        assert rest.ess(TEMPERATURE, 99.5)["id"] == rest.row(TEMPERATURE, 1)["instance_id"] + len(
            rest("GET", f"/ess/{TEMPERATURE}").data
        ) - 1  # fmt: skip
        clock.shown.append(NOW + timedelta(hours=3))
        rest("PATCH", f"/sequence/{TEMPERATURE}/3", {"status": "sk"})
        rest("PATCH", f"/ess/{TEMPERATURE}/2", {"context": "changed"})
        rest.ess("own", 1.0)
        rest.row("own", 1)
        rest("POST", "/document", {"doc_id": "d", "text": "t"})
        rest("POST", "/embedding", {"module_id": "own", "input": "i", "hash": "h"})
        rest("POST", "/predictions", {"module_id": TEMPERATURE, "store_response": True})
        before = everything(rest)
    with SandboxServer("avenieca", clock=clock, settings=settings, folder=tmp_path) as server:
        again = Rest(server)
        assert everything(again) == before
        server.reset()
        assert again("GET", "/ess/own").status == 404
        assert again("GET", "/response").data == []
        assert again("GET", f"/sequence/{TEMPERATURE}/3").data["status"] == "n"


def test_a_reset_ends_sessions(server: SandboxServer) -> None:
    rest = Rest(server, None)
    body = {"username": ADMIN.email, "password": ADMIN.password}
    key = rest("POST", "/login", body).data["session_id"]
    server.reset()
    assert rest("GET", "/response", bearer=key).status == 401


def test_content_faults_spoil_stamps_and_states(server: SandboxServer, rest: Rest) -> None:
    path = f"/sequence/{TEMPERATURE}"
    good = rest("GET", path).data
    with server.faults.on("duplicate_stamps"):
        spoiled = rest("GET", path).data
    assert len({row["created_at"] for row in spoiled}) == len(good) - 1
    assert [row["id"] for row in spoiled] == [row["id"] for row in good]
    with server.faults.on("unsorted_stamps"):
        spoiled = rest("GET", path).data
    assert spoiled == [good[-1], *good[1:-1], good[0]]
    with server.faults.on("nan"):
        states = [ess["state"] for ess in rest("GET", f"/ess/{TEMPERATURE}").data]
    assert states.count([None]) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_faults_speak_the_platforms_language(
    server: SandboxServer, rest: Rest, status: int
) -> None:
    with server.faults.on(str(status), account=ADMIN.email):
        reply = rest("GET", "/response")
        other = Rest(server, MEMBER)("GET", "/response")
    assert (reply.status, list(reply.data)) == (status, ["errors"])
    assert other.status == 200


def test_every_function_of_the_reference_has_its_route(server: SandboxServer) -> None:
    served = set(server.standin("avenieca").routes())
    mapped = rows(MAPS / "avenieca.tsv")
    named = {row["id"]: set(row["route"].split(" + ")) - {"none"} for row in mapped}
    assert not {name: routes - served for name, routes in named.items() if routes - served}
    assert not [row["id"] for row in mapped if (row["route"] == "none") != ("none" in row["wire"])]
    spoken = {"ApiVersions", "InitProducerId", "ListOffsets", "Metadata"}
    assert served - set[str]().union(*named.values()) == {f"KAFKA {name}" for name in spoken}


def test_every_person_gets_an_offer_that_signs_in(server: SandboxServer) -> None:
    offers = server.standin("avenieca").offers()
    assert len(offers) == 3
    for offer in offers:
        keys = {name: offer.settings[name] for name in ("username", "password")}
        reply = Rest(server, None)("POST", "/login", keys)
        assert reply.status == 200
    (view,) = offers[0].views
    assert view.series == (TEMPERATURE, "library_g1_co2", "library_g1_people")
    assert set(view.series) < set(offers[0].settings["modules"].split())
    assert offers[0].settings["broker"] == server.address("avenieca", "kafka")
