"""Avista survives wrong requests, and answers each in its own shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from connectors.sandbox.accounts import ADMIN, MEMBER, OUTSIDER, token
from connectors.sandbox.avista.seed import EXPIRED
from tests.sandbox.avista.asked import BODIES, JUNK, SOUP, requests
from tests.sandbox.avista.wire import Frames, Wire
from tests.sandbox.client import Reply
from tests.sandbox.fuzzing import for_seconds
from tests.sandbox.server import SandboxServer

pytestmark = pytest.mark.fuzz
TESTS = 7
"""That share the platform's time."""

STATUSES = {200, 400, 401, 413}
PEOPLE = st.sampled_from(
    (*(token("avista", person) for person in (ADMIN, MEMBER, OUTSIDER)), EXPIRED, "nonsense")
)
SMALL = "{ user_getUserSession { user { userId } } }"


@pytest.fixture
def wire() -> Iterator[Wire]:
    """An Avista of its own, which still answers at the end."""
    with SandboxServer("avista") as server:
        yield Wire(server)
        assert Wire(server).data(SMALL) == {"user": {"userId": "userId.1"}}


def check(reply: Reply) -> Any:
    """An answer of AppSync's: `data`, `errors` or both, and no failure of our own."""
    assert reply.status in STATUSES, (reply.status, reply.body[:500])
    answer = reply.data
    assert answer.keys() in ({"data"}, {"errors"}, {"data", "errors"}), answer
    for error in answer.get("errors", ()):
        assert isinstance(error["message"], str)
        assert error.get("errorType") != "InternalFailure", error
        assert "Traceback" not in error["message"]
    return answer


def test_wrong_bodies_are_answered(wire: Wire) -> None:
    def ask(example: tuple[Any, str]) -> None:
        body, held = example
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        check(Wire(wire.server, held).post(sent))

    for_seconds(st.tuples(BODIES, PEOPLE), ask, among=TESTS)


def test_every_root_field_takes_what_its_schema_allows(wire: Wire) -> None:
    schema = wire.server.standin("avista").engine.schema

    def ask(example: tuple[dict[str, Any], str]) -> None:
        body, held = example
        check(Wire(wire.server, held).post(body))

    for_seconds(st.tuples(requests(schema, "query", "mutation"), PEOPLE), ask, among=TESTS)


def test_every_root_field_refuses_what_its_schema_does_not_allow(wire: Wire) -> None:
    schema = wire.server.standin("avista").engine.schema

    def ask(example: tuple[dict[str, Any], Any]) -> None:
        body, junk = example
        variables = dict.fromkeys(body["variables"], junk)
        check(wire.post(json.dumps({**body, "variables": variables}).encode()))

    for_seconds(st.tuples(requests(schema, "query", "mutation"), JUNK), ask, among=TESTS)


def test_sockets_survive_any_frame(wire: Wire) -> None:
    schema = wire.server.standin("avista").engine.schema
    plain = st.one_of(SOUP, JUNK.map(json.dumps))
    frames = st.one_of(
        plain,
        st.fixed_dictionaries(
            {"type": st.sampled_from(("connection_init", "start", "stop", "ka", "data"))},
            optional={"id": JUNK, "payload": JUNK},
        ).map(json.dumps),
        requests(schema, "subscription").map(started),
    )

    def talk(example: list[str]) -> None:
        with wire.socket(ready=False) as opened:
            assert closing_code(opened, example) in (None, 1000)

    for_seconds(st.lists(frames, max_size=4), talk, among=TESTS)


def closing_code(opened: Frames, frames: list[str]) -> int | None:
    """Sends frames; how the server closed the connection, None when it did not."""
    try:
        opened.send({"type": "connection_init"})
        for frame in frames:
            opened.send(frame)
            with suppress(TimeoutError):
                assert "type" in json.loads(opened.connection.recv(timeout=0.02))
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else -1
    return None


def started(body: dict[str, Any]) -> str:
    """A frame that starts a subscription."""
    authorization = {"host": "here", "Authorization": token("avista", ADMIN)}
    payload = {"data": json.dumps(body), "extensions": {"authorization": authorization}}
    return json.dumps({"id": "1", "type": "start", "payload": payload})


def test_the_object_store_survives_any_url(wire: Wire) -> None:
    good = wire.data(
        '{ storage_getDataStoreFileDownloadUrl(dataStoreFileId: "dataStoreFileId.1") { url } }'
    )["url"]
    path, _, query = good.partition("?")
    letters = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"))
    urls = st.one_of(
        letters.map(lambda text: f"{path}{text}?{query}"),
        letters.map(lambda text: f"{path}?{query}{text}"),
        letters.map(lambda text: f"{path}?{query.replace('Expires=900', f'Expires={text}')}"),
        letters.map(lambda text: f"{path}?{query.replace('Signature=', f'Signature={text}')}"),
        letters.map(lambda text: f"{wire.server.url}/objects/{text}?{query}"),
    )

    def fetch(example: tuple[str, str]) -> None:
        method, url = example
        reply = wire.file(method, url, b"x" if method == "PUT" else None)
        assert reply.status in {200, 403, 404, 405}, (reply.status, url)
        assert b"Traceback" not in reply.body

    for_seconds(
        st.tuples(st.sampled_from(("GET", "PUT", "POST", "DELETE")), urls), fetch, among=TESTS
    )
