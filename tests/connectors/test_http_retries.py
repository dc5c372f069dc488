"""Status table, retries, Retry-After, renewal, pacing: what happens after the first answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.answers import Answer
from connectors.egress import Deadline
from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConfigInvalid,
    ConnectorError,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)
from connectors.retries import pause, retry_after
from tests.connectors.doors import Token, http_to
from tests.connectors.servers import RESET, Seen, answer, in_turn, site

TABLE: list[tuple[int, type[ConnectorError]]] = [
    (304, BadAnswer),
    (400, Rejected),
    (401, AuthFailed),
    (402, BadAnswer),
    (403, Forbidden),
    (404, NotFound),
    (408, Unavailable),
    (409, Rejected),
    (410, NotFound),
    (418, BadAnswer),
    (422, Rejected),
    (429, RateLimited),
    (500, Unavailable),
    (502, Unavailable),
    (503, Unavailable),
    (504, Unavailable),
    (599, Unavailable),
]


@pytest.mark.parametrize(("status", "kind"), TABLE)
def test_each_status_is_its_error(status: int, kind: type[ConnectorError]) -> None:
    with site(lambda seen: answer(b"body-marker", status)) as server, http_to(server) as http:
        with pytest.raises(kind) as caught:
            http.request("POST", "x")
        assert type(caught.value) is kind
        assert "body-marker" not in caught.value.message
        with pytest.raises(kind), http.stream("POST", "x"):
            pass
        assert http.request("POST", "x", accepted=[status]).status == status
    assert len(server.seen) == 3


def test_the_platforms_own_rows_are_asked_first() -> None:
    def explain(given: Answer) -> ConnectorError | None:
        return Rejected("The name is taken.") if given.json() == {"code": 7} else None

    with (
        site(in_turn(answer(b'{"code":7}', 403), answer(b"{}", 403))) as server,
        http_to(server, explain=explain) as http,
    ):
        with pytest.raises(Rejected, match="taken"):
            http.request("GET", "x")
        with pytest.raises(Forbidden):
            http.request("GET", "x")


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_repeatable_request_is_tried_three_times(status: int) -> None:
    with (
        site(lambda seen: answer(b"", status)) as server,
        http_to(server) as http,
        pytest.raises((Unavailable, RateLimited)),
    ):
        http.request("GET", "x")
    assert len(server.seen) == 3


@pytest.mark.parametrize(
    ("method", "repeatable", "times"),
    [
        ("GET", None, 2),
        ("HEAD", None, 2),
        ("OPTIONS", None, 2),
        ("GET", False, 1),
        ("POST", None, 1),
        ("PUT", None, 1),
        ("PATCH", None, 1),
        ("DELETE", None, 1),
        ("PUT", True, 2),
        ("DELETE", True, 2),
    ],
)
def test_only_what_may_be_repeated_is_repeated(
    method: str, repeatable: bool | None, times: int
) -> None:
    with site(in_turn(answer(b"", 503), answer(b""))) as server, http_to(server) as http:
        if times == 1:
            with pytest.raises(Unavailable):
                http.request(method, "x", repeatable=repeatable)
        else:
            assert http.request(method, "x", repeatable=repeatable).status == 200
    assert len(server.seen) == times


def test_a_connection_that_breaks_is_tried_again() -> None:
    with site(in_turn([RESET], [b""], answer(b"[1]"))) as server, http_to(server) as http:
        assert http.request("GET", "x").json() == [1]
    assert len(server.seen) == 3


def test_a_connection_that_breaks_loses_a_post_only_once() -> None:
    with site(lambda seen: [RESET]) as server, http_to(server) as http, pytest.raises(Unavailable):
        http.request("POST", "x", json={})
    assert len(server.seen) == 1


def test_retry_after_is_waited_for_when_it_fits() -> None:
    with (
        site(in_turn(answer(b"", 429, retry_after="1"), answer(b"[1]"))) as server,
        http_to(server) as http,
    ):
        began = time.monotonic()
        assert http.request("GET", "x").json() == [1]
    assert 1.0 <= time.monotonic() - began < 2.5


def test_a_retry_after_beyond_the_deadline_is_raised_at_once() -> None:
    with (
        site(lambda seen: answer(b"", 429, retry_after="3600")) as server,
        http_to(server) as http,
        pytest.raises(RateLimited) as caught,
    ):
        http.request("GET", "x")
    assert caught.value.retry_after == 3600
    assert len(server.seen) == 1


def test_a_date_beyond_the_deadline_is_raised_in_seconds() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    with (
        site(lambda seen: answer(b"", 503, retry_after=date)) as server,
        http_to(server) as http,
        pytest.raises(Unavailable) as caught,
    ):
        http.request("GET", "x")
    assert caught.value.retry_after == pytest.approx(300, abs=5)
    assert len(server.seen) == 1


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0.5 ", 0.5),
        ("-3", 0.0),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Thu, 01 Jan 2026 00:01:00 -0000", 60.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
        ("nan", None),
        ("9" * 400, None),
    ],
)
def test_both_forms_of_retry_after_are_read(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, now=NOW) == seconds


def test_the_pauses_grow_and_end() -> None:
    deadline, fault = Deadline.after(60), Unavailable("down")
    first, second = pause(fault, 1, deadline), pause(fault, 2, deadline)
    assert first is not None
    assert second is not None
    assert 0.1 <= first <= 0.2 <= second <= 0.4
    assert pause(fault, 3, deadline) is None
    assert pause(fault, 1, Deadline.after(0)) is None


def test_a_refused_token_is_renewed_once_and_the_request_replayed() -> None:
    def reply(seen: Seen) -> bytes:
        return answer(b"[1]") if seen.headers["authorization"] == "Bearer two" else answer(b"", 401)

    auth = Token("one", "two", "three")
    with site(reply) as server, http_to(server, auth=auth) as http:
        assert http.request("POST", "x", json={"a": 1}).json() == [1]
        assert http.request("POST", "x", json={"a": 1}).json() == [1]
    assert [seen.body for seen in server.seen] == [b'{"a":1}'] * 3
    assert auth.renewals == 1


def test_a_token_refused_twice_is_a_failed_sign_in() -> None:
    auth = Token("one", "two", "three")
    with (
        site(lambda seen: answer(b"", 401)) as server,
        http_to(server, auth=auth) as http,
        pytest.raises(AuthFailed),
    ):
        http.request("GET", "x")
    assert (len(server.seen), auth.renewals) == (2, 1)


def test_threads_that_are_refused_together_renew_once() -> None:
    together = threading.Barrier(4)

    def reply(seen: Seen) -> bytes:
        if seen.headers["authorization"] == "Bearer two":
            return answer(b"[1]")
        together.wait(3)
        return answer(b"", 401)

    auth = Token("one", "two", "three", "four", "five")
    with site(reply) as server, http_to(server, auth=auth) as http:
        found = in_threads(4, lambda: http.request("GET", "x").json())
    assert found == [[1]] * 4
    assert auth.renewals == 1


def test_a_renewal_that_uses_the_same_client_does_not_go_in_circles() -> None:
    with site(lambda seen: answer(b"", 401)) as server, http_to(server) as http:

        class Recursive(Token):
            def renew(self, answer: object) -> bool:
                http.request("POST", "login")
                return True

        http._auth = Recursive("one")
        with pytest.raises(AuthFailed):
            http.request("GET", "x")
    assert [seen.target for seen in server.seen] == ["/x", "/login"]


def test_eight_threads_share_one_client_and_its_connections() -> None:
    with site(lambda seen: answer(seen.target.encode())) as server, http_to(server) as http:
        for turn in range(5):
            told = in_threads(8, lambda turn=turn: http.request("GET", f"t{turn}").body)  # type: ignore[misc]
            assert told == [f"/t{turn}".encode()] * 8
    assert server.connections <= 8


def test_the_pace_is_asked_before_every_send() -> None:
    class Counting:
        waits = 0

        def wait(self, deadline: Deadline) -> None:
            self.waits += 1

    pace = Counting()
    with site(in_turn(answer(b"", 503), answer())) as server, http_to(server, pace=pace) as http:
        http.request("GET", "x")
    assert pace.waits == len(server.seen) == 2


def test_a_pace_beyond_the_deadline_sends_nothing() -> None:
    class Exhausted:
        def wait(self, deadline: Deadline) -> None:
            raise RateLimited("Too many.", 60.0)

    with site(lambda seen: answer()) as server, http_to(server, pace=Exhausted()) as http:
        with pytest.raises(RateLimited):
            http.request("GET", "x")
        assert server.connections == 0


def test_a_passed_deadline_sends_nothing() -> None:
    with site(lambda seen: answer()) as server, http_to(server, seconds=0) as http:
        with pytest.raises(Unavailable, match="in time"):
            http.request("GET", "x")
        assert server.connections == 0


@pytest.mark.parametrize("value", ["line\r\nX-Evil: 1", "snow\u2603man"])
def test_credentials_that_cannot_be_sent_are_a_wrong_setting(value: str) -> None:
    with site(lambda seen: answer()) as server, http_to(server, auth=Token(value)) as http:
        with pytest.raises(ConfigInvalid) as caught:
            http.request("GET", "x")
        assert server.seen == []
    assert value not in str(caught.value)


def in_threads(count: int, work: Callable[[], object]) -> list[object]:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
