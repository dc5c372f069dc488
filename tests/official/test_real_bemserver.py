"""The real BEMServer, the sandbox, our service and the published client agree to the last digit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.bemserver.buckets import WIDTHS
from connectors.bemserver.reading import SPAN
from tests.official.conftest import Twins
from tests.official.scenario import AGGREGATES, READS
from tests.official.scenario_acts import acts
from tests.official.scenario_rows import rows
from tests.official.sides import Row, near
from tests.official.small_world import AUTUMN, MEMBER, Loader

SUMMED = {"0.27.0": "pandas 3 adds up the units of a bucket in an order of its own"}
"""Explained differences: sums and means of buckets of several units, in their last digits."""
UNSORTED = {"st_download_weather_by_site full"}
"""Explained differences: rows in the order in which the database happens to find them."""
SEVERAL_UNITS = {
    f"{name} by {width}" for name in AGGREGATES for width, (value, _) in WIDTHS.items() if value > 1
}
SCRIPTS = ("bemserver_resources.py", "bemserver_data.py", "bemserver_actions.py")


def unlike(real: Mapping[str, Any], sandbox: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The steps that differ, with what was seen on each."""
    steps = {**real, **sandbox}
    pairs = {step: (real.get(step), sandbox.get(step)) for step in steps}
    return {step: (mine, theirs) for step, (mine, theirs) in pairs.items() if mine != theirs}


def rounded(real: Any, sandbox: Any) -> bool:
    """Whether both hold the same but for the last digits of numbers; texts of numbers count."""
    if isinstance(real, dict) and isinstance(sandbox, dict):
        same = real.keys() == sandbox.keys()
        return same and all(rounded(real[key], sandbox[key]) for key in real)
    if isinstance(real, list) and isinstance(sandbox, list):
        same = len(real) == len(sandbox)
        return same and all(map(rounded, real, sandbox))
    return real == sandbox or near([real], [sandbox])


def unexplained(
    twins: Twins, real: Mapping[str, Any], sandbox: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """What differs, less what has to: the digits of sums in `SUMMED` must really differ there."""
    found = unlike(real, sandbox)
    if twins.version not in SUMMED:
        return found
    summed = {step for step, both in found.items() if step in SEVERAL_UNITS and rounded(*both)}
    assert summed
    return {step: both for step, both in found.items() if step not in summed}


def shuffled(step: str, real: Any, sandbox: Any) -> bool:
    """Whether a list asked for without `sort` holds the same rows in another order."""
    if step not in UNSORTED:
        return False
    ((mine,),), ((theirs,),) = real, sandbox
    return sorted(map(json.dumps, mine)) == sorted(map(json.dumps, theirs))


def by_step(lines: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Lines of a script by their first value; a step said twice keeps both."""
    found: dict[str, list[Any]] = {}
    for line in lines:
        name, *rest = line.values()
        found.setdefault(name, []).append(rest)
    return found


def test_our_service_sees_the_same_on_the_real_server_and_on_the_sandbox(twins: Twins) -> None:
    real, sandbox = twins.seen
    assert len(real) > 150
    assert unexplained(twins, real, sandbox) == {}


def test_rows_of_every_sort_are_made_changed_and_deleted_alike(twins: Twins) -> None:
    real, sandbox = rows(twins.real), rows(twins.sandbox)
    assert len(real) > 400
    assert unlike(real, sandbox) == {}


def test_data_files_tasks_and_access_are_alike(twins: Twins) -> None:
    real, sandbox = acts(twins.real), acts(twins.sandbox)
    assert len(real) > 100
    found = unlike(real, sandbox)
    assert {step: both for step, both in found.items() if not rounded(*both)} == {}


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_published_client_sees_the_same_on_both(twins: Twins, script: str) -> None:
    real = by_step(twins.client(twins.real, script))
    sandbox = by_step(twins.client(twins.sandbox, script))
    differing = unlike(real, sandbox)
    assert {step: both for step, both in differing.items() if not shuffled(step, *both)} == {}


def client_steps(steps: Mapping[str, tuple[tuple[str, ...], Any]]) -> list[dict[str, Any]]:
    """What the client is asked. Left out: ends between two seconds, which our service moves to the
    next second since the platform's CSV cuts times, and times that the platform refuses."""
    return [
        {"step": step, "series": names, "start": w.start.isoformat(), "end": w.end.isoformat()}
        for step, (names, w) in steps.items()
        if not w.start.microsecond and not w.end.microsecond and w.start >= SPAN.start
    ]


ASKED_WIDTHS = {timedelta(minutes=n) for n in (5, 15, 60, 180, 720, 1440)}
"""Of the client: some of one unit, some of several. Our service is asked for all."""


def bucket_steps() -> list[dict[str, Any]]:
    """Each window by each width."""
    return [
        {**asked, "step": f"{asked['step']} by {width}", "value": value, "unit": unit}
        for asked in client_steps(AGGREGATES)
        for width, (value, unit) in WIDTHS.items()
        if width in ASKED_WIDTHS
    ]


def asked_of_client(twins: Twins) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same questions to the real server and to the sandbox."""
    asked = json.dumps({"reads": client_steps(READS), "aggregates": bucket_steps()})
    real, sandbox = (
        {
            line["step"]: line["saw"]
            for line in twins.client(side, "bemserver_points.py", *MEMBER, asked)
        }
        for side in (twins.real, twins.sandbox)
    )
    return real, sandbox


def cut(points: Iterable[tuple[str, float]]) -> list[list[str]]:
    """Times cut to the second, of which the last counts: what the platform's CSV can tell."""
    seconds = {datetime.fromisoformat(t).replace(microsecond=0): v for t, v in points}
    return [[time.isoformat(), repr(value)] for time, value in seconds.items()]


def bucketed(found: Mapping[str, list[tuple[str, float | None]]], *, single: bool) -> list[Row]:
    """The client's five answers as our rows: empty buckets hold nothing, a mean is sum / count.

    Of several units the platform gives the mean of their means, and 0 as the sum of nothing.
    """
    counts = [count for _, count in found["count"]]
    sums = [value if n else None for (_, value), n in zip(found["sum"], counts, strict=True)]
    means = [value for _, value in found["avg"]]
    if not single:
        means = [s / n if s is not None and n else None for s, n in zip(sums, counts, strict=True)]
    counted = [float(n) if n else None for n in counts]
    ends = [[value for _, value in found[name]] for name in ("min", "max")]
    columns = [*ends, means, sums, counted]
    return [
        [time, *(None if value is None else repr(value) for value in row)]
        for (time, _), *row in zip(found["count"], *columns, strict=True)
    ]


def test_the_published_client_gives_the_digits_that_our_service_gives(twins: Twins) -> None:
    real, sandbox = asked_of_client(twins)
    assert unexplained(twins, real, sandbox) == {}
    ours, _ = twins.seen
    for asked in client_steps(READS):
        rows = {
            f"timeseries/{name}@1": cut(points)
            for name, points in real[asked["step"]]["json"].items()
        }
        assert rows == {name: found for name, (found, _) in ours[f"read {asked['step']}"].items()}
    for asked in bucket_steps():
        saw = real[asked["step"]]
        buckets = {
            f"timeseries/{name}@1": bucketed(found, single=asked["value"] == 1)
            for name, found in saw.items()
        }
        assert buckets == ours[asked["step"]]


def test_many_digits_survive_our_uploads_but_not_everybodys_csv(twins: Twins) -> None:
    """pandas before 3 reads CSV numbers of 17 digits only nearly; the sandbox keeps them. Our
    service and the loader send them as text inside JSON, which every version reads exactly."""
    kept = []
    for side in (twins.real, twins.sandbox):
        loader = Loader(side.url)
        loader.csv(side.ids["timeseries/Digits"], AUTUMN, "25.931680810679882")
        kept.append(loader.value(side.ids["timeseries/Digits"], AUTUMN))
    lost = 25.93168081067988 if twins.version < "0.27" else 25.931680810679882
    assert kept == [lost, 25.931680810679882]
