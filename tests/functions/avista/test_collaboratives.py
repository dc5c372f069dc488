"""Collaboratives: who is in them and what they share, read back by the bare wire."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import NodeId
from connectors.errors import Forbidden, NotFound
from connectors.sandbox.accounts import MEMBER
from tests.conformance.sandbox_avista import inbox, node, stored
from tests.functions.avista.shared import SHARED_WITH, Ours, saying
from tests.sandbox.avista.series import Database
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

PORTFOLIO, FIELD, INTERNAL = (f"collaborativeId.{number}" for number in (1, 2, 3))
ALL = """query { collaborative_listCollaboratives { collaborativeId name description
  hostOrganizationId memberOrganizations { memberState organization { organizationId name }
    usersInCollaborative { permission user { userId } } } } }"""
SERVICES = """query($id: ID!) { collaborative_listCollaborativeServices(collaborativeId: $id) {
  serviceId serviceType dataStore { name } timeSeriesDb { name } } }"""


@pytest.fixture
def store(wire: Wire) -> str:
    """The id of a new data store."""
    return str(inbox(wire)["dataStoreId"])


def shared(wire: Wire, store: str) -> list[str]:
    """The collaboratives that a store is in."""
    found = wire.data(SHARED_WITH, kind="DATA_STORE", id=store)
    return [one["collaborativeId"] for one in found]


@pytest.mark.covers("avista.list_collaboratives")
def test_members_are_grouped_by_organization_with_state_and_permission(
    ours: Ours, wire: Wire
) -> None:
    told = [
        (row["name"], member["organization"]["organizationId"], member["memberState"],
         (held or [{"permission": None}])[0]["permission"])
        for row in wire.data(ALL)
        for member in row["memberOrganizations"]
        for held in [member["usersInCollaborative"]]
    ]  # fmt: skip
    found = [
        (row["collaborative"], row["organizationId"], row["state"], row["permission"])
        for row in ours.rows("collaboratives.list")
    ]
    assert found == told
    assert ("Field devices", "organizationId.3", "PENDING_APPROVAL", None) in found
    nodes = ours.opened.children(NodeId("collaboratives")).items
    assert [one.name for one in nodes] == [row["name"] for row in wire.data(ALL)]


@pytest.mark.covers("avista.get_collaborative")
@pytest.mark.covers("avista.type.collaborative")
def test_a_collaborative_is_the_same_by_its_id(
    server: SandboxServer, ours: Ours, wire: Wire
) -> None:
    for row in wire.data(ALL):
        place = node("collaborative", row["collaborativeId"])
        fields = ours.do("collaborative.get", collaborative=place).fields
        assert {name: fields[name] for name in ("name", "description", "hostOrganizationId")} == {
            name: row[name] for name in ("name", "description", "hostOrganizationId")
        }
        assert len(fields["memberOrganizations"]) == len(row["memberOrganizations"])
        listed = ours.rows("collaborative.members", collaborative=place)
        assert listed == [one for one in ours.rows("collaboratives.list") if one["node"] == place]
    with pytest.raises(Forbidden):
        Ours(server, MEMBER).do("collaborative.get", collaborative=node("collaborative", INTERNAL))


@pytest.mark.covers("avista.type.collaborative_member_organization")
@pytest.mark.covers("avista.type.collaborative_member_user")
def test_a_member_organization_has_a_state_and_its_people_a_permission(ours: Ours) -> None:
    place = node("collaborative", FIELD)
    members = ours.do("collaborative.get", collaborative=place).fields["memberOrganizations"]
    assert [one["memberState"] for one in members] == [
        "HOST_ORGANIZATION", "APPROVED", "PENDING_APPROVAL",
    ]  # fmt: skip
    people = [
        (one["user"]["userId"], one["permission"])
        for member in members
        for one in member["usersInCollaborative"]
    ]
    assert people == [("userId.1", "READ_WRITE"), ("userId.2", "READ_ONLY")]
    rows = ours.rows("collaborative.members", collaborative=place)
    assert [(row["user"], row["permission"]) for row in rows] == [
        ("Ada Admin", "READ_WRITE"),
        ("Max Member", "READ_ONLY"),
        (None, None),
    ]


@pytest.mark.covers("avista.list_collaborative_services")
@pytest.mark.covers("avista.type.service")
def test_services_are_typed_and_unknown_sorts_stay_as_rows(
    server: SandboxServer, ours: Ours, wire: Wire
) -> None:
    for key in (PORTFOLIO, FIELD):
        place = node("collaborative", key)
        told = wire.data(SERVICES, id=key)
        rows = ours.rows("collaborative.services", collaborative=place)
        assert [(row["serviceType"], row["serviceId"]) for row in rows] == [
            (one["serviceType"], one["serviceId"]) for one in told
        ]
        for row, one in zip(rows, told, strict=True):
            held = one["dataStore"] or one["timeSeriesDb"]
            assert held is None or row["name"] == held["name"]
        nodes = ours.opened.children(place).items
        assert [one.id for one in nodes] == [row["node"] for row in rows]
    kinds = {one.type for one in ours.opened.children(node("collaborative", FIELD)).items}
    assert kinds == {"group", "capture", "service"}
    with saying(server, "DATA_CAPTURE", "SOMETHING_NEW") as newer:
        rows = newer.rows("collaborative.services", collaborative=node("collaborative", FIELD))
        assert "SOMETHING_NEW" in {row["serviceType"] for row in rows}
        nodes = newer.opened.children(node("collaborative", FIELD)).items
        assert len(nodes) == len(rows)


@pytest.mark.covers("avista.add_service_to_collaborative")
@pytest.mark.covers("avista.remove_service_from_collaborative")
@pytest.mark.covers("avista.list_collaboratives_service_shared_with")
def test_a_service_is_added_followed_and_removed_and_keeps_what_it_holds(
    server: SandboxServer, ours: Ours, wire: Wire, store: str
) -> None:
    values: dict[str, Any] = {
        "collaborative": node("collaborative", INTERNAL),
        "service": node("store", store),
    }
    assert ours.rows("service.shared_with", service=values["service"]) == []
    made = ours.do("collaborative.add_service", **values).fields
    assert (made["serviceId"], made["serviceType"]) == (store, "DATA_STORE")
    assert made["dataStore"]["dataStoreId"] == store
    assert shared(wire, store) == [INTERNAL]
    assert store in [one["serviceId"] for one in wire.data(SERVICES, id=INTERNAL)]
    found = ours.rows("service.shared_with", service=values["service"])
    assert {row["node"] for row in found} == {values["collaborative"]}
    assert found == ours.rows("collaborative.members", collaborative=values["collaborative"])
    gone = ours.do("collaborative.remove_service", **values).fields
    assert (gone["serviceId"], gone["serviceType"]) == (store, "DATA_STORE")
    assert shared(wire, store) == []
    assert store not in [one["serviceId"] for one in wire.data(SERVICES, id=INTERNAL)]
    assert ours.rows("service.shared_with", service=values["service"]) == []
    assert ours.opened.node(values["service"]).name == "Inbox"
    with pytest.raises(NotFound):
        ours.do("collaborative.remove_service", **values)
    with pytest.raises(Forbidden):
        Ours(server, MEMBER).rows("service.shared_with", service=node("store", "dataStoreId.1"))


def test_what_lies_in_a_store_or_a_database_is_shared_with_it(
    server: SandboxServer, ours: Ours, wire: Wire
) -> None:
    made, database = inbox(wire), Database(wire)
    store = node("store", made["dataStoreId"])
    file = node("file", stored(wire, made, "a.csv", b"1"))
    ours.opened.share(store, INTERNAL, ["use"])
    assert shared(wire, made["dataStoreId"]) == [INTERNAL]
    (grant,) = ours.opened.grants(file)
    assert (grant.node, grant.id) == (store, INTERNAL)
    assert ours.opened.audiences(file).items == ()
    ours.opened.revoke(store, INTERNAL)
    assert ours.opened.grants(file) == ()
    place = node("database", database.id)
    ours.opened.share(place, PORTFOLIO, ["use"])
    member = Ours(server, MEMBER)
    assert place in [one.id for one in member.opened.children(NodeId("databases")).items]
    ours.opened.revoke(place, PORTFOLIO)
    assert place not in [one.id for one in member.opened.children(NodeId("databases")).items]


def test_requests_to_join_are_listed_and_decided(ours: Ours) -> None:
    place = node("collaborative", FIELD)
    waiting = ours.rows("collaborative.requests", collaborative=place)
    assert [row["organizationId"] for row in waiting] == ["organizationId.3"]
    ours.do("collaborative.decide", collaborative=place, organization="organizationId.3",
            state="APPROVED")  # fmt: skip
    assert ours.rows("collaborative.requests", collaborative=place) == []
    decided = ours.rows("collaborative.requests", collaborative=place, decided=True)
    assert ("organizationId.3", "APPROVED") in {
        (row["organizationId"], row["state"]) for row in decided
    }
