"""The lists of functions: a file a platform, a row a function, with the route that serves it."""

from __future__ import annotations

import csv
from pathlib import Path

MAPS = Path(__file__).resolve().parent
Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))


def wanted(folder: Path) -> dict[str, list[str]]:
    """The ids of every row, `<platform>.<id>`, by platform."""
    return {
        path.stem: [f"{row['platform']}.{row['id']}" for row in rows(path)]
        for path in sorted(folder.glob("*.tsv"))
    }
