"""Data into BEMServer, out of it and away, on the wire (section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.sandbox.bemserver.buckets import FUNCTIONS, UNITS
from tests.official.wire import NOBODY, PARIS, PEOPLE, SPRING, Wire, cases
from tests.official.wire_uploads import uploads

ASK_CSV = {"Accept": "text/csv"}
DAY = {"start_time": "2025-01-06T00:00:00+01:00", "end_time": "2025-01-07T00:00:00+01:00"}


def planted(wire: Wire) -> None:
    """Series with data, of the member's scope and of the hidden one."""
    ids = wire.ids
    for name, scope, unit in (
        ("power", "scope", "kW"),
        ("energy", "scope", "kWh"),
        ("empty", "scope", ""),
        ("air", "scope", "°C"),
        ("hidden", "hidden scope", "kWh"),
    ):
        wire.make(
            name,
            "timeseries",
            {
                "name": name,
                "unit_symbol": unit,
                "campaign_id": ids["campaign"],
                "campaign_scope_id": ids[scope],
            },
        )
    for state in (1, 2):
        for name, day, step in (
            ("power", "2025-03-29", 37),
            ("energy", "2025-01-06", 15),
            ("air", "2025-01-06", 30),
            ("hidden", "2025-01-06", 60),
        ):
            times = list(_times(day, step))
            body = {str(ids[name]): {t: str(round(n * 0.37 % 9 - 1, 3)) for n, t in cases(times)}}
            sent = wire.send("POST", f"/timeseries_data/?data_state={state}", json=body)
            assert sent.status_code == 201, sent.text


def _times(day: str, step: int) -> Iterator[str]:
    for minute in range(0, 1440, step):
        yield f"{day}T{minute // 60:02d}:{minute % 60:02d}:00+00:00"


def data(wire: Wire) -> None:
    """Section 3: right and wrong, by id and by name."""
    planted(wire)
    uploads(wire)
    by_name = f"/timeseries_data/campaign/{wire.ids['campaign']}"
    for where, labels in (
        ("/timeseries_data", ("{power}", "{energy}", "{empty}", "{hidden}")),
        (by_name, ("power", "energy", "empty", "hidden")),
    ):
        named = [label.format_map(wire.ids) for label in labels]
        downloads(wire, where, named)
        aggregates(wire, where, named)
        statistics(wire, where, named)
        deletions(wire, where, named)
    for path in ("", "/aggregate", "/stats"):
        for campaign in (NOBODY, "x", 2**31):
            where = f"/timeseries_data/campaign/{campaign}{path or '/'}"
            wire.ask(
                f"data of campaign {campaign}{path}",
                "GET",
                where,
                params={
                    "data_state": 1,
                    "timeseries": "power",
                    **SPRING,
                    "bucket_width_value": 1,
                    "bucket_width_unit": "day",
                },
            )


def downloads(wire: Wire, where: str, named: list[str]) -> None:
    base: dict[str, Any] = {"data_state": 1, "timeseries": named[:3], **SPRING}
    for who in PEOPLE:
        wire.ask(f"{where} download {who}", "GET", f"{where}/", who, params=base)
        wire.ask(
            f"{where} download csv {who}", "GET", f"{where}/", who, params=base, headers=ASK_CSV
        )
        wire.ask(
            f"{where} download hidden {who}",
            "GET",
            f"{where}/",
            who,
            params=base | {"timeseries": named[3]},
        )
    wire.ask(f"{where} download stranger", "GET", f"{where}/", None, params=base)
    for key in base:
        less = {name: value for name, value in base.items() if name != key}
        wire.ask(f"{where} download without {key}", "GET", f"{where}/", params=less)
    _windows(wire, where, named)
    for kind in ("application/json", "*/*", "text/csv; charset=utf-8", "text/html", ""):
        wire.ask(
            f"{where} download as {kind}", "GET", f"{where}/", params=base, headers={"Accept": kind}
        )
    for verb in ("PUT", "PATCH", "HEAD", "OPTIONS"):
        wire.ask(f"{where} {verb}", verb, f"{where}/", params=base)


def _windows(wire: Wire, where: str, named: list[str]) -> None:
    base: dict[str, Any] = {"data_state": 1, "timeseries": named[:3], **SPRING}
    for number, more in cases(
        (
            {"data_state": "x"},
            {"data_state": 99},
            {"timeseries": []},
            {"timeseries": ["none"]},
            {"timeseries": [NOBODY, NOBODY + 1]},
            {"timeseries": [*named, *named]},
            {"timeseries": f"{named[0]},{named[1]}"},
            {"start_time": "x"},
            {"start_time": "2025-03-29"},
            {"start_time": "2025-03-29T00:00:00"},
            {"start_time": "1600-01-01T00:00:00Z"},
            {"end_time": "2500-01-01T00:00:00Z"},
            {"end_time": "2025-03-29T00:00:00Z"},
            {"end_time": "2025-03-01T00:00:00Z"},
            {"timezone": PARIS},
            {"timezone": "US/Pacific"},
            {"timezone": "x"},
            {"timezone": ""},
            {"convert_to": ["W", "MJ", ""]},
            {"convert_to": "W"},
            {"convert_to": ["kWh", "", ""]},
            {"convert_to": ["x", "", ""]},
            {"convert_to": ["", "", ""]},
            {"timezone": PARIS, "convert_to": ["W", "Wh", "ratio"]},
            {"nonsense": 1},
            {"timeseries": named[1], "convert_to": "Wh", **DAY},
            {"timeseries": "", **DAY},
        )
    ):
        for headers in ({}, ASK_CSV):
            wire.ask(
                f"{where} download {number} {len(headers)}",
                "GET",
                f"{where}/",
                params={**base, **more},
                headers=headers,
            )


def aggregates(wire: Wire, where: str, named: list[str]) -> None:
    base: dict[str, Any] = {
        "data_state": 1,
        "timeseries": [named[0], named[2]],
        **SPRING,
        "timezone": PARIS,
    }
    path = f"{where}/aggregate"
    for unit in UNITS[2:]:
        for function in FUNCTIONS:
            wire.ask(
                f"{path} {function} {unit}",
                "GET",
                path,
                params=base
                | {"bucket_width_value": 1, "bucket_width_unit": unit, "aggregation": function},
            )
    hour = {"bucket_width_value": 1, "bucket_width_unit": "hour"}
    for number, more in cases(
        (
            {},
            hour,
            {"bucket_width_unit": "hour"},
            {"bucket_width_value": 1},
            hour | {"bucket_width_value": 0},
            hour | {"bucket_width_value": "x"},
            hour | {"bucket_width_value": -1},
            hour | {"bucket_width_value": 1.5},
            hour | {"bucket_width_unit": "x"},
            hour | {"bucket_width_unit": "day"},
            {"bucket_width_value": 2, "bucket_width_unit": "day"},
            hour | {"aggregation": "x"},
            {"bucket_width_value": 6, "bucket_width_unit": "hour"},
            {"bucket_width_value": 5, "bucket_width_unit": "hour"},
            {"bucket_width_value": 15, "bucket_width_unit": "minute", "aggregation": "count"},
            hour | {"convert_to": ["W", ""]},
            hour | {"convert_to": ["kWh", ""]},
            hour | {"convert_to": "W"},
            hour | {"aggregation": "count", "convert_to": ["ratio", ""]},
            hour
            | {"start_time": "2025-03-30T01:30:00+01:00", "end_time": "2025-03-30T05:10:00+02:00"},
            hour | {"end_time": "2025-03-01T00:00:00Z"},
            hour | {"timeseries": "none"},
            hour | {"timeseries": named[3]},
            hour | {"data_state": 99},
            hour | {"timezone": "x"},
            hour | {"start_time": "2025-03-29T00:00:00"},
            {
                "bucket_width_value": 1,
                "bucket_width_unit": "month",
                "start_time": "2024-12-31T23:30:00Z",
                "end_time": "2025-04-01T00:00:00Z",
            },
        )
    ):
        for who in ("admin", "member"):
            wire.ask(f"{path} {number} {who}", "GET", path, who, params={**base, **more})
        wire.ask(f"{path} {number} csv", "GET", path, params={**base, **more}, headers=ASK_CSV)


def statistics(wire: Wire, where: str, named: list[str]) -> None:
    path = f"{where}/stats"
    for who in PEOPLE:
        for number, asked in cases(
            (
                {"data_state": 1, "timeseries": named[:3]},
                {"data_state": 2, "timeseries": named[:3]},
                {"data_state": 1, "timeseries": named[3]},
                {"data_state": 1},
                {"timeseries": named[0]},
                {"data_state": 99, "timeseries": named[0]},
                {"data_state": 1, "timeseries": "none"},
                {"data_state": 1, "timeseries": NOBODY},
                {"data_state": 1, "timeseries": named[0], "timezone": PARIS},
                {"data_state": 1, "timeseries": named[0], "timezone": "x"},
            )
        ):
            wire.ask(f"{path} {number} {who}", "GET", path, who, params=asked)


def deletions(wire: Wire, where: str, named: list[str]) -> None:
    whole = {
        "data_state": 2,
        "timeseries": named[0],
        "start_time": "2025-03-29T06:00:00Z",
        "end_time": "2025-03-29T07:00:00Z",
    }
    for who in ("outsider", "member", "admin"):
        wire.ask(f"{where} delete {who}", "DELETE", f"{where}/", who, params=whole)
        wire.ask(
            f"{where} delete hidden {who}",
            "DELETE",
            f"{where}/",
            who,
            params=whole | {"timeseries": named[3]},
        )
    for key in whole:
        less = {name: value for name, value in whole.items() if name != key}
        wire.ask(f"{where} delete without {key}", "DELETE", f"{where}/", params=less)
    for number, more in cases(
        (
            {"timeseries": "none"},
            {"data_state": 99},
            {"end_time": "2025-01-01T00:00:00Z"},
            {"start_time": "x"},
            {"start_time": "2025-03-29T06:00:00"},
        )
    ):
        wire.ask(f"{where} delete {number}", "DELETE", f"{where}/", params=whole | more)
    wire.ask(f"{where} deleted", "GET", f"{where}/", params={**whole, **SPRING})
