"""Who is calling, and what they may."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.sandbox.flowthings.problems import Problem, nowhere, refused
from connectors.sandbox.flowthings.shelves import Record
from connectors.sandbox.flowthings.state import State

LIMITED = "A limited token may only read or write drops."


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A caller: an identity, with its master token or with a limited one."""

    identity: Record
    token: str | None = None
    """The id of the limited token."""

    @property
    def id(self) -> str:
        """The identity's id."""
        return str(self.identity["id"])

    @property
    def account(self) -> str:
        """The account's name."""
        return str(self.identity["name"])


def left(record: Record, now: int) -> int | None:
    """Milliseconds until a token or share expires, negative afterwards; None for never."""
    duration = record.get("duration")
    return int(record["creationDate"]) + int(duration) - now if duration else None


def alive(record: Record, now: int) -> bool:
    """Whether a token or share still holds."""
    rest = left(record, now)
    return rest is None or rest > 0


def authenticated(state: State, headers: Mapping[str, str], account: str | None) -> Actor:
    """Who the headers say. `account` is the path's; None where the header must name it.

    Raises Problem 403, for whatever is wrong (guess: the published client has no class for 401).
    """
    named = headers.get("x-auth-account", account)
    actor = _owner_of(state, headers.get("x-auth-token", ""))
    if actor is None or named != actor.account or account not in (None, actor.account):
        raise refused("The account and the token do not belong together.")
    return actor


def _owner_of(state: State, token: str) -> Actor | None:
    given = token.encode("utf-8", "surrogateescape")
    for identity in state.identities():
        if secrets.compare_digest(identity["masterToken"].encode(), given):
            return Actor(identity=identity)
    for record in state.table("token").all():
        if secrets.compare_digest(record["tokenString"].encode(), given):
            issuer = state.table("identity").get(record["creatorId"])
            valid = issuer is not None and alive(record, state.now())
            return Actor(identity=issuer, token=record["id"]) if issuer and valid else None
    return None


def still(state: State, actor: Actor) -> bool:
    """Whether what the actor came with is still good: a session outlives its token else."""
    if actor.token is None:
        return actor.id in state.table("identity")
    record = state.table("token").get(actor.token)
    return record is not None and alive(record, state.now())


def unlimited(actor: Actor) -> None:
    """Raises Problem 403 for a limited token."""
    if actor.token is not None:
        raise refused(LIMITED)


def covers(paths: Mapping[str, Mapping[str, bool]], path: str, right: str) -> bool:
    """Whether some path with this right is the path or above it."""
    return any(
        rights.get(right, False) and (path == each or path.startswith(f"{each}/"))
        for each, rights in paths.items()
    )


def may(state: State, actor: Actor, path: str, right: str) -> bool:
    """Whether the actor has a right on a path: `read`, `write`, `dropRead` or `dropWrite`."""
    if actor.token is not None:
        token = state.table("token").get(actor.token)
        if token is None or not covers(token["paths"], path, right):
            return False
    if path.startswith(f"/{actor.account}/"):
        return True
    if any(covers(share["paths"], path, right) for share in shares_to(state, actor.id)):
        return True
    flow = state.flow_at(path)
    return right in ("read", "dropRead") and flow is not None and bool(flow["public"])


def shares_to(state: State, identity: str) -> Iterator[Record]:
    """The shares that somebody was given, directly or as one of a group."""
    holders = {identity, *state.groups_of(identity)}
    for share in state.table("share").all():
        if share["issuedTo"] in holders and alive(share, state.now()):
            yield share


def flow_for(state: State, actor: Actor, flow: Record | None, right: str) -> Record:
    """The flow, if the actor has the right on it. Raises Problem 403 or 404."""
    if flow is None:
        raise nowhere()
    if may(state, actor, flow["path"], right):
        return flow
    seen = actor.token is not None or any(
        may(state, actor, flow["path"], other) for other in ("read", "dropRead", "dropWrite")
    )
    raise Problem(403) if seen else nowhere()
