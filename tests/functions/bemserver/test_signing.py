"""Signing in, what a server says of itself, and what its answers mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.contract import NodeId, secret_names
from connectors.errors import AuthFailed, ConfigInvalid, Rejected, Unavailable
from connectors.registry import configure, open_service
from tests.conformance.faults import FaultProxy, Reply, status
from tests.conformance.subject import Kept
from tests.functions.bemserver.shared import KIND, Bare, Ours, asked, served
from tests.functions.secured import secured
from tests.sandbox.server import ADMIN, SandboxServer

PREFIX = "/api/v0"
PASSWORD = "another-quiet-secret"


def settings(server: SandboxServer, **more: str) -> dict[str, str]:
    return {"url": server.url, "email": ADMIN.email, "password": ADMIN.password, **more}


def headers(proxy: FaultProxy, ours: Ours, kept: Kept | None = None) -> list[str | None]:
    """The credentials of each request of one check."""
    seen: list[str | None] = []

    def look(handler: Any, ask: Any) -> None:
        seen.append(handler.headers["Authorization"])
        handler.reply(ask())

    with proxy.failing(look):
        ours.subject.open(proxy.url, kept=kept or Kept()).check()
    return seen


# -- where it is


@pytest.mark.covers("bemserver.client.connect")
def test_an_address_may_have_a_port_and_a_path_and_one_that_is_not_there_is_said_plainly(
    server: SandboxServer, ours: Ours, proxy: FaultProxy
) -> None:
    assert ours.opened.check().id == f"127.0.0.1:{server.port}#1"
    paths: list[str] = []

    def below(handler: Any, ask: Any) -> None:
        paths.append(handler.path)
        assert handler.path.startswith(f"{PREFIX}/")
        handler.path = handler.path.removeprefix(PREFIX)
        handler.reply(ask())

    with proxy.failing(below):
        account = ours.subject.open(f"{proxy.url}{PREFIX}/", kept=Kept()).check()
    assert account.id == f"127.0.0.1:{proxy.port}{PREFIX}#1"
    assert paths[:2] == [f"{PREFIX}/about/", f"{PREFIX}/auth/token"]
    proxy.close()
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
        ours.subject.open(proxy.url).check()
    with (
        FaultProxy(server.url) as stranger,
        stranger.failing(status(404)),
        pytest.raises(ConfigInvalid, match="not as a BEMServer"),
    ):
        ours.subject.open(stranger.url).check()


@pytest.mark.covers("bemserver.client.connect")
def test_it_connects_over_https(tmp_path: Path) -> None:
    with (
        secured(KIND, tmp_path) as (server, terms),
        open_service(KIND, settings(server), terms) as opened,
    ):
        assert opened.check().id == f"127.0.0.1:{server.port}#1"


# -- who signs in


@pytest.mark.covers("bemserver.auth.get_tokens")
def test_a_sign_in_stores_the_pair_and_a_wrong_password_is_said(
    server: SandboxServer, ours: Ours
) -> None:
    kept = Kept()
    ours.subject.open(kept=kept).check()
    access, refresh = kept.values["access"], kept.values["refresh"]
    tokens = server.bemserver.tokens
    assert tokens.email(access, "access") == tokens.email(refresh, "refresh") == ADMIN.email
    nothing = Kept()
    for wrong in ({"password": "not-it-at-all"}, {"email": "nobody@sandbox.example"}):
        with pytest.raises(AuthFailed, match="wrong e-mail or password"):
            Ours(server, ADMIN, **wrong).subject.open(kept=nothing).check()
    assert nothing.values == {}


@pytest.mark.covers("bemserver.auth.refresh_tokens")
@pytest.mark.covers("bemserver.type.authentication_error")
def test_an_expired_token_is_renewed_once_and_a_refused_refresh_asks_for_a_sign_in(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with served(access_seconds=0.0) as server:
        kept, ours = Kept(), Ours(server)
        with caplog.at_level("DEBUG", "connectors.http"), pytest.raises(AuthFailed) as wrong:
            ours.subject.open(kept=kept).node(NodeId("campaign/1"))
        assert "expired_token" in wrong.value.message
        assert wrong.value.whose == "account"
        assert asked(caplog) == [
            ("POST", "/auth/token", "200"), ("GET", "/campaigns/1", "401"),
            ("POST", "/auth/token/refresh", "200"), ("GET", "/campaigns/1", "401"),
        ]  # fmt: skip
    with served() as server:
        ours, kept = Ours(server), Kept()
        opened = ours.subject.open(kept=kept)
        with caplog.at_level("DEBUG", "connectors.http"):
            opened.node(NodeId("campaign/1"))
            first = dict(kept.values)
            with server.faults.on("401", path="/campaigns/2", times=1):
                assert opened.node(NodeId("campaign/2")).id == "campaign/2"
            second = dict(kept.values)
            assert second["refresh"] != first["refresh"] or second["access"] != first["access"]
            requests = [(verb, path) for verb, path, _ in asked(caplog)]
            assert requests.count(("POST", "/auth/token/refresh")) == 1
            assert requests.count(("GET", "/campaigns/2")) == 2


@pytest.mark.covers("bemserver.auth.refresh_tokens")
def test_who_is_no_longer_there_is_asked_to_sign_in_again(
    server: SandboxServer, bare: Bare
) -> None:
    email = "gone@sandbox.example"
    made = bare.answer("POST", "users/", {"name": "Gone", "email": email, "password": PASSWORD})
    gone, kept = Ours(server, email=email, password=PASSWORD), Kept()
    gone.subject.open(kept=kept).check()
    tag = made.headers["ETag"].strip('"')
    assert bare.answer("DELETE", f"users/{made.json()['id']}", tag=tag).status_code == 204
    with pytest.raises(AuthFailed, match="wrong e-mail or password"):
        gone.subject.open(kept=kept).node(NodeId("campaign/1"))


@pytest.mark.covers("bemserver.client.make_bearer_token_auth")
def test_a_stored_pair_serves_after_a_restart_and_a_renewed_one_is_stored(
    server: SandboxServer, ours: Ours, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Kept()
    ours.subject.open(kept=kept).check()
    with caplog.at_level("DEBUG", "connectors.http"):
        again = ours.subject.open(kept=kept)
        again.check()
        assert not [path for _, path, _ in asked(caplog) if path.startswith("/auth")]
        with server.faults.on("401", path="/campaigns/1", times=1):
            again.node(NodeId("campaign/1"))
        asked(caplog)
        renewed = kept.values["access"]
        ours.subject.open(kept=kept).check()
        assert kept.values["access"] == renewed
        assert not [path for _, path, _ in asked(caplog) if path.startswith("/auth")]
    assert ADMIN.password not in f"{kept.values} {caplog.text}"


@pytest.mark.covers("bemserver.client.make_http_basic_auth")
def test_basic_works_where_it_is_allowed_and_elsewhere_it_is_said_what_is(
    server: SandboxServer,
) -> None:
    with served(basic=True) as open_server, FaultProxy(open_server.url) as proxy:
        seen = headers(proxy, Ours(open_server, sign_in="Basic"))
        assert seen[0] is None  # the server's versions, before anybody signs in
        assert {one.split()[0] for one in seen[1:] if one} == {"Basic"}
        with pytest.raises(AuthFailed, match="wrong e-mail or password"):
            Ours(open_server, sign_in="Basic", password="not-it-at-all").opened.check()
    with pytest.raises(AuthFailed, match="Choose “Bearer”"):
        Ours(server, sign_in="Basic").opened.check()


@pytest.mark.covers("bemserver.client.set_authentication_method")
def test_other_credentials_take_the_place_of_the_old_ones_and_the_account_stays_the_same() -> None:
    with served(basic=True) as server, FaultProxy(server.url) as proxy:
        bare, kept, name = Bare(server), Kept(), "mover@sandbox.example"
        made = bare.make("users", name="Mover", email=name, password=ADMIN.password)
        before = Ours(server, email=name)
        opened = before.subject.open(proxy.url, kept=kept)
        account = opened.check()
        tag = bare.answer("GET", f"users/{made['id']}").headers["ETag"].strip('"')
        body = {"name": "Mover", "email": name, "password": PASSWORD}
        assert bare.answer("PUT", f"users/{made['id']}", body, tag=tag).status_code == 200
        assert opened.check() == account  # its tokens hold until they are over
        old = kept.values["access"]
        after = Ours(server, email=name, password=PASSWORD)
        seen = headers(proxy, after, kept)
        assert after.subject.open(proxy.url, kept=kept).check() == account
        assert f"Bearer {old}" not in seen
        assert kept.values["access"] != old
        basic = Ours(server, email=name, password=PASSWORD, sign_in="Basic")
        assert basic.subject.open(proxy.url, kept=kept).check() == account
    assert secret_names(type(configure(KIND, settings(server)))) == {"password"}


# -- what it is


@pytest.mark.covers("bemserver.about.getall")
@pytest.mark.covers("bemserver.client.check_api_version")
@pytest.mark.parametrize(
    ("flavour", "background"),
    [("0.24.3", "services"), ("0.26.0", "tasks"), ("0.27.0", "tasks")],
)
def test_versions_are_shown_and_say_how_the_server_works_by_itself(
    flavour: str, background: str
) -> None:
    with served(flavour=flavour) as server:
        ours = Ours(server)
        told = ours.do("about.getall").fields
        versions = Bare(server)("GET", "about/")["versions"]
        assert told == {
            "API": versions["bemserver_api"], "Core": versions["bemserver_core"],
            "Background work": background,
        }  # fmt: skip
        assert told.items() <= ours.opened.check().facts.items()
        if background == "services":
            with pytest.raises(Rejected):
                ours.do("tasks.getall")
        else:
            assert ours.rows("tasks.getall")


@pytest.mark.covers("bemserver.client.check_api_version")
def test_an_unknown_version_is_warned_of_and_still_works(server: SandboxServer) -> None:
    ours = Ours(server)
    with server.faults.on("future_version"):
        account = ours.opened.check()
        assert account.facts["API"] == "9.9.0"
        assert "0.24 to 0.27" in account.facts["Version"]
        assert ours.do("about.getall").fields["Version"] == account.facts["Version"]
        assert ours.opened.children(None).items


@pytest.mark.covers("bemserver.type.authentication_error")
@pytest.mark.parametrize("code", ["invalid_token", "malformed_credentials"])
def test_the_code_of_a_refused_sign_in_is_kept(ours: Ours, proxy: FaultProxy, code: str) -> None:
    body = f'{{"code": 401, "errors": {{"authentication": "{code}"}}}}'.encode()
    refusal = Reply(status=401, headers={"Content-Type": "application/json"}, body=body)
    opened = ours.subject.open(proxy.url)
    opened.check()

    def refuse(handler: Any, ask: Any) -> None:
        handler.reply(ask() if handler.path.startswith("/auth") else refusal)

    with proxy.failing(refuse), pytest.raises(AuthFailed) as wrong:
        opened.node(NodeId("campaign/1"))
    assert code in wrong.value.message
