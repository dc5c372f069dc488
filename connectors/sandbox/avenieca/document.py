"""Texts about states: `/document`."""

from __future__ import annotations

from starlette.responses import Response

from connectors.sandbox.avenieca import fields, tables
from connectors.sandbox.avenieca.call import CREATED, Call, Platform, answer
from connectors.sandbox.avenieca.problems import missing
from connectors.sandbox.avenieca.texts import sentence
from connectors.sandbox.avenieca.times import stamp
from connectors.sandbox.store import Record, Records

TABLE = "documents"
NEW, EMBEDDED = "n", "e"
INSERT = {"doc_id": fields.text(), "text": fields.text(), "embed": fields.flag()}


def create(call: Call) -> Response:
    """A new document."""
    given = call.load(INSERT)
    made = add(call.platform, given["doc_id"], given["text"], embed=given["embed"])
    return answer(made, CREATED)


def add(platform: Platform, doc_id: str, text: str, *, embed: bool = False) -> Record:
    """Stores a document. Several may have one `doc_id` [G]."""
    table = platform.store.records(TABLE)
    status = EMBEDDED if embed else NEW
    return tables.add(platform, table, TABLE, "{id}", doc_id=doc_id, text=text, status=status)


def create_from_ess(call: Call) -> Response:
    """A document that says what a state is."""
    twin, number = call.twin, call.id()
    ess = twin.find(number)
    if ess is None:
        raise missing(f"ESS {number} of {twin.module}")
    text = sentence(call.platform, twin.module, ess)
    return answer(add(call.platform, f"{twin.module}-ess-{ess.id}", text), CREATED)


def create_from_sequence(call: Call) -> Response:
    """A document that says what a state was and when."""
    twin, number = call.twin, call.id()
    row = twin.rows.find(number)
    if row is None:
        raise missing(f"sequence {number} of {twin.module}")
    text = f"{stamp(row.at)} {sentence(call.platform, twin.module, twin.ess[row.ess])}"
    return answer(add(call.platform, f"{twin.module}-sequence-{row.id}", text), CREATED)


def get_all(call: Call) -> Response:
    """Every document."""
    return answer(_table(call).all())


def get_one(call: Call) -> Response:
    """One document; -1 is the newest [G]."""
    return answer(_found(call))


def update(call: Call) -> Response:
    """Replaces the fields that were sent. `embed` embeds at once."""
    old = _found(call)
    sent = call.load(INSERT, partial=True)
    status = EMBEDDED if sent.pop("embed", False) else old["status"]
    key = str(old["id"])
    return answer(tables.change(call.platform, _table(call), key, **sent, status=status))


def embed(call: Call) -> Response:
    """Puts a document into the vector index: its status says so."""
    key = str(_found(call)["id"])
    return answer(tables.change(call.platform, _table(call), key, status=EMBEDDED))


def delete(call: Call) -> Response:
    """Takes a document away; the answer is `true` [G]."""
    del _table(call)[str(_found(call)["id"])]
    return answer(True)  # noqa: FBT003


def _table(call: Call) -> Records:
    return call.platform.store.records(TABLE)


def _found(call: Call) -> Record:
    number = tables.newest(_table(call).all(), call.id())
    return tables.one(_table(call), str(number), f"document {number}")
