"""A marker secret goes in; it must come out nowhere but on the wire to its own platform."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from connectors.answers import Answer
from connectors.egress import Deadline, Egress
from connectors.errors import ConnectorError, Rejected
from connectors.http import Http
from connectors.redaction import BLOT, Redactor
from tests.connectors.doors import Token, http_to
from tests.connectors.servers import RESET, Reply, Seen, answer, redirect, site

MARKER = "canary/8f+1c 27é"
TOKEN = "token-51b0-canary"
SPELLINGS = [MARKER, quote(MARKER, safe=""), base64.b64encode(MARKER.encode()).decode(), TOKEN]


def garbage(seen: Seen) -> list[bytes]:
    return [f"{TOKEN} is no HTTP\r\n\r\n".encode()]


def packed(seen: Seen) -> bytes:
    return answer(TOKEN.encode(), content_encoding="gzip", x_echo=TOKEN)


def elsewhere(seen: Seen) -> bytes:
    return redirect(f"http://10.0.0.1:1/{TOKEN}?key={TOKEN}")


ENDINGS: list[Reply] = [
    *[lambda seen, status=status: answer(TOKEN.encode(), status) for status in (400, 401, 403)],
    *[lambda seen, status=status: answer(TOKEN.encode(), status) for status in (404, 429, 500)],
    lambda seen: [RESET],
    lambda seen: [answer(b"half", content_length="99")],
    garbage,
    packed,
    elsewhere,
    lambda seen: redirect(f"ftp://{TOKEN}/"),
]


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG):
        yield


@pytest.mark.parametrize("reply", ENDINGS)
def test_no_failure_tells_a_secret(reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    with (
        site(reply) as server,
        http_to(server, auth=Token(TOKEN), secrets=(MARKER,)) as http,
        pytest.raises(ConnectorError) as caught,
    ):
        http.request("GET", f"series/{TOKEN}", params={"key": TOKEN}, headers={"X-Key": TOKEN})
    clean(caught.value, caplog)
    assert "connectors.http" in {record.name for record in caplog.records}


def test_no_refused_connection_tells_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    with site(lambda seen: answer()) as server:
        pass
    with (
        http_to(server, auth=Token(TOKEN), secrets=(MARKER,)) as http,
        pytest.raises(ConnectorError) as caught,
    ):
        http.request("GET", "x", params={"key": MARKER})
    clean(caught.value, caplog)


def test_a_header_that_cannot_be_sent_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    for value in (f"{TOKEN}\r\n", f"{TOKEN}\u2603"):
        with (
            site(lambda seen: answer()) as server,
            http_to(server, auth=Token(value)) as http,
            pytest.raises(ConnectorError) as caught,
        ):
            http.request("GET", "x")
        clean(caught.value, caplog)


def test_a_secret_that_the_platform_echoes_is_blotted_out_of_its_explanation() -> None:
    def explain(given: Answer) -> ConnectorError:
        return Rejected(f"Unknown key {MARKER}", {"key": f"{TOKEN} is wrong"})

    with (
        site(lambda seen: answer(b"{}", 400)) as server,
        http_to(server, auth=Token(TOKEN), secrets=(MARKER,), explain=explain) as http,
        pytest.raises(Rejected) as caught,
    ):
        http.request("GET", "x")
    assert str(caught.value) == f"Unknown key {BLOT}"
    assert caught.value.fields == {"key": f"{BLOT} is wrong"}


def test_the_log_tells_method_place_status_and_time(caplog: pytest.LogCaptureFixture) -> None:
    with site(lambda seen: answer()) as server, http_to(server, path="/api") as http:
        http.request("GET", "x", params={"key": TOKEN})
    lines = [r.getMessage() for r in caplog.records if r.name == "connectors.http"]
    assert len(lines) == 1
    assert lines[0].startswith(f"GET {server.base}/api/x 200 ")
    assert lines[0].endswith(" ms")
    assert TOKEN not in caplog.text


def test_no_repr_tells_a_secret() -> None:
    http = Http(
        "https://platform.example",
        egress=Egress(),
        deadline=Deadline.after(1),
        secrets=(MARKER,),
    )
    found = Answer(status=200, headers={"x": TOKEN}, body=TOKEN.encode())
    assert MARKER not in repr(http) + repr(http.redact)
    assert TOKEN not in repr(found)


@pytest.mark.parametrize("around", ["", "a", "ab", "user:"])
def test_a_secret_is_blotted_out_in_every_spelling(around: str) -> None:
    redact = Redactor([MARKER])
    basic = base64.b64encode((around + MARKER).encode()).decode()
    core = base64.b64encode(MARKER.encode()).decode()
    assert redact(f"x {MARKER} y") == f"x {BLOT} y"
    assert BLOT in redact(basic)
    assert redact(quote(MARKER, safe="")) == BLOT
    assert redact(quote(MARKER, safe="").lower()) == BLOT
    assert redact(core) == BLOT
    assert BLOT in redact(base64.urlsafe_b64encode((around + MARKER).encode()).decode())


def test_short_texts_and_nothing_are_left_alone() -> None:
    assert Redactor(["", "a", "on"])("a station") == "a station"


def clean(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the error nor anything that it came from, nor any log line, tells a secret."""
    records = [
        f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records
    ]
    texts = [caplog.text, *records, *traceback.format_exception(error), *told(error)]
    for spelling in SPELLINGS:
        assert not [text for text in texts if spelling in text]


def told(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{error!r} {error} {vars(error)}"
        error = error.__context__ or error.__cause__
