"""Breaks of a service method as real faults are: it sends nothing, or what it gives is not true.

`not sent`, which every method has, always strikes: the platform is never asked, and what comes
back is as plausible as can be made up. The others strike only where there is something to alter.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import replace
from inspect import Parameter, signature
from typing import Any

import pyarrow as pa

from connectors.contract import (
    Account,
    Audience,
    Feed,
    File,
    Grant,
    Node,
    NodeId,
    Page,
    Upload,
    Written,
)
from connectors.operations import Progress, Record, Table
from tests.functions import altering
from tests.functions.altering import Alter, Struck
from tests.functions.targets import Around, Face, Gives, Target, row_of

Given = Mapping[str, Any]
"""What a method was called with, by the names of its parameters."""
NOT_SENT = "not sent"
LEFT_OUT = "what need not be given is left out"

ALTERED: Mapping[Gives, Mapping[str, Alter]] = {
    "account": {"another account": altering.account},
    "page": {"other names": altering.page, "last one lost": altering.shorter_page},
    "node": {"another name": altering.node},
    "points": {"other values": altering.flow, "last point lost": altering.shorter_flow},
    "buckets": {"other values": altering.flow, "last bucket lost": altering.shorter_flow},
    "written": {"another count": altering.written},
    "file": {"another byte": altering.file},
    "grants": {"last one lost": altering.shorter_grants},
    "grant": {"no rights": altering.grant},
    "feed": {"other values": altering.feed},
    "record": {"other values": altering.record},
    "table": {"other values": altering.table, "last row lost": altering.shorter_table},
    "text": {"another text": altering.text},
    "nothing": {},
}
"""What happens to a result."""


def names(face: Face, method: str) -> tuple[str, ...]:
    """The mutations that make sense for such a method."""
    sent = [name for name, (meant, _) in SENT.items() if meant(face, method)]
    return (NOT_SENT, *sent, *ALTERED[face.gives])


def broken(target: Target, face: Face, mutation: str, struck: Struck) -> Around:
    """To be put in front of the method; other rows of a family stay whole."""

    def around(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if row_of(args) != target.row:
            return original(*args, **kwargs)
        if mutation == NOT_SENT:
            struck.yet = True
            found = signature(original).bind(*args, **kwargs).arguments
            plausible = _made_up(face, found)
            return _at_once(plausible) if face.lasting else plausible
        if mutation in SENT:
            return SENT[mutation][1](struck, original, args, kwargs)
        alter = ALTERED[face.gives][mutation]
        result = original(*args, **kwargs)
        return _then(struck, alter, result) if face.lasting else alter(struck, result)

    return around


def _at_once(result: Any) -> Generator[Progress, None, Any]:
    yield from ()
    return result


def _then(
    struck: Struck, alter: Alter, steps: Generator[Progress, None, Any]
) -> Generator[Progress, None, Any]:
    return alter(struck, (yield from steps))


def _made_up(face: Face, given: Given) -> Any:
    """What a method could give that has sent nothing."""
    if face.danger == "writes" and face.gives == "record":
        values = {**given, **given.get("values", {})}
        return Record(fields=values, id=values.get(face.subject or ""))
    if face.gives == "written":
        return Written(accepted=_count(given["batches"]))
    if face.gives == "grant":
        who = Audience(id=given["audience"], label=given["audience"], type="", rights=())
        node, rights = given["node"], tuple(given["rights"])
        return Grant(id="0", node=node, audience=who, rights=rights, until=given.get("until"))
    if face.gives == "node":
        return _node(given)
    return EMPTY[face.gives]()


EMPTY: Mapping[Gives, Callable[[], Any]] = {
    "account": lambda: Account(id="", label=""),
    "page": lambda: Page(items=()),
    "points": lambda: iter(()),
    "buckets": lambda: iter(()),
    "file": lambda: File(name="", chunks=iter(())),
    "grants": lambda: (),
    "feed": lambda: Feed(points=iter(())),
    "record": lambda: Record(fields={}),
    "table": lambda: Table(columns=(), rows=()),
    "text": lambda: "",
    "nothing": lambda: None,
}


def _node(given: Given) -> Node:
    if "upload" not in given:
        return Node(id=given["id"], name="", type="", role="folder")
    name = given["upload"].name
    folder = given["folder"]
    return Node(id=NodeId(f"{folder}/{name}"), name=name, type="file", role="file", parent=folder)


def _count(batches: Iterable[pa.RecordBatch]) -> int:
    return sum(len(column) - column.null_count for batch in batches for column in batch.columns[1:])


Sent = Callable[[Struck, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


def _other_points(
    struck: Struck, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    given = signature(original).bind(*args, **kwargs).arguments
    batches = (altering.batch(struck, one) for one in given["batches"])
    return original(given["series"], batches)


def _other_content(
    struck: Struck, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    given = signature(original).bind(*args, **kwargs).arguments
    upload: Upload = given["upload"]
    content = b"".join(altering.other_bytes(struck, iter([upload.content.read()])))
    return original(given["folder"], replace(upload, content=io.BytesIO(content)))


def _left_out(
    struck: Struck, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    needed = {
        name
        for name, one in signature(original).parameters.items()
        if one.default is Parameter.empty and one.kind is not Parameter.VAR_KEYWORD
    }
    kept = {name: given for name, given in kwargs.items() if name in needed}
    return original(*args, **struck(kwargs, kept))


SENT: Mapping[str, tuple[Callable[[Face, str], bool], Sent]] = {
    "other values are sent": (lambda face, method: method == "write", _other_points),
    "another byte is sent": (lambda face, method: method == "put", _other_content),
    LEFT_OUT: (
        lambda face, method: face.danger == "writes" and face.gives in ("record", "table"),
        _left_out,
    ),
}
"""What happens to what is sent: for which methods it makes sense, and the break."""
