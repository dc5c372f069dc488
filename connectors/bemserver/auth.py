"""Signing in to BEMServer (section 1.2): with bearer tokens, or with the password each time.

Access tokens live for 15 minutes and refresh tokens for 60 days. Basic authentication hashes the
password anew on each request, 0.44 s against 0.007 s: it is for those who insist.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, TypeAdapter, ValidationError

from connectors.bemserver.config import BEMServerConfig
from connectors.bemserver.problems import WRONG, explain, sign_in_fault
from connectors.contract import Door, Keep
from connectors.errors import AuthFailed, BadAnswer
from connectors.http import Answer, Fixed, Http

RENEWABLE = frozenset({"expired_token", "invalid_token"})
"""`invalid_token` too: the server's operator may have changed its key."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token, and the one that renews it."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)


def basic(config: BEMServerConfig) -> Fixed:
    """Signs every request with e-mail and password."""
    pair = f"{config.email}:{config.password.get_secret_value()}"
    token = base64.b64encode(pair.encode()).decode()
    return Fixed({"Authorization": f"Basic {token}"})


class _Granted(BaseModel):
    status: Literal["success"]
    access_token: str
    refresh_token: str


class _Denied(BaseModel):
    status: Literal["failure"]


_OUTCOME: TypeAdapter[_Granted | _Denied] = TypeAdapter(_Granted | _Denied)


class Tokens:
    """The tokens of one account, shared through the door's keep by every process that uses it."""

    def __init__(self, config: BEMServerConfig, door: Door) -> None:
        self._config = config
        self._keep: Keep = door.keep
        self._http: Http = door.http(config.url, explain=explain)
        self._here = threading.Lock()
        self._pair: Pair | None = None

    def headers(self) -> Mapping[str, str]:
        """The access token; signs in first when none is kept. Raises AuthFailed, Unavailable."""
        pair = self._pair or self._renewed(None)
        return {"Authorization": f"Bearer {pair.access}"}

    def renew(self, answer: Answer) -> bool:
        """After a 401: takes newer tokens when only the token was at fault."""
        if sign_in_fault(answer) not in RENEWABLE:
            return False
        self._renewed(self._pair.access if self._pair else None)
        return True

    def _renewed(self, used: str | None) -> Pair:
        """Tokens other than those used: kept by someone else, else refreshed, else new ones."""
        with self._here:
            if self._pair and self._pair.access != used:
                return self._pair
            with self._keep.lock():
                self._pair = self._fetched(used)
            return self._pair

    def _fetched(self, used: str | None) -> Pair:
        kept = self._kept()
        if kept and kept.access != used:
            return kept
        pair = (self._refreshed(kept) if kept else None) or self._signed_in()
        self._http.redact.learn((pair.access, pair.refresh))
        self._keep.save({"owner": self._owner, "access": pair.access, "refresh": pair.refresh})
        return pair

    def _kept(self) -> Pair | None:
        """The kept tokens, unless they were given for another address, account or password."""
        kept = self._keep.load()
        if kept.get("owner") != self._owner or not kept.get("access"):
            return None
        return Pair(kept["access"], kept.get("refresh", ""))

    @property
    def _owner(self) -> str:
        """Tells accounts apart without naming them; kept sealed beside the tokens."""
        whole = [self._config.url, self._config.email, self._config.password.get_secret_value()]
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()

    def _refreshed(self, pair: Pair) -> Pair | None:
        """A new pair; None when the refresh token is over too."""
        self._http.redact.learn((pair.access, pair.refresh))
        answer = self._http.request(
            "POST",
            "auth/token/refresh",
            headers={"Authorization": f"Bearer {pair.refresh}"},
            repeatable=True,
            accepted=(400, 401, 403),
        )
        return _pair(answer) if answer.status == 200 else None

    def _signed_in(self) -> Pair:
        answer = self._http.request(
            "POST",
            "auth/token",
            json={
                "email": self._config.email,
                "password": self._config.password.get_secret_value(),
            },
            repeatable=True,
            accepted=(422,),
        )
        pair = _pair(answer) if answer.status == 200 else None
        if pair is None:
            raise AuthFailed(WRONG)
        return pair


def _pair(answer: Answer) -> Pair | None:
    """The tokens granted; None for a refusal, which is a 200 too."""
    try:
        outcome = _OUTCOME.validate_json(answer.body)
    except ValidationError:
        raise BadAnswer("This address answers a sign-in, but not as a BEMServer.") from None
    if isinstance(outcome, _Denied):
        return None
    return Pair(outcome.access_token, outcome.refresh_token)
