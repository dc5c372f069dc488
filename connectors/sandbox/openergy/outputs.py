"""The output series of a unitcleaner (2.9, 3.5).

A series without Python functions is not computed but attached: worked out when it is read, live
where its input is. One with functions is computed when something upstream changes, and kept.
"""

from __future__ import annotations

import numpy as np

from connectors.sandbox.openergy import reading, scripts
from connectors.sandbox.openergy.call import Platform, Record
from connectors.sandbox.openergy.cleaning import Cleaned, Readings, Rules, whole
from connectors.sandbox.openergy.freqs import Values
from connectors.sandbox.zones import Instants

UNITCLEANERS = "odata/unitcleaners"
INPUTS = "odata/importer_series"
SERIES = "odata/series"
FUNCTIONS = ("custom_fct", "operation_fct", "filter_fct", "derivative_filter_fct")
UNFILTERED = "{}#unfiltered"
"""The key of the values before the filters, beside the series' own key."""
FAR = 9_000_000_000_000_000
"""Later than any stamp, in microseconds since 1970."""
MOST = 1_000_000
"""Steps that a series with functions may have: a function is called for each."""
MOST_STEPS = 50_000_000
"""Steps that any series may have: ten years of every six seconds."""


def link(platform: Platform, unit: Record) -> None:
    """Ties a unitcleaner to its input, if there is one, and to no other."""
    unlink(platform, unit["id"])
    found = _input(platform, unit)
    if found is not None:
        platform.change(INPUTS, found["id"], unitcleaner=unit["id"])
    platform.change(UNITCLEANERS, unit["id"], input_series=found["id"] if found else None)


def unlink(platform: Platform, unit_id: str) -> None:
    """Makes the input of a unitcleaner unconfigured again."""
    for row in platform.where(INPUTS, unitcleaner=unit_id):
        platform.change(INPUTS, row["id"], unitcleaner=None)


def name(platform: Platform, unit: Record) -> str:
    """What the output is called until the next run."""
    series = platform.get(SERIES, unit.get("_output"))
    return str(series["name"] if series else unit["name"])


def forget(platform: Platform, unit: Record) -> None:
    """Deletes the output series."""
    key = unit.get("_output")
    series = platform.get(SERIES, key)
    if series is not None:
        platform.samples.drop(UNFILTERED.format(series["otsdb_pk"]))
        platform.remove(SERIES, series["id"])


def refresh(platform: Platform, cleaner: Record, unit: Record) -> None:
    """Brings the output up to date. Raises ScriptError; the output is empty then."""
    link(platform, unit)
    series = _series(platform, cleaner, unit)
    key = series["otsdb_pk"]
    platform.samples.drop(key)
    platform.samples.drop(UNFILTERED.format(key))
    source = cleaned(platform, cleaner, unit, series)
    if source is None:
        return
    _limited(source, MOST if scripted(unit) else MOST_STEPS)
    if scripted(unit):
        _compute(platform, unit, source, key)
    else:
        platform.samples.attach(key, source)


def clear(platform: Platform, cleaner: Record, unit: Record, since: int | None) -> None:
    """Empties the output from a stamp on, or wholly, until the next run."""
    series = platform.get(SERIES, unit.get("_output"))
    if series is None:
        return
    start = -FAR if since is None else since
    series = platform.change(SERIES, series["id"], _cleared=start)
    for key in (series["otsdb_pk"], UNFILTERED.format(series["otsdb_pk"])):
        if platform.samples.track(key).times.size:
            platform.samples.delete(key, start, FAR)
    attach(platform, cleaner, unit)


def attach(platform: Platform, cleaner: Record, unit: Record) -> None:
    """Puts the source under an output that has one, as it was before the sandbox stopped.

    Raises ScriptError where there was no output yet, and it would have too many steps.
    """
    series = platform.get(SERIES, unit.get("_output"))
    if series is None:
        refresh(platform, cleaner, unit)
        return
    source = cleaned(platform, cleaner, unit, series)
    if source is not None and not scripted(unit) and _steps(source) <= MOST_STEPS:
        platform.samples.attach(series["otsdb_pk"], source)


def scripted(unit: Record) -> bool:
    """Whether Python functions have a part in it."""
    return any(unit[name] for name in FUNCTIONS)


def cleaned(platform: Platform, cleaner: Record, unit: Record, series: Record) -> Cleaned | None:
    """The output before any function; None while the importer has no such series."""
    importer = platform.get("odata/importers", cleaner["related_importer"])
    named = platform.series_of(importer) if importer else []
    raw = next((row for row in named if row["name"] == unit["external_name"]), None)
    if raw is None:
        return None
    return Cleaned(
        rules=Rules.of(unit),
        raw=lambda: reading.track(platform, raw),
        clock=platform.clock,
        until=series.get("_cleared"),
    )


def _input(platform: Platform, unit: Record) -> Record | None:
    cleaner = platform.get("odata/cleaners", unit["cleaner"])
    importer = cleaner["related_importer"] if cleaner else None
    found = platform.where(INPUTS, generator=importer, external_name=unit["external_name"])
    return next(found, None) if importer else None


def _series(platform: Platform, cleaner: Record, unit: Record) -> Record:
    """The output's record, made or renamed; a run fills it again from where it was cleared."""
    about = {
        "freq": unit["freq"], "native_clock": "tzt", "timezone": unit["timezone"],
        "default_resample_rules": Rules.of(unit).resampled_by, "_cleared": None,
    }  # fmt: skip
    held = platform.get(SERIES, unit.get("_output"))
    if held is not None:
        return platform.change(SERIES, held["id"], name=unit["name"], **about)
    series = platform.series(cleaner, unit["name"], **about)
    platform.change(UNITCLEANERS, unit["id"], _output=series["id"])
    return series


def _compute(platform: Platform, unit: Record, source: Cleaned, key: str) -> None:
    """Runs the functions and keeps what they answer. Raises ScriptError."""
    source = _customised(platform, unit, source)
    _limited(source, MOST)
    times, values = whole(source)
    if not times.size:
        return
    functions = scripts.Functions(
        operation=unit["operation_fct"],
        filter=unit["filter_fct"],
        derivative=unit["derivative_filter_fct"],
    )
    before = values
    if functions.any:
        values, before = scripts.valued(platform, functions, (times, values), source.step)
    _keep(platform, key, times, values)
    _keep(platform, UNFILTERED.format(key), times, before)


def _limited(source: Cleaned, most: int) -> None:
    """Raises ScriptError where a series has more steps than the sandbox works on."""
    if _steps(source) > most:
        raise scripts.ScriptError(f"The series has more than {most} steps.")


def _steps(source: Cleaned) -> int:
    """How many steps a series has, about."""
    held = source.extent()
    return 0 if held is None else (held[1] - held[0]) // source.step


def _customised(platform: Platform, unit: Record, source: Cleaned) -> Cleaned:
    """The same over what the custom function makes of the input. Raises ScriptError."""
    raw = source.raw()
    held = raw.extent()
    if not unit["custom_fct"] or held is None:
        return source
    times, values = raw.read(*held)
    if times.size > MOST:
        raise scripts.ScriptError(f"The input has more than {MOST} readings.")
    changed = _Held(scripts.customised(platform, unit["custom_fct"], (times, values)))
    return Cleaned(rules=source.rules, raw=lambda: changed, clock=source.clock)


class _Held:
    """Readings in memory, read like a track."""

    def __init__(self, readings: Readings) -> None:
        order = np.argsort(readings[0], kind="stable")
        self._times, self._values = readings[0][order], readings[1][order]

    def extent(self) -> tuple[int, int] | None:
        """A half-open range that holds every reading."""
        if not self._times.size:
            return None
        return int(self._times[0]), int(self._times[-1]) + 1

    def read(self, start: int, end: int) -> Readings:
        """The readings in `[start, end)`."""
        low, high = np.searchsorted(self._times, [start, end])
        return self._times[low:high], self._values[low:high]


def _keep(platform: Platform, key: str, times: Instants, values: Values) -> None:
    held = np.isfinite(values)
    platform.samples.write(key, times[held], values[held], overwrite=True)
