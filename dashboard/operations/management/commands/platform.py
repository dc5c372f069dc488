"""`manage.py platform`: every function of every platform, from the command line."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connectors.contract import File, Upload
from connectors.errors import ConnectorError, Rejected
from connectors.operations import Operation, Result
from dashboard.connections.models import Connection
from dashboard.declared import bare, meant
from dashboard.operations import results, services
from dashboard.operations.models import Call

UTC = ZoneInfo("UTC")


class Command(BaseCommand):
    """Lists the functions of a connection, or calls one."""

    help = "Call a platform's function: platform CONNECTION OPERATION name=value … (@file for one)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which connection, which function, with what."""
        parser.add_argument("connection", help="the connection's name or id")
        parser.add_argument("operation", nargs="?", help="left out: all functions are listed")
        parser.add_argument("values", nargs="*", metavar="name=value",
                            help="@path takes a file; times without an offset are UTC")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("--out", type=Path, help="where a file goes; default: standard output")
        parser.add_argument("--yes", action="store_true", help="confirm what cannot be undone")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Raises CommandError with the same sentences that the pages show."""
        connection = _connection(options["connection"])
        if options["operation"] is None:
            self._list(connection)
            return
        operation = services.find(connection.kind, options["operation"])
        if operation is None:
            raise CommandError(f"There is no function {options['operation']}; see the list.")
        if operation.danger == "destroys" and not options["yes"]:
            raise CommandError(f"{operation.label}: this cannot be undone. Confirm with --yes.")
        with ExitStack() as stack:
            try:
                self._call(connection, operation, options, stack)
            except Rejected as wrong:
                raise CommandError(_sentences(wrong)) from None
            except ConnectorError as trouble:
                raise CommandError(services.says(operation, trouble)) from None

    def _list(self, connection: Connection) -> None:
        for one in services.offered(connection.kind):
            self.stdout.write(f"{one.name:<40} {one.danger:<9} {one.help}")

    def _call(
        self,
        connection: Connection,
        operation: Operation,
        options: dict[str, Any],
        stack: ExitStack,
    ) -> None:
        values = _values(operation, options["values"], stack)
        operation.check(values)
        call = services.call_begin(connection, operation, person=None, once=uuid4())
        result = stack.enter_context(
            services.called(call, operation, values, seconds=settings.TASK_SECONDS)
        )
        if isinstance(result, File):
            _save(stack.enter_context(result), options["out"])
        elif options["json"]:
            shown = results.plain(result, operation.kind)
            self.stdout.write(json.dumps(shown, default=str, ensure_ascii=False))
        else:
            self._print(result, operation, call)

    def _print(self, result: Result, operation: Operation, call: Call) -> None:
        shown = results.plain(result, operation.kind)
        if "fields" in shown:
            for name, value in shown["fields"].items():
                self.stdout.write(f"{name}: {results.simple(value)}")
        elif "columns" in shown:
            for line in results.lines(shown["columns"], shown["rows"]):
                self.stdout.write(line, ending="")
        else:
            self.stdout.write(shown.get("text", f"Done ({call.pk})."))


def _connection(word: str) -> Connection:
    """By id, or by a name that only one has. Raises CommandError."""
    try:
        found = list(Connection.objects.filter(pk=UUID(word)))
    except ValueError:
        found = list(Connection.objects.filter(name=word))
    if len(found) != 1:
        many = "Several connections are" if found else "No connection is"
        raise CommandError(f"{many} called “{word}”; the address of its page holds its id.")
    return found[0]


def _values(operation: Operation, given: list[str], stack: ExitStack) -> dict[str, object]:
    """`name=value` as the declaration means it. Raises CommandError."""
    declared = operation.parameters.model_fields
    values: dict[str, object] = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals or name not in declared:
            known = ", ".join(declared) or "nothing"
            raise CommandError(f"“{pair}” is no name=value; {operation.name} takes {known}.")
        wanted = bare(declared[name].annotation)
        if text.startswith("@"):
            values[name] = _file(Path(text[1:]), upload=wanted is Upload, stack=stack)
            continue
        try:
            values[name] = meant(declared[name], text, zone=UTC)
        except ValueError as wrong:
            raise CommandError(f"{name}: {wrong}") from None
    return values


def _file(path: Path, *, upload: bool, stack: ExitStack) -> Upload | str:
    try:
        if not upload:
            return path.read_text()
        content = stack.enter_context(path.open("rb"))
        return Upload(name=path.name, content=content, size=path.stat().st_size)
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(f"Cannot read {path}: {problem}.") from None


def _save(file: File, out: Path | None) -> None:
    if out is None:
        for chunk in file:
            sys.stdout.buffer.write(chunk)
        return
    with out.open("wb") as target:
        target.writelines(file)


def _sentences(wrong: Rejected) -> str:
    return "\n".join([wrong.message, *(f"  {name}: {said}" for name, said in wrong.fields.items())])
