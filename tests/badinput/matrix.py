"""Every address of the dashboard × everybody: the least role for each, and a world with one of
everything to ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from dashboard.access import Role
from dashboard.accounts.models import FailedSignIn
from dashboard.connections.models import Lease, Pace

VIEWER, EDITOR, OWNER = Role.VIEWER, Role.EDITOR, Role.OWNER
NOWHERE = "00000000-0000-4000-8000-000000000000"
HIDDEN = "Hidden-from-strangers"
"""A part of the name of everything in the workspace."""
PASSING = (Session, FailedSignIn, Lease, Pace)
"""Rows that say nothing of anybody's objects."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The least role for GET and for POST; None: refused with 405. `of` names the object that the
    address is about, `asks` what its query names."""

    get: Role | None
    post: Role | None = None
    of: str = ""
    asks: str = ""


MATRIX = {
    "home": Rule(VIEWER, VIEWER),
    "accounts:sign-out": Rule(None, VIEWER),
    "accounts:profile": Rule(VIEWER, VIEWER),
    "accounts:password": Rule(VIEWER, VIEWER),
    "accounts:workspace": Rule(None, VIEWER),
    "accounts:members": Rule(VIEWER, OWNER),
    "accounts:keys": Rule(VIEWER, VIEWER),
    "accounts:key-revoke": Rule(None, OWNER, of="key"),
    "accounts:member-role": Rule(None, OWNER, of="member"),
    "accounts:member-remove": Rule(OWNER, OWNER, of="member"),
    "activity:list": Rule(VIEWER),
    "activity:notices": Rule(VIEWER),
    "activity:seen": Rule(None, EDITOR),
    "connections:list": Rule(VIEWER),
    "connections:connectors": Rule(VIEWER),
    "connections:connector": Rule(VIEWER),
    "connections:choose": Rule(EDITOR),
    "connections:new": Rule(EDITOR, EDITOR),
    "connections:test": Rule(OWNER, of="draft"),
    "connections:step": Rule(None, OWNER, of="draft"),
    "connections:detail": Rule(VIEWER, of="connection"),
    "connections:edit": Rule(EDITOR, EDITOR, of="connection"),
    "connections:secrets": Rule(OWNER, OWNER, of="connection"),
    "connections:check": Rule(None, EDITOR, of="connection"),
    "connections:delete": Rule(OWNER, OWNER, of="connection"),
    "browse:search": Rule(VIEWER, asks="connection"),
    "browse:tree": Rule(VIEWER, of="connection"),
    "browse:node": Rule(VIEWER, of="connection", asks="node"),
    "browse:latest": Rule(VIEWER, of="connection", asks="node"),
    "browse:ask": Rule(VIEWER, of="connection"),
    "charts:list": Rule(VIEWER),
    "charts:explore": Rule(VIEWER, asks="series"),
    "charts:data": Rule(VIEWER, asks="series"),
    "charts:table": Rule(VIEWER, asks="series"),
    "charts:statistics": Rule(VIEWER, asks="series"),
    "charts:csv": Rule(VIEWER, asks="series"),
    "charts:pick": Rule(VIEWER, asks="series"),
    "charts:live": Rule(VIEWER, asks="series"),
    "charts:save": Rule(None, EDITOR, asks="series"),
    "charts:detail": Rule(VIEWER, of="chart"),
    "charts:delete": Rule(EDITOR, EDITOR, of="chart"),
    "operations:list": Rule(VIEWER, of="connection"),
    "operations:node": Rule(VIEWER, of="connection", asks="node"),
    "operations:calls": Rule(VIEWER, of="connection"),
    "operations:call": Rule(VIEWER, of="call"),
    "api:docs": Rule(VIEWER),
    "exports:list": Rule(VIEWER),
    "exports:new": Rule(EDITOR, EDITOR, asks="export"),
    "exports:preview": Rule(VIEWER),
    "exports:runs": Rule(VIEWER),
    "exports:run-detail": Rule(VIEWER, of="run"),
    "exports:cancel": Rule(None, EDITOR, of="run"),
    "exports:retry": Rule(None, EDITOR, of="run"),
    "exports:download": Rule(VIEWER, of="file"),
    "exports:detail": Rule(VIEWER, of="export"),
    "exports:run": Rule(None, EDITOR, of="export"),
    "exports:schedule": Rule(EDITOR, EDITOR, of="export"),
    "exports:unschedule": Rule(EDITOR, EDITOR, of="export"),
    "exports:pause": Rule(None, EDITOR, of="export"),
    "exports:resume": Rule(None, EDITOR, of="export"),
    "exports:adopt": Rule(None, EDITOR, of="export"),
    "exports:delete": Rule(EDITOR, EDITOR, of="export"),
}
OPEN = {"accounts:sign-in", "admin/login/"}
FILES = {"files:upload", "files:download", "files:delete"}
SHARING = {"sharing:node", "sharing:audiences", "sharing:share", "sharing:revoke"}
ELSEWHERE = {"operations:do", "operations:file", "api:openapi", *SHARING, *FILES}
"""Held by tests/operations, tests/sharing, tests/files and tests/api, on a platform that has a
function of each kind, shares and takes files."""


def walked(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern with its full name, or its path where it has none."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from walked(one, f"{one.namespace}:" if one.namespace else space)
        else:
            yield f"{space}{one.name or one.pattern}", one


PATTERNS = dict(walked(get_resolver()))
ADMIN = sorted(name for name in PATTERNS if name.startswith("admin:") and not set(name) & set("<*"))
"""Those without a name are its answers to old and to unknown addresses."""
OURS = sorted(name for name in PATTERNS if not name.startswith(("admin:", "api-routes:")))
"""Every route of the API is held by tests/api/test_keys.py: it asks for its callers itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One of everything, and clients of everybody."""

    objects: dict[str, Any]
    series: str
    anonymous: Client
    stranger: Client
    viewer: Client
    editor: Client
    owner: Client

    def address(self, name: str) -> str:
        rule, route = MATRIX[name], PATTERNS[name].pattern.converters
        given = {"kind": "bemserver", "connection": self.objects["connection"].pk}
        if "id" in route:
            given["id"] = self.objects[rule.of].pk
        return reverse(name, kwargs={key: given[key] for key in route}) + self.query(rule)

    def query(self, rule: Rule) -> str:
        day = {"start": "2024-03-01T00:00Z", "end": "2024-03-01T06:00Z"}
        asked: dict[str, dict[str, str]] = {
            "series": {"series": self.series, **day, "name": "A", "text": HIDDEN},
            "export": {"series": self.series},
            "node": {"id": self.series.partition(":")[2]},
            "connection": {"connection": str(self.objects["connection"].pk), "q": "a"},
        }
        return f"?{urlencode(asked[rule.asks])}" if rule.asks else ""

    def below(self, role: Role) -> list[Client]:
        ranks = ((VIEWER, self.viewer), (EDITOR, self.editor), (OWNER, self.owner))
        return [client for rank, client in ranks if rank < role]

    def of(self, role: Role) -> Client:
        return {VIEWER: self.viewer, EDITOR: self.editor, OWNER: self.owner}[role]


def rows() -> dict[str, list[str]]:
    """Everything in the database that belongs to somebody."""
    mine = [model for model in apps.get_models() if model not in PASSING]
    return {
        model.__name__: sorted(repr(sorted(row.items())) for row in model._default_manager.values())
        for model in mine
    }


def leaks(answer: Any) -> bool:
    body = b"" if answer.streaming else answer.content
    return HIDDEN.encode() in body or answer.status_code == 500
