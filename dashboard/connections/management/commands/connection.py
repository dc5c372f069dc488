"""`manage.py connection add KIND NAME key=value …`: what the pages do, for scripts and the demo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors import registry
from connectors.errors import ConfigInvalid, ConnectorError
from dashboard.accounts.models import Person, Workspace
from dashboard.accounts.services import workspace_current
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_add


class Command(BaseCommand):
    help = (
        "Adds connections and signs in once to test each. A value `@path` is read from that file. "
        "What exists already under the same kind and name is skipped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["add"])
        parser.add_argument("kind", nargs="?")
        parser.add_argument("name", nargs="?")
        parser.add_argument("settings", nargs="*", metavar="key=value")
        owner = parser.add_mutually_exclusive_group(required=True)
        owner.add_argument("--workspace", help="the id of the workspace")
        owner.add_argument("--person", metavar="EMAIL", help="their first workspace is meant")
        parser.add_argument(
            "--from",
            dest="file",
            type=Path,
            help='JSON: [{"kind": …, "name": …, "settings": {…}}, …]',
        )
        parser.add_argument("--untested", action="store_true", help="do not sign in now")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = _workspace(options)
        for kind, name, values in _wanted(options):
            self._add(workspace, kind, name, values, tested=not options["untested"])

    def _add(
        self, workspace: Workspace, kind: str, name: str, values: dict[str, Any], *, tested: bool
    ) -> None:
        if kind not in registry.packages():
            raise CommandError(f"There is no kind {kind}. Kinds: {', '.join(registry.packages())}.")
        if Connection.objects.filter(workspace=workspace, kind=kind, name=name).exists():
            self.stdout.write(f"{name}: exists already.")
            return
        try:
            connection_add(workspace=workspace, kind=kind, name=name, values=values, tested=tested)
        except ConfigInvalid as wrong:
            faults = "; ".join(f"{field}: {says}" for field, says in wrong.fields.items())
            raise CommandError(f"{name}: {wrong.message} {faults}".strip()) from None
        except ConnectorError as wrong:
            raise CommandError(f"{name}: {wrong.message}") from None
        self.stdout.write(f"{name}: connected.")


def _workspace(options: dict[str, Any]) -> Workspace:
    if options["workspace"]:
        found = Workspace.objects.filter(pk=options["workspace"]).first()
    else:
        person = Person.objects.filter(email=options["person"].strip().lower()).first()
        found = workspace_current(person=person, chosen=None) if person else None
    if found is None:
        raise CommandError("There is no such workspace or person.")
    return found


def _wanted(options: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    if options["file"] is not None:
        listed = json.loads(_read(options["file"]))
        return [(entry["kind"], entry["name"], entry["settings"]) for entry in listed]
    if not options["kind"] or not options["name"]:
        raise CommandError("Give a kind and a name, or --from FILE.")
    return [(options["kind"], options["name"], dict(map(_pair, options["settings"])))]


def _pair(word: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals:
        raise CommandError(f"{key}: write settings as key=value.")
    return key, _read(Path(value[1:])).strip() if value.startswith("@") else value


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as wrong:
        raise CommandError(f"{path.name} cannot be read: {wrong.strerror}.") from None
