"""The API of version 1: its routes, its errors, its description."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from connectors.errors import ConfigInvalid, ConnectorError, RateLimited, Rejected
from dashboard.api import data, described, grants, platforms
from dashboard.api.callers import ByKey, BySession
from dashboard.api.shapes import Problem
from dashboard.connections.vault import Locked
from dashboard.middleware import STATUS

app_name = "api"
api = NinjaAPI(
    title="Tieline",
    version="1",
    description="The same functions that the pages call. Keys are made under “API keys”.",
    auth=[ByKey(), BySession()],
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-routes",
)
api.add_router("", platforms.router)
api.add_router("", grants.router)
api.add_router("", data.router)


def _answer(request: HttpRequest, problem: Problem, status: int) -> HttpResponse:
    return api.create_response(request, problem.model_dump(), status=status)


@api.exception_handler(ConnectorError)
def _platform(request: HttpRequest, error: Any) -> HttpResponse:
    fields = error.fields if isinstance(error, Rejected | ConfigInvalid) else {}
    problem = Problem(
        error=type(error).__name__, message=error.message, whose=error.whose, fields=fields
    )
    answer = _answer(request, problem, STATUS[type(error)])
    if isinstance(error, RateLimited) and error.retry_after is not None:
        answer["Retry-After"] = str(max(1, round(error.retry_after)))
    return answer


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Any) -> HttpResponse:
    message = str(error) or "There is no such thing here, or not for this key."
    return _answer(request, Problem(error="NotFound", message=message), 404)


@api.exception_handler(PermissionDenied)
def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    message = str(error) or "This key may not."
    return _answer(request, Problem(error="Forbidden", message=message), 403)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, _error: Any) -> HttpResponse:
    message = "Send a key: Authorization: Bearer tieline_…"
    answer = _answer(request, Problem(error="Unauthorized", message=message), 401)
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    fields = {str(one["loc"][-1]): one["msg"] for one in error.errors}
    problem = Problem(error="Rejected", message="Some values need a look.", fields=fields)
    return _answer(request, problem, 422)


@api.exception_handler(HttpError)
def _said(request: HttpRequest, error: Any) -> HttpResponse:
    return _answer(request, Problem(error="Refused", message=str(error)), error.status_code)


@api.exception_handler(Locked)
def _locked(request: HttpRequest, error: Any) -> HttpResponse:
    return _answer(request, Problem(error="Locked", message=str(error), whose="settings"), 423)


urlpatterns = [
    path("docs/", described.docs, name="docs"),
    path("v1/openapi.json", described.openapi, {"api": api}, name="openapi"),
    path("v1/", api.urls),
]
