"""The value types of BEMServer's bodies and query parameters, with the platform's messages."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from connectors.sandbox.bemserver import units
from connectors.sandbox.bemserver.zonenames import ZONES
from connectors.sandbox.clock import EPOCH, microseconds

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+\Z")
LARGEST_ID = 2**31 - 1
TIMED = re.compile(r"\d{4}-\d\d?-\d\d?[T ]\d\d?:\d\d?")
"""How a time must begin: a date alone is none to the platform."""
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
    """A whole number; texts of digits count, and of a fraction the whole part."""

    low: int | None = None
    stored: bool = True
    """Whether the database is asked for it, which holds 32 bits."""

    def load(self, value: Any) -> int:
        """Anything that Python makes a whole number of, but true and false."""
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise InvalidError("Not a valid integer.") from None
        except OverflowError:
            raise InvalidError("Number too large.") from None
        if isinstance(value, bool):
            raise InvalidError("Not a valid integer.")
        if self.low is not None and number < self.low:
            raise InvalidError(f"Must be greater than or equal to {self.low}.")
        return number


def beyond(kind: Kind, value: Any) -> bool:
    """Whether a value is a number that the database cannot hold."""
    return isinstance(kind, Integer) and kind.stored and abs(value) > LARGEST_ID


@dataclass(frozen=True, slots=True)
class Number(Plain):
    """A number, between bounds where there are any."""

    low: float = -math.inf
    high: float = math.inf

    def load(self, value: Any) -> float:
        """Finite numbers inside the bounds."""
        if isinstance(value, bool):
            raise InvalidError("Not a valid number.")
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise InvalidError("Not a valid number.") from None
        except OverflowError:
            raise InvalidError("Number too large.") from None
        if not math.isfinite(number):
            raise InvalidError("Special numeric values (nan or infinity) are not permitted.")
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


def _read(value: Any) -> datetime:
    try:
        if TIMED.match(value):
            return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        pass
    raise InvalidError("Not a valid datetime.")


@dataclass(frozen=True, slots=True)
class Moment:
    """An aware date and time, kept in microseconds since 1970; answers are in UTC."""

    def load(self, value: Any) -> int:
        """ISO 8601 with an offset, between 1680 and 2260."""
        moment = _read(value)
        if moment.tzinfo is None:
            raise InvalidError("Not a valid aware datetime.")
        if not EARLIEST <= moment <= LATEST:
            raise InvalidError(
                f"Must be greater than or equal to {EARLIEST} and less than or equal to {LATEST}."
            )
        return microseconds(moment)

    def dump(self, value: int) -> str:
        """ISO 8601 in UTC."""
        return (EPOCH + timedelta(microseconds=value)).isoformat()


@dataclass(frozen=True, slots=True)
class LooseMoment(Moment):
    """As notifications take it: without an offset UTC is meant, and any year will do."""

    def load(self, value: Any) -> int:
        """ISO 8601."""
        moment = _read(value)
        return microseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Choice(Plain):
    """One of a few words."""

    words: tuple[str, ...]

    def load(self, value: Any) -> str:
        """Only the declared words."""
        if not isinstance(value, str):
            raise InvalidError("Not a valid string.")
        if value not in self.words:
            raise InvalidError(f"Must be one of: {', '.join(self.words)}.")
        return value


@dataclass(frozen=True, slots=True)
class Zone(Plain):
    """A canonical IANA zone name."""

    def load(self, value: Any) -> str:
        """Aliases are refused, with the whole list in the message."""
        if not isinstance(value, str):
            raise InvalidError("Not a valid string.")
        if value not in ZONES:
            raise InvalidError(f"Must be one of: {', '.join(ZONES)}.")
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
