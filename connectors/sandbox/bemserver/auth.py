"""Tokens and signing in (section 1.2): JWT HS256, made and checked with the standard library."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any

from connectors.sandbox.bemserver.permissions import Actor
from connectors.sandbox.bemserver.problems import Problem, forbidden, unauthenticated
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Row
from connectors.sandbox.clock import Clock


def sealed(password: str) -> str:
    """What the store keeps of a password. These accounts are public, so a plain digest will do."""
    return hashlib.sha256(password.encode()).hexdigest()


def _encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Makes and reads token pairs."""

    clock: Clock
    access_seconds: float = 15 * 60
    refresh_seconds: float = 60 * 86400
    key: bytes = field(default_factory=lambda: token_bytes(32), repr=False)

    def pair(self, email: str) -> dict[str, str]:
        """The body of a successful sign-in."""
        return {
            "status": "success",
            "access_token": self._token(email, "access", self.access_seconds),
            "refresh_token": self._token(email, "refresh", self.refresh_seconds),
        }

    def email(self, token: str, kind: str) -> str:
        """Whose token it is. Raises 401 `invalid_token` or `expired_token`."""
        claims = self._claims(token)
        if claims.get("type") != kind:
            raise unauthenticated("invalid_token")
        if not isinstance(claims.get("exp"), int | float) or self._now() >= claims["exp"]:
            raise unauthenticated("expired_token")
        return str(claims.get("email"))

    def peek(self, authorization: str | None) -> str | None:
        """The e-mail inside a bearer header, unchecked: the fault switch aims by it."""
        try:
            return str(self._claims((authorization or "").partition(" ")[2]).get("email"))
        except Problem:
            return None

    def _token(self, email: str, kind: str, seconds: float) -> str:
        head = _encode(b'{"alg":"HS256","typ":"JWT"}')
        claims = {"email": email, "exp": self._now() + seconds, "type": kind}
        body = _encode(json.dumps(claims, separators=(",", ":")).encode())
        return f"{head}.{body}.{self._sign(f'{head}.{body}')}"

    def _claims(self, token: str) -> Mapping[str, Any]:
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(signed).encode()):
            raise unauthenticated("invalid_token")
        try:
            claims = json.loads(_decode(signed.rpartition(".")[2]))
        except ValueError:
            raise unauthenticated("invalid_token") from None
        return claims if isinstance(claims, dict) else {}

    def _sign(self, text: str) -> str:
        return _encode(hmac.new(self.key, text.encode(), hashlib.sha256).digest())

    def _now(self) -> float:
        return self.clock.now().timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Turns an Authorization header into an actor."""

    store: Store
    tokens: Tokens
    schemes: tuple[str, ...] = ("Bearer",)
    """`AUTH_METHODS` of the platform: Basic works only where the operator adds it."""

    def actor(self, authorization: str | None) -> Actor:
        """The user behind a header. Raises 400, 401 or 403."""
        user = self._user(authorization, "access")
        if not user["is_active"]:
            raise forbidden()
        return Actor(self.store, user["id"], user["is_admin"])

    def sign_in(self, email: str, password: str) -> dict[str, str]:
        """A token pair, or `failure` for a wrong password, an unknown or an inactive user."""
        user = next(self.store.where("users", email=email), None)
        if user is None or user["password"] != sealed(password) or not user["is_active"]:
            return {"status": "failure"}
        return self.tokens.pair(email)

    def renew(self, authorization: str | None) -> dict[str, str]:
        """A fresh pair for a refresh token; the older pair stays good."""
        user = self._user(authorization, "refresh")
        if not user["is_active"]:
            raise forbidden()
        return self.tokens.pair(user["email"])

    def _user(self, authorization: str | None, kind: str) -> Row:
        """Every refusal names the schemes of this server."""
        try:
            return self._named(authorization, kind)
        except Problem as problem:
            problem.schemes = self.schemes if problem.status == 401 else ()
            raise

    def _named(self, authorization: str | None, kind: str) -> Row:
        if authorization is None:
            raise unauthenticated("missing_authentication")
        scheme, space, credentials = authorization.partition(" ")
        if not space:
            raise Problem(400)
        if scheme not in self.schemes:
            raise unauthenticated("invalid_scheme")
        if scheme == "Basic":
            return self._basic(credentials)
        email = self.tokens.email(credentials, kind)
        user = next(self.store.where("users", email=email), None)
        if user is None:
            raise unauthenticated("invalid_token")
        return user

    def _basic(self, credentials: str) -> Row:
        try:
            email, colon, password = (
                base64.b64decode(credentials, validate=True).decode().partition(":")
            )
        except (binascii.Error, UnicodeDecodeError):
            raise unauthenticated("malformed_credentials") from None
        if not colon:
            raise unauthenticated("malformed_credentials")
        user = next(self.store.where("users", email=email), None)
        if user is None or user["password"] != sealed(password):
            raise unauthenticated("invalid_credentials")
        return user
