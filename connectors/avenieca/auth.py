"""Signing in to AveniECA (section 1.2): a session that is the bearer token, or a token for good.

Sessions end without a word; a 401 is all there is to see. Then we sign in once more.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping

from pydantic import ValidationError

from connectors.avenieca.config import AveniECAConfig
from connectors.avenieca.problems import explain
from connectors.avenieca.rows import Session
from connectors.contract import Door
from connectors.errors import AuthFailed, BadAnswer
from connectors.http import Answer

REFUSED = "AveniECA did not accept the sign-in: wrong user name or password."
STRANGER = "This address answers a sign-in, but not as an AveniECA server."


class Sessions:
    """The session of one account, shared through the door's keep by every process that uses it."""

    def __init__(self, config: AveniECAConfig, door: Door) -> None:
        self._config = config
        self._keep = door.keep
        self._http = door.http(config.uri, explain=explain)
        self._here = threading.Lock()
        self._session: Session | None = None

    def headers(self) -> Mapping[str, str]:
        """The bearer token; signs in first when none is kept. Raises AuthFailed, Unavailable."""
        token = self._config.api_token.get_secret_value()
        return {"Authorization": f"Bearer {token or self.session().session_id}"}

    def renew(self, answer: Answer) -> bool:
        """After a 401: signs in anew; a token for good cannot be renewed."""
        if self._config.api_token.get_secret_value():
            return False
        self._renewed(self._session.session_id if self._session else None)
        return True

    def session(self) -> Session:
        """Who is signed in; without an API token only."""
        return self._session or self._renewed(None)

    @property
    def owner(self) -> str:
        """Tells accounts apart without naming them; kept sealed beside the session."""
        config = self._config
        secrets = [one.get_secret_value() for one in (config.password, config.api_token)]
        whole = [config.uri, config.username, *secrets]
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()

    def _renewed(self, used: str | None) -> Session:
        """A session other than the one used: kept by someone else, or a new one."""
        with self._here:
            if self._session and self._session.session_id != used:
                return self._session
            with self._keep.lock():
                self._session = self._fetched(used)
            return self._session

    def _fetched(self, used: str | None) -> Session:
        kept = self._kept()
        if kept and kept.session_id != used:
            self._http.redact.learn([kept.session_id])
            return kept
        session = self._signed_in()
        self._http.redact.learn([session.session_id])
        self._keep.save({"owner": self.owner, "session": session.model_dump_json()})
        return session

    def _kept(self) -> Session | None:
        """The kept session, unless it was given for another address, account or password."""
        kept = self._keep.load()
        if kept.get("owner") != self.owner:
            return None
        try:
            return Session.model_validate_json(kept.get("session", ""))
        except ValidationError:
            return None

    def _signed_in(self) -> Session:
        answer = self._http.request(
            "POST",
            "login",
            json={
                "username": self._config.username,
                "password": self._config.password.get_secret_value(),
            },
            repeatable=True,
            accepted=(400, 401),
        )
        if answer.status != 200:
            raise AuthFailed(REFUSED)
        try:
            return Session.model_validate_json(answer.body)
        except ValidationError:
            pass
        raise BadAnswer(STRANGER)
