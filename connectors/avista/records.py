"""What people and programs publish: typed, checked before anything is sent, and as the wire has it
(sections 3.7, 2.5 and 2.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from connectors.avista.documents import Word
from connectors.avista.moments import micros
from connectors.operations import Parameters

Scalar = Literal["DOUBLE", "BIGINT", "VARCHAR", "BOOLEAN", "TIMESTAMP"]
TimeUnit = Literal["SECONDS", "MILLISECONDS", "MICROSECONDS", "NANOSECONDS"]
Schema = Literal["integer", "double", "string", "boolean", "dateTime", "duration"]
Wire = dict[str, Any]


def told(value: object) -> object:
    """Numbers and truth as the text that the platform wants; the rest is checked as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(told)]
"""A value: always text on the wire."""
Integer = Annotated[str, BeforeValidator(told), Field(pattern=r"^-?[0-9]{1,19}$")]
Name = Annotated[str, Field(min_length=1, max_length=256)]


class MeasureValue(Parameters):
    """One measure of a record of several."""

    type: Scalar
    name: Name
    value: Text

    def wire(self) -> Wire:
        return {"Type": Word(self.type), "Name": self.name, "Value": self.value}


class Dimension(Parameters):
    """What a record is about, beside its asset; the one called `name` is what pages show."""

    name: Name
    value: Text
    dimension_value_type: Literal["VARCHAR"] = "VARCHAR"

    def wire(self) -> Wire:
        kind = Word(self.dimension_value_type)
        return {"DimensionValueType": kind, "Name": self.name, "Value": self.value}


class InputRecord(Parameters):
    """One record: a single value, or several (MULTI), never both."""

    time: Integer
    time_unit: TimeUnit = "MILLISECONDS"
    measure_name: Name
    measure_value_type: Literal["DOUBLE", "BIGINT", "VARCHAR", "BOOLEAN", "TIMESTAMP", "MULTI"]
    measure_value: Text | None = None
    measure_values: list[MeasureValue] | None = None
    dimensions: list[Dimension] = Field(default_factory=list)
    version: int = Field(default=1, ge=1, le=2**31 - 1)

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        several = self.measure_value_type == "MULTI"
        if several and (not self.measure_values or self.measure_value is not None):
            raise ValueError("MULTI takes measure_values, and no measure_value.")
        if not several and (self.measure_value is None or self.measure_values is not None):
            raise ValueError("One value takes measure_value, and no measure_values.")
        return self

    def wire(self) -> Wire:
        made: Wire = {
            "Dimensions": [one.wire() for one in self.dimensions],
            "MeasureName": self.measure_name,
            "MeasureValueType": Word(self.measure_value_type),
            "Time": self.time,
            "TimeUnit": Word(self.time_unit),
            "Version": self.version,
        }
        if self.measure_values is not None:
            return {**made, "MeasureValues": [one.wire() for one in self.measure_values]}
        return {**made, "MeasureValue": self.measure_value}


class DeviceRecord(Parameters):
    """Values of an endpoint at one time; without a time it is now."""

    attributes: dict[Name, Text] = Field(min_length=1)
    timestamp: Text | None = None
    time_unit: Literal["SECONDS", "MILLISECONDS", "MICROSECONDS", "NANOSECONDS", "ISO8601"] = (
        "MILLISECONDS"
    )

    @model_validator(mode="after")
    def _a_time(self) -> Self:
        self.stamp()
        return self

    def stamp(self) -> tuple[str, TimeUnit]:
        """As the platform takes it. ISO 8601 is read here: the platform knows integers only."""
        if self.timestamp is None:
            return str(micros(datetime.now(UTC))), "MICROSECONDS"
        if self.time_unit != "ISO8601":
            if not self.timestamp.lstrip("-").isdecimal():
                raise ValueError("A timestamp is a whole number of its unit.")
            return self.timestamp, self.time_unit
        try:
            found = datetime.fromisoformat(self.timestamp)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise ValueError("An ISO 8601 time looks like 2024-03-31T02:00:00.000Z, with its zone.")
        return str(micros(found)), "MICROSECONDS"

    def wire(self) -> Wire:
        stamp, unit = self.stamp()
        attributes = [{"name": name, "value": value} for name, value in self.attributes.items()]
        return {"timestamp": stamp, "timeUnit": Word(unit), "attributes": attributes}


class ModelTelemetry(Parameters):
    """A thing that devices of a model measure."""

    name: Name
    schema_type: Schema
    description: str | None = None

    def wire(self, index: int) -> Wire:
        """Their order is said too."""
        made: Wire = {"name": self.name, "schemaType": Word(self.schema_type), "index": index}
        return made if self.description is None else {**made, "description": self.description}


class ModelProperty(ModelTelemetry):
    """A thing that devices of a model are told."""

    default_value: Text | None = None
    writable: bool = False

    def wire(self, index: int) -> Wire:
        made = {**super().wire(index), "writable": self.writable}
        return made if self.default_value is None else {**made, "defaultValue": self.default_value}


class PropertyValue(Parameters):
    """A property's new value; without a time it is so since now."""

    value: Text
    timestamp: Integer | None = None

    def wire(self, name: str) -> Wire:
        stamp = self.timestamp or str(micros(datetime.now(UTC)) // 1000)
        return {"name": name, "value": self.value, "timestamp": stamp}


class CaptureRecord(Parameters):
    """Values of a capture at one time, in milliseconds since 1970, by user-defined ids."""

    timestamp: Integer
    values: dict[Name, Text] = Field(min_length=1)

    def wire(self) -> Wire:
        values = [{"userDefinedId": key, "value": value} for key, value in self.values.items()]
        return {"timestamp": self.timestamp, "attributeValues": values}


def failures(sent: Sequence[CaptureRecord], failed: Sequence[Mapping[str, Any]]) -> list[Wire]:
    """Each failure beside what was sent: the platform names it by its place only."""
    return [{**row, **_meant(sent, row)} for row in failed]


def _meant(sent: Sequence[CaptureRecord], row: Mapping[str, Any]) -> Wire:
    at, place = row.get("recordIndex"), row.get("attributeIndex")
    if not isinstance(at, int) or not 0 <= at < len(sent):
        return {}
    record = sent[at]
    found: Wire = {"timestamp": record.timestamp}
    pairs = list(record.values.items())
    if isinstance(place, int) and 0 <= place < len(pairs):
        found["userDefinedId"], found["value"] = pairs[place]
    return found
