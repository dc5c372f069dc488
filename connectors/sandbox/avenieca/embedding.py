"""Texts registered under a hash, for states that are embeddings: `/embedding`."""

from __future__ import annotations

from starlette.responses import Response

from connectors.sandbox.avenieca import fields, tables
from connectors.sandbox.avenieca.call import CREATED, Call, answer
from connectors.sandbox.avenieca.problems import Problem, missing
from connectors.sandbox.store import Record, Records

TABLE = "embeddings"
INSERT = {"module_id": fields.module(), "input": fields.text(), "hash": fields.text()}
HASH = {"hash": fields.text()}


def create(call: Call) -> Response:
    """Registers a text. Its hash is opaque, and unique in the module."""
    given = call.load(INSERT)
    module = call.platform.twins.made(given["module_id"]).module
    _unique(call, module, given["hash"], None)
    key = f"{module}/{{id}}"
    made = tables.add(call.platform, _table(call), f"{TABLE} {module}", key, **given)
    return answer(made, CREATED)


def _unique(call: Call, module: str, digest: str, own: int | None) -> None:
    """Raises Problem 400 when another row has the hash [G]."""
    for row in _rows(call, module):
        if row["hash"] == digest and row["id"] != own:
            raise Problem(400, f"the hash is already registered in {module}")


def get_all(call: Call) -> Response:
    """Every text of a module."""
    return answer(_rows(call, call.twin.module))


def get_one(call: Call) -> Response:
    """One text; -1 is the newest [G]."""
    return answer(_found(call))


def get_one_with_hash(call: Call) -> Response:
    """The text with a hash, which comes in the body of a GET."""
    module, digest = call.twin.module, call.load(HASH)["hash"]
    for row in _rows(call, module):
        if row["hash"] == digest:
            return answer(row)
    raise missing(f"hash in {module}")


def update(call: Call) -> Response:
    """Replaces the fields that were sent."""
    old = _found(call)
    sent = call.load(INSERT, partial=True)
    if sent.get("module_id", old["module_id"]) != old["module_id"]:
        raise Problem(400, "an embedding input cannot move to another module")
    if "hash" in sent:
        _unique(call, old["module_id"], sent["hash"], old["id"])
    return answer(tables.change(call.platform, _table(call), _key(old), **sent))


def delete(call: Call) -> Response:
    """Takes a text away; the answer is `true` [G]."""
    del _table(call)[_key(_found(call))]
    return answer(True)  # noqa: FBT003


def _table(call: Call) -> Records:
    return call.platform.store.records(TABLE)


def _rows(call: Call, module: str) -> list[Record]:
    return [row for row in _table(call).all() if row["module_id"] == module]


def _key(row: Record) -> str:
    return f"{row['module_id']}/{row['id']}"


def _found(call: Call) -> Record:
    module = call.twin.module
    number = tables.newest(_rows(call, module), call.id())
    return tables.one(_table(call), f"{module}/{number}", f"embedding input {number} of {module}")
