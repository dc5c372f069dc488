"""Collaboratives as the platform's client has them: members, services, requests (section 2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from connectors.avista import ids, shown
from connectors.avista.account import full_name
from connectors.avista.client import Client, Row, rows
from connectors.avista.documents import Word
from connectors.avista.ids import Place
from connectors.avista.sharing import KINDS, Sharing
from connectors.avista.tree import SERVICES
from connectors.contract import Acts, NodeId
from connectors.errors import NotFound
from connectors.operations import Record, Table, operation

MEMBERS = ("node", "collaborative", "host", "organizationId", "organization", "state", "userId",
           "user", "permission")  # fmt: skip

Which = Annotated[NodeId, Field(title="Collaborative", description="Which one.")]
Service = Annotated[
    NodeId,
    Field(title="Service", description="A data store, database, group of devices or capture."),
]


class CollaborativeOperations(Acts):
    """Mixed into the service, which has the client."""

    _client: Client
    _sharing: Sharing

    @operation(
        name="collaboratives.list",
        label="Collaboratives",
        danger="reads",
        help="Those that the account is in: organizations, states, people, rights.",
    )
    def list_collaboratives(self) -> Table:
        found = self._client.many("collaborative_listCollaboratives")
        return Table(columns=MEMBERS, rows=list(_members(found)))

    @operation(name="collaborative.get", label="Collaborative", on="collaborative", danger="reads",
               help="One of them with its members.")  # fmt: skip
    def get_collaborative(self, collaborative: Which) -> Record:
        key = ids.key(collaborative, "collaborative")
        row = self._client.one("collaborative_getCollaborative", collaborativeId=key)
        return shown.record("collaborative", row)

    @operation(
        name="collaborative.members",
        label="Members",
        on="collaborative",
        danger="reads",
        help="Organizations with their states, and people with what they may do.",
    )
    def list_members(self, collaborative: Which) -> Table:
        key = ids.key(collaborative, "collaborative")
        row = self._client.one("collaborative_getCollaborative", collaborativeId=key)
        return Table(columns=MEMBERS, rows=list(_members([row])))

    @operation(
        name="collaborative.services",
        label="What is shared",
        on="collaborative",
        danger="reads",
        help="The services in it; unknown sorts stay as plain rows.",
    )
    def list_services(self, collaborative: Which) -> Table:
        key = ids.key(collaborative, "collaborative")
        found = self._client.many("collaborative_listCollaborativeServices", collaborativeId=key)
        listed = [_service(row) for row in found]
        return Table(columns=("node", "serviceType", "serviceId", "name"), rows=listed)

    @operation(name="service.shared_with", label="Shared with", danger="reads",
               help="The collaboratives that a service of your own is in.")  # fmt: skip
    def list_shared_with(self, service: Service) -> Table:
        place = self._service(service)
        found = self._sharing.shared_with(place.sort, place.key)
        return Table(columns=MEMBERS, rows=list(_members(found)))

    @operation(
        name="collaborative.add_service",
        label="Share",
        on="collaborative",
        danger="writes",
        help="Shares a service of your own in the collaborative.",
    )
    def add_service(self, collaborative: Which, service: Service) -> Record:
        return self._changed("collaborative_addServiceToCollaborative", collaborative, service)

    @operation(name="collaborative.remove_service", label="Share no more", on="collaborative",
               danger="destroys",
               help="Takes a service out of the collaborative; what it holds stays.")  # fmt: skip
    def remove_service(self, collaborative: Which, service: Service) -> Record:
        return self._changed("collaborative_removeServiceFromCollaborative", collaborative, service)

    @operation(
        name="collaborative.requests",
        label="Requests to join",
        on="collaborative",
        danger="reads",
        help="Organizations that ask to be let in, and with a switch those decided on.",
    )
    def list_requests(
        self,
        collaborative: Which,
        *,
        decided: Annotated[
            bool, Field(title="Decided", description="Those let in or kept out as well.")
        ] = False,
    ) -> Table:
        found = self._client.many(
            "collaborative_listCollaborativeMemberOrganizationRequests",
            collaborativeId=ids.key(collaborative, "collaborative"),
            includeApprovedRequests=decided,
            includeDeniedRequests=decided,
        )
        return Table(columns=MEMBERS, rows=list(_members(found)))

    @operation(
        name="collaborative.decide",
        label="Let in or keep out",
        on="collaborative",
        danger="writes",
        help="Changes an organization's state in the collaborative.",
    )
    def decide(
        self,
        collaborative: Which,
        organization: Annotated[
            str, Field(title="Organization", description="Its id.", min_length=1)
        ],
        state: Annotated[
            Literal["APPROVED", "DENIED_ACCESS", "PENDING_APPROVAL"],
            Field(title="State", description="What it is from now on."),
        ],
    ) -> Record:
        found = self._client.one(
            "collaborative_updateCollaborativeMemberOrganization",
            collaborativeId=ids.key(collaborative, "collaborative"),
            organizationId=organization,
            memberState=Word(state),
        )
        return Record(fields=found)

    def _changed(self, field: str, collaborative: NodeId, service: NodeId) -> Record:
        place = self._service(service)
        row = self._client.one(
            field,
            collaborativeId=ids.key(collaborative, "collaborative"),
            serviceType=Word(KINDS[place.sort]),
            serviceId=place.key,
        )
        return Record(fields=row, id=place.id)

    def _service(self, node: NodeId) -> Place:
        """Raises NotFound for what is no service."""
        place = ids.parse(node)
        if place.sort not in KINDS:
            raise NotFound("This is no service that can be shared.")
        return place


def _members(found: Iterable[Row]) -> Iterator[tuple[object, ...]]:
    """A row a person, organization after organization; one without people has a row too."""
    for row in found:
        node = ids.of_row("collaborative", row).id
        for member in rows(row.get("memberOrganizations")):
            held = member.get("organization") or {}
            before = (node, row.get("name"), row.get("hostOrganizationId"),
                      held.get("organizationId"), held.get("name"),
                      member.get("memberState"))  # fmt: skip
            people = rows(member.get("usersInCollaborative"))
            if not people:
                yield (*before, None, None, None)
            for one in people:
                user = one.get("user") or {}
                yield (*before, user.get("userId"), full_name(user), one.get("permission"))


def _service(row: Row) -> tuple[object, ...]:
    kind, key = str(row.get("serviceType")), str(row.get("serviceId"))
    held = (row.get(name) for name in ("dataStore", "timeSeriesDb", "iotEndpointGroup",
                                       "dataCapture"))  # fmt: skip
    named: Row = next((one for one in held if isinstance(one, dict)), {})
    node = ids.of(SERVICES.get(kind, "adapter"), key).id
    return node, kind, key, named.get("name") or named.get("displayName")
