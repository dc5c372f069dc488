# ruff: noqa: FBT003
"""Collaboratives and what they share, as the client sees them."""

from __future__ import annotations

from typing import Any

from avista_area import FOREIGN, STORE, Area
from avista_kinds import kind
from avista_side import ERRORS, MEMBER

COLLABORATIVES = """{ collaborative_listCollaboratives { collaborativeId name description
  hostOrganizationId memberOrganizations { memberState organization { name }
  usersInCollaborative { permission user { userId } } } } }"""
SERVICES = """query($id: ID!) { collaborative_listCollaborativeServices(collaborativeId: $id) {
  serviceType dataStore { name } timeSeriesDb { name } } }"""


def judge_all(judge: Any, dx: Any, side: Any) -> None:
    """Everything of this area."""
    Sharing(judge, dx, side).judge()


class Sharing(Area):
    """Collaboratives and the services in them."""

    def judge(self) -> None:
        """Reading, then sharing something and taking it back."""
        if self.side.new:
            util = kind("collaborativeUtil", "CollaborativeUtil")
            self.mine, self.strange = (
                util(False, self.dx._client),
                util(False, self.outside._client),
            )
        else:
            self.mine, self.strange = self.dx, self.outside
        self.owner = "CollaborativeUtil" if self.side.new else "AvistaDigitalExchange"
        self.reading()
        self.sharing()

    def names(self, function: str, suffix: str) -> tuple[str, ...]:
        """The function, and the query behind it where the judge counts that."""
        behind = f"collaborative_{function}.perform{suffix}"
        known = behind in self.judge_of.names
        return (f"{self.owner}.{function}", behind) if known else (f"{self.owner}.{function}",)

    def reading(self) -> None:
        held = self.side.data(COLLABORATIVES)
        for name in self.names("listCollaboratives", "Query"):
            self.right(
                name,
                self.mine.listCollaboratives,
                lambda found: [as_members(one) for one in found] == held,
            )
            self.wrong(
                name, self.stranger().listCollaboratives, raises=ERRORS.UnauthorizedException
            )
        for name in self.names("getCollaborative", "Query"):
            self.right(
                name,
                lambda: self.mine.getCollaborative("collaborativeId.2"),
                lambda found: as_members(found) == held[1],
            )
            self.wrong(
                name,
                lambda: self.strange.getCollaborative("collaborativeId.1"),
                raises=self.refused,
            )
        for name in self.names("listCollaborativeServices", "Query"):
            self.right(
                name,
                lambda: self.mine.listCollaborativeServices("collaborativeId.1"),
                lambda found: (
                    [(one.serviceType, one.name) for one in found]
                    == self.services("collaborativeId.1")
                ),
            )
            self.wrong(
                name,
                lambda: self.mine.listCollaborativeServices("collaborativeId.2"),
                raises=ERRORS.ServiceTypeNotAvailable,
            )
            self.wrong(
                name,
                lambda: self.strange.listCollaborativeServices("collaborativeId.1"),
                raises=self.refused,
            )
        for name in self.names("listCollaborativesServiceSharedWith", "Query"):
            self.right(
                name,
                lambda: self.mine.listCollaborativesServiceSharedWith(STORE),
                lambda found: [one.name for one in found] == ["Portfolio"],
            )
            self.wrong(
                name,
                lambda: self.strange.listCollaborativesServiceSharedWith(STORE),
                raises=self.refused,
            )
            self.wrong(
                name,
                lambda: self.mine.listCollaborativesServiceSharedWith("neither"),
                raises=ERRORS.QueryFailed,
            )

    def stranger(self) -> Any:
        """Somebody with a token that the platform does not know."""
        dx = self.side.connect("nonsense")
        return (
            kind("collaborativeUtil", "CollaborativeUtil")(False, dx._client)
            if self.side.new
            else dx
        )

    def services(self, place: str) -> list[tuple[str, str]]:
        """Type and name of what is shared there."""
        found = self.side.data(SERVICES, id=place)
        return [
            (one["serviceType"], (one["dataStore"] or one["timeSeriesDb"])["name"]) for one in found
        ]

    def sharing(self) -> None:
        own, place = FOREIGN, "collaborativeId.1"
        before = self.services(place)
        member = self.side.connect(MEMBER)
        util = (
            kind("collaborativeUtil", "CollaborativeUtil")(False, member._client)
            if self.side.new
            else member
        )
        for name in self.names("addServiceToCollaborative", "Mutation"):
            self.right(
                name,
                lambda: util.addServiceToCollaborative(own, place),
                lambda made: (
                    made.dataStore.name == "Drafts"
                    and self.services(place) == [*before, ("DATA_STORE", "Drafts")]
                ),
            )
            self.wrong(
                name, lambda: self.strange.addServiceToCollaborative(own, place), raises=self.failed
            )
        for name in self.names("removeServiceFromCollaborative", "Mutation"):
            util.addServiceToCollaborative(own, place)
            self.right(
                name,
                lambda: util.removeServiceFromCollaborative(own, place),
                lambda gone: gone.dataStore.name == "Drafts" and self.services(place) == before,
            )
            self.wrong(
                name,
                lambda: util.removeServiceFromCollaborative(own, place),
                raises=ERRORS.MissingDataInResultException,
            )


def as_members(found: Any) -> dict[str, Any]:
    """A collaborative as the platform answers it."""
    keys = ("collaborativeId", "name", "description", "hostOrganizationId")
    members = [
        {
            "memberState": member.memberState,
            "organization": {"name": member.organization.name},
            "usersInCollaborative": [
                {"permission": one.permission, "user": {"userId": one.user.userId}}
                for one in member.usersInCollaborative
            ],
        }
        for member in found.memberOrganizations
    ]
    return {**{key: getattr(found, key) for key in keys}, "memberOrganizations": members}
