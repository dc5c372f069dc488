"""With whom a folder is shared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, SecretStr

from connectors.contract import Audience, Grant, NodeId, Page, Right
from tests.conformance.memory.wire import EPOCH, TICK, Gone, Wire, moment, part

RIGHTS = (
    Right(name="view", label="View", help="Sees what lies in the folder."),
    Right(name="edit", label="Edit", help="Adds to the folder and deletes from it."),
)


class _Audience(BaseModel):
    id: str
    name: str
    type: str
    rights: tuple[str, ...]

    def noun(self) -> Audience:
        anew = self.type == "link"
        return Audience(id=self.id, label=self.name, type=self.type, rights=self.rights, anew=anew)


class _Audiences(BaseModel):
    rows: list[_Audience]
    next: int | None


class _Grant(BaseModel):
    id: str
    node: str
    audience: _Audience
    rights: tuple[str, ...]
    since: int
    until: int | None
    secret: SecretStr | None = None

    def noun(self) -> Grant:
        return Grant(
            id=self.id,
            node=NodeId(self.node),
            audience=self.audience.noun(),
            rights=self.rights,
            since=moment(self.since),
            until=None if self.until is None else moment(self.until),
            secret=self.secret,
        )


class _Grants(BaseModel):
    grants: list[_Grant]


def audiences(wire: Wire, node: NodeId, first: int) -> Page[Audience]:
    found = wire.get(f"audiences/{part(node)}", _Audiences, **{"from": first})
    following = None if found.next is None else str(found.next)
    return Page(items=tuple(row.noun() for row in found.rows), next=following)


def grants(wire: Wire, node: NodeId) -> tuple[Grant, ...]:
    return tuple(one.noun() for one in wire.get(f"grants/{part(node)}", _Grants).grants)


def share(
    wire: Wire, node: NodeId, audience: str, rights: Sequence[str], until: datetime | None
) -> Grant:
    end = None if until is None else (until - EPOCH) // TICK
    wish = {"audience": audience, "rights": list(rights), "until": end}
    return wire.send("POST", f"grants/{part(node)}", _Grant, json=wish).noun()


def revoke(wire: Wire, node: NodeId, grant: str) -> None:
    wire.send("DELETE", f"grants/{part(node)}", Gone, params={"grant": grant})
