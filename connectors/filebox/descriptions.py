"""How a file is to be read: what is guessed first, and what a person then corrects."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from connectors.filebox.zones import known_zone
from connectors.operations import Parameters

Encoding = Literal["utf-8", "utf-16", "windows-1252", "latin-1"]
Delimiter = Literal["comma", "semicolon", "tab", "bar"]
Decimal = Literal["point", "comma"]
Layout = Literal["wide", "long"]
TimeFormat = Literal[
    "iso", "day first", "month first", "epoch seconds", "epoch milliseconds", "excel serial"
]
Doubled = Literal["by order", "first", "second"]
DELIMITERS: dict[str, str] = {"semicolon": ";", "tab": "\t", "comma": ",", "bar": "|"}
"""In the order in which they are tried: a comma may also be that of a number."""
MOST_SERIES = 1_000
LONGEST = 500
_Column = Annotated[str, Field(max_length=LONGEST)]


class Description(Parameters):
    """What is not said is guessed."""

    time_column: _Column | None = Field(
        default=None,
        title="Column of the time",
        description="Its name as it stands in the file.",
    )
    time_format: TimeFormat | None = Field(
        default=None,
        title="How the time is written",
        description=(
            "iso: 2024-03-31 02:00. day first: 31.03.2024 02:00. month first: 3/31/2024 2:00 AM. "
            "An offset or Z behind it counts. Excel counts days since 1900."
        ),
    )
    zone: Annotated[str, AfterValidator(known_zone)] | None = Field(
        default=None,
        max_length=60,
        title="Time zone",
        description=(
            "Where the clock stood, for example Europe/Paris; UTC+01:00 for a clock that never "
            "changes. Times with an offset of their own need none."
        ),
    )
    doubled: Doubled | None = Field(
        default=None,
        title="The doubled hour in autumn",
        description=(
            "by order: where the times step back or stand still, the second pass begins. "
            "A time that the clocks skipped in spring is left out and counted."
        ),
    )
    clock_column: _Column | None = Field(
        default=None,
        title="Column of the time of day",
        description="Only where date and time of day stand in two columns.",
    )
    layout: Layout | None = Field(
        default=None,
        title="Layout",
        description=(
            "wide: a column for each series. long: one column of values, and another that says "
            "which series each belongs to."
        ),
    )
    values: Annotated[list[str], Field(max_length=MOST_SERIES)] | None = Field(
        default=None,
        title="Columns of values and their units",
        description="As name = unit; the unit may be left out. In the long layout just one.",
    )
    series_column: _Column | None = Field(
        default=None,
        title="Column that names the series",
        description="Of the long layout only.",
    )
    decimal: Decimal | None = Field(
        default=None,
        title="Decimal sign",
        description="Of numbers that are written as text.",
    )
    delimiter: Delimiter | None = Field(
        default=None,
        title="Between the columns",
        description="Of a text file.",
    )
    header: bool | None = Field(
        default=None,
        title="The first line holds names",
        description="Else the columns are called “column 1” and so on.",
    )
    skip: Annotated[int, Field(ge=0, le=1_000)] | None = Field(
        default=None,
        title="Lines above",
        description="How many lines stand above the names, or above the first row of values.",
    )
    encoding: Encoding | None = Field(
        default=None,
        title="Letters",
        description="How the letters of a text file are written.",
    )
    sheet: Annotated[str, Field(max_length=100)] | None = Field(
        default=None,
        title="Sheet",
        description="Of a workbook only.",
    )


def value_and_unit(line: str, columns: tuple[str, ...]) -> tuple[str, str]:
    """A line `name = unit`; a name may hold “=” itself."""
    if line in columns:
        return line, ""
    name, _, unit = line.rpartition("=")
    return (name.strip(), unit.strip()) if name else (line.strip(), "")
