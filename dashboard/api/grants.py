"""Who has access to a node on its platform: looked at, given, changed, revoked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from connectors.contract import Audience, Grant, Shares
from connectors.errors import Unavailable
from dashboard.access import Role
from dashboard.api.callers import ONCE, Asked, once, reach
from dashboard.api.shapes import CallShape
from dashboard.browse import seen
from dashboard.browse.models import Seen
from dashboard.browse.services import can, node_open, node_seen
from dashboard.connections.models import Connection
from dashboard.operations.models import Call, State
from dashboard.operations.services import SentAlready, done_once
from dashboard.sharing import looking, services
from dashboard.sharing.services import Outcome, Wish

router = Router(tags=["sharing"])
PLACE = "/connections/{uuid:connection}"
SHARE = "Share"
"""What its calls are called; with a capital, so that no function of a platform is called so."""


class AudienceShape(Schema):
    """Somebody, or a group, with whom a node can be shared. `anew`: each grant makes something new
    (an access token), so it cannot be changed."""

    id: str
    label: str
    type: str
    detail: str
    rights: list[str]
    anew: bool

    @classmethod
    def of(cls, one: Audience) -> AudienceShape:
        return cls(
            id=one.id, label=one.label, type=one.type, detail=one.detail, rights=list(one.rights),
            anew=one.anew,
        )  # fmt: skip


class AudiencesShape(Schema):
    """Some audiences; `next` asks for more as `cursor`."""

    audiences: list[AudienceShape]
    next: str | None


class GrantShape(Schema):
    """Who may do what on a node. Another `node` than the one asked for: it comes down from above
    and is revoked there. `secret` is told once, when the grant is made."""

    id: str
    node: str
    audience: AudienceShape
    rights: list[str]
    since: datetime | None
    until: datetime | None
    secret: str | None = None

    @classmethod
    def of(cls, one: Grant) -> GrantShape:
        return cls(
            id=one.id, node=one.node, audience=AudienceShape.of(one.audience),
            rights=list(one.rights), since=one.since, until=one.until,
            secret=one.secret.get_secret_value() if one.secret else None,
        )  # fmt: skip


class WishShape(Schema):
    """What an audience shall have on a node: these rights and no others, until then."""

    node: str
    audience: str
    rights: list[str] = Field(description="Names of rights that the audience can be given.")
    until: AwareDatetime | None = Field(
        None, description="With its offset; left out: until it is revoked."
    )


@router.get(f"{PLACE}/audiences", response=AudiencesShape)
def audiences(
    request: Asked, connection: UUID, node: str, text: str = "", cursor: str = ""
) -> AudiencesShape:
    """With whom a node can be shared; with `text`, those that hold it. None: not by itself."""
    account = _account(request, connection)
    found = looking.audiences(
        account, node=_node(account, node).node, text=text, cursor=cursor or None
    )
    rows = [AudienceShape.of(one) for one in found.audiences]
    return AudiencesShape(audiences=rows, next=found.next)


@router.get(f"{PLACE}/grants", response=list[GrantShape])
def grants(request: Asked, connection: UUID, node: str) -> list[GrantShape]:
    """Who has access to a node now: grants of its own, and those from above."""
    account = _account(request, connection)
    found = looking.grants(account, node=_node(account, node).node)
    return [GrantShape.of(one) for one in found]


@router.post(
    f"{PLACE}/grants",
    response={200: GrantShape, 202: CallShape},
    openapi_extra={"parameters": [ONCE]},
)
def share(request: Asked, connection: UUID, wish: WishShape) -> GrantShape | Status[CallShape]:
    """Gives access, or changes it: to share again is to change. Twice is no error, but what each
    grant makes anew is made twice.

    An `Idempotency-Key` (a UUID) that was used before gives that call, with the grant that came
    of it but for its secret, and does nothing. Where the platform's answer is lost, nothing is
    repeated: Tieline looks again. What it finds done is answered as done; else the answer is 503,
    and its message says what is known.
    """
    account = _account(request, connection, role=Role.EDITOR)
    wanted = Wish(
        node=_node(account, wish.node),
        audience=wish.audience,
        rights=tuple(wish.rights),
        until=wish.until,
    )
    try:
        outcome = _shared(request, account, wanted)
    except SentAlready as sent:
        return Status(202, CallShape.of(reach(request, Call, sent.call.pk)))
    made = _certain(outcome).grant
    if made is None:
        raise Unavailable(outcome.says)
    return GrantShape.of(made)


@router.delete(f"{PLACE}/grants", response={204: None})
def revoke(request: Asked, connection: UUID, node: str, grant: str) -> Status[None]:
    """Takes a grant away; that it was gone before is no error. One from above is refused."""
    account = _account(request, connection, role=Role.EDITOR)
    found = _node(account, node)
    _certain(services.revoke(account, node=found, grant=grant, person=request.auth.person))
    return Status(204, None)


def _shared(request: Asked, account: Connection, wanted: Wish) -> Outcome:
    """Once for a key. Raises SentAlready for one that was used, and ConnectorError."""
    key, person = once(request), request.auth.person
    if key is None:
        return services.share(account, wanted, person=person)
    with done_once(account, SHARE, person=person, once=key, node=wanted.node.node) as call:
        outcome = services.share(account, wanted, person=person)
        call.state = State.DONE if outcome.certain else State.UNKNOWN
        call.says = outcome.says
        if outcome.grant is not None:
            told = GrantShape.of(outcome.grant).model_copy(update={"secret": None})
            call.result = told.model_dump(mode="json")
    return outcome


def _certain(outcome: Outcome) -> Outcome:
    """Raises Unavailable with what is known where it is not done."""
    if not outcome.certain:
        raise Unavailable(outcome.says)
    return outcome


def _account(request: Asked, connection: UUID, *, role: Role = Role.VIEWER) -> Connection:
    account = reach(request, Connection, connection, role=role)
    if not can(account, Shares):
        raise Http404("This platform has no sharing.")
    return account


def _node(account: Connection, id: str) -> Seen:
    """Raises Http404 for what no platform could have minted, and ConnectorError."""
    if not id or len(id) > seen.NODE_LENGTH or "\0" in id:
        raise Http404
    opened = node_seen(account, id=id) or node_open(account, id=id, now=timezone.now())
    return opened.node
