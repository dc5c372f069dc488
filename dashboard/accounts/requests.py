"""The request that views behind the sign-in get."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from dashboard.accounts.models import Person, Workspace


class SignedRequest(HttpRequest):
    """A type only: `middleware.py` and Django's own middleware make it true."""

    user: Person
    workspace: Workspace | None
    """The current one; `workspace_current` finds one for everybody who is signed in."""
    htmx: HtmxDetails
