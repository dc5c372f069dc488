"""The workspace a request works in, and the one place where a platform's errors become pages."""

from __future__ import annotations

from collections.abc import Callable
from shutil import disk_usage
from tempfile import gettempdir
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
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

API = "/api/v1/"
TOO_MUCH = "errors/too_much.html"
MB = 1_000_000
FORM = 2 * MB
"""Bytes of a form besides its file."""
RESERVE = 2**28
"""Bytes of the disk that no upload takes."""
FULL = "There is no room for this file on the server's disk. Tell whoever runs Tieline."
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


class LargestUpload:
    """Refuses what is too big, or more than the disk has room for, before a byte of it is read:
    it stands before whatever looks into a form. Without a length nothing is read at all."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.headers.get("Content-Length", "")
        says = _too_much(int(length)) if length.isascii() and length.isdigit() else ""
        if not says:
            return self.answer(request)
        if request.path.startswith(API):
            return JsonResponse({"message": says}, status=413)
        template = "partials/trouble.html" if "HX-Request" in request.headers else TOO_MUCH
        return render(request, template, {"text": says}, status=413)


class CurrentWorkspace:
    """`request.workspace`: the one chosen in this session, looked up when first used."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.workspace = SimpleLazyObject(lambda: _workspace(request))  # type: ignore[attr-defined]
        return self.answer(request)


class SignInRequired(LoginRequiredMiddleware):
    """Every page needs a sign-in, but the API asks for its callers itself: they may have a key."""

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.path.startswith(API):
            return None
        return super().process_view(request, view, args, kwargs)


class TwoShapes:
    """An address may be asked for as a page, or by htmx for a part of it: a browser that goes back
    to the page must not take the part that it keeps."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answer(request)
        patch_vary_headers(answer, ["HX-Request"])
        return answer


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


def _too_much(length: int) -> str:
    """Why a request of this length is not taken; empty: it is."""
    if length > settings.LARGEST_UPLOAD + FORM:
        most = settings.LARGEST_UPLOAD / MB
        return f"This is {length / MB:,.0f} MB, and at most {most:,.0f} MB are taken here."
    if length <= FORM:
        return ""
    # Twice: as it arrives, and where it is then kept.
    free = min(disk_usage(place).free for place in (gettempdir(), settings.DATA))
    return FULL if 2 * length > free - RESERVE else ""


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
