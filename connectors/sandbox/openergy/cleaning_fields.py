"""The record that turns one input series into one clean one (section 2.9), declared."""

from __future__ import annotations

from connectors.sandbox.openergy.fields import (
    choice,
    flag,
    freq,
    integer,
    key,
    name,
    nullable,
    offset,
    script,
    text,
    zone,
)
from connectors.sandbox.openergy.table import Field, Resource

KINDS = ("instantaneous", "delta", "mean")

UNITCLEANERS = Resource(
    path="odata/unitcleaners",
    owner="cleaner",
    filters=("cleaner", "external_name", "name"),
    unique=(("cleaner", "external_name"), ("cleaner", "name")),
    fields=(
        Field(name="cleaner", kind=key, to=("odata/cleaners",), required=True, frozen=True),
        Field(name="external_name", kind=name, required=True),
        Field(name="name", kind=name, required=True),
        Field(name="freq", kind=freq, default="1H"),
        Field(name="input_unit_type", kind=choice(*KINDS), default="instantaneous"),
        Field(name="unit_type", kind=choice(*KINDS, "mean_derivate"), default="instantaneous"),
        Field(name="input_convention", kind=choice("left", "right"), default="left"),
        Field(name="clock", kind=choice("gmt", "tzt", "dst"), default="tzt"),
        Field(name="timezone", kind=zone, default="Europe/Paris"),
        Field(name="unit", kind=text, default=""),
        Field(name="resample_rule", kind=choice("mean", "sum", "first"), default="mean"),
        Field(name="interpolate_limit", kind=integer, default=0),
        Field(name="wait_offset", kind=freq, default="6H"),
        Field(name="label", kind=text, default=""),
        Field(name="input_expected_regular", kind=flag, default=False),
        Field(name="operation_fct", kind=script("fct"), null=True),
        Field(name="filter_fct", kind=script("fct"), null=True),
        Field(name="derivative_filter_fct", kind=script("fct"), null=True),
        Field(name="custom_delay", kind=offset, null=True),
        Field(name="custom_fct", kind=script("fct"), null=True),
        Field(name="custom_before_offset", kind=offset, null=True),
        Field(name="custom_after_offset", kind=offset, null=True),
        Field(name="active", default=True),
        Field(name="input_series", to=("odata/importer_series",), keeps=True),
        Field(name="last_run"),
        Field(name="last_clear"),
        Field(name="numerical_filter", kind=nullable, null=True),
    ),
)
