"""100,000 rows of a model from one, made by the database itself in a second or two."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection as database
from django.db import models

POSTGRESQL = database.vendor == "postgresql"
FIRST = 1_000_000
"""Beyond the numbers that the database gives by itself."""
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})"


def multiply(row: models.Model, count: int, changes: Mapping[str, str] | None = None) -> None:
    """Copies the row. What has to be unique, and what lists go by, differs: keys, names, times,
    and `changes` (a column and the SQL of its value; `n` is the number of the copy)."""
    fields = row._meta.concrete_fields
    values = [(changes or {}).get(field.column) or _value(field) for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    source = ", ".join(values)
    table, key = row._meta.db_table, row._meta.pk.column
    with database.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({columns}) {NUMBERS.format(count)} '  # noqa: S608  # our own
            f'SELECT {source} FROM numbers, "{table}" WHERE "{key}" = %s',
            [row._meta.pk.get_db_prep_value(row.pk, database)],
        )


def text(start: str) -> str:
    return f"'{start}' || n"


def key(*, of: str = "n") -> str:
    """The UUID of copy `n`."""
    if POSTGRESQL:
        return f"lpad(to_hex({of}), 32, '0')::uuid"
    return f"printf('%%032x', {of})"


def number(*, of: str = "n") -> str:
    return f"{FIRST} + {of}"


def _value(field: models.Field[object, object]) -> str:
    if field.primary_key or isinstance(field, models.UUIDField):
        kind = "uuid" if isinstance(field, models.UUIDField) else "other"
        if isinstance(field, models.CharField):
            return text("copy ")
        return key() if kind == "uuid" else number()
    if isinstance(field, models.DateTimeField):
        return _later(field.column)
    return f'"{field.column}"'


def _later(column: str) -> str:
    """The row's time and `n` seconds."""
    if POSTGRESQL:
        return f"\"{column}\" + n * interval '1 second'"
    return f"datetime(\"{column}\", '+' || n || ' seconds')"
