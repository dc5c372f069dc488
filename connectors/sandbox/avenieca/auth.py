"""Sign-in (section 1.2): user name and password give a session that ends by the clock."""

from __future__ import annotations

import hmac
from secrets import token_urlsafe

from connectors.sandbox.accounts import ADMIN, PEOPLE, Person, token
from connectors.sandbox.avenieca.problems import Problem
from connectors.sandbox.clock import Clock
from connectors.sandbox.store import Records

KIND = "avenieca"
API_KEYS = {token(KIND, person): person for person in PEOPLE}
"""The server's configuration gives each user a key, which is good for ever."""
MOST_SESSIONS = 10_000


def role(person: Person) -> str:
    """[G] The platform has no rights within it: the role is a word only."""
    return "admin" if person is ADMIN else "user"


class Sessions:
    """Who is signed in."""

    def __init__(self, records: Records, clock: Clock, seconds: float) -> None:
        self._records = records
        self._clock = clock
        self._seconds = seconds

    def sign_in(self, username: str, password: str) -> dict[str, str]:
        """The four keys that the client takes. Raises Problem 401."""
        person = next((one for one in PEOPLE if one.email == username), None)
        if person is None or not hmac.compare_digest(person.password.encode(), password.encode()):
            raise Problem(401, "invalid username or password")
        self._tidy()
        session = token_urlsafe(32)
        ends = self._now() + self._seconds
        self._records[session] = {"username": person.email, "ends": ends}
        number = str(PEOPLE.index(person) + 1)
        return {
            "role": role(person),
            "session_id": session,
            "user_id": number,
            "username": person.email,
        }

    def user(self, authorization: str | None) -> str | None:
        """The user name behind a header; None when it opens nothing."""
        scheme, _, key = (authorization or "").partition(" ")
        if scheme != "Bearer":
            return None
        if key in API_KEYS:
            return API_KEYS[key].email
        held = self._records.get(key)
        return held["username"] if held and self._now() < held["ends"] else None

    def _tidy(self) -> None:
        """Sessions that ended are forgotten, and the oldest when there are too many."""
        now = self._now()
        ended = [key for key, held in self._records.items() if held["ends"] <= now]
        for key in ended or list(self._records)[: max(len(self._records) - MOST_SESSIONS, 0)]:
            del self._records[key]

    def _now(self) -> float:
        return self._clock.now().timestamp()
