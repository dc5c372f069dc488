"""The Openergy stand-in: HTTP, FTP, and the world as its first state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, ClassVar

from starlette.types import ASGIApp

from connectors.sandbox.accounts import ADMIN, PEOPLE, Person
from connectors.sandbox.faults import Dialect
from connectors.sandbox.openergy import (
    analyses,
    app,
    cleaners,
    exports,
    gates,
    importers,
    links,
    seed,
    select,
)
from connectors.sandbox.openergy.call import Platform
from connectors.sandbox.openergy.catalogue import CATALOGUE
from connectors.sandbox.openergy.ends import Ends
from connectors.sandbox.openergy.ftp import COMMANDS, FtpServer, free_ports
from connectors.sandbox.openergy.homes import Homes
from connectors.sandbox.openergy.schedule import Schedule
from connectors.sandbox.openergy.settings import Settings
from connectors.sandbox.samples import Samples
from connectors.sandbox.standin import HOME_YEAR, Ground, Offer, StandIn

PARTS = (analyses, cleaners, exports, gates, importers, links, select)
"""The modules that register actions and hooks when they are imported."""
PASSIVE_PORTS = 16
VIEWS = (HOME_YEAR,)


class Openergy(StandIn):
    """One platform with its FTP server."""

    kind: ClassVar[str] = "openergy"
    label: ClassVar[str] = "OpenergyVBP"
    sockets: ClassVar[tuple[str, ...]] = ("ftp",)
    spoils: ClassVar[frozenset[str]] = frozenset(
        ("duplicate_stamps", "unsorted_stamps", "nan", "page_drift", "lying_total")
    )

    def __init__(self, ground: Ground, settings: Any = None) -> None:
        super().__init__(ground, settings or Settings())
        self._homes = Homes(ground.store, ground.clock)
        self._ftp: FtpServer | None = None
        self._schedule: Schedule | None = None
        self._api = app.Api(lambda: self.platform)
        self.platform: Platform

    @property
    def app(self) -> ASGIApp:
        """The HTTP side."""
        return self._api

    @property
    def dialect(self) -> Dialect:
        """The voice of the API."""
        return app.Voice()

    def open(self) -> None:
        """Reads the store, and plants the world in an empty one."""
        ground = self.ground
        samples = Samples(ground.store.journal("samples"))
        platform = Platform(
            settings=self.settings,
            clock=ground.clock,
            store=ground.store,
            samples=samples,
            ends=Ends(samples, ground.clock),
            homes=self._homes,
            catalogue=CATALOGUE,
            ftp_address=self._address(),
        )
        # A request that came while a reset was under way may have written to the empty store.
        if not ground.store.records("oteams/organizations"):
            ground.store.clear()
            with ground.store.bulk():
                seed.planted(platform, ground.world)
        seed.attach(platform, ground.world)
        with ground.store.bulk():
            cleaners.refresh_all(platform)
        self.platform = platform

    def _address(self) -> tuple[str, int]:
        """Where account records send an FTP client."""
        host, _, port = self.ground.addresses["ftp"].rpartition(":")
        return self.settings.ftp_host or host.strip("[]"), int(port)

    def offers(self) -> Sequence[Offer]:
        """An account for each person."""
        return [self._offer(person) for person in PEOPLE]

    def _offer(self, person: Person) -> Offer:
        url = f"{self.ground.addresses['http']}{app.BASE.rstrip('/')}"
        return Offer(
            kind=self.kind,
            name=self.named(person),
            settings={"url": url, "login": person.email, "password": person.password},
            about=person.about,
            views=VIEWS if person is ADMIN else (),
        )

    def routes(self) -> Iterable[str]:
        """HTTP from the catalogue and the registered actions, and the FTP commands."""
        return chain(app.routes(CATALOGUE), (f"FTP {command}" for command in COMMANDS))

    def ports(self) -> Iterable[int]:
        """FTP's passive ports."""
        return self._passive

    @cached_property
    def _passive(self) -> Sequence[int]:
        span = self.settings.passive_ports
        if span is not None:
            return range(span[0], span[1] + 1)
        return free_ports(self.ground.listening["ftp"].getsockname()[0], PASSIVE_PORTS)

    def start(self) -> None:
        """Serves FTP, and runs what is due."""
        self._ftp = FtpServer(
            self.ground.listening["ftp"],
            self._homes,
            lambda login, password: gates.account_of(self.platform, login, password),
            self._passive,
        )
        if self.settings.schedules:
            self._schedule = Schedule(lambda: self.platform)
            self._schedule.start()

    def stop(self) -> None:
        """Ends both."""
        if self._schedule is not None:
            self._schedule.stop()
            self._schedule = None
        if self._ftp is not None:
            self._ftp.stop()
            self._ftp = None
