"""What people type into the forms: frequencies, crontabs, zones, scripts, each with its check."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator

Extensivity = Literal["instantaneous", "delta", "mean"]
OutputExtensivity = Literal["instantaneous", "delta", "mean", "mean_derivate"]
Side = Literal["left", "right"]
Clock = Literal["gmt", "tzt", "dst"]
Rule = Literal["mean", "sum", "first"]

_ALIAS = (
    r"(?:min|ms|us|ns|MS|ME|QS|QE|YS|YE|AS|BM|BMS|SM|SMS|[DBWMQYAHTSLUNhs])"
    r"(?:-[A-Z]{3})?"
)
_FREQ = re.compile(rf"(?:\d{{0,6}}(?:\.\d{{1,6}})?{_ALIAS})+")
_FIELD = re.compile(r"(\*|[0-9A-Za-z,\-]+)(/\d+)?")
_ZONES = available_timezones()


def freq(text: str) -> str:
    """A pandas frequency (section 4.2), kept as it was written. Raises ValueError."""
    if not _FREQ.fullmatch(text):
        raise ValueError("Write a frequency such as 10T, 1H, 3H, D, W or MS.")
    return text


def crontab(text: str) -> str:
    """Six fields, seconds first (section 3.3); empty for none. Raises ValueError."""
    fields = text.split()
    if text and (len(fields) != 6 or not all(_FIELD.fullmatch(one) for one in fields)):
        raise ValueError(
            "Write six fields: second, minute, hour, day, month and day of the week, "
            "for example 0 0 0 * * * for every midnight."
        )
    return text


def zone(text: str) -> str:
    """A name of the time zone database. Raises ValueError."""
    if text not in _ZONES:
        raise ValueError("Write a time zone such as Europe/Paris.")
    return text


def defining(name: str) -> Callable[[str], str]:
    """The check of a script that has to define a function; browsers' line ends become plain."""

    def check(given: str) -> str:
        text = given.replace("\r\n", "\n")
        if not text.strip():
            return text
        try:
            module = ast.parse(text)
        except SyntaxError as wrong:
            raise ValueError(f"Line {wrong.lineno or 1} is no Python: {wrong.msg}.") from None
        except (ValueError, RecursionError, MemoryError):
            raise ValueError("This is no Python.") from None
        names = {one.name for one in module.body if isinstance(one, ast.FunctionDef)}
        if name not in names:
            raise ValueError(f"The script has to define a function named {name}.")
        return text

    return check


def instant(moment: datetime) -> str:
    """ISO text with its offset: the platform takes no other form in bodies (section 1.2)."""
    return moment.astimezone(UTC).isoformat()


Freq = Annotated[str, AfterValidator(freq)]
Crontab = Annotated[str, AfterValidator(crontab)]
Zone = Annotated[str, AfterValidator(zone)]
ParseScript = Annotated[str, AfterValidator(defining("parse"))]
AnalyzeScript = Annotated[str, AfterValidator(defining("analyze"))]
CleanScript = Annotated[str, AfterValidator(defining("fct"))]
