"""Wrong requests of every kind: the answer is an envelope, and the stand-in goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st

from connectors.sandbox.flowthings.app import addresses
from tests.sandbox.flowthings.wire import KIND, Account, line
from tests.sandbox.fuzzing import for_seconds
from tests.sandbox.server import SandboxServer

pytestmark = pytest.mark.fuzz
TESTS = 3
"""That share the platform's time."""

ROUTES = [(address.verb, address.path) for address in addresses()]
EXTREMES = st.sampled_from([2**63, -(2**63) - 1, 1e308, -0.0, 1e-320, 10**30])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | EXTREMES
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
MEMBERS = ["path", "elems", "filter", "capacity", "source", "destination", "paths", "issuedTo",
           "memberIds", "duration", "periodicity", "output", "groupBy", "rules", "sorts", "flowId",
           "params", "location", "fhash", "creationDate", "js", "url", "uri", "topic", "disabled",
           "parentDropId", "reportPeriodicity", "displayName"]  # fmt: skip
NEARLY = st.sampled_from(
    ["/admin/fuzz", "/admin/x", "/member/x", "/admin/" + "x" * 200, "a > 1", "a =~ /(/", "$avg:n",
     "$count", "$hour:n", "n", {"n": 1}, {"n": {"type": "date", "value": "x"}},
     {"/admin/fuzz": {"dropRead": True}}, {"lat": 91, "lon": 0}, ["/admin/fuzz"], ["$count"],
     ["$day"], {"a": "n > 1"}, [{"flowId": "f", "params": {"limit": 1}}], 60_000, -1],
)  # fmt: skip
BODIES = st.dictionaries(st.sampled_from(MEMBERS), NEARLY | JSON, max_size=5)
CONTENTS = st.one_of(
    st.none(),
    st.binary(max_size=20),
    (BODIES | JSON).map(lambda body: json.dumps(body).encode()),
    st.integers(1, 3000).map(lambda depth: b"[" * depth + b"]" * depth),
    st.just(b'{"a": 1e999}'),
    st.just(b'{"a": NaN}'),
    st.just(b'"\\ud800"'),
    st.just(b'{"elems": {"\\ud800": "\\udfff"}}'),
)
FILTERS = st.lists(
    st.sampled_from(
        ["a", "elems.a", "==", "!=", "<", "=~", "/a/", "/(/", "/(a+)+$/", "IN", "[", "]", "'x'",
         "1", "NOT", "(", ")", "&&", "||", "AGE", "EXISTS", "HAS", "MATCHES", "WITHIN", "5", "KM",
         "OF", "40.7", ",", "-73.9", "%", "1e999", "Date(1)", "\n", "\x00", "\ud7ff",
         "creationDate"]
    ),
    max_size=10,
).map(" ".join)  # fmt: skip
IDS = st.one_of(
    st.sampled_from(["..", "%2e%2e", "a//b", "%00", "%0d%0aX:%20y", "f" + "0" * 24, "d" + "f" * 24,
                     "%ff", "%C2%B2", "x" * 3000, "-1", "d+1", "*"]),
    st.text(max_size=10).map(quote),
)  # fmt: skip
QUERIES = st.dictionaries(
    st.sampled_from(["limit", "start", "skip", "sort", "order", "only", "hints", "refs", "pretty",
                     "path", "level", "filter"]),
    FILTERS
    | st.sampled_from(["1", "-1", "1e9", "9" * 40, "a.b.c", "asc", "geo", "id,,.", "elems."]),
    max_size=4,
)  # fmt: skip
REQUESTS = st.tuples(
    st.sampled_from(ROUTES),
    st.sampled_from([None, None, None, "PATCH", "BREW", "MGET", "MPUT", "PUT", "OPTIONS", "HEAD"]),
    st.lists(IDS, min_size=6, max_size=6),
    st.booleans(),
    QUERIES,
    CONTENTS,
)


@pytest.fixture(scope="module")
def admin() -> Iterator[Account]:
    with SandboxServer(KIND) as server:
        account = Account(server)
        account.flow("fuzz")
        yield account


def target(admin: Account, path: str, ids: list[str], *, known: bool) -> str:
    """An address with ids that lead somewhere, or with wrong ones."""
    for name, value in (known_ids(admin, path) if known else {}).items():
        path = path.replace(name, value)
    parts = iter(ids)
    while "{" in path:
        start, _, rest = path.partition("{")
        path = start + next(parts) + rest.partition("}")[2]
    return f"/v0.1/admin{path}"


def known_ids(admin: Account, path: str) -> dict[str, str]:
    """Of a flow and a drop that are there, whatever requests before have deleted."""
    held = admin.body("GET", "/flow", filter="path == '/admin/fuzz'")
    flow = held[0] if held else admin.flow("fuzz")
    drops = admin.drops(flow, limit=1) or [None]
    own = drops[0]["id"] if drops[0] else flow["id"]
    ident = own if path.startswith("/drop") else flow["id"]
    return {"{flow}": flow["id"], "{type}": "flowDropAdded", "{id}": ident, "{year}": "2024"}


def test_every_wrong_request_gets_an_envelope(admin: Account) -> None:
    seen: set[int] = set()

    def check(example: Any) -> None:
        (verb, path), other, ids, known, query, content = example
        address = target(admin, path, ids, known=known)
        address += "?" + "&".join(f"{name}={quote(text)}" for name, text in query.items())
        reply = admin.raw(other or verb, address, content)
        seen.add(reply.status)
        assert reply.status in (200, 201, 400, 403, 404, 405), reply
        if other == "HEAD":
            return
        head = reply.data["head"]
        assert (head["status"], head["ok"]) == (reply.status, reply.status < 400)
        assert set(head) == {"status", "ok", "messages", "errors", "references"}
        assert all(isinstance(error, str) for error in head["errors"])

    for_seconds(REQUESTS, check, among=TESTS)
    assert {200, 400, 404} <= seen
    assert admin("GET", "/flow", limit=1).status == 200


HEADERS = st.dictionaries(
    st.sampled_from(["x-auth-token", "x-auth-account", "content-type", "authorization"]),
    st.text(
        st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=12
    ),
)  # fmt: skip


def test_no_header_opens_what_it_should_not(admin: Account) -> None:
    def check(headers: dict[str, str]) -> None:
        reply = admin.raw("GET", "/v0.1/admin/flow?limit=1", headers=headers)
        own = {**admin.headers, **headers}
        right = {name: own[name].strip() for name in admin.headers} == admin.headers
        assert reply.status == (200 if right else 403)

    for_seconds(HEADERS, check, among=TESTS)


FRAMES = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {"type": st.sampled_from(["create", "find", "findmany", "update", "delete", "subscribe",
                                  "unsubscribe", "heartbeat"]) | JSON,
         "object": st.sampled_from(["drop", "flow", "track"]) | JSON},
        optional={"flowId": JSON, "path": st.just("/admin/fuzz") | JSON, "id": JSON,
                  "value": BODIES | JSON, "options": QUERIES | JSON, "msgId": JSON},
    ),
)  # fmt: skip


def test_a_socket_survives_every_frame(admin: Account) -> None:
    with line(admin) as socket:

        def check(frame: Any) -> None:
            socket.connection.send(json.dumps(frame))
            socket.send(type="heartbeat", msgId="still here")
            for _ in range(1000):
                message = socket.next()
                if message.get("head", {}).get("msgId") == "still here":
                    return
                assert message.get("type") == "message" or "ok" in message["head"]

        for_seconds(FRAMES, check, among=TESTS)
