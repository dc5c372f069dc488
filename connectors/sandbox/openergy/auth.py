"""HTTP Basic on every request (section 1.1), with Django REST Framework's words."""

from __future__ import annotations

import base64
import binascii
import hmac

from connectors.sandbox.openergy.call import Actor, Platform, Record
from connectors.sandbox.openergy.problems import Problem

ROLES = "affiliations"
"""Roles of a user by organization id; no resource of the platform."""


def actor(platform: Platform, authorization: str | None) -> Actor:
    """Who asks. Raises Problem 401."""
    login, password = _credentials(authorization)
    user = user_of(platform, login)
    if user is None or not hmac.compare_digest(user["password"].encode(), password.encode()):
        raise Problem(401)
    roles = platform.records(ROLES).get(user["id"], {})
    return Actor(user=user, roles=roles, staff=user["is_staff"])


def user_of(platform: Platform, login: str) -> Record | None:
    """The user with a login; its case counts."""
    return next(platform.where("oteams/users", login=login), None)


def peek(authorization: str | None) -> str | None:
    """The login in a header, unchecked: the fault switch aims by it."""
    try:
        return _credentials(authorization)[0]
    except Problem:
        return None


def _credentials(authorization: str | None) -> tuple[str, str]:
    parts = (authorization or "").split()
    if not parts or parts[0].lower() != "basic":
        raise Problem(401, "Authentication credentials were not provided.")
    if len(parts) == 1:
        raise Problem(401, "Invalid basic header. No credentials provided.")
    if len(parts) > 2:
        raise Problem(401, "Invalid basic header. Credentials string should not contain spaces.")
    try:
        sent = base64.b64decode(parts[1].encode())
    except (ValueError, binascii.Error):
        raise Problem(
            401, "Invalid basic header. Credentials not correctly base64 encoded."
        ) from None
    login, _, password = _text(sent).partition(":")
    return login, password


def _text(sent: bytes) -> str:
    """UTF-8, or latin-1, which is what the official client sends."""
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return sent.decode("latin-1")
