"""What BEMServer works out, on the wire (section 4)."""

from __future__ import annotations

from typing import Any

from tests.official.wire import NOBODY, PARIS, PEOPLE, SPRING, Wire, cases

DAY = {"start_time": "2025-01-06T00:00:00+01:00", "end_time": "2025-01-07T00:00:00+01:00"}


def analysis(wire: Wire) -> None:
    """Section 4: completeness, breakdown, degree days, weather."""
    ids = wire.ids
    wire.make("home", "sites", {"name": "home", "campaign_id": ids["campaign"], "latitude": 48.8,
                                "longitude": 2.3})  # fmt: skip
    wire.make("nowhere", "sites", {"name": "nowhere", "campaign_id": ids["campaign"]})
    wire.make("house", "buildings", {"name": "house", "site_id": ids["home"]})
    interval = {"timeseries_id": ids["energy"], "property_id": 3, "value": "900"}
    _completeness(wire, "undefined")
    wire.make("interval", "timeseries_property_data", interval)
    _completeness(wire, "defined")
    for name, kind, number in (("floor", "float", "4"), ("zero", "float", "0"),
                               ("word", "string", "x")):  # fmt: skip
        wire.make(name, "structural_element_properties", {"name": name, "value_type": kind})
        for place, element in (("building", "house"), ("site", "home")):
            prop = wire.make(f"{place} {name}", f"{place}_properties",
                             {"structural_element_property_id": ids[name]})  # fmt: skip
            wire.make(f"{element} {name}", f"{place}_property_data",
                      {f"{place}_id": ids[element], f"{place}_property_id": prop,
                       "value": number})  # fmt: skip
    for use, series in ((1, "energy"), (2, "hidden")):
        for place, element in (("building", "house"), ("site", "home")):
            wire.make(f"{element} use {use}", f"energy_consumption_timeseries_by_{place}s",
                      {f"{place}_id": ids[element], "energy_id": 2, "end_use_id": use,
                       "timeseries_id": ids[series]})  # fmt: skip
    _breakdown(wire)
    _degree_days(wire, "without")
    wire.make("weather row", "weather_timeseries_by_sites",
              {"site_id": ids["home"], "parameter": "AIR_TEMPERATURE", "forecast": False,
               "timeseries_id": ids["air"]})  # fmt: skip
    wire.make("lost row", "weather_timeseries_by_sites",
              {"site_id": ids["nowhere"], "parameter": "AIR_TEMPERATURE", "forecast": False,
               "timeseries_id": ids["air"]})  # fmt: skip
    _degree_days(wire, "with")
    _weather(wire)


def _completeness(wire: Wire, word: str) -> None:
    ids = wire.ids
    path = "/analysis/completeness"
    base = {"data_state": 1, "timeseries": [ids["energy"], ids["empty"], ids["power"]],
            "bucket_width_value": 1, "bucket_width_unit": "day", "timezone": PARIS,
            "start_time": "2025-01-05T00:00:00Z", "end_time": "2025-01-08T00:00:00Z"}  # fmt: skip
    for who in PEOPLE:
        wire.ask(f"completeness {word} {who}", "GET", path, who, params=base)
    for key in base:
        less = {name: value for name, value in base.items() if name != key}
        wire.ask(f"completeness {word} without {key}", "GET", path, params=less)
    for number, more in cases((
        {"timeseries": ids["hidden"]}, {"timeseries": NOBODY}, {"timeseries": "x"},
        {"data_state": 99}, {"bucket_width_unit": "hour"}, {"bucket_width_unit": "week"},
        {"bucket_width_unit": "month"}, {"bucket_width_unit": "x"}, {"bucket_width_value": 0},
        {"bucket_width_value": 2}, {"bucket_width_unit": "hour", "bucket_width_value": 6},
        {"end_time": "2025-01-01T00:00:00Z"}, {"timezone": "x"}, {"timezone": "UTC"},
        {**SPRING, "bucket_width_unit": "hour"}, {"timeseries": [ids["energy"], ids["energy"]]},
    )):  # fmt: skip
        for who in ("admin", "member"):
            wire.ask(
                f"completeness {word} {number} {who}", "GET", path, who, params={**base, **more}
            )
    wire.ask(f"completeness {word} slash", "GET", f"{path}/", params=base)


def _breakdown(wire: Wire) -> None:
    base: dict[str, Any] = {"bucket_width_value": 1, "bucket_width_unit": "hour", **DAY,
                            "timezone": PARIS}  # fmt: skip
    for place, element in (("building", "house"), ("site", "home")):
        path = f"/analysis/energy_consumption/{place}/{{{element}}}"
        for who in PEOPLE:
            wire.ask(f"breakdown {place} {who}", "GET", path, who, params=base)
        for key in base:
            less = {name: value for name, value in base.items() if name != key}
            wire.ask(f"breakdown {place} without {key}", "GET", path, params=less)
        for number, more in cases((
            {"unit": "kWh"}, {"unit": "MJ"}, {"unit": "kW"}, {"unit": "x"}, {"unit": ""},
            {"ratio_property": "floor"}, {"ratio_property": "none"}, {"ratio_property": "zero"},
            {"ratio_property": "word"}, {"ratio_property": ""}, {"bucket_width_unit": "day"},
            {"bucket_width_unit": "month"}, {"bucket_width_value": 6}, {"bucket_width_value": 5},
            {"bucket_width_unit": "x"}, {"timezone": "x"}, {"end_time": "2025-01-01T00:00:00Z"},
        )):  # fmt: skip
            wire.ask(f"breakdown {place} {number}", "GET", path, params={**base, **more})
        wire.ask(f"breakdown {place} unknown", "GET",
                 f"/analysis/energy_consumption/{place}/{NOBODY}", params=base)  # fmt: skip
    wire.ask("breakdown zone", "GET", "/analysis/energy_consumption/zone/1", params=base)


def _degree_days(wire: Wire, word: str) -> None:
    path = "/sites/{home}/degree_days"
    base: dict[str, Any] = {"start_date": "2025-01-05", "end_date": "2025-01-09", "period": "day"}
    for who in PEOPLE:
        wire.ask(f"degree days {word} {who}", "GET", path, who, params=base)
    for number, more in cases((
        {"period": "month"}, {"period": "year"}, {"period": "week"}, {"type": "cooling"},
        {"type": "x"}, {"base": 20.5}, {"base": "x"}, {"base": 3, "type": "cooling"},
        {"unit": "°F", "base": 60}, {"unit": "kWh"}, {"unit": "x"}, {"start_date": "x"},
        {"start_date": "2025-01-05T00:00:00Z"}, {"end_date": "2025-01-05"},
        {"end_date": "2025-01-01"}, {"end_date": "2025-02-02", "period": "month"},
        {"start_date": "2024-12-30", "end_date": "2025-01-08", "period": "year"},
    )):  # fmt: skip
        wire.ask(f"degree days {word} {number}", "GET", path, params={**base, **more})
    for key in base:
        less = {name: value for name, value in base.items() if name != key}
        wire.ask(f"degree days {word} without {key}", "GET", path, params=less)
    wire.ask(f"degree days {word} unknown", "GET", f"/sites/{NOBODY}/degree_days", params=base)


def _weather(wire: Wire) -> None:
    """As it is where the operator has no key to the weather."""
    for site in ("home", "nowhere"):
        for number, more in cases(
            (
                {},
                {"forecast": "true"},
                {"forecast": "x"},
                {"start_time": "x"},
                {"end_time": "2025-01-01"},
            )
        ):
            for who in PEOPLE:
                wire.ask(f"weather {site} {number} {who}", "PUT",
                         f"/sites/{{{site}}}/download_weather_data", who,
                         params={**DAY, **more})  # fmt: skip
        wire.ask(f"weather {site} without", "PUT", f"/sites/{{{site}}}/download_weather_data")
    wire.ask("weather unknown", "PUT", f"/sites/{NOBODY}/download_weather_data", params=DAY)
    wire.ask("weather got", "GET", "/sites/{home}/download_weather_data", params=DAY)
