"""Giving and taking access, each written down; what breaks off is looked at, never repeated.

Everything looks first: at what the audience has now, so that a form which is out of date changes
nothing and one that was sent twice acts once. Where the answer to a change is lost, it looks again
and says what is known then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.conf import settings

from connectors.contract import Grant, NodeId
from connectors.egress import Deadline
from connectors.errors import BadAnswer, ConnectorError, RateLimited, Rejected, Unavailable
from dashboard.accounts.models import Person
from dashboard.activity.services import event_record
from dashboard.browse.models import Seen
from dashboard.connections import leases
from dashboard.connections.models import Connection
from dashboard.sharing import looking

DOUBTFUL = (Unavailable, BadAnswer, RateLimited)
"""After these nobody knows whether the platform did it: a change may take several requests."""
CLOSE = timedelta(minutes=1)
"""Platforms keep an end as a duration, or cut it: so near is the same."""
ALONE = 60.0
"""Seconds that one change of a node's grants may take: three times a page's patience and more."""

LATE = "{trouble} Tieline looked again: the platform did it all the same."
LOST = (
    "{trouble} Tieline looked again: it was made, and its text was lost on the way. Nobody can "
    "show it again: revoke it, and make another."
)
NOT_YET = (
    "{trouble} Tieline looked again: nothing has changed so far. It may still come, so look once "
    "more before you try again."
)
OTHERWISE = "{trouble} Tieline looked again: it was done in part. Below is what holds now."
UNKNOWN = (
    "{trouble} Nobody knows whether the platform did it, and it could not be asked. Look at who "
    "has access before you try again."
)

SHARED = ("shared", "may have shared", "could not share")
CHANGED = (
    "changed the sharing of",
    "may have changed the sharing of",
    "could not change the sharing of",
)
REVOKED = (
    "revoked the sharing of",
    "may have revoked the sharing of",
    "could not revoke the sharing of",
)
"""The verbs of an audit event: it is so, it is in doubt, the platform refused it."""

Known = Literal["done", "same", "late", "not yet", "otherwise", "unknown"]


class Meanwhile(Exception):
    """What the audience has is not what the form was made for; `grants` is what it has now."""

    def __init__(self, grants: tuple[Grant, ...]) -> None:
        super().__init__("changed meanwhile")
        self.grants = grants


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who shall have which rights on a node, until when."""

    node: Seen
    audience: str
    rights: tuple[str, ...]
    until: datetime | None = None
    mark: str | None = None
    """What the audience had when the wish was made (`looking.mark`); None: whatever it has."""

    def met_by(self, grants: tuple[Grant, ...]) -> bool:
        """True when there is exactly one grant, and it is this one."""
        if len(grants) != 1 or grants[0].audience.anew:
            return False
        found = grants[0]
        return set(found.rights) == set(self.rights) and _same_end(found.until, self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is known of a change. `says` is empty where there is nothing to say but that."""

    known: Known
    says: str = ""
    grant: Grant | None = None

    @property
    def certain(self) -> bool:
        """The wish is reality."""
        return self.known in ("done", "same", "late")


def share(connection: Connection, wish: Wish, *, person: Person | None) -> Outcome:
    """Gives the access, or changes it. Raises Meanwhile, and ConnectorError where surely nothing
    was done: Rejected names `audience`, `rights` or `until`."""
    with _alone(connection, wish.node.node):
        before = looking.grants(connection, node=wish.node.node)
        mine = looking.on(before, node=wish.node.node, audience=wish.audience)
        if wish.met_by(mine):
            return Outcome(known="same", grant=mine[0])
        if wish.mark not in (None, looking.mark(mine)):
            raise Meanwhile(mine)
        label = _label(before, wish.audience)
        with _recorded(connection, person, CHANGED if _changes(mine) else SHARED) as record:
            record.about(wish.node, label, _rights_said(wish))
            outcome = _given(connection, wish, mine)
            if outcome.grant is not None:
                record.about(wish.node, outcome.grant.audience.label, _rights_said(wish))
            record.certain = outcome.certain
        return outcome


def revoke(connection: Connection, *, node: Seen, grant: str, person: Person | None) -> Outcome:
    """Takes the access away; that it was gone before is no error.

    Raises Rejected on `grant` for one that comes from above, and ConnectorError where surely
    nothing was done.
    """
    with _alone(connection, node.node):
        found = _one(looking.grants(connection, node=node.node), grant)
        if found is None:
            return Outcome(known="same")
        if found.node != node.node:
            text = "This comes from above: it is taken away where it was given."
            raise Rejected(text, {"grant": text})
        with _recorded(connection, person, REVOKED) as record:
            record.about(node, found.audience.label, "")
            outcome = _taken(connection, node, found)
            record.certain = outcome.certain
        return outcome


@dataclass(slots=True)
class _Record:
    """What the event will say."""

    subject: str = ""
    certain: bool = False

    def about(self, node: Seen, who: str, rights: str) -> None:
        self.subject = f"{node.name[:80]} with {who[:60]}{rights}"


@contextmanager
def _recorded(
    connection: Connection, person: Person | None, verbs: tuple[str, str, str]
) -> Iterator[_Record]:
    """One audit event, whatever ends the block; none for values that the platform did not take."""
    record, (done, doubt, refused) = _Record(), verbs
    verb: str | None = doubt
    try:
        yield record
        verb = done if record.certain else doubt
    except ConnectorError as trouble:
        verb = None if isinstance(trouble, Rejected) else refused
        raise
    finally:
        if verb:
            subject = f"{record.subject} on {connection.name}"
            event_record(workspace=connection.workspace, person=person, verb=verb, subject=subject)


@contextmanager
def _alone(connection: Connection, node: str) -> Iterator[None]:
    """One change of a node's grants at a time, so that a form sent twice acts once."""
    name = f"share:{connection.pk}:{hashlib.sha256(node.encode()).hexdigest()[:32]}"
    with leases.held(name, deadline=Deadline.after(settings.PAGE_SECONDS), seconds=ALONE):
        yield


def _given(connection: Connection, wish: Wish, mine: tuple[Grant, ...]) -> Outcome:
    try:
        with looking.sharing(connection) as service:
            node = NodeId(wish.node.node)
            grant = service.share(node, wish.audience, wish.rights, wish.until)
    except DOUBTFUL as trouble:
        return _looked_after(connection, wish, mine, trouble)
    return Outcome(known="done", grant=grant)


def _looked_after(
    connection: Connection, wish: Wish, before: tuple[Grant, ...], trouble: ConnectorError
) -> Outcome:
    """What holds now, after a change whose answer is lost. It is not tried again."""
    node, who = wish.node.node, wish.audience
    try:
        after = looking.on(looking.grants(connection, node=node), node=node, audience=who)
    except ConnectorError:
        return _doubt("unknown", UNKNOWN, trouble)
    made = [one for one in after if one.id not in {old.id for old in before}]
    if made and made[0].audience.anew:
        return _doubt("otherwise", LOST, trouble)
    if wish.met_by(after):
        return _doubt("late", LATE, trouble, after[0])
    if looking.mark(after) == looking.mark(before):
        return _doubt("not yet", NOT_YET, trouble)
    return _doubt("otherwise", OTHERWISE, trouble)


def _taken(connection: Connection, node: Seen, grant: Grant) -> Outcome:
    try:
        with looking.sharing(connection) as service:
            service.revoke(NodeId(node.node), grant.id)
    except DOUBTFUL as trouble:
        return _looked_gone(connection, node, grant, trouble)
    return Outcome(known="done", grant=grant)


def _looked_gone(
    connection: Connection, node: Seen, grant: Grant, trouble: ConnectorError
) -> Outcome:
    try:
        left = _one(looking.grants(connection, node=node.node), grant.id)
    except ConnectorError:
        return _doubt("unknown", UNKNOWN, trouble)
    if left is None:
        return _doubt("late", LATE, trouble, grant)
    if looking.mark([left]) == looking.mark([grant]):
        return _doubt("not yet", NOT_YET, trouble)
    return _doubt("otherwise", OTHERWISE, trouble)


def _doubt(known: Known, says: str, trouble: ConnectorError, grant: Grant | None = None) -> Outcome:
    return Outcome(known=known, says=says.format(trouble=_lost(trouble)), grant=grant)


def _lost(trouble: ConnectorError) -> str:
    """How the change broke off; the error's own sentence would advise to try again."""
    if isinstance(trouble, RateLimited):
        return "The platform asked for a pause in the middle of it."
    if isinstance(trouble, BadAnswer):
        return f"Nobody can read the platform's answer (reference {trouble.reference})."
    return "The platform's answer was lost."


def _changes(mine: tuple[Grant, ...]) -> bool:
    return bool(mine) and not mine[0].audience.anew


def _label(grants: tuple[Grant, ...], audience: str) -> str:
    found = (one.audience.label for one in grants if one.audience.id == audience)
    return next(found, audience)


def _rights_said(wish: Wish) -> str:
    until = f", until {wish.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if wish.until else ""
    return f" ({', '.join(wish.rights)}{until})"


def _one(grants: tuple[Grant, ...], id: str) -> Grant | None:
    return next((one for one in grants if one.id == id), None)


def _same_end(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < CLOSE
