"""What the page of a connector shows: its marks, its last contract test, its limits, its gaps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from connectors import quality, registry
from connectors.contract import Reads, Service, Shares, Traits, Writes, powers
from connectors.operations import Acts, operations
from connectors.quality import Contract, Quality

POWERS = {
    "Reads": "reads points",
    "Aggregates": "computes buckets itself",
    "Writes": "takes points",
    "Downloads": "gives files",
    "Uploads": "takes files",
    "Shares": "is shared",
    "Searches": "is searched",
    "Streams": "tells points live",
    "Acts": "has functions of its own",
}
TIERS = {
    "proven": "Every mark is done, a run against the live platform among them.",
    "sound": "All that is a must is done; the rest has its reason below.",
    "limited": "Something that is a must is missing, with its reason below.",
}
FEW = 5
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
FOREVER = timedelta(days=36_500)
"""What a connector says that means: a hundred years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One line of the list: what is promised, and why not where it is not."""

    title: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A fact about the platform that decides how it is asked."""

    name: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """What lies beside a connector's code, and whether that is the code that was tested."""

    quality: Quality | None
    contract: Contract | None
    changed: bool
    """The connector is not the one any more that the contract test was run on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One connector, in plain values: a template would call a class."""

    kind: str
    label: str
    summary: str
    powers: tuple[str, ...]
    functions: tuple[tuple[str, int], ...]
    """How many operations read, write and destroy."""
    limits: tuple[Limit, ...]
    source: str
    quality: Quality | None = None
    contract: Contract | None = None
    changed: bool = False
    trouble: str = ""
    """Why its files cannot be read."""

    @property
    def tier(self) -> str:
        return self.quality.tier if self.quality else "unknown"

    @property
    def tier_says(self) -> str:
        return TIERS.get(self.tier, "The package says nothing of its own quality.")

    @property
    def operations(self) -> int:
        return sum(number for _, number in self.functions)

    @property
    def link(self) -> str:
        """The source, where it is an address and nothing else is in it."""
        first = self.source.partition(" ")[0]
        return first if first.startswith(("https://", "http://")) else ""

    @property
    def source_says(self) -> str:
        return self.source.removeprefix(self.link).strip(" ()")

    @property
    def groups(self) -> tuple[tuple[str, tuple[Mark, ...]], ...]:
        """The marks under their headings."""
        if self.quality is None:
            return ()
        held = (("Must", self.quality.must), ("Should", self.quality.should),
                ("May", self.quality.may))  # fmt: skip
        return tuple((name, _marks(found)) for name, found in held)


def reports() -> tuple[Report, ...]:
    """Every connector, by label."""
    return tuple(report(service.kind) for service in registry.services())


def report(kind: str) -> Report:
    """One connector. Raises KeyError for an unknown kind."""
    service = registry.load(kind)
    held = powers(service)
    facts: dict[str, Any] = {
        "kind": kind,
        "label": service.label,
        "summary": service.summary,
        "powers": tuple(POWERS.get(one.__name__, one.__name__) for one in held),
        "functions": _functions(service),
        "limits": tuple(_limits(service, service.traits)),
        "source": service.traits.source,
    }
    try:
        said = on_file(kind)
    except ValueError as wrong:
        return Report(**facts, trouble=f"Its report cannot be read: {str(wrong).splitlines()[0]}.")
    return Report(**facts, quality=said.quality, contract=said.contract, changed=said.changed)


@cache
def on_file(kind: str) -> OnFile:
    """Read once: hashing six connectors takes 20 ms, and a process's code does not change. Raises
    ValueError."""
    tested = quality.contract(kind)
    changed = tested is not None and tested.code != quality.fingerprint(kind)
    return OnFile(quality=quality.quality(kind), contract=tested, changed=changed)


def _functions(service: type[Service[Any]]) -> tuple[tuple[str, int], ...]:
    found = operations(service) if issubclass(service, Acts) else ()
    counted = Counter(one.danger for one in found)
    return tuple((name, counted[name]) for name in ("reads", "writes", "destroys"))


def _marks(found: Any) -> tuple[Mark, ...]:
    titles = {name: field.title or name for name, field in type(found).model_fields.items()}
    reasons = found.reasons
    return tuple(Mark(title=titles[name], reason=reasons.get(name, "")) for name in found.marks())


def _limits(service: type[Service[Any]], traits: Traits) -> list[Limit]:
    pace = f"{traits.per_second:g}" if traits.per_second else "the vendor documents no limit"
    rows = [("Requests a second", pace)]
    if issubclass(service, Reads):
        widest = _lasting(traits.widest) if traits.widest else "as wide as asked"
        rows += [
            ("Series in one read", str(traits.series_per_read)),
            ("Widest window of one request", widest),
            ("Points may change for", _lasting(traits.settles)),
            ("Newer points are read again after", _lasting(traits.fresh)),
            ("Buckets at the source", _steps(traits.steps)),
        ]
    if issubclass(service, Writes):
        twice = "the later one counts" if traits.rewrites else "the first one stays"
        rows.append(("Two points at one time", twice))
        stamp = "the platform's own clock, now" if traits.stamps else "as they are given"
        rows.append(("Times of what is written", stamp))
    if issubclass(service, Shares):
        rows.append(("Rights that can be given", ", ".join(one.label for one in traits.rights)))
        rows.append(("Several rights at once", "yes" if traits.rights_combine else "no"))
        rows.append(("An end of what is given", "yes" if traits.grants_expire else "no"))
    return [Limit(name=name, says=says) for name, says in rows]


def _steps(steps: tuple[timedelta, ...]) -> str:
    """All of a few, else how many and between which."""
    if len(steps) <= FEW:
        return ", ".join(map(_lasting, steps)) or "none"
    return f"{len(steps)} widths from {_lasting(steps[0])} to {_lasting(steps[-1])}"


def _lasting(width: timedelta) -> str:
    """`1 day`, `90 minutes`: in the largest unit that leaves a whole number."""
    if width >= FOREVER:
        return "as long as they are there"
    seconds = int(width.total_seconds())
    size, name = next(unit for unit in UNITS if seconds % unit[0] == 0)
    count = seconds // size
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
