"""Records to publish, as the client makes them, and what each becomes in a document."""

from __future__ import annotations

from typing import Any

from avista_kinds import kind
from avista_side import ERRORS

NOON = 1_700_000_000_000
"""In milliseconds: 2023-11-14T22:13:20Z."""


def records(held: Any) -> list[Any]:
    """Records as the client makes them: one of several measures, then one of a single each."""
    new = held.side.new
    value = kind("data_types.time_series_measure_value", "TimeSeriesMeasureValue")
    dimension = kind("data_types.time_series_dimension", "TimeSeriesDimension")
    record = kind("data_types.time_series_input_record", "TimeSeriesInputRecord")
    measure = value if new else held.dx.createTimeSeriesMeasureValue
    pair = dimension if new else held.dx.createTimeSeriesDimension

    def entry(time: str, unit: str, name: str, of: str, *rest: Any) -> Any:
        return (
            record(time, unit, 1, name, of, *rest)
            if new
            else held.dx.createTimeSeriesInputRecord(time, unit, name, of, *rest)
        )

    named = [pair("VARCHAR", "name", "Asset 1")]
    many = [measure("VARCHAR", "note", "a, b"), measure("BIGINT", "count", "321")]
    made = [
        entry(str(NOON), "MILLISECONDS", "several", "MULTI", None, many, named),
        entry(str(NOON * 1000 + 1000), "MICROSECONDS", "kW", "DOUBLE", "1.5", None, named),
        entry(str(NOON * 10**6 + 2 * 10**6), "NANOSECONDS", "kW", "DOUBLE", "2.5", None, named),
    ]
    if not new:
        constructors(held, entry, named, many)
    strings(held, made, named[0], many[0])
    return made


def constructors(held: Any, entry: Any, named: Any, many: Any) -> None:
    """They check nothing but that a list is one (section 9)."""
    dx, judge = held.dx, held.judge
    judge.right(
        "AvistaDigitalExchange.createTimeSeriesMeasureValue",
        lambda: dx.createTimeSeriesMeasureValue("DOUBLE", "kW", "1.5"),
        lambda made: (made.type, made.name, made.value) == ("DOUBLE", "kW", "1.5"),
    )
    judge.wrong(
        "AvistaDigitalExchange.createTimeSeriesMeasureValue",
        lambda: dx.createTimeSeriesMeasureValue("HEAVY", None, 7),
        lambda made: (made.type, made.name, made.value) == ("HEAVY", None, 7),
    )
    judge.right(
        "AvistaDigitalExchange.createTimeSeriesDimension",
        lambda: dx.createTimeSeriesDimension("VARCHAR", "name", "x"),
        lambda made: (made.dimensionValueType, made.name, made.value) == ("VARCHAR", "name", "x"),
    )
    judge.wrong(
        "AvistaDigitalExchange.createTimeSeriesDimension",
        lambda: dx.createTimeSeriesDimension("DOUBLE", None, None),
        lambda made: (made.dimensionValueType, made.name) == ("DOUBLE", None),
    )
    name = "AvistaDigitalExchange.createTimeSeriesInputRecord"
    judge.right(
        name,
        lambda: entry("1", "SECONDS", "m", "MULTI", None, many, named),
        lambda made: (
            (made.time, made.measureValues, made.dimensions, made.version) == ("1", many, named, 1)
        ),
    )
    judge.wrong(name, lambda: entry("1", "SECONDS", "m", "MULTI", None, 5), raises=TypeError)


def strings(held: Any, made: list[Any], dimension: Any, measure: Any) -> None:
    """What each becomes in a document."""
    text = "getMutationParameterString"
    for name, one, wanted in (
        (
            "TimeSeriesDimension",
            dimension,
            'DimensionValueType: VARCHAR, Name: "name", Value: "Asset 1"',
        ),
        ("TimeSeriesMeasureValue", measure, 'Type: VARCHAR, Name: "note", Value: "a, b"'),
        (
            "TimeSeriesInputRecord",
            made[1],
            'MeasureName: "kW", MeasureValue: "1.5", MeasureValueType:',
        ),
    ):
        held.right(
            [f"{name}.{text}"],
            lambda one=one: one.getMutationParameterString(1),
            lambda got, wanted=wanted: wanted in " ".join(got.split()),
        )
        held.wrong(
            [f"{name}.{text}"],
            lambda one=one: one.getMutationParameterString("x"),
            raises=TypeError,
        )
    for_people(held, made)


def for_people(held: Any, made: list[Any]) -> None:
    """A record as a text for people."""
    held.right(
        ["TimeSeriesInputRecord.getDimensionsStr"],
        made[0].getDimensionsStr,
        lambda got: "Asset 1" in got,
    )
    held.right(
        ["TimeSeriesInputRecord.getMeasureValuesStr"],
        made[0].getMeasureValuesStr,
        lambda got: "321" in got,
    )
    held.wrong(
        ["TimeSeriesInputRecord.getMeasureValuesStr"], made[1].getMeasureValuesStr, raises=TypeError
    )
    bare = kind("data_types.time_series_input_record", "TimeSeriesInputRecord")(
        "1", "SECONDS", 1, "m", "DOUBLE", "1", None, []
    )
    held.wrong(
        ["TimeSeriesInputRecord.getDimensionsStr"], bare.getDimensionsStr, lambda got: got == ""
    )
    together(held, made)


def together(held: Any, made: list[Any]) -> None:
    """All records of one request."""
    whole = kind("data_types.time_series_publish_input", "TimeSeriesPublishInput")
    held.right(
        ["TimeSeriesPublishInput.addRecords"], lambda: whole(made), lambda got: got.records == made
    )
    held.wrong(
        ["TimeSeriesPublishInput.addRecords"],
        lambda: whole(["x"]),
        raises=ERRORS.InvalidParameterException,
    )
    name = "TimeSeriesPublishInput.getMutationParameterString"
    held.right(
        [name],
        lambda: whole(made).getMutationParameterString(1),
        lambda got: got.count("Dimensions:") == 3,
    )
    held.wrong([name], lambda: whole(made).getMutationParameterString("x"), raises=TypeError)
