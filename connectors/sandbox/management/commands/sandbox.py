"""`manage.py sandbox`: serves the platforms, offline."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import urllib.request
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connectors.sandbox.app import Sandbox
from connectors.sandbox.bemserver.app import CORE
from connectors.sandbox.bemserver.call import Settings
from connectors.sandbox.clock import Clock
from connectors.sandbox.openergy.settings import Settings as ScriptSettings
from connectors.sandbox.serve import Plan, further, listed, offers, run, serving
from connectors.sandbox.standin import brief
from connectors.sandbox.standins import ALL, chosen


class Command(BaseCommand):
    """Serves the sandbox until it is interrupted."""

    help = "Serve stand-ins of the platforms, with real and synthetic data, on this machine."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which platforms, where, from which state and at what time."""
        kinds = sorted(each.kind for each in ALL)
        parser.add_argument("kinds", nargs="*", choices=[*kinds, []], metavar="platform",
                            help=f"some of {', '.join(kinds)}; all when none is named")  # fmt: skip
        parser.add_argument("--host", default="127.0.0.1")
        ports = "the first port; the others take the next that are free. 0: any free ones"
        parser.add_argument("--port", type=int, default=8101, help=ports)
        parser.add_argument("--accounts", type=Path, help="write addresses and accounts as JSON")
        keeps = "keep what is written here; without it a restart forgets"
        parser.add_argument("--folder", type=Path, help=keeps)
        parser.add_argument(
            "--seed",
            type=int,
            default=1,
            help="varies what is computed; each seed keeps a state of its own",
        )
        parser.add_argument("--now", type=_moment, help="start the sandbox's clock here (ISO 8601)")
        again = "put a sandbox that is running there, all its platforms, back to the first state"
        parser.add_argument("--reset", action="store_true", help=again)
        flavours = sorted(CORE)
        parser.add_argument("--flavour", choices=flavours, default="0.26.0", help="of BEMServer")
        lives = "how long an access token of BEMServer lives"
        parser.add_argument("--access-seconds", type=float, default=900.0, help=lives)
        parser.add_argument("--basic", action="store_true",
                            help="BEMServer allows Basic authentication")  # fmt: skip
        runs = "a Python with pandas that runs the scripts posted to OpenergyVBP; without: refused"
        parser.add_argument("--script-python", help=runs)
        files = "files of a certificate and its key: all platforms by HTTPS and secure WebSockets"
        parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help=files)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Prints the table, then serves."""
        if options["reset"]:
            self._reset(options["host"], options["port"])
            return
        signal.signal(signal.SIGTERM, _stopped)  # uvicorn stops cleanly, then raises it again
        try:
            with serving(_plan(options)) as (sandbox, server):
                self._announce(sandbox, options["accounts"])
                with suppress(KeyboardInterrupt):  # the same for Ctrl-C
                    run(sandbox, server)
        except OSError as problem:
            where = f"{options['host']}:{options['port']}"
            cannot = f"use {problem.filename}" if problem.filename else f"listen on {where}"
            raise CommandError(f"Cannot {cannot}: {problem.strerror}.") from None
        except OverflowError:
            raise CommandError("Ports are 0 to 65535, also the last of several.") from None
        except sqlite3.Error as problem:
            raise CommandError(f"Cannot use {options['folder']}: {problem}.") from None

    def _announce(self, sandbox: Sandbox, accounts: Path | None) -> None:
        for offer in offers(sandbox):
            settings = "  ".join(f"{name} {brief(value)}" for name, value in offer.settings.items())
            self.stdout.write(f"{offer.name:<36} {settings}")
        for place in further(sandbox):
            self.stdout.write(place)
        self.stdout.flush()
        if accounts is not None:
            accounts.parent.mkdir(parents=True, exist_ok=True)
            partial = accounts.with_suffix(f".{os.getpid()}")
            partial.write_text(json.dumps(listed(sandbox), indent=2))
            partial.replace(accounts)

    def _reset(self, host: str, port: int) -> None:
        request = urllib.request.Request(f"http://{host}:{port}/_control/reset", method="POST")
        try:
            urllib.request.urlopen(request, timeout=60).close()  # noqa: S310
        except OSError as problem:
            raise CommandError(f"No sandbox answers on {host}:{port}: {problem}.") from None
        self.stdout.write("The sandbox is back in its first state.")


def _stopped(_number: int, _frame: object) -> None:
    """Lets every block end, so that the state is whole in its file."""
    raise SystemExit(0)


def _plan(options: dict[str, Any]) -> Plan:
    bemserver = Settings(flavour=options["flavour"], access_seconds=options["access_seconds"],
                         basic=options["basic"])  # fmt: skip
    openergy = ScriptSettings(script_python=options["script_python"])
    return Plan(
        kinds=chosen(*options["kinds"]),
        settings={"bemserver": bemserver, "openergy": openergy},
        tls=tuple(options["tls"]) if options["tls"] else None,
        host=options["host"],
        port=options["port"],
        clock=Clock.starting_at(options["now"]) if options["now"] else Clock(),
        seed=options["seed"],
        folder=options["folder"],
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"no moment like 2025-09-10T08:59+00:00: {text}") from None
    if moment.tzinfo is None:
        raise ArgumentTypeError("give an offset, such as +00:00")
    return moment
