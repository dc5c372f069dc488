"""Signing in to BEMServer: once, renewed when over, shared with other processes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.contract import NodeId
from connectors.errors import AuthFailed, BadAnswer, ConfigInvalid
from tests.conformance.subject import Kept
from tests.connectors.bemserver_told import Told, asked, jsoned, opened, refused
from tests.connectors.servers import Reply, Seen, Site, answer, site

ONE = NodeId("site/1")


def _row(seen: Seen) -> bytes:
    return jsoned({"id": 1, "name": "Site", "campaign_id": 1})


@pytest.fixture
def told() -> Told:
    return Told(_row)


@pytest.fixture
def server(told: Told) -> Iterator[Site]:
    with site(told) as server:
        yield server


def test_many_threads_sign_in_once(told: Told, server: Site) -> None:
    service = opened(server)
    with ThreadPoolExecutor(8) as pool:
        assert len({node.name for node in pool.map(service.node, [ONE] * 24)}) == 1
    assert told.sign_ins == 1


def test_kept_tokens_serve_the_next_opening(told: Told, server: Site) -> None:
    kept = Kept()
    opened(server, kept).node(ONE)
    opened(server, kept).node(ONE)
    assert told.sign_ins == 1


def test_tokens_kept_for_another_password_are_not_used(told: Told, server: Site) -> None:
    kept = Kept()
    opened(server, kept).node(ONE)
    with pytest.raises(AuthFailed):
        opened(server, kept, password="wrong").node(ONE)


def test_an_expired_token_is_renewed_and_the_request_replayed(told: Told, server: Site) -> None:
    service = opened(server)
    service.node(ONE)
    told.good.clear()
    assert service.node(ONE).name == "Site"
    assert (told.sign_ins, told.refreshes) == (1, 1)


def test_many_threads_renew_once(told: Told, server: Site) -> None:
    service = opened(server)
    service.node(ONE)
    told.good.clear()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(service.node, [ONE] * 24))
    assert told.refreshes == 1


def test_tokens_renewed_elsewhere_are_taken_over(told: Told, server: Site) -> None:
    kept = Kept()
    first, second = opened(server, kept), opened(server, kept)
    first.node(ONE)
    second.node(ONE)
    told.good.clear()
    first.node(ONE)
    second.node(ONE)
    assert (told.sign_ins, told.refreshes) == (1, 1)


def test_a_refused_refresh_means_signing_in_anew(told: Told, server: Site) -> None:
    service = opened(server)
    service.node(ONE)
    told.good.clear()
    told.refreshable = False
    assert service.node(ONE).name == "Site"
    assert (told.sign_ins, told.refreshes) == (2, 1)


def test_a_wrong_password_is_said_in_plain_words(server: Site) -> None:
    with pytest.raises(AuthFailed, match="wrong e-mail or password"):
        opened(server, password="wrong").node(ONE)


def test_a_server_without_bearer_is_said_in_plain_words() -> None:
    told = Told(lambda seen: refused("invalid_scheme"))
    with site(told) as server, pytest.raises(AuthFailed, match="Bearer"):
        opened(server).node(ONE)


def test_a_page_instead_of_a_sign_in_is_no_sign_in() -> None:
    page = answer(b"<html>Welcome</html>", content_type="text/html")
    with site(lambda seen: page) as server, pytest.raises(BadAnswer, match="not as a BEMServer"):
        opened(server).node(ONE)


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"<html>Welcome</html>", content_type="text/html"),
        answer(b"", 404),
        jsoned({"version": "1.0"}),
        jsoned([]),
        answer(b"no", 401),
    ],
)
def test_a_stranger_is_recognised_before_it_is_told_the_password(reply: bytes) -> None:
    with site(lambda seen: reply) as server:
        with pytest.raises(ConfigInvalid) as wrong:
            opened(server).check()
        assert [seen.target for seen in server.seen] == ["/about/"]
    assert "not as a BEMServer" in wrong.value.fields["url"]


def _known(version: str, *, allowed: bool = True) -> Reply:
    """A whole server, as far as `check` looks at it."""

    def reply(seen: Seen) -> bytes:
        if seen.target.startswith("/users/") and allowed:
            return jsoned([{"id": 7, "name": "Ada", "email": asked(seen)["email"][0]}])
        if seen.target.startswith("/users/"):
            return jsoned({"code": 403, "status": "Forbidden"}, 403)
        return jsoned([{"id": 1, "name": "Raw"}])

    told = Told(reply)
    about = jsoned({"versions": {"bemserver_core": "9", "bemserver_api": version}})
    return lambda seen: about if seen.target == "/about/" else told(seen)


@pytest.mark.parametrize(
    ("version", "background"),
    [("0.24.3", "services"), ("0.25.0", "services"), ("0.26.0", "tasks"), ("0.27.0", "tasks"),
     ("0.99.1", "tasks"), ("2.0", "tasks"), ("next", "tasks")],
)  # fmt: skip
def test_no_version_is_refused_and_the_old_ones_are_told_apart(
    version: str, background: str
) -> None:
    with site(_known(version)) as server:
        account = opened(server).check()
    assert account.facts["API"] == version
    assert account.facts["Background work"] == background
    assert account.id == f"127.0.0.1:{server.port}#7"


def test_an_account_that_is_switched_off_has_its_own_sentence() -> None:
    reply = _known("0.26.0", allowed=False)
    with site(reply) as server, pytest.raises(AuthFailed, match="switched off"):
        opened(server).check()


def test_a_data_state_that_the_server_lacks_is_said_on_its_field() -> None:
    with site(_known("0.26.0")) as server, pytest.raises(ConfigInvalid) as wrong:
        opened(server, data_state="Clean").check()
    assert "Clean" in wrong.value.fields["data_state"]
