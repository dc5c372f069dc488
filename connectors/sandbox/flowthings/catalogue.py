"""The services of the platform, each declared once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.sandbox.flowthings import members
from connectors.sandbox.flowthings.members import Member

HOUR = 3_600_000  # milliseconds
COMMON = ("id", "creationDate", "creatorId", "lastEditDate", "lastEditorId")
RUNS = ("reportFlowId", "reportPath", "lastRun", "nextRun", "runCt", "status")

READS = frozenset(("one", "many", "list"))
WRITES = frozenset(("create", "update", "update_many", "delete"))
NEVER: Mapping[str, tuple[int, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One kind of object."""

    name: str
    """As its path spells it."""
    prefix: str
    """The letter that its ids begin with."""
    members: tuple[Member, ...]
    told: tuple[str, ...] = ()
    """Further members, which only the platform sets."""
    verbs: frozenset[str] = READS | WRITES
    refusals: Mapping[str, tuple[int, str]] = field(default_factory=lambda: NEVER)
    """Status and sentence of the verbs that the platform knows and refuses."""
    reports: bool = False
    """Whether a report flow belongs to each object."""

    def member(self, name: str) -> Member | None:
        """A member that clients may set."""
        return next((each for each in self.members if each.name == name), None)

    @property
    def path(self) -> str:
        """Where it is, below the account."""
        return f"/{self.name}"


NAMED = (Member(name="displayName"), Member(name="description"))
OFF = Member(name="disabled", check=members.flag, default=False)
PERIOD = Member(name="periodicity", check=members.period, default=HOUR)
UNCHANGING = "A {} cannot be changed: delete it and make another."


def _immutable(word: str) -> Mapping[str, tuple[int, str]]:
    """Guess: 400, because the published client has a class for it and none for 405."""
    refusal = (400, UNCHANGING.format(word))
    return {"update": refusal, "update_many": refusal}


FLOW = Service(
    name="flow", prefix="f",
    members=(
        Member(name="path", check=members.path, required=True), *NAMED,
        Member(name="filter", check=members.filter_text, default=""),
        Member(name="capacity", check=members.capacity, default=1000),
        Member(name="public", check=members.flag, default=False),
    ),
)  # fmt: skip
TRACK = Service(
    name="track", prefix="t",
    members=(
        Member(name="source", check=members.path, required=True),
        Member(name="destination", check=members.one_or_more_paths, required=True),
        Member(name="filter", check=members.filter_text, default=""),
        Member(name="js"), OFF, *NAMED,
    ),
)  # fmt: skip
GROUP = Service(
    name="group", prefix="g",
    members=(Member(name="memberIds", check=members.texts, required=True), *NAMED),
)  # fmt: skip
IDENTITY = Service(
    name="identity", prefix="i",
    members=tuple(Member(name=name) for name in
                  ("salutation", "firstName", "middleName", "lastName", "icon")),
    told=("name", "email", "groupIds", "masterToken", "shares"),
    refusals={
        "create": (403, "Identities are made by signing up only."),
        "delete": (403, "Identities are deleted with their account only."),
    },
)  # fmt: skip
API_TASK = Service(
    name="api-task", prefix="q",
    members=(
        Member(name="destination", check=members.path, required=True),
        Member(name="js", check=members.some_text, required=True),
        Member(name="source", check=members.mapping), PERIOD, OFF, *NAMED,
    ),
    told=RUNS, reports=True,
)  # fmt: skip
MQTT = Service(
    name="mqtt", prefix="m",
    members=(
        Member(name="uri", check=members.some_text, required=True),
        Member(name="topic", check=members.some_text, required=True),
        Member(name="destination", check=members.path),
        Member(name="source", check=members.path),
        Member(name="clientId"), Member(name="username"), Member(name="password", hidden=True),
        Member(name="qos", check=members.whole(0, 2), default=0),
        Member(name="version", default="3.1.1"),
        Member(name="reportFrequency", check=members.moment, default=HOUR),
        Member(name="inputFormat"), Member(name="outputFormat"), *NAMED,
    ),
    told=("reportFlowId", "reportPath", "status"), reports=True,
)  # fmt: skip
RSS = Service(
    name="rss", prefix="r",
    members=(
        Member(name="destination", check=members.path, required=True),
        Member(name="url", check=members.some_text, required=True),
        PERIOD, Member(name="favicon"), Member(name="icon"),
        Member(name="isFeatured", check=members.flag, default=False),
        Member(name="category"), OFF, *NAMED,
    ),
    told=RUNS, reports=True,
)  # fmt: skip
DEVICE = Service(
    name="device", prefix="v",
    members=(
        Member(name="path", check=members.path, required=True), *NAMED,
        Member(name="deviceSummary", check=members.mapping),
        Member(name="reportPeriodicity", check=members.moment),
    ),
    told=("status", "lastSeen", "timeSinceLastSeen", "tokenId"),
)  # fmt: skip
TOKEN = Service(
    name="token", prefix="k",
    members=(
        Member(name="paths", check=members.paths("token"), required=True),
        Member(name="duration", check=members.moment), Member(name="description"),
    ),
    told=("issuedBy", "tokenString", "expiresInMs"), refusals=_immutable("token"),
)  # fmt: skip
SHARE = Service(
    name="share", prefix="s",
    members=(
        Member(name="paths", check=members.paths("share"), required=True),
        Member(name="issuedTo", check=members.some_text, required=True),
        Member(name="duration", check=members.moment), Member(name="description"),
    ),
    told=("issuedBy", "expiresInMs"), refusals=_immutable("share"),
)  # fmt: skip

SERVICES = {
    each.name: each
    for each in (FLOW, TRACK, GROUP, IDENTITY, API_TASK, MQTT, RSS, DEVICE, TOKEN, SHARE)
}
"""Drops, statistics and sessions, which are no plain objects, have modules of their own."""
