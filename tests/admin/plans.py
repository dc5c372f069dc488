"""How much a database reads for a page: asked of the database itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection as database

MOST_READ = 5_000
"""Rows of one table for one query: what is counted at most, twice over."""
SMALL = frozenset({"django_session", "auth_group", "django_content_type"})
PARTIAL = frozenset(
    index.name for model in apps.get_models() for index in model._meta.indexes if index.condition
)
"""Indexes of the few rows that a filter asks for: reading one whole reads only those."""


def faults(sql: str, *, narrow: bool) -> list[str]:
    """What is wrong with how a query is answered; `narrow`: it asks for few rows of many, so even
    a scan in order would read on and on."""
    if not sql.startswith("SELECT"):
        return []
    if "COUNT(*)" in sql and "LIMIT" not in sql:
        return [f"counts everything: {sql}"]
    found = _postgresql(sql) if database.vendor == "postgresql" else _sqlite(sql, narrow=narrow)
    return [f"{fault}: {sql}" for fault in found]


def _sqlite(sql: str, *, narrow: bool) -> Iterator[str]:
    with database.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"), [])
        steps = [str(step[3]) for step in cursor.fetchall()]
    tables = [step for step in steps if step.startswith("SCAN ") and not _short(step.split())]
    if tables and any("TEMP B-TREE" in step for step in steps):
        yield f"sorts what it scans {steps}"
    if tables and narrow:
        yield f"scans for a few {steps}"


def _short(step: list[str]) -> bool:
    """A scan of a small table, of a part that was counted already, or of a partial index."""
    return step[1] in SMALL | {"subquery", "CONSTANT"} or step[-1] in PARTIAL


def _postgresql(sql: str) -> Iterator[str]:
    with database.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.replace("%", "%%"), [])
        answer = cursor.fetchone()[0]
    plan = json.loads(answer) if isinstance(answer, str) else answer
    for node in _nodes(plan[0]["Plan"]):
        rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        if "Relation Name" in node and rows * node["Actual Loops"] > MOST_READ:
            yield f"reads {rows} rows of {node['Relation Name']} by {node['Node Type']}"


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)
