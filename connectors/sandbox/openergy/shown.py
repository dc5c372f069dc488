"""What answers add to the stored fields: states that depend on other records or on the clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sandbox.openergy import tasks
from connectors.sandbox.openergy.call import Platform, Record
from connectors.sandbox.openergy.moments import wire_moment

FTP_PORT = 21


def warnings(platform: Platform, row: Record) -> Mapping[str, Any]:
    """How many notifications about a generator are open."""
    source = f"{row['model']}:{row['id']}"
    notes = platform.where("odata/notifications", source=source, resolved=False)
    return {"unresolved_notifications_nb": sum(1 for _ in notes)}


def obsolescence(platform: Platform, row: Record) -> Mapping[str, Any]:
    """The same, and whether something upstream changed since the last run."""
    return {"is_obsolete": row["is_obsolete"], **warnings(platform, row)}


def input_generator(platform: Platform, row: Record) -> Mapping[str, Any]:
    """The generator of an input as an object."""
    return {"input_series_generator": summary(platform, row["input_series_generator"])}


def generator_and_extent(platform: Platform, row: Record) -> Mapping[str, Any]:
    """The generator of a series as an object, and its first and last stamp."""
    start, end = platform.ends.of(row["otsdb_pk"]) or (None, None)
    return {
        "generator": summary(platform, row["generator"]),
        "start": None if start is None else wire_moment(start),
        "end": None if end is None else wire_moment(end),
    }


def summary(platform: Platform, row_id: object) -> Record | None:
    """`{id, model, name}` of a generator."""
    row = platform.generator(row_id)
    return None if row is None else {key: row[key] for key in ("id", "model", "name")}


def child_model(platform: Platform, row: Record) -> Mapping[str, Any]:
    """Which kind of child a feeder has."""
    if platform.get("odata/generic_basic_feeders", row["child_id"]) is not None:
        return {"child_model": "genericbasicfeeder"}
    return {"child_model": None if row["child_id"] is None else "staticwebservicefeeder"}


def task_base(platform: Platform, row: Record) -> Mapping[str, Any]:
    """The state of a task."""
    return {"base": tasks.base(platform, row)}


def account(platform: Platform, row: Record) -> Mapping[str, Any]:
    """Where an FTP account is: somebody else's server, the platform's own, or nowhere yet."""
    if row.get("custom_host"):
        return {
            "protocol": row["custom_protocol"] or "ftp",
            "host": row["custom_host"],
            "port": row["custom_port"] or FTP_PORT,
            "login": row["custom_login"] or "",
        }
    host, port = platform.ftp_address if row["attached"] else ("", FTP_PORT)
    return {"protocol": "ftp", "host": host, "port": port, "login": row["login"]}
