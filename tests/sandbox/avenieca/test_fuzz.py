"""Wrong requests and wrong frames: the stand-in answers in its own voice and goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st

from connectors.sandbox.avenieca.app import ROUTES
from connectors.sandbox.avenieca.broker import wire
from connectors.sandbox.avenieca.broker.batches import written
from connectors.sandbox.avenieca.broker.protocol import VERSIONS
from connectors.sandbox.avenieca.broker.wire import INT8, INT16, INT32, INT64
from connectors.sandbox.avenieca.settings import Settings
from tests.sandbox.avenieca.wire import Kafka, Rest, fetch, produce
from tests.sandbox.fuzzing import for_seconds
from tests.sandbox.server import SandboxServer

pytestmark = pytest.mark.fuzz
TESTS = 2
"""That share the platform's time."""

TWINS = ("library_g1_temperature", "room_library_g1", "own")
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "MGET")
NAMES = ("state", "module_id", "valence", "score", "aggregate_id", "aggregate_module_id",
         "aggregate_score", "aggregate_shape", "embedding_input", "context", "instance_id",
         "status", "limit", "n", "recall", "range", "current_state", "previous_state",
         "store_response", "store_sequence", "doc_id", "text", "embed", "input", "hash", "query",
         "username", "password")  # fmt: skip

wrong_words = st.one_of(
    st.sampled_from(["", ".", "..", "../..", "-1", "-2", "0", "1", "9" * 30, "a b", "?", "#", "%",
                     "\r\n", "\0", "//", "é", "😀", "sequence", "hash", "search", "pretty",
                     "x" * 5000, "1e9", "0x1", "٣", "1\n"]),
    st.text(max_size=20),
    st.sampled_from(TWINS),
)  # fmt: skip
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10),
        st.sampled_from(TWINS), st.integers(-2, 5),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)  # fmt: skip
bodies = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), values, max_size=10).map(json.dumps).map(str.encode),
    values.map(json.dumps).map(str.encode),
    st.binary(max_size=200),
    st.sampled_from([b"[" * 3000, b'{"a":' * 3000, b"null", b"", b'{"state": [1e400]}',
                     b'{"module_id": "\\ud800"}', b'\xef\xbb\xbf{"query": "x"}']),
)  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """A method, a path that is nearly right, and a body."""
    method, path, _ = draw(st.sampled_from(ROUTES))
    parts = [
        quote(draw(wrong_words), safe="") if part.startswith("{") else part
        for part in path.split("/")
    ]
    if draw(st.integers(0, 9)) == 0:
        parts.insert(draw(st.integers(0, len(parts))), quote(draw(wrong_words)))
    if draw(st.integers(0, 4)) == 0:
        method = draw(st.sampled_from(METHODS))
    return method, "/".join(parts) or "/", draw(bodies)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    settings = Settings(meter_rows=100, room_rows=20)
    with SandboxServer("avenieca", settings={"avenieca": settings}) as served:
        yield served


def test_every_wrong_request_gets_the_platforms_own_answer(server: SandboxServer) -> None:
    rest = Rest(server)
    port = int(server.url.rpartition(":")[2])
    connection = HTTPConnection("127.0.0.1", port, timeout=20)

    def check(request: tuple[str, str, bytes]) -> None:
        method, path, body = request
        headers = {"Authorization": f"Bearer {rest.token}"}
        connection.request(method, f"/v1{path}", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status in (200, 201, 400, 404, 405), (answer.status, content)
        if method == "HEAD":
            return
        data: Any = json.loads(content)
        if answer.status >= 400:
            assert list(data) == ["errors"] or "incorrect_total_ess_sore" in data, data

    try:
        assert for_seconds(requests(), check, among=TESTS)
    finally:
        connection.close()
    assert rest("GET", "/ess/library_g1_temperature/1").status == 200


numbers = st.sampled_from([-(2**31), -2, -1, 0, 1, 2, 7, 1000, 2**31 - 1])
texts = st.one_of(
    st.none(), st.sampled_from(["own_sub", "own_pub", "t", "library_g1_temperature_pub"]),
    st.text(max_size=20),
)  # fmt: skip
pieces = st.one_of(
    numbers.map(INT32.pack),
    st.integers(-(2**15), 2**15 - 1).map(INT16.pack),
    st.integers(-(2**63), 2**63 - 1).map(INT64.pack),
    st.integers(-128, 127).map(INT8.pack),
    texts.map(wire.text),
    st.binary(max_size=30),
)
signals = st.lists(st.one_of(bodies, values.map(lambda v: json.dumps({"state": v}).encode())),
                   min_size=1, max_size=4)  # fmt: skip
good_bodies = st.one_of(
    signals.map(lambda each: produce("own_sub", written(0, [(1, one) for one in each]))),
    st.tuples(st.sampled_from(["own_pub", "own_sub", "no"]), st.integers(-5, 20)).map(
        lambda place: fetch([place], wait=0)
    ),
    st.lists(pieces, max_size=8).map(b"".join),
)


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """A frame with something wrong, mostly."""
    key = draw(st.one_of(st.sampled_from(list(VERSIONS)), st.integers(-1, 80)))
    version = draw(st.one_of(st.just(VERSIONS.get(key, (0, 0))[1]), st.integers(-1, 20)))
    body = draw(good_bodies)
    head = INT16.pack(key) + INT16.pack(version) + INT32.pack(7) + wire.text(draw(texts))
    frame = bytearray(head + body)
    for _ in range(draw(st.integers(0, 3))):
        frame[draw(st.integers(0, len(frame) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.integers(0, 3))
    if cut == 0:
        frame = frame[: draw(st.integers(0, len(frame)))]
    length = len(frame) if draw(st.integers(0, 5)) else draw(numbers)
    return INT32.pack(length) + bytes(frame)


def test_every_wrong_frame_is_answered_or_closes_its_connection(server: SandboxServer) -> None:
    def check(frame: bytes) -> None:
        with Kafka(server) as kafka:
            kafka.send(frame)
            kafka.finish()
            while kafka.next() is not None:
                pass
        assert _lives(server)

    assert for_seconds(frames(), check, among=TESTS)
    rest = Rest(server)
    assert rest("GET", "/ess/library_g1_temperature/1").status == 200


def _lives(server: SandboxServer) -> bool:
    with Kafka(server) as kafka:
        return kafka.ask(18, 0, b"").int16() == 0
