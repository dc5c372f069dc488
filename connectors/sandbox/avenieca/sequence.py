"""The order in which states occurred: `/sequence` (section 5.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from starlette.responses import Response

from connectors.sandbox.avenieca import fields
from connectors.sandbox.avenieca.call import CREATED, Call, answer
from connectors.sandbox.avenieca.problems import Problem, missing
from connectors.sandbox.avenieca.rows import Row
from connectors.sandbox.avenieca.times import stamp, stamps
from connectors.sandbox.avenieca.twin import Ess, Twin

INSERT = {
    "module_id": fields.module(),
    "instance_id": fields.whole(),
    "status": fields.tag("n"),
    "context": fields.text(None),
}


def create(call: Call) -> Response:
    """A row for an ESS that is there, at the server's time."""
    given = call.load(INSERT)
    twin = call.platform.twins.get(given["module_id"])
    ess = _instance(twin, given["instance_id"])
    row = twin.occur(ess, call.platform.now(), given["status"], given["context"])
    return answer(_shown(twin.module, row), CREATED)


def _instance(twin: Twin, number: int) -> Ess:
    """Raises Problem 404 for an ESS that is not there [G]."""
    ess = twin.ess.get(number)
    if ess is None:
        raise missing(f"ESS {number} of {twin.module}")
    return ess


def get_all(call: Call) -> Response:
    """Every row, newest first [G]."""
    twin = call.twin
    rows = _spoiled(twin.rows.all()[::-1], call.spoiled)
    created = stamps(np.array([row.at for row in rows], dtype=np.int64))
    updated = stamps(np.array([row.updated for row in rows], dtype=np.int64))
    each = zip(rows, created, updated, strict=True)
    return answer([_fields(twin.module, *one) for one in each])


def _spoiled(rows: list[Row], kinds: frozenset[str]) -> list[Row]:
    """Two rows of one moment in the middle; the newest and the oldest in each other's place."""
    middle = len(rows) // 2
    if "duplicate_stamps" in kinds and middle:
        rows[middle] = replace(rows[middle], at=rows[middle - 1].at)
    if "unsorted_stamps" in kinds and middle:
        rows[0], rows[-1] = rows[-1], rows[0]
    return rows


def get_one(call: Call) -> Response:
    """One row; -1 is the newest."""
    return answer(_shown(call.twin.module, _found(call)))


def update(call: Call) -> Response:
    """Replaces the fields that were sent and leaves the others."""
    twin, row = call.twin, _found(call)
    sent = call.load(INSERT, partial=True)
    if sent.get("module_id", twin.module) != twin.module:
        raise Problem(400, f"a sequence of {twin.module} cannot move to another module")
    changed = replace(
        row,
        ess=_instance(twin, sent.get("instance_id", row.ess)).id,
        status=sent.get("status", row.status),
        context=sent.get("context", row.context),
        updated=call.platform.now(),
    )
    twin.change_row(changed)
    return answer(_shown(twin.module, changed))


def _found(call: Call) -> Row:
    number = call.id()
    row = call.twin.rows.find(number)
    if row is None:
        raise missing(f"sequence {number} of {call.path['module']}")
    return row


def _shown(module: str, row: Row) -> dict[str, Any]:
    return _fields(module, row, stamp(row.at), stamp(row.updated))


def _fields(module: str, row: Row, created: str, updated: str) -> dict[str, Any]:
    """Exactly the seven keys that the client takes."""
    return {
        "id": row.id,
        "module_id": module,
        "instance_id": row.ess,
        "status": row.status,
        "created_at": created,
        "updated_at": updated,
        "context": row.context,
    }
