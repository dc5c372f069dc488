"""What stands beside every published file: where each number came from, and how to check it. And
the names that files get."""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.db.models import Max, Min

from connectors import registry
from connectors.contract import Window
from dashboard.connections.models import Connection
from dashboard.exports.merge import Source
from dashboard.exports.models import Export, ExportSeries, Run
from dashboard.exports.zones import zone_of
from dashboard.series.models import Segment

VERSION = 1
"""Of this file's own shape."""
LONGEST_STEM = 80
RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}
"""Names that Windows keeps for devices, whatever the extension."""


def provenance(run: Run, series: Sequence[ExportSeries]) -> dict[str, Any]:
    """What is known before the first byte is written; also kept inside a Parquet file."""
    export = run.export
    return {
        "manifest": VERSION,
        "software": f"Tieline {software_version()}",
        "export": {"id": str(export.pk), "name": export.name},
        "run": {
            "id": str(run.pk),
            "due": None if run.slot is None else run.slot.due_at.isoformat(),
            "runs_as": str(run.created_by),
        },
        "window": {
            "start": run.start.astimezone(UTC).isoformat(),
            "end": run.end.astimezone(UTC).isoformat(),
            "half_open": True,
        },
        "zone": export.zone,
        "format": export.format,
        "shape": export.shape,
        "profile": "spreadsheet" if export.spreadsheet else "machine",
        "series": [
            _series(run, one, title) for one, title in zip(series, titles(series), strict=True)
        ],
    }


def complete(
    known: Mapping[str, Any],
    *,
    promised: int,
    sources: Sequence[Source],
    files: Sequence[Mapping[str, Any]],
    written_at: datetime,
) -> bytes:
    """The manifest's bytes: the provenance, what was written, and the digest of each file."""
    series = [
        {**one, "rows": source.rows, "first": _stamp(source.first), "last": _stamp(source.last)}
        for one, source in zip(known["series"], sources, strict=True)
    ]
    written = sum(source.rows for source in sources)
    content = {
        **known,
        "written_at": written_at.isoformat(),
        "points": {"promised": promised, "written": written},
        "series": series,
        "files": list(files),
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def titles(series: Sequence[ExportSeries]) -> list[str]:
    """A column title for each series: label and unit, made distinct, letter case aside."""
    return distinct([f"{one.label} [{one.unit}]" if one.unit else one.label for one in series])


def distinct(names: Sequence[str]) -> list[str]:
    """The names, each with ` (2)`, ` (3)` … where an earlier one is the same in any letter case."""
    seen: set[str] = set()
    out = []
    for name in names:
        found, number = name, 1
        while found.casefold() in seen:
            number += 1
            found = f"{name} ({number})"
        seen.add(found.casefold())
        out.append(found)
    return out


def file_stem(export: Export, window: Window) -> str:
    """`name_2025-01-01_2025-02-01`: safe on every file system, and the same for the same window."""
    zone = zone_of(export.zone)
    start, end = _day(window.start, zone), _day(window.end, zone)
    return f"{safe(export.name)}_{start}_{end}"


def safe(name: str) -> str:
    """The name as a file's: letters, digits, `-`, `_`, `.` and spaces; never empty, hidden, longer
    than 80 characters, a path, or a device of Windows."""
    plain = unicodedata.normalize("NFC", name)
    kept = re.sub(r"[^\w .-]+", "_", plain)
    kept = re.sub(r"\.{2,}", ".", re.sub(r"\s+", " ", kept))[:LONGEST_STEM].strip(" ._")
    while len(kept.encode()) > 2 * LONGEST_STEM:
        kept = kept[:-1]
    if not kept:
        return "export"
    return f"_{kept}" if kept.split(".")[0].strip().casefold() in RESERVED else kept


def account_fingerprint(connection: Connection) -> str:
    """Says that two files came from the same account without saying which."""
    known = f"{connection.kind}\n{connection.account_id}"
    return hashlib.sha256(known.encode()).hexdigest()[:16]


@cache
def software_version() -> str:
    with (settings.ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _series(run: Run, series: ExportSeries, title: str) -> dict[str, Any]:
    connection = series.connection
    segments = Segment.objects.filter(
        connection=connection,
        node=series.node,
        superseded_by__isnull=True,
        start__lt=run.end,
        end__gt=run.start,
    )
    fetched = segments.aggregate(first=Min("fetched_at"), last=Max("fetched_at"))
    return {
        "column": title,
        "label": series.label,
        "unit": series.unit,
        "platform": registry.named(connection.kind).label,
        "connection": connection.name,
        "account": account_fingerprint(connection),
        "node": series.node,
        "call": "read",
        "fetched": {"first": _stamp(fetched["first"]), "last": _stamp(fetched["last"])},
        "changed_on_the_way": _notes(segments.values_list("notes", flat=True)),
    }


def _notes(notes: Any) -> dict[str, int]:
    """The archive's counts of what was floored, doubled or unreadable, summed; without zeros."""
    total: dict[str, int] = {}
    for one in notes:
        for name, number in one.items():
            if isinstance(number, int) and number:
                total[name] = total.get(name, 0) + number
    return total


def _day(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d}" if local.hour == local.minute == 0 else f"{local:%Y-%m-%dT%H%M}"


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
