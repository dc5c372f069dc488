"""Answers that are too big, too slow, broken, packed, nested, or not what they say."""

from __future__ import annotations

import gzip
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest

from connectors.answers import Answer, depth
from connectors.errors import BadAnswer, ConnectorError, Unavailable
from connectors.http import Http, Limits
from tests.connectors.doors import http_to
from tests.connectors.servers import RESET, Reply, Seen, answer, in_turn, site

SMALL = Limits(bytes=100_000, stream_bytes=300_000)


def whole(http: Http) -> bytes:
    return http.request("GET", "x").body


def streamed(http: Http) -> bytes:
    with http.stream("GET", "x") as stream:
        return b"".join(stream)


def told(reply: Reply, take: Any, **rest: Any) -> tuple[ConnectorError, int]:
    """The error that an answer ends in, and how often it was asked for."""
    with site(reply) as server, http_to(server, **rest) as http:
        with pytest.raises(ConnectorError) as caught:
            take(http)
        return caught.value, len(server.seen)


def chunked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield answer(b"", transfer_encoding="chunked").replace(b"content-length: 0\r\n", b"")
    for piece in pieces:
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"


def endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


@pytest.mark.parametrize("take", [whole, streamed])
def test_an_answer_comes_whole_packed_or_in_chunks(take: Any) -> None:
    data = b"0123456789" * 5_000
    replies = (
        answer(data),
        answer(gzip.compress(data), content_encoding="gzip"),
        answer(zlib.compress(data), content_encoding="deflate"),
        list(chunked([data[:20_000], data[20_000:]])),
        [answer(data, connection="close").replace(b"content-length: 50000\r\n", b"")],
        answer(b""),
    )
    with site(in_turn(*replies)) as server, http_to(server) as http:
        assert [take(http) for _ in replies] == [data] * 5 + [b""]


@pytest.mark.parametrize("take", [whole, streamed])
def test_a_body_that_is_announced_or_sent_too_big_is_a_bad_answer(take: Any) -> None:
    fault, times = told(lambda seen: answer(b"x" * 400_000), take, limits=SMALL)
    assert isinstance(fault, BadAnswer)
    assert "larger than" in fault.message
    assert times == 1


@pytest.mark.parametrize("take", [whole, streamed])
def test_endless_chunks_end_at_the_cap(take: Any) -> None:
    fault, times = told(lambda seen: chunked(endless(b"x" * 10_000)), take, limits=SMALL)
    assert "larger than" in fault.message
    assert times == 1


@pytest.mark.parametrize("take", [whole, streamed])
def test_a_gzip_bomb_ends_at_the_cap_in_little_memory(take: Any) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
    limits = Limits(bytes=2_000_000, stream_bytes=2_000_000)
    with (
        site(lambda seen: answer(bomb, content_encoding="gzip")) as server,
        http_to(server, limits=limits) as http,
    ):
        tracemalloc.start()
        with pytest.raises(BadAnswer, match="larger than"):
            take(http)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(bomb) < 400_000
    assert peak < 20_000_000


def test_an_error_whose_body_is_a_bomb_is_told_by_its_status() -> None:
    fault, _ = told(lambda seen: chunked(endless(b"x" * 10_000)), whole, limits=SMALL)
    assert isinstance(fault, BadAnswer)

    def failing(seen: Seen) -> Iterator[bytes]:
        first, *_ = [next(chunked([]))]
        yield first.replace(b" 200 ", b" 500 ")
        yield from (b"2710\r\n" + b"x" * 10_000 + b"\r\n" for _ in endless(b""))

    fault, times = told(failing, whole)
    assert isinstance(fault, Unavailable)
    assert times == 3


@pytest.mark.parametrize("take", [whole, streamed])
def test_one_byte_at_a_time_ends_at_the_deadline(take: Any) -> None:
    stop = threading.Event()

    def dripping(seen: Seen) -> Iterator[bytes]:
        yield answer(b"", content_length="100000")
        while not stop.wait(0.02):
            yield b"."

    began = time.monotonic()
    fault, times = told(dripping, take, seconds=0.4)
    stop.set()
    assert isinstance(fault, Unavailable)
    assert "in time" in fault.message
    assert 0.3 < time.monotonic() - began < 1.5
    assert times == 1


def test_silence_ends_before_the_deadline_and_is_tried_again() -> None:
    stop = threading.Event()

    def mute(seen: Seen) -> list[bytes]:
        stop.wait(5)
        return []

    fault, times = told(mute, whole, limits=Limits(silence=0.1))
    stop.set()
    assert isinstance(fault, Unavailable)
    assert times == 3


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Big: " + b"a" * 100_000 + b"\r\n\r\n", "readable HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Many: a\r\n" * 200 + b"\r\n", "readable HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "readable HTTP"),
        (b"HTTP/1.1 ??? OK\r\n\r\n", "readable HTTP"),
    ],
)
def test_headers_without_end_and_other_languages_are_bad_answers(head: bytes, words: str) -> None:
    fault, times = told(lambda seen: [head], whole)
    assert isinstance(fault, BadAnswer)
    assert words in fault.message
    assert times == 1


BROKEN: list[Any] = [
    pytest.param(lambda seen: [answer(b"half", content_length="100")], id="truncated"),
    pytest.param(lambda seen: [answer(b"half", content_length="100"), RESET], id="reset"),
    pytest.param(lambda seen: list(chunked([b"half"]))[:-1], id="chunks end early"),
]


@pytest.mark.parametrize("reply", BROKEN)
def test_a_whole_answer_that_breaks_off_is_tried_again(reply: Reply) -> None:
    fault, times = told(reply, whole)
    assert isinstance(fault, Unavailable)
    assert times == 3


@pytest.mark.parametrize("reply", BROKEN)
def test_a_stream_that_breaks_off_is_not_asked_for_twice(reply: Reply) -> None:
    fault, times = told(reply, streamed)
    assert isinstance(fault, Unavailable)
    assert times == 1


def test_a_truncated_answer_that_comes_whole_the_second_time_is_whole() -> None:
    replies = in_turn([answer(b"half", content_length="100")], answer(b"[1]"))
    with site(replies) as server, http_to(server) as http:
        assert http.request("GET", "x").json() == [1]


def test_bytes_that_cannot_be_unpacked_are_a_bad_answer_after_three_tries() -> None:
    fault, times = told(lambda seen: answer(b"not packed", content_encoding="gzip"), whole)
    assert isinstance(fault, BadAnswer)
    assert times == 3


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<html>Sign in</html>", "text/html", "web page"),
        (b"\n <!doctype html>", "application/json", "web page"),
        (b"", "application/json", "no readable JSON"),
        (b'{"a": ', "application/json", "no readable JSON"),
        (b"\xff\xfe", "application/json", "no readable JSON"),
        (b"[" * 65 + b"]" * 65, "application/json", "nested deeper"),
        (b'{"a":' * 100_000, "application/json", "nested deeper"),
        (b'["]",' * 100_000, "application/json", "nested deeper"),
    ],
)
def test_what_is_no_json_is_a_bad_answer(body: bytes, kind: str, words: str) -> None:
    with site(lambda seen: answer(body, content_type=kind)) as server, http_to(server) as http:
        found = http.request("GET", "x")
        with pytest.raises(BadAnswer, match=words):
            found.json()


def test_a_web_page_with_a_server_error_is_unavailable() -> None:
    page = answer(b"<html>502</html>", 502, content_type="text/html")
    fault, _ = told(lambda seen: page, whole)
    assert isinstance(fault, Unavailable)
    with pytest.raises(Unavailable):
        Answer(status=502, headers={}, body=b"<html>").json()


def test_bare_nan_and_infinity_are_read() -> None:
    found = Answer(status=200, headers={}, body=b'[NaN, Infinity, 1.5, "NaN"]').json()
    assert str(found) == "[nan, inf, 1.5, 'NaN']"


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        (b"1", 0),
        (b"[]", 1),
        (b'{"a":[{"b":1},[2,[3]]]}', 4),
        (rb'["[[[[", "\\", "\"[[", "\\\"[["]', 1),
        (rb'["]]]]", [1]]', 2),
    ],
)
def test_depth_counts_no_brackets_inside_strings(text: bytes, levels: int) -> None:
    assert depth(text) == levels


CSV = b"time,value\n" + b"".join(b"%d,%d.5\n" % (i, i) for i in range(20_000))


def test_a_stream_is_read_by_arrow() -> None:
    packed = answer(gzip.compress(CSV), content_encoding="gzip", content_type="text/csv")
    with site(lambda seen: packed) as server, http_to(server) as http:
        with http.stream("GET", "x", headers={"Accept": "text/csv"}) as stream:
            assert stream.headers["content-type"] == "text/csv"
            table = pa.csv.open_csv(stream.file).read_all()
        assert table.num_rows == 20_000
        assert stream.file.closed
        assert stream.fault is None
    assert server.seen[0].headers["accept"] == "text/csv"


def test_an_error_while_arrow_reads_reaches_the_caller_as_it_is() -> None:
    options = pa.csv.ReadOptions(block_size=20_000)
    broken = [answer(CSV[:100_000], content_length=str(len(CSV)))]
    with site(lambda seen: broken) as server, http_to(server) as http:
        with http.stream("GET", "x") as stream, pytest.raises(Unavailable) as caught:
            pa.csv.open_csv(stream.file, read_options=options).read_all()
        assert caught.value is stream.fault


def test_closing_early_frees_the_socket() -> None:
    gone = threading.Event()

    def long(seen: Seen) -> Iterator[bytes]:
        try:
            yield answer(b"", content_length=str(10**9))
            yield from endless(b"x" * 65_536)
        finally:
            gone.set()

    with site(long) as server, http_to(server) as http:
        with http.stream("GET", "x") as stream:
            assert stream.file.read(10) == b"x" * 10
        assert gone.wait(3)
        with pytest.raises(ValueError, match="closed"):
            stream.file.read(1)


def test_closing_wakes_a_reader_in_another_thread() -> None:
    def mute(seen: Seen) -> Iterator[bytes]:
        yield answer(b"", content_length="1000")
        stop.wait(5)

    stop, reading, ended = threading.Event(), threading.Event(), threading.Event()

    def read(file: Any) -> None:
        reading.set()
        with pytest.raises((ConnectorError, ValueError)):
            file.read(1000)
        ended.set()

    began = time.monotonic()
    with site(mute) as server, http_to(server) as http:
        with http.stream("GET", "x") as stream:
            reader = threading.Thread(target=read, args=(stream.file,))
            reader.start()
            reading.wait(3)
        assert ended.wait(2)
        assert time.monotonic() - began < 2
        reader.join()
        stop.set()


def test_whole_answers_share_one_connection() -> None:
    with site(lambda seen: answer(b"[1]")) as server, http_to(server) as http:
        for _ in range(5):
            http.request("GET", "x")
        streamed(http)
    assert server.connections == 1


def test_an_answer_without_a_body_keeps_the_connection() -> None:
    empty = b"HTTP/1.1 204 Told\r\n\r\n"
    with site(lambda seen: empty) as server, http_to(server) as http:
        assert http.request("DELETE", "x").status == 204
        assert http.request("DELETE", "x").body == b""
    assert server.connections == 1
