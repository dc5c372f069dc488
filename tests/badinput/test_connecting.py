"""A new connection typed wrong: one clear sentence at the stage and field it is about; nothing is
kept but what was typed, and of that no secret."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from typing import Any

import pytest
from django.test import Client

from dashboard.connections.models import Connection, Draft
from tests.badinput.conftest import NEW, Staged, typed
from tests.connectors.servers import answer, site
from tests.sandbox.server import SandboxServer

SECRET = "marker-password-5d02"
HTML = b"<!doctype html><title>Energy news</title><p>Welcome!</p>"


def failed() -> dict[str, Any]:
    """The stage at which the one draft stopped; everything before it passed."""
    *before, last = Draft.objects.get().outcomes
    assert all(outcome["passed"] for outcome in before)
    assert not last["passed"]
    return dict(last)


def nothing_is_kept_but_the_typing(owner: Client, page: str, url: str) -> None:
    """No connection, no secret on the page, and the form still says what was typed."""
    form = owner.get(NEW, {"draft": str(Draft.objects.get().pk)}).content.decode()
    assert not Connection.objects.exists()
    assert SECRET not in page + form
    assert url in unescape(form)
    assert 'value="Campus"' in form


def test_a_wrong_host_fails_at_its_name(owner: Client, staged: Staged) -> None:
    url = "https://no-such-host.invalid"
    page = staged(url=url, password=SECRET)
    stage = failed()
    assert (stage["stage"], stage["fields"]) == ("name", ["url"])
    assert stage["says"].startswith(
        ("There is no host named no-such-host.invalid.", "The name no-such-host.invalid could not")
    )
    nothing_is_kept_but_the_typing(owner, page, url)


def test_a_wrong_port_fails_where_it_is_reached(
    owner: Client, staged: Staged, settings: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    settings.ALLOW_ADDRESSES = frozenset({("127.0.0.1", port)})
    page = staged(url=f"http://127.0.0.1:{port}", password=SECRET)
    stage = failed()
    assert (stage["stage"], stage["fields"]) == ("reach", ["url"])
    assert "refuses connections: nothing listens there" in stage["says"]
    nothing_is_kept_but_the_typing(owner, page, f"http://127.0.0.1:{port}")


def test_a_wrong_password_fails_at_the_sign_in_and_names_the_password(
    owner: Client, staged: Staged, server: SandboxServer
) -> None:
    page = staged(password=SECRET)
    stage = failed()
    assert (stage["stage"], stage["fields"]) == ("sign-in", ["password"])
    assert "wrong e-mail or password" in stage["says"]
    assert "Look at: <strong>Password</strong>" in page
    nothing_is_kept_but_the_typing(owner, page, server.url)


@pytest.mark.parametrize(
    "reply",
    [
        answer(HTML, content_type="text/html"),
        answer(HTML, 404, content_type="text/html"),
        answer(b'{"versions": "mine"}', content_type="application/json"),
        answer(b"", 403),
        answer(b"", 302, location="/sign-in/?next=/about/"),
    ],
    ids=["a site", "a missing page", "another service", "a closed door", "a sign-in page"],
)
def test_an_address_of_something_else_is_told_before_any_password_is_sent(
    owner: Client, staged: Staged, settings: Any, reply: bytes
) -> None:
    with site(lambda seen: reply) as other:
        settings.ALLOW_ADDRESSES = frozenset({("127.0.0.1", other.port)})
        page = staged(url=other.base, password=SECRET)
        stage = failed()
        asked = {(seen.method, seen.target.partition("?")[0]) for seen in other.seen}
        sent = [seen.body + repr(seen.headers).encode() for seen in other.seen]
    assert stage["stage"] == "sign-in"
    assert {method for method, _ in asked} == {"GET"}
    assert not [said for said in sent if SECRET.encode() in said]
    if b"location" not in reply:
        assert stage["fields"] == ["url"]
        assert "not as a BEMServer" in stage["says"]
    nothing_is_kept_but_the_typing(owner, page, other.base)


def test_our_own_web_server_is_not_taken_for_a_platform(
    owner: Client, staged: Staged, settings: Any, live_server: Any
) -> None:
    host, _, port = live_server.url.removeprefix("http://").partition(":")
    settings.ALLOW_ADDRESSES = frozenset({(host, int(port))})
    page = staged(url=live_server.url, password=SECRET)
    stage = failed()
    assert (stage["stage"], stage["fields"]) == ("sign-in", ["url"])
    nothing_is_kept_but_the_typing(owner, page, live_server.url)


@pytest.fixture
def echo() -> Iterator[int]:
    """A port that sends back whatever comes, line by line."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    conn, _ = listening.accept()
                    with conn, suppress(OSError):
                        conn.sendall(conn.recv(65536))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_a_port_that_only_echoes_is_no_platform(
    owner: Client, staged: Staged, settings: Any, echo: int
) -> None:
    settings.ALLOW_ADDRESSES = frozenset({("127.0.0.1", echo)})
    page = staged(url=f"http://127.0.0.1:{echo}", password=SECRET)
    stage = failed()
    assert (stage["stage"], stage["fields"]) == ("sign-in", ["url"])
    nothing_is_kept_but_the_typing(owner, page, f"http://127.0.0.1:{echo}")


def test_https_on_a_port_without_it_fails_at_the_certificate(
    owner: Client, staged: Staged, server: SandboxServer
) -> None:
    url = server.url.replace("http://", "https://")
    page = staged(url=url, password=SECRET)
    stage = failed()
    assert (stage["stage"], stage["fields"]) == ("secure", ["url"])
    assert "does not speak TLS on this port" in stage["says"]
    nothing_is_kept_but_the_typing(owner, page, url)


@pytest.mark.parametrize(
    "place",
    [
        "10.0.0.1",
        "169.254.169.254",
        "[::1]:8000",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "0.0.0.0",  # noqa: S104  # an address to refuse
        "2130706433",
        "0177.0.0.1",
        "0x7f.1",
        "127.1",
        "localhost",
        "localhost.",
        "LOCALHOST:1",
    ],
)
def test_a_private_address_is_refused_in_whatever_spelling(
    owner: Client, staged: Staged, place: str
) -> None:
    page = staged(url=f"http://{place}/api", password=SECRET)
    stage = failed()
    assert (stage["stage"], stage["fields"]) == ("name", ["url"])
    assert "is not a public address" in stage["says"] or "There is no host" in stage["says"]
    nothing_is_kept_but_the_typing(owner, page, f"http://{place.lower()}/api")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://admin@10.0.0.1", "Leave name and password out of the address"),
        ("https://a:b@host.example", "Leave name and password out of the address"),
        ("ftp://host.example", "has to begin with https:// or http://"),
        ("file:///etc/passwd", "has to begin with https:// or http://"),
        ("javascript:alert(1)", "address"),
        ("https://", "needs a host name"),
        ("https://host.example:99999", "a port between 1 and 65535"),
        ("https://host.example:0", "a port between 1 and 65535"),
        ("https://[::1", "is not written correctly"),
        ("https://１２７.0.0.1℀", "is not written correctly"),
        ("https://host.example/?token=x", "must not hold a question mark"),
        ("https://host.example/../admin", "dots alone"),
        ("https://host.example\\@10.0.0.1", "no spaces or backslashes"),
        ("https://host .example", "no spaces or backslashes"),
        ("https://host.example/\u0000", "Null characters"),
        ("https://" + "a" * 10_000, "at most 500"),
        ("<img src=x onerror=alert(1)>", "no spaces or backslashes"),
    ],
)
def test_an_address_that_is_none_is_told_beside_its_field_and_the_rest_stays(
    owner: Client, server: SandboxServer, url: str, sentence: str
) -> None:
    page = owner.post(NEW, typed(server, url=url, password=SECRET))
    text = unescape(page.content.decode())
    assert 'id="id_url_error"' in text
    assert sentence in text
    assert 'value="Campus"' in text
    assert "admin@sandbox.example" in text
    assert SECRET not in text
    assert "<img src=x" not in page.content.decode()
    assert not Draft.objects.exists()


def test_an_e_mail_that_is_none_is_told_beside_its_field(
    owner: Client, server: SandboxServer
) -> None:
    page = unescape(owner.post(NEW, typed(server, email="nobody")).content.decode())
    assert 'id="id_email_error"' in page
    assert "This is not an e-mail address" in page
    assert server.url in page
