"""The stand-in of flowthings.io."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp

from connectors.sandbox.accounts import ADMIN, PEOPLE, token
from connectors.sandbox.flowthings import app, seed
from connectors.sandbox.flowthings.envelope import refused, response
from connectors.sandbox.flowthings.problems import WORDS, Problem
from connectors.sandbox.flowthings.settings import Settings
from connectors.sandbox.flowthings.state import State
from connectors.sandbox.standin import CAMPUS_WEEK, HOME_YEAR, Ground, Offer, StandIn

VIEWS = (HOME_YEAR, CAMPUS_WEEK)


class Voice:
    """flowthings.io's words for the fault switch."""

    def __init__(self, state: State) -> None:
        self._state = state

    def account(self, headers: Headers) -> str | None:
        """The e-mail address behind a master token, or behind a limited one."""
        given = headers.get("x-auth-token")
        limited = [
            each["creatorId"]
            for each in self._state.table("token").all()
            if each["tokenString"] == given
        ]
        for person in self._state.identities():
            if given == person["masterToken"] or person["id"] in limited:
                return str(person["email"])
        return None

    def refusal(self, status: int, *, expired: bool) -> tuple[Mapping[str, str], bytes]:
        """An envelope without a body."""
        words = WORDS[401] if expired else WORDS.get(status, "The request failed.")
        answer = response(refused(Problem(status, words)))
        return dict(answer.headers), bytes(answer.body)


class Flowthings(StandIn):
    """flowthings.io, as the published client 1.0.5 knows it."""

    kind = "flowthings"
    label = "flowthings.io"
    spoils = frozenset(("duplicate_stamps", "unsorted_stamps", "nan", "page_drift"))
    state: State

    def __init__(self, ground: Ground, settings: Settings | None = None) -> None:
        super().__init__(ground)
        self._settings = settings or Settings()

    def open(self) -> None:
        """The world as flows. Sessions of before end."""
        if hasattr(self, "state"):
            self.state.sessions.end()
        fresh = not self.ground.store.records("identity")
        self.state = State(self.ground.clock, self.ground.store, self._settings)
        if fresh:
            seed.plant(self.state, self.ground.world)
        seed.attach(self.state, self.ground.world)
        self._app = app.application(self.state)

    @property
    def app(self) -> ASGIApp:
        """Every address, and the sockets."""
        return self._app

    @property
    def dialect(self) -> Voice:
        """Its envelopes."""
        return Voice(self.state)

    def offers(self) -> Sequence[Offer]:
        """One for each account; the account's name is the person's."""
        return [
            Offer(
                kind=self.kind,
                name=self.named(person),
                settings={
                    "url": self.ground.addresses["http"],
                    "account": person.slug,
                    "token": token(self.kind, person),
                },
                about=person.about,
                views=VIEWS if person is ADMIN else (),
            )
            for person in PEOPLE
        ]

    def routes(self) -> Iterable[str]:
        """Every method and path below the account, the sessions, and the frames of a socket."""
        return app.routes()
