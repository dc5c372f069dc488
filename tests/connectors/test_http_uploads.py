"""Bodies that are files: sent in pieces, with their length, and whole again at a replay."""

from __future__ import annotations

import tempfile
from io import BytesIO

import pytest

from connectors.errors import Unavailable
from connectors.http import Link
from tests.connectors.doors import Token, http_to
from tests.connectors.servers import Seen, answer, in_turn, redirect, site


def test_a_file_is_sent_with_its_length_and_not_in_chunks() -> None:
    with site(in_turn(answer())) as server, http_to(server) as http:
        http.request("PUT", "file", data=BytesIO(b"0123456789" * 10_000))
    (seen,) = server.seen
    assert seen.body == b"0123456789" * 10_000
    assert seen.headers["content-length"] == "100000"
    assert "transfer-encoding" not in seen.headers


def test_a_file_on_disk_is_sent_from_where_it_stands() -> None:
    with (
        site(in_turn(answer())) as server,
        http_to(server) as http,
        tempfile.TemporaryFile() as file,
    ):
        file.write(b"head,tail")
        file.seek(5)
        http.request("PUT", "file", data=file)
    assert server.seen[0].body == b"tail"


def test_an_empty_file_has_the_length_zero() -> None:
    with site(in_turn(answer())) as server, http_to(server) as http:
        http.request("PUT", "file", data=BytesIO())
    (seen,) = server.seen
    assert seen.headers["content-length"] == "0"
    assert "transfer-encoding" not in seen.headers


def test_after_a_renewed_sign_in_the_file_is_sent_whole_again() -> None:
    def reply(seen: Seen) -> bytes:
        return answer(status=200 if seen.headers["authorization"] == "Bearer new" else 401)

    content = BytesIO(b"skip" + b"kept" * 50_000)
    content.seek(4)
    with site(reply) as server, http_to(server, auth=Token("old", "new")) as http:
        http.request("PUT", "file", data=content)
    assert [seen.body for seen in server.seen] == [b"kept" * 50_000] * 2


def test_a_file_follows_a_redirect_whole() -> None:
    def reply(seen: Seen) -> bytes:
        return redirect("/there", 307) if seen.target == "/here" else answer()

    with site(reply) as server, http_to(server) as http:
        http.request("PUT", "here", data=BytesIO(b"abc"))
    assert [(seen.target, seen.body) for seen in server.seen] == [
        ("/here", b"abc"),
        ("/there", b"abc"),
    ]


def test_a_file_goes_to_a_signed_place_elsewhere_without_the_credentials() -> None:
    with (
        site(in_turn(answer())) as home,
        site(in_turn(answer())) as bucket,
        http_to(home, bucket, auth=Token("secret-token")) as http,
    ):
        http.request("PUT", Link(f"{bucket.base}/place?signature=1"), data=BytesIO(b"abc"))
    (seen,) = bucket.seen
    assert seen.body == b"abc"
    assert "authorization" not in seen.headers
    assert home.seen == []


def test_a_file_whose_fate_is_unknown_is_not_sent_again() -> None:
    with site(in_turn(answer(status=503))) as server, http_to(server) as http:
        with pytest.raises(Unavailable):
            http.request("PUT", "file", data=BytesIO(b"abc"))
        assert len(server.seen) == 1
