"""The tree of a connection, one node, its latest values, and the search."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from connectors.contract import Acts, Reads, Shares, Streams
from dashboard import access
from dashboard.accounts.requests import SignedRequest
from dashboard.browse import seen, services
from dashboard.browse.latest import latest as latest_of
from dashboard.connections.models import Connection

LONGEST_SEARCH = 200


@require_safe
def tree(request: SignedRequest, connection: UUID) -> HttpResponse:
    """The tree, opened at `parent` (default: the top), from `cursor` on."""
    account = access.get(Connection, request.user, connection)
    parent, word = _node(request, "parent"), request.GET.get("cursor", "")
    now = timezone.now()
    retry = "retry" in request.GET
    listing = services.children_list(account, parent=parent, now=now, word=word, retry=retry)
    context = {"connection": account, "parent": parent, "listing": listing}
    if _is_fragment(request):
        part = "rows" if word else "children"
        return render(request, f"browse/tree.html#{part}", context)
    context["here"] = services.folder_name(account, id=parent, now=now)
    return render(request, "browse/tree.html", context)


@require_safe
def node(request: SignedRequest, connection: UUID) -> HttpResponse:
    """One node: what it is, where it lies, what lies beside it."""
    account = access.get(Connection, request.user, connection)
    asked, retry = _node(request, "id", needed=True), "retry" in request.GET
    opened = services.node_open(account, id=asked, now=timezone.now(), retry=retry)
    context = {
        "connection": account,
        "opened": opened,
        "node": opened.node,
        "reads": services.can(account, Reads),
        "streams": services.can(account, Streams),
        "acts": services.can(account, Acts),
        "shares": services.can(account, Shares),
        "siblings": seen.siblings(opened.node, services.SIBLINGS),
    }
    return render(request, "browse/node.html", context)


@require_safe
def latest(request: SignedRequest, connection: UUID) -> HttpResponse:
    """The newest values of a series; loaded after its page, so that the page does not wait."""
    account = access.get(Connection, request.user, connection)
    now = timezone.now()
    asked = _node(request, "id", needed=True)
    opened = services.node_seen(account, id=asked)
    opened = opened or services.node_open(account, id=asked, now=now)
    found = latest_of(opened.node, now=now, seconds=settings.PAGE_SECONDS)
    context = {"connection": account, "opened": opened, "node": opened.node, "latest": found}
    part = "#values" if _is_fragment(request) else ""
    return render(request, f"browse/latest.html{part}", context)


@require_safe
def search(request: SignedRequest) -> HttpResponse:
    """Names seen on the workspace's connections, or on one of them."""
    text = _text(request)
    scope = _connections(request)
    found = Paginator(seen.named(scope, text) if text else seen.named([], text), services.PAGE)
    page = found.get_page(request.GET.get("page"))
    known = seen.ancestry({(row.connection_id, row.parent) for row in page if row.parent})
    context = {
        "text": text,
        "page": page,
        "finds": [(row, seen.trail(known, row)) for row in page],
        "only": request.GET.get("connection", ""),
        "asked": [account for account in scope if text and services.searches(account)],
    }
    return render(request, "browse/search.html", context)


@require_safe
def ask(request: SignedRequest, connection: UUID) -> HttpResponse:
    """What one platform itself finds."""
    account = access.get(Connection, request.user, connection)
    text, cursor = _text(request), request.GET.get("cursor") or None
    listing = services.search_platform(account, text=text, now=timezone.now(), cursor=cursor)
    known = seen.ancestry({(account.pk, row.parent) for row in listing.nodes if row.parent})
    finds = [(row, seen.trail(known, row)) for row in listing.nodes]
    context = {"connection": account, "text": text, "listing": listing, "finds": finds}
    part = "" if not _is_fragment(request) else "#more" if cursor else "#found"
    return render(request, f"browse/ask.html{part}", context)


def _connections(request: SignedRequest) -> list[Connection]:
    """The workspace's connections, or the one that the search is narrowed to."""
    mine = access.visible(Connection, request.user).filter(workspace=request.workspace)
    only = request.GET.get("connection", "")
    return [account for account in mine if not only or str(account.pk) == only]


def _node(request: SignedRequest, name: str, *, needed: bool = False) -> str:
    """A node id from the address. What no platform could have minted is not found."""
    found = request.GET.get(name, "")
    if len(found) > seen.NODE_LENGTH or "\0" in found or (needed and not found):
        raise Http404
    return found


def _text(request: SignedRequest) -> str:
    return seen.plain(request.GET.get("q", ""), LONGEST_SEARCH)


def _is_fragment(request: SignedRequest) -> bool:
    return bool(request.htmx) and not request.htmx.boosted
