"""Kinds of field: what a body may hold, and the words of a refusal (Django REST Framework's)."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from connectors.sandbox.openergy.crontabs import crontab
from connectors.sandbox.openergy.freqs import frequency
from connectors.sandbox.openergy.scripts import syntax_problem

LONGEST_NAME = 255
LONGEST_TEXT = 1_000_000
TRUE = {True, "1", "true", "True", "TRUE", "t", "T", "yes", "Yes", "on"}
FALSE = {False, "0", "false", "False", "FALSE", "f", "F", "no", "No", "off"}

Kind = Callable[[Any], Any]
"""Answers the value to keep. Raises InvalidError."""


class InvalidError(Exception):
    """A value that a field refuses, with the words that say so."""


def text(value: Any) -> str:
    """A text; numbers become one, spaces around it go."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidError("Not a valid string.")
    return _plain(str(value)).strip()


def name(value: Any) -> str:
    """A text of 1 to 255 characters."""
    found = text(value)
    if not found:
        raise InvalidError("This field may not be blank.")
    if len(found) > LONGEST_NAME:
        raise InvalidError(f"Ensure this field has no more than {LONGEST_NAME} characters.")
    return found


def nullable(value: Any) -> str | None:
    """A text that is shown as null when it is empty [O, 1.4]."""
    return text(value) or None


def script(wanted: str | None = None) -> Kind:
    """Python text that defines `wanted`, kept as it is but for tabs; empty is null [O, 1.4]."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            raise InvalidError("Not a valid string.")
        kept = _plain(value).replace("\t", "    ")
        problem = syntax_problem(kept, wanted) if wanted and kept else None
        if problem is not None:
            raise InvalidError(problem)
        return kept or None

    return check


def _plain(value: str) -> str:
    if "\x00" in value:
        raise InvalidError("Null characters are not allowed.")
    if len(value) > LONGEST_TEXT:
        raise InvalidError(f"Ensure this field has no more than {LONGEST_TEXT} characters.")
    return value


def flag(value: Any) -> bool:
    """A boolean, also as a word."""
    if isinstance(value, str | bool | int):
        if value in TRUE:
            return True
        if value in FALSE:
            return False
    raise InvalidError("Must be a valid boolean.")


def integer(value: Any) -> int:
    """A whole number of at most 18 digits and not below zero."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidError("A valid integer is required.")
    written = re.fullmatch(r"\s*(-?\d{1,18})(\.0*)?\s*", str(value))
    if written is None:
        raise InvalidError("A valid integer is required.")
    if int(written[1]) < 0:
        raise InvalidError("Ensure this value is greater than or equal to 0.")
    return int(written[1])


def port(value: Any) -> int:
    """A TCP port."""
    found = integer(value)
    if found > 65_535:
        raise InvalidError("Ensure this value is less than or equal to 65535.")
    return found


def choice(*words: str) -> Kind:
    """One of some words."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise InvalidError(f'"{value}" is not a valid choice.')
        return value

    return check


def freq(value: Any) -> str:
    """A frequency text, kept as it was written (section 4.2)."""
    found = text(value)
    try:
        frequency(found)
    except ValueError:
        raise InvalidError(f'"{found}" is not a valid frequency.') from None
    return found


def offset(value: Any) -> str | int | float | None:
    """An expert's offset: a frequency text or a number (section 2.9)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise InvalidError("A valid number is required.")
        return value
    return freq(value) if value != "" else None


def zone(value: Any) -> str:
    """A name of the tz database."""
    found = text(value)
    if found not in _ZONES:
        raise InvalidError(f'"{found}" is not a valid timezone.')
    return found


_ZONES = available_timezones()


def schedule(value: Any) -> str:
    """A crontab of six fields; empty for none (section 3.3)."""
    found = text(value)
    try:
        if found:
            crontab(found)
    except ValueError:
        raise InvalidError("Enter a valid crontab of six fields.") from None
    return found


def key(value: Any) -> str:
    """The id of another record; an object with an `id` will do."""
    value = value.get("id") if isinstance(value, dict) else value
    if not isinstance(value, str):
        raise InvalidError(f"Incorrect type. Expected pk value, received {_python(value)}.")
    if known_id(value) is None:
        raise InvalidError(f"“{value}” is not a valid UUID.")
    return str(known_id(value))


def known_id(value: str) -> str | None:
    """A uuid in its usual spelling; None for anything else."""
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return None


def _python(value: Any) -> str:
    return type(value).__name__


def anything(value: Any) -> Any:
    """Whatever JSON can hold."""
    return value
