"""Access to flows by `/share` and `/token` (section 3.3): neither can be changed once it is made.

A share gives an identity or a group up to four rights on paths and on all that lies below them. A
token gives whoever holds its text the right to read or write drops there; its text is told once.
Both may hold several paths. To take one path away, a share of the others is made first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from connectors.contract import Audience, Grant, NodeId, Page, Right
from connectors.errors import NotFound, Rejected
from connectors.flowthings.client import Client, Row
from connectors.flowthings.reading import millis, when
from connectors.flowthings.tree import Tree
from connectors.paging import sliced

BEARER = "token"
RIGHTS = (
    Right(name="dropRead", label="Read drops", help="Reads the drops of the flows."),
    Right(name="dropWrite", label="Write drops", help="Adds, changes and deletes drops."),
    Right(name="read", label="See flows", help="Sees the flows themselves, with their settings."),
    Right(name="write", label="Change flows", help="Changes the flows' settings."),
)
NAMES = tuple(right.name for right in RIGHTS)
OF_TOKENS = NAMES[:2]
PAGE = 100
_HOLDER = re.compile(r"[igk][0-9a-f]{24}")


class Sharing:
    """The grants of one account."""

    def __init__(self, client: Client, tree: Tree, account: str) -> None:
        self._client = client
        self._tree = tree
        self._account = account

    def audiences(self, path: str, cursor: str | None) -> Page[Audience]:
        """Groups and identities, and a new token; nobody for what is in another's account."""
        if not self._own(path):
            return Page(items=())
        found = [_TOKEN, *map(_group, self._client.every("group"))]
        found += [_person(row) for row in self._people() if row.get("name") != self._account]
        return sliced(found, cursor, PAGE)

    def grants(self, path: str) -> tuple[Grant, ...]:
        """Who has access to the path, and to what lies above it: several shares to one are one."""
        if not self._own(path):
            return ()
        found: dict[str, Grant] = {}
        nodes: dict[str, NodeId] = {}
        for row in (*self._client.every("share"), *self._client.every(BEARER)):
            for place, rights in _reaching(row, path):
                nodes.setdefault(place, self._tree.at(place))
                grant = _grant(row, place, nodes[place], rights, self._known(row))
                old = found.get(grant.id)
                found[grant.id] = grant if old is None else _combined(old, grant)
        return tuple(found.values())

    def share(
        self, path: str, audience: str, rights: Sequence[str], until: datetime | None
    ) -> Grant:
        """Made anew each time: what was given before to the same holder goes afterwards."""
        holder = self._audience(path, audience, rights)
        body: Row = {"paths": {path: dict.fromkeys(rights, True)}, **_lasting(_duration(until))}
        node = self._tree.at(path)
        if audience == BEARER:
            row = self._client.create(BEARER, body)
            secret = SecretStr(str(row.get("tokenString", "")))
            return _grant(row, path, node, tuple(rights), holder, secret)
        before = [row for row in self._client.every("share") if _given_to(row, audience, path)]
        made = self._client.create("share", {"issuedTo": audience, **body})
        for row in before:
            self._without(row, path)
        return _grant(made, path, node, tuple(rights), holder)

    def revoke(self, path: str, grant: str) -> None:
        """Raises Rejected on `grant` for one that comes from above."""
        holder, _, place = grant.partition("@")
        if not _HOLDER.fullmatch(holder):
            return
        if place != path:
            raise Rejected.on(
                "grant", "This comes from above: it is taken away where it was given."
            )
        if holder[0] == "k":
            with suppress(NotFound):
                self._client.delete(BEARER, holder)
            return
        for row in list(self._client.every("share")):
            if _given_to(row, holder, path):
                self._without(row, path)

    def _without(self, row: Row, path: str) -> None:
        """Takes one path out of a share by making one of the others first."""
        rest = {each: rights for each, rights in _paths(row).items() if each != path}
        if rest:
            told = {"description": row["description"]} if row.get("description") else {}
            body = {"issuedTo": row.get("issuedTo"), "paths": rest, **told}
            self._client.create("share", {**body, **_lasting(row.get("expiresInMs"))})
        self._client.delete("share", str(row.get("id")))

    def _known(self, row: Row) -> Audience:
        """Who has a grant; somebody who cannot be seen any more has their id for a name."""
        key = row.get("issuedTo")
        if key is None:
            return _TOKEN
        gone = Audience(id=str(key), label=str(key), type="identity", rights=NAMES)
        return self._holder(str(key)) or gone

    def _audience(self, path: str, audience: str, rights: Sequence[str]) -> Audience:
        """Raises Rejected on `audience` and on `rights`."""
        found = _TOKEN if audience == BEARER else self._holder(audience)
        if found is None or not self._own(path):
            raise Rejected.on("audience", "Nobody of that name can be given access here.")
        if not rights or not set(rights) <= set(found.rights):
            raise Rejected.on("rights", f"Choose among {', '.join(found.rights)}.")
        return found

    def _holder(self, key: str) -> Audience | None:
        if not _HOLDER.fullmatch(key) or key[0] == "k":
            return None
        try:
            if key[0] == "g":
                return _group(self._client.one("group", key))
            return _person(self._client.one("identity", key))
        except NotFound:
            return None

    def _people(self) -> Iterator[Row]:
        return self._client.every("identity", sort=None, order=None)

    def _own(self, path: str) -> bool:
        """Below the account's name, which is no path of its own."""
        return path.startswith(f"/{self._account}/")


_TOKEN = Audience(
    id=BEARER,
    label="A new token",
    type=BEARER,
    rights=OF_TOKENS,
    detail="Its text is shown once.",
    anew=True,
)


def _person(row: Row) -> Audience:
    key, name = str(row.get("id")), str(row.get("name") or row.get("id"))
    detail = full_name(row)
    return Audience(id=key, label=name, type="identity", rights=NAMES, detail=detail)


def full_name(identity: Row) -> str:
    """First and last name, as far as they are told."""
    return " ".join(str(identity[part]) for part in ("firstName", "lastName") if identity.get(part))


def _group(row: Row) -> Audience:
    members = row.get("memberIds")
    count = len(members) if isinstance(members, list) else 0
    name = str(row.get("displayName") or row.get("id"))
    detail = "1 member" if count == 1 else f"{count} members"
    return Audience(id=str(row.get("id")), label=name, type="group", rights=NAMES, detail=detail)


def _grant(
    row: Row,
    path: str,
    node: NodeId,
    rights: tuple[str, ...],
    holder: Audience,
    secret: SecretStr | None = None,
) -> Grant:
    """Its id names the holder (a token: itself) and the path, not the share of the moment."""
    key = row.get("id") if holder is _TOKEN else holder.id
    made, duration = row.get("creationDate"), row.get("duration")
    since = when(made) if isinstance(made, int) else None
    lasts = timedelta(milliseconds=duration) if isinstance(duration, int) and duration else None
    return Grant(
        id=f"{key}@{path}",
        node=node,
        audience=holder,
        rights=rights,
        since=since,
        until=since + lasts if since and lasts else None,
        secret=secret,
    )


def _combined(one: Grant, other: Grant) -> Grant:
    rights = tuple(name for name in NAMES if name in {*one.rights, *other.rights})
    until = max(one.until, other.until) if one.until and other.until else None
    return replace(one, rights=rights, until=until)


def _paths(row: Row) -> dict[str, Any]:
    found = row.get("paths")
    return found if isinstance(found, dict) else {}


def _rights(given: Any) -> tuple[str, ...]:
    return tuple(name for name in NAMES if isinstance(given, dict) and given.get(name) is True)


def _reaching(row: Row, path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each path of a grant that is this one or above it, with the rights there."""
    for place, given in _paths(row).items():
        rights = _rights(given)
        if rights and row.get("expiresInMs") != 0 and f"{path}/".startswith(f"{place}/"):
            yield place, rights


def _given_to(row: Row, holder: str, path: str) -> bool:
    expired = row.get("expiresInMs") == 0
    return row.get("issuedTo") == holder and path in _paths(row) and not expired


def _duration(until: datetime | None) -> int | None:
    """Milliseconds from now. Raises Rejected on `until` for the past."""
    if until is None:
        return None
    left = millis(until) - millis(datetime.now(UTC))
    if left <= 0:
        raise Rejected.on("until", "This is over already.")
    return left


def _lasting(duration: object) -> Row:
    return {} if duration is None else {"duration": duration}
