"""The first and last stamp of every series, worked out once for each step of time."""

from __future__ import annotations

from connectors.sandbox.clock import Clock
from connectors.sandbox.openergy.cleaning import bounds
from connectors.sandbox.samples import Samples, Track

Span = tuple[int, int]


class Ends:
    """What was found stays good while the track is the same and no new reading is due."""

    def __init__(self, samples: Samples, clock: Clock) -> None:
        self._samples = samples
        self._clock = clock
        self._found: dict[str, tuple[Track, int, Span | None]] = {}

    def of(self, key: str) -> Span | None:
        """Naive microseconds of the first and the last sample; None without any."""
        track = self._samples.track(key)
        due = self._clock.now_us() // track.spacing()
        held = self._found.get(key)
        if held is not None and held[0] is track and held[1] == due:
            return held[2]
        span = bounds(track)
        self._found[key] = (track, due, span)
        return span
