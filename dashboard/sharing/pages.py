"""What the pages of sharing are made of: the node, who shall have access, what came of a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404
from django.utils import timezone

from connectors import registry
from connectors.contract import Audience, Grant, Shares, Traits
from connectors.errors import ConnectorError, Rejected
from dashboard import access
from dashboard.access import Role
from dashboard.accounts.requests import SignedRequest
from dashboard.browse import seen
from dashboard.browse.models import Seen
from dashboard.browse.services import Opened, can, node_open, node_seen
from dashboard.connections.models import Connection
from dashboard.middleware import STATUS
from dashboard.sharing import looking, services
from dashboard.sharing.forms import ShareForm
from dashboard.sharing.services import Meanwhile, Outcome

LONGEST = 1_000
"""Characters of what a platform calls an audience, a grant or a place in a list."""
MEANWHILE = (
    "This changed since the page was shown. The form now holds what is so; look at it, and send "
    "it again if you still want to."
)
AGAIN = (
    "One was made since this page was shown, perhaps by this very form. Look at who has access "
    "before you make another."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The node that a page is about."""

    connection: Connection
    opened: Opened

    @property
    def node(self) -> Seen:
        return self.opened.node

    def context(self, **more: Any) -> dict[str, Any]:
        """What every page of sharing shows."""
        service = registry.load(self.connection.kind)
        told = {"platform": service.label, "limits": limits(service.traits)}
        here = {"connection": self.connection, "opened": self.opened, "node": self.node}
        return here | told | more


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of a form: an outcome; else the form to show, which says why not."""

    form: ShareForm
    outcome: Outcome | None = None
    status: int = 422
    notice: str = ""
    """Why the form was made anew."""


def asked(request: SignedRequest, id: object, *, role: Role = Role.VIEWER) -> Asked:
    """The node of the address. Raises Http404, PermissionDenied and ConnectorError."""
    connection = access.get(Connection, request.user, id, role=role)  # type: ignore[arg-type]
    if not can(connection, Shares):
        raise Http404
    node = text_of(request, "id", most=seen.NODE_LENGTH)
    if not node:
        raise Http404
    opened = node_seen(connection, id=node)
    opened = opened or node_open(connection, id=node, now=timezone.now())
    return Asked(connection=connection, opened=opened)


def access_now(
    here: Asked, outcome: Outcome | None
) -> tuple[looking.Access | None, ConnectorError | None]:
    """Who has access, or why the platform did not say.

    After a change nobody may lose what came of it because the list does not come, and a platform
    that was silent a moment ago is not waited for again. Without a change it raises ConnectorError.
    """
    if outcome is None:
        return looking.access(here.connection, node=here.node.node), None
    if outcome.known == "unknown":
        return None, None
    try:
        return looking.access(here.connection, node=here.node.node), None
    except ConnectorError as trouble:
        return None, trouble


def text_of(request: SignedRequest, name: str, *, most: int = LONGEST) -> str:
    """A value from the address. What no platform could have minted is not found."""
    found = request.GET.get(name, "")
    if len(found) > most or "\0" in found:
        raise Http404
    return found


def limits(traits: Traits) -> tuple[str, ...]:
    """What the platform cannot do with a grant, in sentences."""
    found = []
    if not traits.grants_expire:
        found.append("The platform keeps no end: access lasts until it is revoked.")
    if len(traits.rights) == 1 and not traits.grants_expire:
        found.append("There is one right, so a grant is given or revoked; nothing can be changed.")
    elif len(traits.rights) > 1 and not traits.rights_combine:
        found.append("The platform gives one right at a time.")
    return tuple(found)


def who(here: Asked, request: SignedRequest) -> Audience:
    """The audience of the address. Raises Http404 and ConnectorError."""
    found = looking.audience(
        here.connection,
        node=here.node.node,
        id=text_of(request, "audience"),
        cursor=text_of(request, "cursor") or None,
    )
    if found is None:
        raise Http404
    return found


def held(here: Asked, audience: Audience) -> tuple[Grant, ...]:
    """What the audience has on the node now. Raises ConnectorError."""
    found = looking.grants(here.connection, node=here.node.node)
    return looking.on(found, node=here.node.node, audience=audience.id)


def form_of(
    request: SignedRequest, here: Asked, audience: Audience, grants: tuple[Grant, ...]
) -> ShareForm:
    """The form with what the audience has now; a bound one where something was sent."""
    return ShareForm(
        request.POST if request.method == "POST" else None,
        traits=registry.load(here.connection.kind).traits,
        audience=audience,
        grants=grants,
        zone=ZoneInfo(request.user.zone),
    )


def shared(request: SignedRequest, here: Asked, audience: Audience) -> Sent:
    """Does what a form asks for; what it cannot do it says beside its fields."""
    form = form_of(request, here, audience, ())
    if not form.is_valid():
        return Sent(form=form)
    try:
        wish = form.wish(here.node)
        return Sent(form=form, outcome=services.share(here.connection, wish, person=request.user))
    except Rejected as wrong:
        form.tell(wrong)
        return Sent(form=form)
    except Meanwhile as now:
        told = AGAIN if audience.anew else MEANWHILE
        return Sent(form=form.renewed(now.grants), status=409, notice=told)
    except ConnectorError as trouble:
        form.add_error(None, trouble.message)
        return Sent(form=form, status=STATUS[type(trouble)])
