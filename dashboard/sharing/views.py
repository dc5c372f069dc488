"""Who has access to a node; giving it, changing it, taking it away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.access import Role
from dashboard.accounts.requests import SignedRequest
from dashboard.browse import seen
from dashboard.browse.services import resting_of
from dashboard.sharing import looking, pages, services
from dashboard.sharing.pages import Asked, Sent
from dashboard.sharing.services import Outcome

LONGEST_SEARCH = 200


@require_safe
def node(request: SignedRequest, connection: UUID) -> HttpResponse:
    """Who has access to a node; a part of its page, loaded after it."""
    here = pages.asked(request, connection)
    resting = resting_of(here.connection, timezone.now())
    if resting is not None and "retry" not in request.GET:
        raise resting
    return _panel(request, here)


@require_safe
def audiences(request: SignedRequest, connection: UUID) -> HttpResponse:
    """With whom the node can be shared, page by page or by a part of the name."""
    here = pages.asked(request, connection, role=Role.EDITOR)
    text = seen.plain(request.GET.get("q", ""), LONGEST_SEARCH)
    cursor = pages.text_of(request, "cursor")
    found = looking.audiences(
        here.connection, node=here.node.node, text=text, cursor=cursor or None
    )
    context = here.context(
        text=text,
        cursor=cursor,
        found=found,
        rows=[(one, looking.icon(one)) for one in found.audiences],
        most=looking.MOST,
        searchable=bool(text or cursor or found.next or len(found.audiences) > looking.FEW),
    )
    return _shown(request, "sharing/pick.html", context, part=_part(request, cursor))


@require_http_methods(["GET", "POST"])
@never_cache
def share(request: SignedRequest, connection: UUID) -> HttpResponse:
    """The form for one audience: new access, or other rights and another end."""
    here = pages.asked(request, connection, role=Role.EDITOR)
    audience = pages.who(here, request)
    if request.method == "POST":
        sent = pages.shared(request, here, audience)
        if sent.outcome:
            return _after(request, here, sent.outcome, f"It is shared with {audience.label}.")
    else:
        form = pages.form_of(request, here, audience, pages.held(here, audience))
        sent = Sent(form=form, status=200)
    context = here.context(
        audience=audience, icon=looking.icon(audience), form=sent.form, notice=sent.notice,
        rights=sent.form.offered, changes=sent.form.changes and not audience.anew,
    )  # fmt: skip
    return _shown(request, "sharing/share.html", context, status=sent.status)


@require_http_methods(["GET", "POST"])
@never_cache
def revoke(request: SignedRequest, connection: UUID) -> HttpResponse:
    """Says what would be taken from whom, and takes it when that was confirmed."""
    here = pages.asked(request, connection, role=Role.EDITOR)
    asked = pages.text_of(request, "grant")
    if request.method == "POST":
        outcome = services.revoke(here.connection, node=here.node, grant=asked, person=request.user)
        return _after(request, here, outcome, "The access is revoked.")
    now = looking.access(here.connection, node=here.node.node)
    given = next((one for one in now.here if one.grant.id == asked), None)
    if given is None:
        return _panel(request, here, Outcome(known="same"), done="It was revoked already.")
    who = given.grant.audience.id
    stays = any(one.grant.audience.id == who for one in now.above)
    context = here.context(given=given, stays=stays and not given.grant.audience.anew)
    return _shown(request, "sharing/revoke.html", context)


def _after(request: SignedRequest, here: Asked, outcome: Outcome, done: str) -> HttpResponse:
    """The panel as it is now, or a redirect to it; what cannot be told twice is told at once."""
    secret = bool(outcome.grant and outcome.grant.secret)
    if _is_fragment(request) or secret or not outcome.certain:
        return _panel(request, here, outcome, done=done)
    tone = messages.WARNING if outcome.says else messages.SUCCESS
    messages.add_message(request, tone, outcome.says or done)
    place = reverse("sharing:node", args=[here.connection.pk])
    return redirect(f"{place}?{urlencode({'id': here.node.node})}")


def _panel(
    request: SignedRequest, here: Asked, outcome: Outcome | None = None, *, done: str = ""
) -> HttpResponse:
    found, trouble = pages.access_now(here, outcome)
    context = here.context(access=found, trouble=trouble, outcome=outcome, done=done)
    status = 200 if outcome is None or outcome.certain else 503
    return _shown(request, "sharing/panel.html", context, status=status)


def _shown(
    request: SignedRequest,
    template: str,
    context: dict[str, Any],
    *,
    part: str = "panel",
    status: int = 200,
) -> HttpResponse:
    """A whole page, or the part of it that htmx asks for."""
    name = f"{template}#{part}" if _is_fragment(request) else template
    return render(request, name, context, status=status)


def _part(request: SignedRequest, cursor: str) -> str:
    """Of the choice of an audience: what was found, or its next page, or all of it."""
    if request.htmx.target == "found":
        return "found"
    return "rows" if cursor and request.htmx.target != "sharing" else "panel"


def _is_fragment(request: SignedRequest) -> bool:
    return bool(request.htmx) and not request.htmx.boosted
