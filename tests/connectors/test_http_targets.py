"""Where requests go, and who is sent the credentials on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.egress import Deadline, Egress
from connectors.errors import BadAnswer, ConfigInvalid, Forbidden, Rejected
from connectors.http import Http, Link
from tests.connectors.doors import Token, allowing, http_to
from tests.connectors.servers import answer, in_turn, redirect, site

MARKER = "canary-8f1c27"


@pytest.mark.parametrize(
    "base",
    [
        "",
        "platform.example",
        "ftp://platform.example",
        "file:///etc/passwd",
        "https://",
        "https://user@platform.example",
        f"https://user:{MARKER}@platform.example",
        "https://platform.example/?key=1",
        "https://platform.example/#part",
        "https://platform.example\\@10.0.0.1",
        "https://platform.example/a/../b",
        "https://platform.example:99999",
        "https://platform.example:port",
        "https://plat form.example",
        "https://platform.example/\r\nHost: other",
        "https://[::1",
    ],
)
def test_a_base_that_is_no_plain_web_address_is_refused(base: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        Http(base, egress=Egress(), deadline=Deadline.after(1))
    assert MARKER not in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        "http://10.0.0.1/",
        "https://evil.example/x",
        "//evil.example/x",
        "///evil.example",
        "../secret",
        "a/../../secret",
        "a/..",
        ".",
        "./a",
        "..;/a",
        "a/.%2e/b",
        "%2e%2e/secret",
        "%252e%252e/secret",
        "a%2fb",
        "a%252Fb",
        "a%25252fb",
        "a\\..\\b",
        "a%5cb",
        "a//b",
        "a?b=1",
        "a#b",
        "a\r\nX-Evil: 1",
        "a%0d%0ab",
        "a\x00b",
        "a%00b",
    ],
)
def test_a_path_that_could_leave_the_base_is_never_sent(path: str) -> None:
    with site(lambda seen: answer()) as server, http_to(server, path="/api") as http:
        with pytest.raises(Rejected):
            http.request("GET", path)
        with pytest.raises(Rejected), http.stream("GET", path):
            pass
        assert server.connections == 0


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("", "/api"),
        ("/", "/api/"),
        ("series/7", "/api/series/7"),
        ("/series/7/", "/api/series/7/"),
        ("a b/ü", "/api/a%20b/%C3%BC"),
        ("a%20b", "/api/a%20b"),
        ("50%", "/api/50%25"),
        ("user@host:8", "/api/user@host:8"),
        ("...", "/api/..."),
        ("http:evil", "/api/http:evil"),
    ],
)
def test_a_path_lies_under_the_base(path: str, target: str) -> None:
    with site(lambda seen: answer()) as server, http_to(server, path="/api/") as http:
        http.request("GET", path)
    assert server.seen[0].target == target


def test_a_query_is_encoded_and_its_lists_repeat_their_name() -> None:
    with site(lambda seen: answer()) as server, http_to(server) as http:
        http.request("GET", "x", params={"id": [1, 2], "q": "a&b=c#d", "on": True, "f": 0.1})
    assert server.seen[0].target == "/x?id=1&id=2&q=a%26b%3Dc%23d&on=true&f=0.1"


def test_a_redirect_on_the_same_origin_keeps_the_credentials() -> None:
    with (
        site(in_turn(redirect("/other?a=1"), answer(b"[1]"))) as server,
        http_to(server, auth=Token(MARKER)) as http,
    ):
        assert http.request("GET", "x").json() == [1]
    assert server.seen[1].target == "/other?a=1"
    assert server.seen[1].headers["authorization"] == f"Bearer {MARKER}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_port_loses_the_credentials(status: int) -> None:
    with (
        site(lambda seen: answer(b"[2]")) as other,
        site(lambda seen: redirect(f"{other.base}/x", status)) as server,
        http_to(server, other, auth=Token(MARKER)) as http,
    ):
        found = http.request("GET", "x", headers={"X-Key": MARKER, "Accept": "text/csv"})
        assert found.json() == [2]
    assert MARKER not in str(other.seen)
    assert other.seen[0].headers["accept"] == "text/csv"


def test_a_redirect_to_another_host_loses_the_credentials() -> None:
    with site(lambda seen: answer()) as server:
        server.reply = in_turn(redirect(f"http://localhost:{server.port}/x"), answer(b"[3]"))
        with http_to(server, auth=Token(MARKER)) as http:
            assert http.request("GET", "x").json() == [3]
    assert "authorization" in server.seen[0].headers
    assert "authorization" not in server.seen[1].headers


def test_credentials_once_dropped_do_not_return_with_the_way_back() -> None:
    with site(lambda seen: answer()) as other, site(lambda seen: answer()) as server:
        other.reply = lambda seen: redirect(f"{server.base}/danger")
        server.reply = in_turn(redirect(f"{other.base}/x"), answer(b"[4]"))
        with http_to(server, other, auth=Token(MARKER)) as http:
            assert http.request("GET", "x").json() == [4]
    assert server.seen[1].target == "/danger"
    assert "authorization" not in server.seen[1].headers


@pytest.mark.parametrize("status", [307, 308])
def test_a_body_is_not_sent_on_to_elsewhere(status: int) -> None:
    with (
        site(lambda seen: answer()) as other,
        site(lambda seen: redirect(f"{other.base}/x", status)) as server,
        http_to(server, other) as http,
    ):
        with pytest.raises(BadAnswer, match="must not travel"):
            http.request("POST", "x", json={"password": MARKER})
        assert other.connections == 0


def test_a_body_is_sent_again_on_the_same_origin() -> None:
    with site(in_turn(redirect("/x/", 308), answer())) as server, http_to(server) as http:
        http.request("POST", "x", json={"a": 1})
    assert [seen.body for seen in server.seen] == [b'{"a":1}'] * 2
    assert server.seen[1].method == "POST"


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_post_is_not_turned_into_something_else(status: int) -> None:
    with site(lambda seen: redirect("/y", status)) as server, http_to(server) as http:
        with pytest.raises(BadAnswer):
            http.request("POST", "x", json={})
        assert len(server.seen) == 1


def test_a_redirect_to_a_private_address_is_refused_and_not_blamed_on_the_settings() -> None:
    with (
        site(lambda seen: answer()) as inner,
        site(lambda seen: redirect(f"{inner.base}/latest/meta-data")) as server,
        http_to(server) as http,
    ):
        with pytest.raises(BadAnswer, match="not a public address"):
            http.request("GET", "x")
        assert inner.connections == 0


@pytest.mark.parametrize(
    "location",
    [
        "ftp://h/x",
        "file:///etc/passwd",
        "javascript:1",
        "http://",
        "http://u:p@h/",
        "http://[",
        "http://*h/",
        "",
    ],
)
def test_a_redirect_to_no_web_address_is_a_bad_answer(location: str) -> None:
    with (
        site(lambda seen: redirect(location)) as server,
        http_to(server) as http,
        pytest.raises(BadAnswer),
    ):
        http.request("GET", "x")


def test_redirects_in_a_circle_end() -> None:
    with (
        site(lambda seen: redirect("/x")) as server,
        http_to(server) as http,
        pytest.raises(BadAnswer, match="too many times"),
    ):
        http.request("GET", "x")
    assert len(server.seen) == 6


def test_a_next_link_on_the_same_origin_keeps_the_credentials() -> None:
    with site(lambda seen: answer()) as server, http_to(server, auth=Token(MARKER)) as http:
        http.request("GET", Link(f"{server.base}/x?page=2"))
        http.request("GET", Link("/x?page=3"), params={"size": 5})
    assert [seen.target for seen in server.seen] == ["/x?page=2", "/x?page=3&size=5"]
    assert all(MARKER in seen.headers["authorization"] for seen in server.seen)


def test_a_file_link_elsewhere_goes_without_the_credentials() -> None:
    with (
        site(lambda seen: answer(b"file")) as other,
        site(lambda seen: answer()) as server,
        http_to(server, other, auth=Token(MARKER)) as http,
    ):
        given = {"Authorization": MARKER, "Cookie": MARKER, "X-Part": "1"}
        with http.stream("GET", Link(f"{other.base}/f?sig=1"), headers=given) as stream:
            assert stream.file.read() == b"file"
    assert MARKER not in str(other.seen)
    assert other.seen[0].headers["x-part"] == "1"


def test_a_refusal_from_elsewhere_says_nothing_about_the_account() -> None:
    auth = Token("one", "two")
    with (
        site(lambda seen: answer(b"", 401)) as other,
        site(lambda seen: answer()) as server,
        http_to(server, other, auth=auth) as http,
        pytest.raises(Forbidden),
    ):
        http.request("GET", Link(f"{other.base}/f"))
    assert auth.renewals == 0


def test_a_link_to_a_private_address_is_refused() -> None:
    with site(lambda seen: answer()) as inner, site(lambda seen: answer()) as server:
        with http_to(server) as http, pytest.raises(BadAnswer, match="not a public address"):
            http.request("GET", Link(f"{inner.base}/x"))
        assert inner.connections == 0


def test_netrc_and_proxy_variables_of_the_server_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login someone password {MARKER}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with site(lambda seen: answer()) as proxy, site(lambda seen: answer()) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        monkeypatch.delenv("no_proxy", raising=False)
        with http_to(server, proxy) as http:
            http.request("GET", "x")
    assert proxy.connections == 0
    assert "authorization" not in server.seen[0].headers


def test_cookies_are_not_kept() -> None:
    reply = answer(b"{}", set_cookie="session=1; Path=/")
    with site(lambda seen: reply) as server, http_to(server) as http:
        http.request("GET", "x")
        http.request("GET", "x")
    assert "cookie" not in server.seen[1].headers


def test_a_repr_shows_no_link_and_no_secret() -> None:
    http = Http(
        "https://platform.example",
        egress=allowing(),
        deadline=Deadline.after(1),
        secrets=(MARKER,),
    )
    assert repr(http) == "Http(https://platform.example:443)"
    assert MARKER not in repr(Link(f"https://x/?sig={MARKER}")) + repr(http.redact)
