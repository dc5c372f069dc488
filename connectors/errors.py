"""What can go wrong at a platform, named by what the caller does next.

    ConnectorError
    ├── ConfigInvalid     a stored setting is wrong          → shown on the field; at fault
    ├── AuthFailed        the platform refused the sign-in   → "sign in again"; it pauses
    ├── Forbidden         this account may not               → say so; the connection stays
    ├── NotFound          the platform no longer has it      → say so; the connection stays
    ├── Rejected          the platform refused these values  → shown beside each field
    ├── RateLimited       too many requests                  → wait `retry_after`, then again
    ├── Unavailable       no answer, or the platform is down → try again, with patience
    └── BadAnswer         an answer nobody can read          → report it by its `reference`

`whose` says whose side it is on, so that a page never blames a person for a platform's fault.
No text of an error ever holds a header, a body, a query string or a secret.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import ClassVar, Literal

Side = Literal["settings", "account", "platform", "network"]


class ConnectorError(Exception):
    """Something a platform call could not do; `message` is one sentence that a user may read."""

    whose: ClassVar[Side] = "platform"
    passing: ClassVar[bool] = False
    """True when the same call may succeed later without anybody changing anything."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigInvalid(ConnectorError):
    """A setting of the connection cannot work; `fields` maps a setting's name to its message."""

    whose = "settings"

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class AuthFailed(ConnectorError):
    """The platform did not accept the credentials."""

    whose = "account"


class Forbidden(ConnectorError):
    """The account is known, and may not do this."""

    whose = "account"


class NotFound(ConnectorError):
    """The platform has nothing under this id, or no longer."""


class Rejected(ConnectorError):
    """The platform refused the values; `fields` maps a parameter to its message."""

    whose = "settings"

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})

    @classmethod
    def on(cls, field: str, message: str) -> Rejected:
        """One value was wrong, and all that there is to say is said beside it."""
        return cls(message, {field: message})


class RateLimited(ConnectorError):
    """Too many requests; `retry_after` is in seconds, None when the platform does not say."""

    passing = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(ConnectorError):
    """No connection, no answer in time, or an answer that says "not now".

    `retry_after` is in seconds, None when the platform does not say.
    """

    whose = "network"
    passing = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BadAnswer(ConnectorError):
    """The platform answered something that its protocol does not allow.

    `reference` is a short random id: on the page for the user, in the log for the operator.
    """

    def __init__(self, message: str) -> None:
        self.reference = secrets.token_hex(4)
        super().__init__(f"{message} (reference {self.reference})")
