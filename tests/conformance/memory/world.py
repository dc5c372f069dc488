"""What lies on the memory platform: folders, series, files; and where new things get their ids."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2024, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=15)
COUNT = 40_000
"""Points of a long series: a bit more than a year."""

Value = float | int | bool | str


@dataclass(slots=True)
class Item:
    """A node with its points: times in microseconds, rising."""

    id: str
    name: str
    type: str
    parent: str | None = None
    unit: str | None = None
    times: list[int] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    content: bytes | None = None

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "parent": self.parent,
            "unit": self.unit,
            "last": self.times[-1] if self.times else None,
            "size": None if self.content is None else len(self.content),
        }

    def put(self, time: int, value: Value) -> bool:
        """False when the time is there already: its value stays."""
        at = bisect_left(self.times, time)
        if at < len(self.times) and self.times[at] == time:
            return False
        self.times.insert(at, time)
        self.values.insert(at, value)
        return True

    def between(self, start: int, end: int) -> list[tuple[int, Value]]:
        low, high = bisect_left(self.times, start), bisect_left(self.times, end)
        return list(zip(self.times[low:high], self.values[low:high], strict=True))


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def world() -> dict[str, Item]:
    """A plant with two dozen meters in one folder, and one series of each type in another."""
    items = [
        Item("plant", "Plant", "folder"),
        Item("meters", "Meters", "folder", "plant"),
        Item("kinds", "Kinds of value", "folder", "plant"),
        Item("notes", "Notes.txt", "file", "plant", content=b"Mind the meter in the cellar.\n"),
        Item("inbox", "Inbox", "folder", "plant"),
        Item("audit", "Audit <b>2024</b>", "record", "plant"),
        Item("power", "Total power", "series", "plant", "kW"),
        *(Item(f"m{n:02}", f"Meter {n:02}", "series", "meters", "kWh") for n in range(24)),
        *(Item(name, name.title(), "series", "kinds") for name in ("whole", "switch", "words")),
    ]
    found = {item.id: item for item in items}
    times = [micros(START + STEP * n) for n in range(COUNT)]
    found["power"].times = times
    found["power"].values = [50 + 40 * math.sin(n / 15.3) + n % 7 for n in range(COUNT)]
    for n in range(20):  # the last four meters have no points
        found[f"m{n:02}"].times = times[:2_000]
        found[f"m{n:02}"].values = [n + 0.25 * (k % 96) for k in range(2_000)]
    for name, made in (("whole", int), ("switch", lambda n: n % 3 == 0), ("words", str)):
        found[name].times = times[:500]
        found[name].values = [made(n) for n in range(500)]
    return found
