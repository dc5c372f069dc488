"""`manage.py vault check | rotate`: does the key fit, and everything under the newest one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.connections.models import Connection
from dashboard.connections.sealing import locked, reseal


class Command(BaseCommand):
    help = "check: do the vault's keys open what is stored? rotate: seal all of it by the newest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["check", "rotate"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "rotate":
            self.stdout.write(f"{reseal()} sealed values are under the newest key now.")
        shut, total = locked(), Connection.objects.count()
        if shut:
            raise CommandError(f"{shut} of {total} connections are locked: no listed key fits.")
        self.stdout.write(f"The vault's keys open all {total} connections.")
