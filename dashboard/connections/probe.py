"""The staged test of an account: each stage says in its own words what is wrong, and with which
setting, so that a wrong port is never reported as a wrong password."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors import registry
from connectors.contract import Account, Config, Node, Reads, Service, Window, secret_names
from connectors.egress import Deadline, Endpoint
from connectors.errors import AuthFailed, ConfigInvalid, ConnectorError, Forbidden, Rejected
from dashboard.connections.services import egress, opened

STAGES = ("name", "reach", "secure", "sign-in", "sample")
TITLES = {
    "name": "Find the server's name",
    "reach": "Reach the server",
    "secure": "Check its certificate",
    "sign-in": "Sign in",
    "sample": "Read a sample",
}
OPEN = "There is no encryption: whoever stands on the way can read what is sent, passwords too."
STEPS_TO_A_SERIES = 12
"""How many pages the sample may open on its way down to a first series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one stage went, what it says, which settings to look at, and how long it took."""

    stage: str
    passed: bool
    says: str
    fields: tuple[str, ...] = ()
    milliseconds: int = 0
    account: Account | None = None
    warns: bool = False
    """Passed, and a person should still know what it says."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a stage that passed has to say."""

    says: str
    account: Account | None = None
    warns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One account to be tested: its kind, all its settings, and the patience of each stage."""

    kind: str
    values: Mapping[str, object] = field(repr=False)
    seconds: float

    def run(self, stage: str) -> Outcome:
        """One stage. Never raises a `ConnectorError`: that is the outcome."""
        begun = time.monotonic()
        try:
            said = self._stages()[stage](Deadline.after(self.seconds))
        except ConnectorError as wrong:
            return Outcome(
                stage=stage,
                passed=False,
                says=wrong.message,
                fields=self._concerned(stage, wrong),
                milliseconds=_since(begun),
            )
        return Outcome(
            stage=stage,
            passed=True,
            says=said.says,
            milliseconds=_since(begun),
            account=said.account,
            warns=said.warns,
        )

    def _stages(self) -> dict[str, Callable[[Deadline], Said]]:
        return {
            "name": self._name,
            "reach": self._reach,
            "secure": self._secure,
            "sign-in": self._sign_in,
            "sample": self._sample,
        }

    def _name(self, deadline: Deadline) -> Said:
        places = self._config().endpoints()
        for place in places:
            egress().resolve(place, deadline=deadline)
        return Said(_names(places))

    def _reach(self, deadline: Deadline) -> Said:
        places = self._config().endpoints()
        for place in places:
            egress().connect(place, deadline=deadline).close()
        ports = ", ".join(str(place.port) for place in places)
        return Said(f"It answers on port {ports}." if places else "There is nothing to reach.")

    def _secure(self, deadline: Deadline) -> Said:
        guarded = [place for place in self._config().endpoints() if place.tls]
        if not guarded:
            return (
                Said(OPEN, warns=True) if self._config().endpoints() else Said("Not needed here.")
            )
        for place in guarded:
            plain = egress().connect(place, deadline=deadline)
            egress().secure(place, plain, deadline=deadline).close()
        return Said("The way there is encrypted, and the certificate is valid.")

    def _sign_in(self, deadline: Deadline) -> Said:
        with self._open(deadline) as service:
            account = service.check()
        return Said(f"Signed in as {account.label}.", account)

    def _sample(self, deadline: Deadline) -> Said:
        with self._open(deadline) as service:
            return Said(sample(service, now=datetime.now(UTC)))

    def _config(self) -> Config:
        return registry.configure(self.kind, self.values)

    def _open(self, deadline: Deadline) -> Service[Any]:
        return opened(self.kind, self.values, seconds=deadline.left())

    def _concerned(self, stage: str, wrong: ConnectorError) -> tuple[str, ...]:
        """The error's own fields; else the secrets for a refused sign-in, else the address."""
        declared = registry.load(self.kind).Config
        if isinstance(wrong, ConfigInvalid | Rejected) and wrong.fields:
            return tuple(name for name in wrong.fields if name in declared.model_fields)
        if isinstance(wrong, AuthFailed | Forbidden):
            return tuple(sorted(secret_names(declared)))
        return self._addresses() if stage in ("name", "reach", "secure") else ()

    def _addresses(self) -> tuple[str, ...]:
        """The plain settings in which the host of an endpoint stands."""
        config = self._config()
        hosts = [place.host for place in config.endpoints() if place.host]
        plain = set(type(config).model_fields) - secret_names(type(config))
        return tuple(
            sorted(
                name for name in plain if any(host in str(getattr(config, name)) for host in hosts)
            )
        )


def sample(service: Service[Any], *, now: datetime) -> str:
    """Reads a little of the first series found; gives a sentence. Raises `ConnectorError`.

    An account that holds no series, or may not read the first one, is still a good account.
    """
    series = first_series(service)
    if series is None or not isinstance(service, Reads):
        return "Signed in, and nothing to read was found near the top. Browse it to see more."
    end = (newest_of(series) or now) + timedelta(seconds=1)
    window = Window(start=end - timedelta(days=1), end=end)
    try:
        rows = _first_rows(service, series, window)
    except Forbidden:
        return f"The account sees “{series.name}” but may not read it."
    return f"Read {rows} points of “{series.name}”." if rows else f"“{series.name}” can be read."


def newest_of(series: Node) -> datetime | None:
    """When the newest point was, as the platform tells; None too for a time that no meter saw and
    from which a calendar cannot count a year back or on."""
    told = series.last_seen
    return told if told is not None and 1900 <= told.year < 2200 else None


def first_series(service: Service[Any]) -> Node | None:
    """The first series on the way down, opening at most a dozen pages; None when there is none."""
    waiting: list[Node | None] = [None]
    for _ in range(STEPS_TO_A_SERIES):
        if not waiting:
            return None
        folder = waiting.pop()
        page = service.children(None if folder is None else folder.id)
        for node in page.items:
            if node.role == "series":
                return node
        waiting.extend(reversed([node for node in page.items[:20] if node.expandable]))
    return None


def next_stage(outcomes: Sequence[Mapping[str, Any]]) -> str | None:
    """The stage to run now; a failed one is run again. None: all have passed."""
    passed = {outcome["stage"] for outcome in outcomes if outcome["passed"]}
    return next((stage for stage in STAGES if stage not in passed), None)


def _first_rows(service: Reads, series: Node, window: Window) -> int:
    """How many points the first batch holds; closing the generator closes the answer."""
    with closing(service.read([series.id], window)) as answer:  # type: ignore[type-var]
        return next((points.batch.num_rows for points in answer), 0)


def _names(places: Sequence[Endpoint]) -> str:
    names = ", ".join(place.host for place in places)
    return f"{names} can be found." if names else "There is no server to find."


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
