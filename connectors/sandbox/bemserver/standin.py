"""The stand-in of BEMServer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from starlette.types import ASGIApp

from connectors.sandbox.bemserver.app import CORE, Dialect, application, platform, routes
from connectors.sandbox.bemserver.call import Platform, Settings
from connectors.sandbox.bemserver.catalogue import catalogue
from connectors.sandbox.bemserver.routes import declared, routed
from connectors.sandbox.bemserver.seed import ACCOUNTS
from connectors.sandbox.standin import CAMPUS_WEEK, HOME_YEAR, Ground, Offer, StandIn

VIEWS = (HOME_YEAR, replace(CAMPUS_WEEK, cron="0 6 * * *"))


class BEMServer(StandIn):
    """BEMServer in one of three flavours."""

    kind = "bemserver"
    label = "BEMServer"
    spoils = frozenset(
        (
            "duplicate_stamps",
            "unsorted_stamps",
            "nan",
            "page_drift",
            "lying_total",
            "future_version",
        )
    )
    platform: Platform

    def __init__(self, ground: Ground, settings: Settings | None = None) -> None:
        super().__init__(ground)
        self._settings = settings or Settings()

    def open(self) -> None:
        """The world as rows."""
        self.platform = platform(
            self._settings, self.ground.clock, self.ground.world, self.ground.store
        )
        self._app = application(self.platform)

    @property
    def app(self) -> ASGIApp:
        """The whole API."""
        return self._app

    @property
    def dialect(self) -> Dialect:
        """Its error bodies."""
        return Dialect(self.platform)

    def offers(self) -> Sequence[Offer]:
        """One for each account."""
        return [
            Offer(
                kind=self.kind,
                name="Sandbox BEMServer"
                if account.admin
                else f"Sandbox BEMServer, {account.name.lower()}",
                settings={
                    "url": self.ground.addresses["http"],
                    "email": account.email,
                    "password": account.password,
                },
                about=account.about,
                views=VIEWS if account.admin else (),
            )
            for account in ACCOUNTS
        ]

    def routes(self) -> Iterable[str]:
        """The routes of every flavour."""
        for flavour in CORE:
            resources = catalogue(flavour)
            services = [path for path in resources if path.startswith("st_")]
            yield from declared(resources.values())
            yield from routed(routes(flavour), services)
