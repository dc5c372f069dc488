"""The ten kinds of object: how one is made and changed, and what the platform then holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.accounts import MEMBER
from tests.conformance.sandbox_flowthings import Bare
from tests.functions.flowthings.shared import Ours, fresh

PLAYGROUND = "/admin/playground"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How one of a kind is made and changed, in our spelling, and what the platform then holds."""

    path: str
    prefix: str
    made: dict[str, Any]
    kept: dict[str, Any]
    change: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    """Columns that a list must show."""


KINDS = {
    "flow": Kind(
        path="flow", prefix="f", made={"path": "/admin/made/", "capacity": 7, "public": True},
        kept={"capacity": 7, "public": True}, change={"capacity": 9, "filter": "elems.n > 1"},
        changed={"capacity": 9, "filter": "elems.n > 1"}, listed=("path",),
    ),
    "track": Kind(
        path="track", prefix="t",
        made={"source": PLAYGROUND, "destination": ["/admin/alarms"], "filter": "elems.n > 1"},
        kept={"source": PLAYGROUND, "destination": ["/admin/alarms"], "filter": "elems.n > 1"},
        change={"disabled": True, "filter": "elems.n > 2"},
        changed={"disabled": True, "filter": "elems.n > 2"}, listed=("source",),
    ),
    "group": Kind(
        path="group", prefix="g", made={"member_ids": [], "display_name": "Team"},
        kept={"memberIds": [], "displayName": "Team"}, change={"member_ids": ["ME"]},
        changed={"memberIds": ["ME"]}, listed=("displayName",),
    ),
    "api_task": Kind(
        path="api-task", prefix="q",
        made={"destination": PLAYGROUND, "js": "function (x) { return x; }",
              "periodicity": 60_000},
        kept={"destination": PLAYGROUND, "periodicity": 60_000},
        change={"disabled": True, "periodicity": 120_000},
        changed={"disabled": True, "periodicity": 120_000}, listed=("nextRun", "lastRun"),
    ),
    "mqtt_task": Kind(
        path="mqtt", prefix="m",
        made={"uri": "tcp://broker.example:1883", "topic": "a/b", "destination": PLAYGROUND,
              "password": "quiet-secret"},
        kept={"uri": "tcp://broker.example:1883", "topic": "a/b", "destination": PLAYGROUND},
        change={"topic": "c/d"}, changed={"topic": "c/d"},
        listed=("status", "destination", "source"),
    ),
    "rss_task": Kind(
        path="rss", prefix="r", made={"url": "http://news.example/rss", "destination": PLAYGROUND},
        kept={"url": "http://news.example/rss", "destination": PLAYGROUND},
        change={"periodicity": 90_000, "display_name": "News"},
        changed={"periodicity": 90_000, "displayName": "News"}, listed=("nextRun", "lastRun"),
    ),
    "device": Kind(
        path="device", prefix="v", made={"path": "/admin/devices/", "display_name": "Box"},
        kept={"displayName": "Box"}, change={"display_name": "Case", "report_periodicity": 5000},
        changed={"displayName": "Case", "reportPeriodicity": 5000},
        listed=("status", "lastSeen"),
    ),
    "token": Kind(
        path="token", prefix="k",
        made={"paths": {PLAYGROUND: {"dropRead": True}}, "duration": 60_000},
        kept={"paths": {PLAYGROUND: {"dropRead": True}}, "duration": 60_000},
        listed=("paths", "expiresInMs"),
    ),
    "share": Kind(
        path="share", prefix="s",
        made={"paths": {PLAYGROUND: {"read": True}}, "issued_to": "MEMBER", "duration": 60_000},
        kept={"paths": {PLAYGROUND: {"read": True}}, "duration": 60_000},
        listed=("paths", "expiresInMs"),
    ),
}  # fmt: skip
CHANGING = tuple(name for name in KINDS if name not in ("token", "share"))


def person(bare: Bare, name: str) -> str:
    """The id of an identity."""
    (found,) = bare("GET", "/identity", filter=f"name == '{name}'")
    return str(found["id"])


def meant(bare: Bare, values: dict[str, Any]) -> dict[str, Any]:
    """With fresh paths and real identities."""
    found = dict(values)
    if str(found.get("path", "")).endswith("/"):
        found["path"] = found["path"] + fresh()
    if found.get("issued_to") == "MEMBER":
        found["issued_to"] = person(bare, MEMBER.slug)
    for name in ("member_ids", "memberIds"):
        if found.get(name) == ["ME"]:
            found[name] = [person(bare, "admin")]
    return found


def make(ours: Ours, bare: Bare, name: str) -> str:
    """A new one of a kind; its platform id."""
    return key(ours.do(f"{name}.create", **meant(bare, KINDS[name].made)))


def key(record: Any) -> str:
    return str(record.id).rpartition("/")[2]
