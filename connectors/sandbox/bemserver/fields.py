"""The value types of BEMServer's bodies and query parameters, with the platform's messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import available_timezones

from connectors.sandbox.bemserver import units

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+\Z")
# The platform takes canonical zone names only; these prefixes and names are aliases.
ALIAS = re.compile(
    r"(US|Etc|SystemV|Brazil|Canada|Chile|Mexico|posix|right)/|[A-Z]{3}\Z|Asia/Calcutta|Europe/Kiev"
)
ZONES = frozenset(
    name
    for name in available_timezones()
    if name == "UTC" or ("/" in name and not ALIAS.match(name))
)
EARLIEST, LATEST = datetime(1680, 1, 1, tzinfo=UTC), datetime(2260, 1, 1, tzinfo=UTC)
TRUE, FALSE = (
    frozenset({"true", "1", "yes", "t", "on"}),
    frozenset({"false", "0", "no", "f", "off"}),
)


class InvalidError(ValueError):
    """One message about one value."""


class Kind(Protocol):
    """Reads one value of a body or a query, and writes it into an answer."""

    def load(self, value: Any) -> Any:
        """The value as the store keeps it. Raises InvalidError."""
        ...

    def dump(self, value: Any) -> Any:
        """The value as JSON shows it."""
        ...


class Plain:
    """Values that JSON shows as they are kept."""

    def dump(self, value: Any) -> Any:
        """The value itself."""
        return value


@dataclass(frozen=True, slots=True)
class Text(Plain):
    """A string of bounded length."""

    longest: int | None = None
    shortest: int = 0

    def load(self, value: Any) -> str:
        """Only strings."""
        if not isinstance(value, str):
            raise InvalidError("Not a valid string.")
        if self.longest is None or self.shortest <= len(value) <= self.longest:
            return value
        if self.shortest:
            raise InvalidError(f"Length must be between {self.shortest} and {self.longest}.")
        raise InvalidError(f"Longer than maximum length {self.longest}.")


@dataclass(frozen=True, slots=True)
class Email(Plain):
    """An address with a dot in its domain."""

    def load(self, value: Any) -> str:
        """Only strings that look like an address."""
        if not isinstance(value, str) or len(value) > 80 or not EMAIL.match(value):
            raise InvalidError("Not a valid email address.")
        return value


@dataclass(frozen=True, slots=True)
class Integer(Plain):
    """A whole number; texts of digits count, as the platform takes them."""

    def load(self, value: Any) -> int:
        """Numbers without a fraction."""
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            raise InvalidError("Not a valid integer.") from None
        if isinstance(value, bool) or (isinstance(value, float) and value != number):
            raise InvalidError("Not a valid integer.")
        return number


@dataclass(frozen=True, slots=True)
class Number(Plain):
    """A number between bounds."""

    low: float
    high: float

    def load(self, value: Any) -> float:
        """Finite numbers inside the bounds."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise InvalidError("Not a valid number.") from None
        if not self.low <= number <= self.high:
            raise InvalidError(
                f"Must be greater than or equal to {self.low}"
                f" and less than or equal to {self.high}."
            )
        return number


@dataclass(frozen=True, slots=True)
class Flag(Plain):
    """True or false, in JSON or in words."""

    def load(self, value: Any) -> bool:
        """The words of the platform's query parser."""
        word = str(value).lower()
        if word in TRUE:
            return True
        if word in FALSE:
            return False
        raise InvalidError("Not a valid boolean.")


@dataclass(frozen=True, slots=True)
class Moment:
    """An aware date and time; answers are in UTC."""

    def load(self, value: Any) -> datetime:
        """ISO 8601 with an offset, between 1680 and 2260."""
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise InvalidError("Not a valid datetime.") from None
        if moment.tzinfo is None:
            raise InvalidError("Not a valid aware datetime.")
        if not EARLIEST <= moment < LATEST:
            raise InvalidError("Datetime out of range.")
        return moment.astimezone(UTC)

    def dump(self, value: datetime) -> str:
        """ISO 8601 in UTC."""
        return value.astimezone(UTC).isoformat()


@dataclass(frozen=True, slots=True)
class Choice(Plain):
    """One of a few words."""

    words: tuple[str, ...]

    def load(self, value: Any) -> str:
        """Only the declared words."""
        if value not in self.words:
            raise InvalidError(f"Must be one of: {', '.join(self.words)}.")
        return str(value)


@dataclass(frozen=True, slots=True)
class Zone(Plain):
    """A canonical IANA zone name."""

    def load(self, value: Any) -> str:
        """Aliases are refused, with the whole list in the message."""
        if not isinstance(value, str) or value not in ZONES:
            raise InvalidError(f"Must be one of: {', '.join(sorted(ZONES))}.")
        return value


@dataclass(frozen=True, slots=True)
class Symbol(Plain):
    """A unit symbol."""

    def load(self, value: Any) -> str:
        """Only units the platform can convert."""
        if not isinstance(value, str):
            raise InvalidError("Not a valid string.")
        if not units.known(value):
            raise InvalidError("Undefined unit.")
        return value


@dataclass(frozen=True, slots=True)
class Mapping(Plain):
    """A JSON object, kept as it is."""

    def load(self, value: Any) -> dict[str, Any]:
        """Only objects."""
        if not isinstance(value, dict):
            raise InvalidError("Not a valid mapping type.")
        return value
