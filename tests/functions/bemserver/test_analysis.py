"""Completeness and energy breakdown, as the platform works them out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.errors import NotFound, Rejected
from tests.functions.bemserver.ground import CLEAN, DAY, Ground, every, node
from tests.functions.bemserver.shared import Bare, Ours
from tests.sandbox.server import SandboxServer

COMPLETENESS = "analysis.get_completeness"
QUARTER = timedelta(minutes=15)
TWO_DAYS: dict[str, Any] = {"start_time": DAY, "end_time": DAY + timedelta(days=2)}
PARIS = {"timezone": "Europe/Paris"}


@pytest.fixture(scope="module")
def ground(server: SandboxServer) -> Ground:
    return Ground(Bare(server))


def _stated(ground: Ground, seconds: int) -> int:
    """A series with a stated interval."""
    number: int = ground.series()["id"]
    interval = ground.bare.named("timeseries_properties", "Interval")
    ground.bare.make("timeseries_property_data", timeseries_id=number, property_id=interval,
                     value=str(seconds))  # fmt: skip
    return number


@pytest.mark.covers("bemserver.analysis.get_completeness")
def test_a_full_day_is_96_of_96_half_a_day_is_a_half_and_a_guessed_interval_is_flagged(
    ours: Ours, ground: Ground
) -> None:
    stated, guessed, empty = _stated(ground, 900), ground.series()["id"], ground.series()["id"]
    for number in (stated, guessed):
        ground.fill(number, every(QUARTER, 96) | every(QUARTER, 48, DAY + timedelta(days=1)))
    rows = ours.rows(COMPLETENESS, series=node(stated), others=[node(guessed), node(empty)],
                     **TWO_DAYS)  # fmt: skip
    assert [row["time"] for row in rows[:2]] == [
        "2025-01-15T00:00:00+00:00", "2025-01-16T00:00:00+00:00",
    ]  # fmt: skip
    counts = [(row["count"], row["expected"], row["ratio"]) for row in rows]
    assert counts == [(96, 96.0, 1.0), (48, 96.0, 0.5)] * 2 + [(0, None, None)] * 2
    assert [row["series"] for row in rows[::2]] == [node(stated), node(guessed), node(empty)]
    assert [row["interval"] for row in rows[::2]] == [900.0, 900.0, None]
    assert [bool(row["remark"]) for row in rows] == [False] * 2 + [True] * 4


@pytest.mark.covers("bemserver.analysis.get_completeness")
def test_buckets_begin_at_local_midnight_and_the_data_state_is_that_of_the_series(
    ours: Ours, ground: Ground
) -> None:
    number = _stated(ground, 3600)
    ground.fill(number, every(timedelta(hours=1), 24), CLEAN)
    span = {"start_time": DAY - timedelta(hours=1), "end_time": DAY + timedelta(hours=23), **PARIS}
    (clean,) = ours.rows(COMPLETENESS, series=node(number, CLEAN), **span)
    assert (clean["time"], clean["count"]) == ("2025-01-15T00:00:00+01:00", 23)
    (raw,) = ours.rows(COMPLETENESS, series=node(number), **span)
    assert raw["count"] == 0
    hours = ours.rows(COMPLETENESS, series=node(number, CLEAN), **span, bucket_width="6 hours")
    assert [row["count"] for row in hours] == [5, 6, 6, 6]


@pytest.mark.covers("bemserver.analysis.get_completeness")
def test_what_cannot_be_told_is_refused_beside_its_field(ours: Ours) -> None:
    for more, field in (
        ({"bucket_width": "1 second", "end_time": DAY + timedelta(days=30)}, "bucket_width"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"end_time": DAY}, "end_time"),
    ):
        with pytest.raises(Rejected) as wrong:
            ours.do(COMPLETENESS, series=node(1), **TWO_DAYS | more)
        assert set(wrong.value.fields) == {field}
    with pytest.raises(NotFound):
        ours.do(COMPLETENESS, series=node(999_999), **TWO_DAYS)


@pytest.fixture(scope="module", params=["site", "building"])
def metered(request: pytest.FixtureRequest, ground: Ground) -> tuple[str, int]:
    """An element whose electricity is counted twice: in all, and for its lights."""
    number = ground.site()
    if request.param == "building":
        number = ground.bare.make("buildings", name="B", site_id=number)["id"]
    for use, values in (("all", (1.0, 2.0, 4.0)), ("lighting", (0.5, 0.5, 0.5))):
        series = ground.series(unit="kWh")["id"]
        days = (DAY, DAY + timedelta(hours=12), DAY + timedelta(days=1))
        ground.fill(series, dict(zip(days, values, strict=True)), CLEAN)
        ground.fill(series, {DAY: 1000.0})
        ground.bare.make(
            f"energy_consumption_timeseries_by_{request.param}s", timeseries_id=series,
            energy_id=ground.bare.named("energies", "electricity"),
            end_use_id=ground.bare.named("energy_end_uses", use),
            **{f"{request.param}_id": number},
        )  # fmt: skip
    return request.param, number


def _broken_down(ours: Ours, metered: tuple[str, int], **more: Any) -> dict[str, list[Any]]:
    kind, number = metered
    rows = ours.rows(
        f"analysis.{kind}.get_energy_consumption_breakdown", where=f"{kind}/{number}",
        **TWO_DAYS | {"bucket_width": "1 day"} | more,
    )  # fmt: skip
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(f"{row['energy']}/{row['use']}", []).append((row["time"], row["value"]))
    return found


@pytest.mark.covers("bemserver.analysis.get_energy_consumption_breakdown")
def test_energy_comes_by_kind_and_use_in_the_unit_and_for_each_of_what_is_asked(
    ours: Ours, ground: Ground, metered: tuple[str, int]
) -> None:
    days = [(DAY + timedelta(days=n)).isoformat() for n in range(2)]
    assert _broken_down(ours, metered) == {
        "electricity/all": list(zip(days, (3.0, 4.0), strict=True)),
        "electricity/lighting": list(zip(days, (1.0, 0.5), strict=True)),
    }
    megajoules = _broken_down(ours, metered, unit="MJ")
    assert [value for _, value in megajoules["electricity/all"]] == pytest.approx([10.8, 14.4])
    kind, number = metered
    area = ground.bare.make("structural_element_properties", name=f"Area {kind}",
                            value_type="float")["id"]  # fmt: skip
    allowed = ground.bare.make(f"{kind}_properties", structural_element_property_id=area)["id"]
    ground.bare.make(f"{kind}_property_data", value="10",
                     **{f"{kind}_id": number, f"{kind}_property_id": allowed})  # fmt: skip
    each = _broken_down(ours, metered, ratio_property=f"Area {kind}", bucket_width="1 week")
    assert [value for _, value in each["electricity/all"]] == pytest.approx([0.7])
    local = _broken_down(ours, metered, **PARIS)
    assert datetime.fromisoformat(local["electricity/all"][0][0]).utcoffset() == timedelta(hours=1)


@pytest.mark.covers("bemserver.analysis.get_energy_consumption_breakdown")
def test_the_platform_s_own_words_are_shown_where_it_refuses(
    ours: Ours, ground: Ground, metered: tuple[str, int]
) -> None:
    kind, number = metered
    with pytest.raises(Rejected, match='has no "Volume" property'):
        _broken_down(ours, metered, ratio_property="Volume")
    power = ground.series(unit="W")["id"]
    ground.bare.make(
        f"energy_consumption_timeseries_by_{kind}s", timeseries_id=power,
        energy_id=ground.bare.named("energies", "propane gas"),
        end_use_id=ground.bare.named("energy_end_uses", "all"), **{f"{kind}_id": number},
    )  # fmt: skip
    with pytest.raises(Rejected, match="Incompatible unit"):
        _broken_down(ours, metered)


@pytest.mark.covers("bemserver.analysis.get_energy_consumption_breakdown")
def test_what_is_no_such_element_is_not_found(ours: Ours) -> None:
    for where in ("site/999999", "zone/1", "building/1"):
        with pytest.raises(NotFound):
            ours.do("analysis.site.get_energy_consumption_breakdown", where=where, **TWO_DAYS)
