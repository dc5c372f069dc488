"""What lies under a node is made on its page: BEMServer's rows, on their campaign, site, storey."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from connectors.bemserver.fields import REFERENCES
from connectors.bemserver.resources import SORTS
from connectors.contract import NodeId
from dashboard.accounts.models import Workspace
from dashboard.browse import seen
from dashboard.connections import vault
from dashboard.connections.models import Connection, Health
from dashboard.connections.services import connection_open
from dashboard.operations.services import find, offered
from tests.functions.bemserver.shared import Bare, served
from tests.sandbox.server import ADMIN, SandboxServer


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with served() as server:
        yield server


@pytest.fixture
def bems(server: SandboxServer, workspace: Workspace, settings: Any) -> Connection:
    settings.ALLOW_ADDRESSES = frozenset({("127.0.0.1", server.port)})
    given = {"url": server.url, "email": ADMIN.email}
    return Connection.objects.create(
        workspace=workspace, kind="bemserver", name="BEM", settings=given, health=Health.OK,
        sealed=vault.seal({"password": ADMIN.password}),
    )  # fmt: skip


def offered_on(client: Client, connection: Connection, node: str) -> dict[str, str]:
    """The labels of what the node's page offers, with their addresses."""
    part = client.get(f"/functions/{connection.pk}/node/", {"id": node})
    place = f"/functions/{connection.pk}/do/"
    made = {one.label: f"{place}{one.name}/?node={node}" for one in part.context["operations"]}
    for address in made.values():
        assert address in part.content.decode().replace("%2F", "/")
    return made


def children(connection: Connection, node: str) -> dict[str, str]:
    """What lies there on the platform, by name."""
    with connection_open(connection) as service:
        nodes = service.children(NodeId(node)).items
    for one in nodes:
        seen.remember_one(seen.row(connection, one, at=timezone.now()))
    return {one.name: str(one.id) for one in nodes}


def test_a_site_is_made_on_its_campaign_and_what_is_below_it_on_the_one_above(
    owner: Client, bems: Connection, server: SandboxServer
) -> None:
    node = f"campaign/{Bare(server).every('campaigns')[0]['id']}"
    for one, field in (
        ("site", "campaign_id"), ("building", "site_id"), ("storey", "building_id"),
        ("space", "storey_id"),
    ):  # fmt: skip
        address = offered_on(owner, bems, node)[f"New {one}"]
        form = owner.get(address).context["form"]
        assert (form[field].value(), form[field].is_hidden) == (node, True)
        sent = {"once": str(uuid4()), f"value-{field}": node, "value-name": f"A {one}"}
        assert owner.post(address, sent).status_code == 200
        node = children(bems, node)[f"A {one}"]
    assert "New building" not in offered_on(owner, bems, node)


CREATES = [one for one in offered("bemserver") if one.name.endswith(".create")]


@pytest.mark.parametrize("name", [one.name for one in CREATES])
def test_what_refers_to_another_row_is_made_under_the_first_and_all_else_on_the_whole(
    name: str,
) -> None:
    one = find("bemserver", name)
    assert one is not None
    refers = [field for field in one.parameters.model_fields if field in REFERENCES]
    assert one.subject == (refers[0] if refers else None)
    types = {sort.word: sort.kind for sort in SORTS}
    assert one.on == (types[REFERENCES[refers[0]][0]] if refers else None)
