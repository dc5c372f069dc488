"""`manage.py sandbox`: serves the platforms, offline."""

from __future__ import annotations

import json
import os
import urllib.request
from argparse import ArgumentParser
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connectors.sandbox.app import Sandbox
from connectors.sandbox.bemserver.app import CORE
from connectors.sandbox.bemserver.call import Settings
from connectors.sandbox.clock import Clock
from connectors.sandbox.serve import address, listed, listen, offers, server


class Command(BaseCommand):
    """Serves the sandbox until it is interrupted."""

    help = "Serve stand-ins of the platforms, with real and synthetic data, on this machine."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Address, accounts file, flavour, clock."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8101, help="0 takes a free port")
        parser.add_argument("--accounts", type=Path, help="write addresses and accounts as JSON")
        parser.add_argument("--flavour", choices=sorted(CORE), default="0.26.0")
        parser.add_argument("--seed", type=int, default=1, help="varies the synthetic series")
        parser.add_argument("--now", type=_moment, help="start the sandbox's clock here (ISO 8601)")
        lives = "how long an access token lives"
        parser.add_argument("--access-seconds", type=float, default=900.0, help=lives)
        parser.add_argument("--basic", action="store_true", help="allow Basic authentication")
        again = "put a sandbox that is running there back to its first state"
        parser.add_argument("--reset", action="store_true", help=again)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Prints the table, then serves."""
        if options["reset"]:
            self._reset(options["host"], options["port"])
            return
        clock = Clock.starting_at(options["now"]) if options["now"] else Clock()
        settings = Settings(flavour=options["flavour"], access_seconds=options["access_seconds"],
                            basic=options["basic"])  # fmt: skip
        try:
            listening = listen(options["host"], options["port"])
        except OSError as problem:
            where = f"{options['host']}:{options['port']}"
            raise CommandError(f"Cannot listen on {where}: {problem.strerror}.") from None
        url = address(listening)
        self._announce(url, options["accounts"])
        served = Sandbox(settings=settings, clock=clock, seed=options["seed"])
        with suppress(KeyboardInterrupt):  # uvicorn stops cleanly, then raises it once more
            server(served).run([listening])

    def _announce(self, url: str, accounts: Path | None) -> None:
        self.stdout.write(f"{'platform':<30} {'address':<24} {'e-mail':<26} password")
        for offer in offers(url):
            email, password = offer.settings["email"], offer.settings["password"]
            self.stdout.write(f"{offer.name:<30} {url:<24} {email:<26} {password}")
        self.stdout.flush()
        if accounts is not None:
            accounts.parent.mkdir(parents=True, exist_ok=True)
            partial = accounts.with_suffix(f".{os.getpid()}")
            partial.write_text(json.dumps(listed(url), indent=2))
            partial.replace(accounts)

    def _reset(self, host: str, port: int) -> None:
        request = urllib.request.Request(f"http://{host}:{port}/_control/reset", method="POST")
        try:
            urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
        except OSError as problem:
            raise CommandError(f"No sandbox answers on {host}:{port}: {problem}.") from None
        self.stdout.write("The sandbox is back in its first state.")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("give an offset, such as +00:00")
    return moment
