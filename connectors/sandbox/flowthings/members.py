"""What the members of the platform's objects may hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.flowthings.filters.parser import parsed
from connectors.sandbox.flowthings.problems import Problem

LONGEST_PATH = 128
LONGEST_TEXT = 10_000  # characters; guess
LARGEST_CAPACITY = 100_000
SHORTEST_PERIOD = 60_000  # milliseconds
LATEST = 253_402_300_799_999  # the last millisecond of the year 9999
PATH = re.compile(r"(/[A-Za-z0-9_:-]+){2,}")
RIGHTS = {"token": ("dropRead", "dropWrite"),
          "share": ("read", "write", "dropRead", "dropWrite")}  # fmt: skip

Check = Callable[[Any], str | None]
"""What is wrong with a value, as the rest of a sentence after the member's name; None: nothing."""


def text(value: Any) -> str | None:
    """A text of reasonable length."""
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return None
    return "must be a text"


def some_text(value: Any) -> str | None:
    """A text that is not empty."""
    return text(value) or (None if value.strip() else "must not be empty")


def flag(value: Any) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "must be true or false"


def mapping(value: Any) -> str | None:
    """A map."""
    return None if isinstance(value, dict) else "must be a map"


def texts(value: Any) -> str | None:
    """A list of texts."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return None
    return "must be a list of texts"


def path(value: Any) -> str | None:
    """`/<account>/<name>…`."""
    if isinstance(value, str) and len(value) <= LONGEST_PATH and PATH.fullmatch(value):
        return None
    return (
        f"must be a path such as /account/name, of at most {LONGEST_PATH} letters, digits,"
        " dashes, underscores and colons between slashes"
    )


def one_or_more_paths(value: Any) -> str | None:
    """A path or a list of them."""
    if not isinstance(value, list):
        return path(value)
    if not value:
        return "must name a path"
    return next((problem for each in value if (problem := path(each))), None)


def whole(low: int, high: int) -> Check:
    """An integer within bounds."""

    def check(value: Any) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        return f"must be a whole number of {low} to {high}"

    return check


capacity = whole(0, LARGEST_CAPACITY)
period = whole(SHORTEST_PERIOD, LATEST)
moment = whole(0, LATEST)


def filter_text(value: Any) -> str | None:
    """A filter, or an empty text for none."""
    if not isinstance(value, str):
        return "must be a filter"
    try:
        parsed(value)
    except Problem as problem:
        return f"is wrong. {problem.errors[0].removesuffix('.')}"
    return None


def paths(kind: str) -> Check:
    """A map of paths to rights, at least one of each."""
    allowed = RIGHTS[kind]

    def check(value: Any) -> str | None:
        if not isinstance(value, dict) or not value:
            return "must be a map of paths to rights"
        for each, rights in value.items():
            if (problem := path(each)) is not None:
                return problem
            if not isinstance(rights, dict) or not rights or not rights.keys() <= set(allowed):
                return f"must give some of the rights {', '.join(allowed)} for each path"
            if not all(isinstance(given, bool) for given in rights.values()):
                return "must say true or false for each right"
        return None

    return check


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member that clients may set."""

    name: str
    check: Check = text
    required: bool = False
    default: Any = None
    """What an object made without it holds; None: the member is absent."""
    hidden: bool = False
    """Whether it is never answered, such as a password."""

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value, as a sentence."""
        reason = self.check(value)
        return None if reason is None else f"{self.name} {reason}."
