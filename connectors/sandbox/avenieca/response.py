"""Predictions that were asked to be kept: `/response`."""

from __future__ import annotations

from starlette.responses import Response

from connectors.sandbox.avenieca import tables
from connectors.sandbox.avenieca.call import Call, Platform, answer
from connectors.sandbox.avenieca.twin import Ess

TABLE = "responses"


def get_all(call: Call) -> Response:
    """Every response."""
    return answer(call.platform.store.records(TABLE).all())


def get_one(call: Call) -> Response:
    """One response; -1 is the newest [G]."""
    table = call.platform.store.records(TABLE)
    number = tables.newest(table.all(), call.id())
    return answer(tables.one(table, str(number), f"response {number}"))


def store(platform: Platform, module: str, percept: Ess, predicted: Ess) -> None:
    """What was perceived and what comes next; an aggregate by the ESS of its twins [G]."""
    tables.add(
        platform,
        platform.store.records(TABLE),
        TABLE,
        "{id}",
        name=f"{module}-{percept.id}-{predicted.id}",
        percept=percept.id,
        response=predicted.id,
        twin_module_id=module,
        status="n",
        percept_ess_ids=percept.rest["aggregate_id"] or [percept.id],
        response_ess_ids=predicted.rest["aggregate_id"] or [predicted.id],
        percept_names=percept.rest["aggregate_module_id"] or [module],
        response_names=predicted.rest["aggregate_module_id"] or [module],
    )
