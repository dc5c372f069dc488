"""Sharing in collaboratives (section 2.4): a service is in one or it is not.

Data stores, databases, groups of devices and captures are services; what lies in a store or a
database is shared with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connectors.avista import ids
from connectors.avista.client import Client, Row, rows
from connectors.avista.documents import Word
from connectors.avista.files import Files
from connectors.avista.ids import Place
from connectors.avista.tree import SERVICES, Tree
from connectors.contract import Audience, Grant, NodeId, Page, Right
from connectors.errors import Rejected

RIGHT = Right(
    name="use",
    label="Use",
    help="Members of the collaborative read it; those who may write there write it too.",
)
KINDS = {sort: kind for kind, sort in SERVICES.items() if sort != "adapter"}


class Sharing:
    """The services of one account."""

    def __init__(self, client: Client, tree: Tree, files: Files) -> None:
        self._client = client
        self._tree = tree
        self._files = files

    def audiences(self, node: NodeId) -> Page[Audience]:
        """The collaboratives that the account is in."""
        place = ids.parse(node)
        self._tree.node(node)
        if place.sort not in KINDS:
            return Page(items=())
        found = self._client.many("collaborative_listCollaboratives")
        return Page(items=tuple(audience(row) for row in found))

    def grants(self, node: NodeId) -> tuple[Grant, ...]:
        """Where it is shared, or what it lies in. Raises NotFound, and Forbidden for what is
        somebody else's."""
        service = self._service(node)
        if service is None:
            self._tree.node(node)
            return ()
        return tuple(_grant(service, row) for row in self._shared(service))

    def share(
        self, node: NodeId, audience: str, rights: Sequence[str], until: datetime | None
    ) -> Grant:
        service = self._own(node)
        if list(rights) != [RIGHT.name]:
            raise Rejected.on("rights", f"The only right there is is {RIGHT.name}.")
        if until is not None:
            raise Rejected.on("until", "The platform's sharing has no end.")
        known = {
            row.get("collaborativeId"): row
            for row in self._client.many("collaborative_listCollaboratives")
        }
        if service is None or audience not in known:
            raise Rejected.on("audience", "This cannot be shared with anybody of that name.")
        self._client.one(
            "collaborative_addServiceToCollaborative",
            collaborativeId=audience,
            serviceType=Word(KINDS[service.sort]),
            serviceId=service.key,
        )
        return _grant(service, known[audience])

    def revoke(self, node: NodeId, grant: str) -> None:
        service = self._service(node)
        if service is None:
            self._tree.node(node)
            return
        held = {row.get("collaborativeId") for row in self._shared(service)}
        if grant not in held:
            return
        if service.id != node:
            raise Rejected.on(
                "grant", "This comes from above: it is taken away where it was given."
            )
        self._client.call(  # null where it was taken away meanwhile
            "collaborative_removeServiceFromCollaborative",
            collaborativeId=grant,
            serviceType=Word(KINDS[service.sort]),
            serviceId=service.key,
        )

    def shared_with(self, sort: str, key: str) -> list[Row]:
        """The collaboratives that a service is in. Raises NotFound and Forbidden."""
        return self._client.many(
            "collaborative_listCollaborativesServiceSharedWith",
            serviceType=Word(KINDS[sort]),
            serviceId=key,
        )

    def _shared(self, service: Place) -> list[Row]:
        return self.shared_with(service.sort, service.key)

    def _own(self, node: NodeId) -> Place | None:
        """The service that the node itself is. Raises NotFound for a node that is not there."""
        self._tree.node(node)
        place = ids.parse(node)
        return place if place.sort in KINDS else None

    def _service(self, node: NodeId) -> Place | None:
        """The service that a node is or lies in."""
        place = ids.parse(node)
        if place.sort in KINDS:
            return place
        if place.sort in ("asset", "series"):
            return Place("database", place.parts[:1])
        if place.sort == "attribute":
            return Place("capture", place.parts[:1])
        if place.sort == "file":
            return ids.of_row("store", self._files.file(place.key))
        if place.sort == "directory":
            return ids.of_row("store", self._files.folder(place).row)
        return None


def audience(row: Row) -> Audience:
    members = rows(row.get("memberOrganizations"))
    people = sum(len(rows(one.get("usersInCollaborative"))) for one in members)
    key = ids.of_row("collaborative", row).key
    return Audience(
        id=key, label=str(row.get("name") or key), type="collaborative", rights=(RIGHT.name,),
        detail=f"{len(members)} organizations, {people} people",
    )  # fmt: skip


def _grant(service: Place, row: Row) -> Grant:
    held = audience(row)
    return Grant(id=held.id, node=service.id, audience=held, rights=(RIGHT.name,))
