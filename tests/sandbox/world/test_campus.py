"""The invented campus hangs together: weather, people, machines, power, heat, air and prices."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from connectors.sandbox.clock import Clock, microseconds
from connectors.sandbox.world import world
from connectors.sandbox.world.tariff import DayAhead
from connectors.sandbox.world.workdays import easter
from connectors.sandbox.zones import DAY, HOUR, MINUTE, Instants, to_local
from tests.sandbox.world.series import Readings, correlation, daily, meters, read, us

WINTER, SUMMER = ("2023-12-01", "2024-03-01"), ("2024-06-01", "2024-09-01")
YEAR = ("2024-01-01", "2025-01-01")
SITES = (("Library", "North"), ("Laboratory", "North"), ("Workshop", "South"))
PARTS = {
    "Library": ("ventilation", "lighting", "chiller", "appliances"),
    "Laboratory": ("ventilation", "lighting", "chiller", "appliances"),
    "Workshop": ("ventilation", "lighting", "heat pump", "appliances"),
}
PARIS = ZoneInfo("Europe/Paris")


def local_hour(readings: Readings) -> Instants:
    hour: Instants = to_local(readings[0], "Europe/Paris") % DAY // HOUR
    return hour


@pytest.mark.parametrize(("building", "site"), SITES)
def test_heating_follows_the_cold(building: str, site: str) -> None:
    heat, air = read(f"{building} heating", *WINTER), read(f"{site} campus outdoor temperature",
                                                           *WINTER)  # fmt: skip
    assert correlation(heat, air) < -0.8
    assert correlation(daily(heat), daily(air)) < -0.9
    assert read(f"{building} heating", *SUMMER)[1].sum() < 0.1 * heat[1].sum()


@pytest.mark.parametrize("building", PARTS)
def test_a_buildings_electricity_is_the_sum_of_its_parts(building: str) -> None:
    whole = read(f"{building} electricity", *YEAR)
    parts = [read(f"{building} {part} electricity", *YEAR)[1] for part in PARTS[building]]
    assert np.abs(np.sum(parts, axis=0) - whole[1]).max() < 1e-9
    assert all(part.max() > 0 for part in parts)


@pytest.mark.parametrize("building", PARTS)
def test_the_minutes_of_power_are_the_quarters_of_energy(building: str) -> None:
    week = ("2024-03-28", "2024-04-04")
    power, energy = (
        read(f"{building} electric power", *week),
        read(f"{building} electricity", *week),
    )
    quarters = power[1].reshape(-1, 15).mean(axis=1) / 4
    assert np.abs(quarters - energy[1]).max() < 1e-9
    assert power[1].min() > 0
    assert (np.diff(power[0]) == MINUTE).all()


@pytest.mark.parametrize(("building", "least"), [("Library", 0.9), ("Laboratory", 0.8),
                                                 ("Workshop", 0.6)])  # fmt: skip
def test_people_need_power(building: str, least: float) -> None:
    assert correlation(read(f"{building} electricity", *YEAR),
                       read(f"{building} people", *YEAR)) > least  # fmt: skip


@pytest.mark.parametrize("building", PARTS)
def test_carbon_follows_the_people_with_a_lag(building: str) -> None:
    for room in ("G1", "G2", "F1", "F2"):
        people = read(f"{building} {room} people", *WINTER)
        carbon = read(f"{building} {room} CO2", *WINTER)
        late = correlation((people[0] + HOUR // 2, people[1]), carbon)
        assert late > correlation(people, carbon) > 0.8
        assert late > 0.9
        assert 400 <= carbon[1].min() < 460
        assert carbon[1].max() < 2000


def test_no_more_people_are_in_the_rooms_than_in_the_building() -> None:
    whole = dict(zip(*(a.tolist() for a in read("Library people", *YEAR)), strict=True))
    total: dict[int, float] = {}
    for room in ("G1", "G2", "F1", "F2"):
        for when, count in zip(*(a.tolist() for a in read(f"Library {room} people", *YEAR)),
                               strict=True):  # fmt: skip
            total[when] = total.get(when, 0) + count
    assert all(count <= whole[when] for when, count in total.items())
    assert max(total.values()) > 20


def test_the_sun_makes_the_day_the_season_and_the_solar_power() -> None:
    sun = read("North campus global irradiance", *YEAR)
    hour, month = sun[0] % DAY // HOUR, sun[0].astype("M8[us]").astype("M8[M]").astype(int) % 12
    assert sun[1][hour == 0].max() == 0
    assert 600 < sun[1].max() < 1100
    assert sun[1][month == 5].mean() > 3 * sun[1][month == 11].mean()
    for building, site in (("Library", "North"), ("Workshop", "South")):
        assert correlation(read(f"{building} solar power", *YEAR),
                           read(f"{site} campus global irradiance", *YEAR)) > 0.98  # fmt: skip
    assert correlation(read("North campus global irradiance", *SUMMER),
                       read("North campus outdoor temperature", *SUMMER)) > 0.3  # fmt: skip


def test_the_weather_has_seasons_days_and_limits() -> None:
    for site, warm in (("North", 11.8), ("South", 13.9)):
        air = read(f"{site} campus outdoor temperature", "2015-01-01", "2025-01-01")
        assert air[1].mean() == pytest.approx(warm, abs=0.6)
        july, january = (read(f"{site} campus outdoor temperature", f"2024-{m}-01", f"2024-{m}-31")
                         for m in ("07", "01"))  # fmt: skip
        assert july[1].mean() - january[1].mean() > 11
        by_hour = [july[1][local_hour(july) == hour].mean() for hour in (5, 16)]
        assert by_hour[1] - by_hour[0] > 3
        wet = read(f"{site} campus relative humidity", *SUMMER)
        assert correlation(wet, read(f"{site} campus outdoor temperature", *SUMMER)) < -0.5
        assert wet[1].min() > 10
        assert wet[1].max() <= 100
        assert read(f"{site} campus wind speed", *YEAR)[1].min() > 0


def test_machines_follow_the_hours_and_the_temperature() -> None:
    fans, air = read("Library air handling unit state", *YEAR), read(
        "North campus outdoor temperature", *YEAR)  # fmt: skip
    local = to_local(fans[0], "Europe/Paris")
    monday_noon = ((local // DAY + 3) % 7 == 0) & (local % DAY // HOUR == 11)
    assert (fans[1][monday_noon] == 1).mean() > 0.85
    cold = np.interp(fans[0], air[0], air[1]) < 1.5
    assert (fans[1][cold] != 0).all()
    chiller = read("Library chiller state", *YEAR)
    assert (np.interp(chiller[0], air[0], air[1])[chiller[1] > 0] > 19).all()
    pump, heat = read("Workshop heat pump state", *YEAR), read("Workshop heat pump electricity",
                                                               *YEAR)  # fmt: skip
    assert (heat[1][pump[1] == 0] == 0).all()
    lights, sun = read("Library lights state", *YEAR), read("North campus global irradiance", *YEAR)
    assert np.interp(lights[0], sun[0], sun[1])[lights[1] == 2].min() > 200


@pytest.mark.parametrize("change", ["2024-03-31", "2024-10-27"])
def test_people_come_by_the_clocks_on_the_wall_before_and_after_they_change(change: str) -> None:
    opening = set()
    for monday in (us(change) - 6 * DAY, us(change) + DAY, us(change) + 8 * DAY):
        for day in range(4):
            start = monday + day * DAY
            times, values = meters()["Workshop people (synthetic)"].source.read(start, start + DAY)
            if values.max() > 10:
                first = datetime.fromtimestamp(int(times[values > 2][0]) / 1e6, PARIS)
                opening.add(first.strftime("%H:%M"))
    assert len(opening) <= 2
    assert min(opening) >= "05:30"
    assert max(opening) <= "06:00"


@pytest.mark.parametrize("day", ["2024-01-01", "2024-04-01", "2024-05-09", "2024-05-20",
                                 "2024-07-14", "2024-12-25"])  # fmt: skip
def test_holidays_are_as_quiet_as_sundays(day: str) -> None:
    start = us(day)
    times, values = meters()["Library people (synthetic)"].source.read(start, start + DAY)
    assert times.size == 96
    assert values.max() <= 6


def test_nights_weekends_and_august_are_quieter() -> None:
    people = read("Library people", *YEAR)
    local = to_local(people[0], "Europe/Paris")
    weekday, hour = (local // DAY + 3) % 7, local % DAY // HOUR
    work = people[1][(weekday < 5) & (hour == 11)].mean()
    assert people[1][hour == 3].max() == 0
    assert 0.2 * work < people[1][(weekday == 5) & (hour == 11)].mean() < 0.7 * work
    assert people[1][(weekday == 6) & (hour == 11)].mean() < 0.1 * work
    august = read("Library people", "2024-08-05", "2024-08-10")[1].max()
    assert august < 0.65 * read("Library people", "2024-09-16", "2024-09-21")[1].max()


@pytest.mark.parametrize(("year", "month", "day"), [(2000, 4, 23), (2019, 4, 21), (2024, 3, 31),
                                                    (2038, 4, 25)])  # fmt: skip
def test_easter_is_when_it_is(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


def test_prices_are_dear_on_winter_evenings_and_negative_on_sunny_sundays() -> None:
    price = read("Day-ahead price", "2020-01-01", "2026-01-01")
    hour, weekday = local_hour(price), (to_local(price[0], "Europe/Paris") // DAY + 3) % 7
    assert price[1][hour == 19].mean() > price[1][hour == 4].mean() > price[1][hour == 13].mean()
    below = price[1] < 0
    assert 20 < below.sum() / 6 < 400
    assert (weekday[below] == 6).sum() > 2 * (weekday[below] == 5).sum() * 0.9
    assert np.isin(hour[below], range(9, 18)).mean() > 0.95
    sun = read("North campus global irradiance", "2020-01-01", "2026-01-01")
    assert sun[1][below].mean() > 3 * sun[1].mean()
    assert read("Day-ahead price", *WINTER)[1].mean() > read("Day-ahead price", *SUMMER)[1].mean()


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2024-03-30T12:59+01:00", "2024-03-30T23:00+01:00"),
        ("2024-03-30T13:00+01:00", "2024-03-31T23:00+02:00"),
        ("2024-10-26T13:00+02:00", "2024-10-27T23:00+01:00"),
        ("2024-10-27T00:30+02:00", "2024-10-27T23:00+01:00"),
    ],
)
def test_tomorrows_prices_are_known_from_one_o_clock_on(now: str, last: str) -> None:
    clock = Clock.starting_at(datetime.fromisoformat(now))
    (price,) = (each for campaign in world(clock) for each in campaign.meters().values()
                if isinstance(each.source, DayAhead))  # fmt: skip
    times, _ = price.source.read(us("2024-03-01"), us("2030-01-01"))
    moment = datetime.fromisoformat(last).astimezone(UTC)
    assert int(times[-1]) == microseconds(moment)
    assert (np.diff(times) == HOUR).all()
    extent = price.source.extent()
    assert extent is not None
    assert extent[1] == int(times[-1]) + HOUR
