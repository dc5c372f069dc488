"""Signing in to Avista: tokens, the log, certificates, and who one is."""

from __future__ import annotations

import base64
import logging
from pathlib import Path
from typing import Any

import pytest

from connectors.avista.config import AvistaConfig
from connectors.contract import NodeId
from connectors.egress import Deadline, Egress
from connectors.errors import AuthFailed, ConfigInvalid, Forbidden
from connectors.registry import Terms, open_service
from connectors.sandbox.accounts import ADMIN, MEMBER, OUTSIDER, token
from connectors.sandbox.avista.seed import EXPIRED
from tests.conformance.points import stored as points_of
from tests.conformance.sandbox_avista import (
    CAMPUS,
    KIND,
    WEEK,
    inbox,
    node,
    numbers,
    series,
    settings,
    stored,
)
from tests.conformance.subject import Kept
from tests.connectors.certificates import Authority
from tests.functions.avista.shared import Ours
from tests.sandbox.avista.series import Database
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

ME = "query { user_getUserSession { user { userId firstName lastName mobile userRoles " + (
    "userAccountState organization { organizationId name hostOrganization } } } }"
)


@pytest.mark.covers("avista.connect")
def test_a_token_that_holds_connects_and_a_rejected_one_says_so(server: SandboxServer) -> None:
    for style in ("variables", "inline"):
        account = Ours(server, style=style).opened.check()
        assert account.id.endswith("/graphql#userId.1")
        assert account.label == "Ada Admin (admin@sandbox.example)"
        assert "Sandbox until 20" in account.facts["Tokens"]
    for wrong in ("nonsense", EXPIRED, "x" * 2048):
        with pytest.raises(AuthFailed, match="token"):
            Ours(server, token=wrong).opened.check()


@pytest.mark.covers("avista.connect")
def test_a_token_of_one_endpoint_or_capture_opens_that_alone(server: SandboxServer) -> None:
    admin, key = Ours(server), "iotEndpointId.1"
    made = admin.do("endpoint.token", endpoint=node("endpoint", key)).fields
    assert made["tokenType"] == "IOT_ENDPOINT_READ_WRITE"
    secret = made["tokenValue"].get_secret_value()
    with pytest.raises(ConfigInvalid) as refused:
        Ours(server, token=secret).opened.check()
    assert "scope" in refused.value.fields
    limited = Ours(server, token=secret, scope=key).opened
    assert limited.check().id.endswith(f"#{key}")
    (top,) = limited.children(None).items
    assert (top.id, top.parent) == (node("endpoint", key), None)
    assert [one.type for one in limited.children(top.id).items] == ["telemetry"]
    with pytest.raises(Forbidden, match="limited"):
        limited.children(NodeId("stores"))


@pytest.mark.covers("avista.connect_debug")
def test_the_log_of_calls_can_be_switched_on_and_never_holds_the_token(
    server: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire(server)
    asset, names = numbers(Database(wire, CAMPUS), WEEK)

    def calls() -> None:
        opened = Ours(server).opened
        opened.check()
        assert points_of(opened.read([series(Database(wire, CAMPUS), asset, names[0])], WEEK))

    caplog.set_level(logging.INFO)
    calls()
    assert not caplog.records
    caplog.set_level(logging.DEBUG)
    calls()
    told = [record.getMessage() for record in caplog.records if record.name == "connectors.http"]
    assert any(line.startswith(f"POST {server.url}/graphql 200 ") for line in told)
    assert any(line.startswith(f"GET {server.url}/objects/") for line in told)
    secret = token(KIND, ADMIN)
    hidden = (secret, base64.b64encode(secret.encode()).decode()[:20], "X-Amz-Signature")
    everything = "".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records)
    assert not [text for text in hidden if text in everything]


@pytest.mark.covers("avista.connect_verify")
def test_a_private_authority_is_accepted_for_calls_socket_and_links_and_none_is_refused(
    tmp_path: Path,
) -> None:
    authority = Authority.made(tmp_path)
    authority.server("127.0.0.1")
    (file,) = (str(one) for one in tmp_path.iterdir() if str(one) != authority.file)
    with SandboxServer(KIND, tls=(file, file)) as server:
        allow = frozenset({("127.0.0.1", server.port)})

        def opened(authorities: str | None) -> Any:
            egress = Egress(allow=allow, authorities=authorities)
            terms = Terms(egress=egress, deadline=Deadline.after(20), keep=Kept())
            return open_service(KIND, settings(server), terms)

        assert server.url.startswith("https://")
        with opened(authority.file) as service:
            assert service.check().label.startswith("Ada Admin")
            place = node("series", CAMPUS, "campus-synthetic.server-rooms",
                         "Supply temperature, stuck sensor (synthetic)", "DOUBLE")  # fmt: skip
            assert len(points_of(service.read([place], WEEK))[place][0]) > 100
            (store, *_) = service.children(NodeId("stores")).items
            name = next(one for one in service.children(store.id).items if one.role == "file")
            with service.open(name.id) as found:
                assert len(b"".join(found)) == name.size
        with opened(None) as service, pytest.raises(ConfigInvalid, match="authority"):
            service.check()
    assert not [name for name in AvistaConfig.model_fields if "verify" in name or "tls" in name]


@pytest.mark.covers("avista.get_user_info")
def test_the_account_tells_id_names_and_organization(server: SandboxServer) -> None:
    for person in (ADMIN, MEMBER):
        told = Wire(server, person).data(ME)["user"]
        fields = Ours(server, person).do("account.get").fields
        assert {name: fields[name] for name in told} == told
        assert Ours(server, person).opened.check().id.endswith(f"#{told['userId']}")
        assert (
            told["organization"]["name"]
            == Ours(server, person).opened.check().facts["Organization"]
        )


@pytest.mark.covers("avista.type.user")
@pytest.mark.covers("avista.type.organization")
def test_a_user_without_a_mobile_number_is_a_user_all_the_same(server: SandboxServer) -> None:
    fields = Ours(server, MEMBER).do("account.get").fields
    assert fields["mobile"] is None
    assert (fields["userId"], fields["firstName"], fields["lastName"]) == (
        "userId.2", "Max", "Member",
    )  # fmt: skip
    organization = fields["organization"]
    assert (organization["organizationId"], organization["name"]) == (
        "organizationId.2", "Campus Partners",
    )  # fmt: skip


def test_tokens_are_made_listed_and_deleted_and_their_text_is_told_once(
    server: SandboxServer,
) -> None:
    ours = Ours(server, OUTSIDER)
    made = ours.do("tokens.create", name="short", days=2)
    secret = made.fields["tokenValue"].get_secret_value()
    assert Ours(server, token=secret).opened.check().label.startswith("Olga")
    listed = {row["node"]: row for row in ours.rows("tokens.list")}
    assert listed[made.id]["name"] == "short"
    assert secret not in repr(listed)
    assert ours.opened.node(made.id).type == "token"
    ours.do("tokens.delete", token=made.id)
    with pytest.raises(AuthFailed):
        Ours(server, token=secret).opened.check()


def test_the_token_goes_to_no_signed_address(server: SandboxServer) -> None:
    wire = Wire(server)
    store = inbox(wire)
    key = stored(wire, store, "a.csv", b"x,y\n")
    ours = Ours(server)
    heads: list[Any] = []
    inner = ours.opened._files._http._transport.send  # type: ignore[attr-defined]

    def watched(request: Any, **more: Any) -> Any:
        heads.append((request.method, "Authorization" in request.headers))
        return inner(request, **more)

    ours.opened._files._http._transport.send = watched  # type: ignore[attr-defined]
    with ours.opened.open(node("file", key)) as file:
        assert b"".join(file) == b"x,y\n"
    assert heads == [("GET", False)]
