"""JSON bodies by their declared fields. Unknown ones are ignored [G]: newer clients send some."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from connectors.sandbox.avenieca.problems import Problem

Body = dict[str, Any]
SMALLEST, LARGEST = -(2**63), 2**63 - 1
LARGEST_NUMBER = float(np.finfo(np.float32).max)
MODULE_ID = re.compile(r"[A-Za-z0-9._~-]{1,200}")
"""[G] A module id goes into addresses unquoted, so it is made of what needs no quoting."""
REQUIRED: Any = object()


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what it must be, and what it is when it is absent or null."""

    fits: Callable[[Any], bool]
    wanted: str
    default: Any = REQUIRED
    made: Callable[[Any], Any] = lambda value: value

    def read(self, body: Body, name: str) -> Any:
        """The value. Raises ValueError with a sentence."""
        value = body.get(name)
        if value is None:
            if self.default is REQUIRED:
                raise ValueError(f"{name} is required")
            return list(self.default) if isinstance(self.default, tuple) else self.default
        if not self.fits(value):
            raise ValueError(f"{name} must be {self.wanted}")
        return self.made(value)


def _floats(values: list[float]) -> list[float]:
    return [float(value) for value in values]


def _number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= LARGEST_NUMBER


def _whole(value: Any) -> bool:
    return type(value) is int and SMALLEST <= value <= LARGEST


def _text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(fits(one) for one in value)


def _or_null(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def number(default: Any = REQUIRED) -> Field:
    """A finite number of 32 bits."""
    return Field(_number, "a finite number", default, float)


def whole(default: Any = REQUIRED) -> Field:
    """An integer of 64 bits."""
    return Field(_whole, "an integer", default)


def natural(default: int, most: int) -> Field:
    """An integer from 1."""
    return Field(lambda value: _whole(value) and 1 <= value <= most, f"from 1 to {most}", default)


def text(default: Any = REQUIRED) -> Field:
    """Text without NUL."""
    return Field(_text, "text", default)


def module() -> Field:
    """The name of a twin."""
    return Field(
        lambda value: _text(value) and MODULE_ID.fullmatch(value) is not None,
        "made of letters, digits, dot, underscore, tilde and minus",
    )


def tag(default: str | None) -> Field:
    """A sequence status: any text of 1 to 8 characters [G]."""
    return Field(
        lambda value: _text(value) and 1 <= len(value) <= 8, "text of 1 to 8 characters", default
    )


def flag() -> Field:
    """A switch, off when absent."""
    return Field(lambda value: isinstance(value, bool), "true or false", False)  # noqa: FBT003


def states() -> Field:
    """A state vector."""
    return Field(_list_of(_number), "a list of finite numbers", REQUIRED, _floats)


def numbers() -> Field:
    """Numbers, none when absent."""
    return Field(_list_of(_number), "a list of finite numbers", (), _floats)


def wholes(default: Any = ()) -> Field:
    """Integers, none when absent."""
    return Field(_list_of(_whole), "a list of integers", default)


def texts() -> Field:
    """Texts, none when absent."""
    return Field(_list_of(_text), "a list of texts", ())


def texts_or_nulls() -> Field:
    """Texts with holes, none when absent."""
    return Field(_list_of(_or_null(_text)), "a list of texts or nulls", ())


def wholes_or_nulls() -> Field:
    """Integers with holes, none when absent."""
    return Field(_list_of(_or_null(_whole)), "a list of integers or nulls", ())


def parsed(body: bytes) -> Body:
    """The JSON object of a body. Raises Problem 400."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Problem(400, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise Problem(400, "the body must be a JSON object")
    return value


def loaded(body: bytes, fields: Mapping[str, Field], *, partial: bool = False) -> Body:
    """The declared fields of a body; only those sent, for `partial`. Raises Problem 400 for all."""
    given = parsed(body)
    return checked(given, {n: f for n, f in fields.items() if n in given or not partial})


def checked(given: Body, fields: Mapping[str, Field]) -> Body:
    """The declared fields of an object. Raises Problem 400 with a sentence for each bad one."""
    found: Body = {}
    errors = []
    for name, field in fields.items():
        try:
            found[name] = field.read(given, name)
        except ValueError as problem:
            errors.append(str(problem))
    if errors:
        raise Problem(400, *errors)
    return found


def db_id(value: str) -> int:
    """A DB ID of a path, -1 for the newest. Raises Problem 400."""
    if re.fullmatch(r"-1|[0-9]{1,18}", value) is None:
        raise Problem(400, "the id must be a number")
    return int(value)
