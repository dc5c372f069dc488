"""The workspace a request works in, and the one place where a platform's errors become pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConfigInvalid,
    ConnectorError,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)
from dashboard.accounts.models import Person, Workspace
from dashboard.accounts.services import workspace_current
from dashboard.connections.vault import Locked

Answer = Callable[[HttpRequest], HttpResponse]

STATUS: dict[type[ConnectorError], int] = {
    ConfigInvalid: 422,
    AuthFailed: 424,
    Forbidden: 403,
    NotFound: 404,
    Rejected: 422,
    RateLimited: 429,
    Unavailable: 503,
    BadAnswer: 502,
}


class CurrentWorkspace:
    """`request.workspace`: the one chosen in this session, looked up when first used."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.workspace = SimpleLazyObject(lambda: _workspace(request))  # type: ignore[attr-defined]
        return self.answer(request)


class PlatformErrors:
    """Turns a `ConnectorError` or a locked vault into a page, or a fragment for htmx."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ConnectorError):
            return _page(request, error, STATUS[type(error)])
        if isinstance(error, Locked):
            return _page(request, error, 423)
        return None


def _workspace(request: HttpRequest) -> Workspace | None:
    if not isinstance(request.user, Person):
        return None
    return workspace_current(person=request.user, chosen=request.session.get("workspace"))


def _page(request: HttpRequest, error: Exception, status: int) -> HttpResponse:
    htmx = getattr(request, "htmx", False)
    template = "errors/platform.html#trouble" if htmx else "errors/platform.html"
    answer = render(request, template, {"error": error, "status": status}, status=status)
    if isinstance(error, RateLimited) and error.retry_after is not None:
        answer["Retry-After"] = str(max(1, round(error.retry_after)))
    return answer
