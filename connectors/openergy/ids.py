"""Node ids. A record is `importer/<uuid>`; a series carries the key of its points as well,
`series/<uuid>/<otsdb_pk>`; a file is `file/<area>/path` where the area is a gate's uuid or `home`.

Names are in no id: they may change, and two things may share one. The series' `otsdb_pk` says which
points are meant, so reading costs no look-up, and a series that got another key is another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from connectors.contract import NodeId
from connectors.errors import BadAnswer, NotFound

SERIES = "series"
HOME = "home"
"""The area of the account's own files."""
PATHS = {
    "organization": "oteams/organizations",
    "project": "oteams/projects",
    "user": "oteams/users",
    "odata_user": "odata/users",
    "user_ftp_account": "odata/user_ftp_accounts",
    "odata_project": "odata/projects",
    "gate": "odata/gates",
    "gate_ftp_account": "odata/gate_ftp_accounts",
    "base_feeder": "odata/base_feeders",
    "generic_basic_feeder": "odata/generic_basic_feeders",
    "static_webservice_feeder": "odata/static_webservice_feeder",
    "base_feeder_task": "odata/base_feeder_tasks",
    "importer": "odata/importers",
    "importer_task": "odata/importer_tasks",
    "importer_series": "odata/importer_series",
    "cleaner": "odata/cleaners",
    "unitcleaner": "odata/unitcleaners",
    "cleaner_task": "odata/cleaner_tasks",
    "analysis": "odata/analyses",
    "analysis_config": "odata/analysis_configs",
    "analysis_input": "odata/analysis_inputs",
    "analysis_output": "odata/analysis_outputs",
    "analysis_task": "odata/analysis_tasks",
    SERIES: "odata/series",
    "series_export_task": "odata/series_export_tasks",
    "notification": "odata/notifications",
}
"""Every type of record and its path (section 2.1); one of them is singular on the wire."""

LONGEST = 400
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_RECORD = re.compile(rf"([a-z_]+)/({_UUID})(?:/([A-Za-z0-9_.~%-]{{1,200}}))?")
_FILE = re.compile(rf"(file|folder)/({HOME}|{_UUID})(/[^\x00-\x1f\x7f]+)")
UNKNOWN = "OpenergyVBP has nothing under this name."


@dataclass(frozen=True, slots=True)
class Ref:
    """One record; `pk` is the key of a series' points."""

    type: str
    uuid: str
    pk: str | None = None

    @property
    def id(self) -> NodeId:
        tail = "" if self.pk is None else f"/{quote(self.pk, safe='')}"
        return NodeId(f"{self.type}/{self.uuid}{tail}")

    @property
    def path(self) -> str:
        """Of the record on the wire."""
        return f"{PATHS[self.type]}/{self.uuid}/"


@dataclass(frozen=True, slots=True)
class Spot:
    """A file or folder in an FTP area: a gate's uuid or `home`; the path begins with a slash."""

    area: str
    path: str
    type: str = "folder"

    @property
    def id(self) -> NodeId:
        if self.path != "/":
            return NodeId(f"{self.type}/{self.area}{self.path}")
        return NodeId(HOME if self.area == HOME else f"gate/{self.area}")

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def above(self) -> Spot:
        return Spot(self.area, self.path.rpartition("/")[0] or "/")


def parse(id: NodeId) -> Ref | Spot:
    """Raises NotFound for whatever this service has not minted."""
    if id == HOME:
        return Spot(HOME, "/")
    if len(id) <= LONGEST and (found := _FILE.fullmatch(id)) and _tidy(found[3]):
        return Spot(found[2], found[3], found[1])
    found = _RECORD.fullmatch(id)
    if not found or found[1] not in PATHS or (found[1] == SERIES) != bool(found[3]):
        raise NotFound(UNKNOWN)
    return Ref(found[1], found[2], unquote(found[3]) if found[3] else None)


def ref(id: NodeId, *types: str) -> Ref:
    """A record of one of these types (any, when none is named). Raises NotFound."""
    found = parse(id)
    if not isinstance(found, Ref) or (types and found.type not in types):
        raise NotFound(UNKNOWN)
    return found


def spot(id: NodeId) -> Spot:
    """A place in an FTP area; a gate is the top of its own. Raises NotFound."""
    found = parse(id)
    if isinstance(found, Ref) and found.type == "gate":
        return Spot(found.uuid, "/")
    if not isinstance(found, Spot):
        raise NotFound(UNKNOWN)
    return found


def series(ids: Iterable[NodeId]) -> tuple[Ref, ...]:
    """Each series once, in the order asked. Raises NotFound for an id that is no series."""
    return tuple(dict.fromkeys(ref(one, SERIES) for one in ids))


def ref_of(type: str, row: dict[str, Any]) -> Ref:
    """The reference to a record. Raises BadAnswer when the platform gave it none."""
    uuid = row.get("id")
    if not isinstance(uuid, str) or not re.fullmatch(_UUID, uuid):
        raise BadAnswer("OpenergyVBP gave a record without a usable id.")
    return Ref(type, uuid, str(row.get("otsdb_pk", "")) or None if type == SERIES else None)


def key(value: object) -> str | None:
    """The uuid in a field that is an id or the record itself (section 1.4, both forms)."""
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) and value else None


def _tidy(path: str) -> bool:
    return not {"", ".", ".."} & set(path[1:].split("/"))
