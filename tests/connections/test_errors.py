"""A platform's error as a page and as a fragment: whose side, what next, the right status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxDetails

from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConfigInvalid,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)
from dashboard.accounts.models import Person, Workspace
from dashboard.connections.vault import Locked
from dashboard.middleware import PlatformErrors

ERRORS = [
    (ConfigInvalid("The port is wrong.", {"port": "Take 443."}), 422, "Take 443."),
    (AuthFailed("Wrong password."), 424, "An owner of the workspace can replace it"),
    (Forbidden("Not for you."), 403, "the platform does not allow it"),
    (NotFound("Gone."), 404, "deleted or moved"),
    (Rejected("Too wide.", {"span": "At most a year."}), 422, "At most a year."),
    (RateLimited("Slow down.", 17.4), 429, "Try again in 17 seconds."),
    (RateLimited("Slow down."), 429, "Wait a moment"),
    (Unavailable("No answer."), 503, "not you"),
    (BadAnswer("Nonsense."), 502, "reference"),
    (Locked("shut"), 423, "manage.py vault check"),
]


def never(request: HttpRequest) -> HttpResponse:
    """No view is asked here."""
    raise AssertionError(request)


@pytest.mark.parametrize(("error", "status", "next"), ERRORS)
@pytest.mark.parametrize("htmx", [False, True])
def test_each_error_says_what_happened_and_what_to_do_next(
    rf: RequestFactory, alice: Person, workspace: Workspace,
    error: Exception, status: int, next: str, htmx: bool,
) -> None:  # fmt: skip
    request: Any = rf.get("/browse/?id=1", headers={"HX-Request": "true"} if htmx else {})
    request.user, request.workspace, request.htmx = alice, workspace, HtmxDetails(request)
    answer = PlatformErrors(never).process_exception(request, error)
    assert answer is not None
    page = answer.content.decode()
    assert answer.status_code == status
    assert next in page
    assert getattr(error, "message", "cannot be opened") in page
    assert "Try again" in page
    assert ("<html" in page) is not htmx


def test_other_exceptions_are_not_ours(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    errors = PlatformErrors(never)
    assert errors.process_exception(request, ValueError("x")) is None


def test_pages_that_are_not_there_keep_the_frame(
    alice: Person, client_of: Callable[[Person], Client]
) -> None:
    answer = client_of(alice).get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_a_mistake_of_ours_shows_no_traceback(
    alice: Person, client_of: Callable[[Person], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("marker-in-a-traceback")

    monkeypatch.setattr("dashboard.activity.views.render", broken)
    client = client_of(alice)
    client.raise_request_exception = False
    answer = client.get("/activity/")
    assert answer.status_code == 500
    assert "That was our fault" in answer.content.decode()
    assert "marker" not in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_words(alice: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/profile/", {"name": "x"})
    assert answer.status_code == 403
    assert "open too long" in answer.content.decode()
