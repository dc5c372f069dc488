"""The narrow waist: what a platform can be asked, and in which words.

A platform is one `Service` subclass. What every platform can do are its three abstract verbs
(`check`, `children`, `node`); everything else is a *power*, an ABC that the service inherits when
it has the ability. `powers(cls)` reads them off the class, so there is no flag that could disagree
with a method. Facts that are not verbs stand in `Traits`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from socket import socket
from typing import Any, ClassVar, Generic, Literal, NewType, Protocol, Self, TypeVar, get_args

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, SecretStr

from connectors.egress import Endpoint
from connectors.http import Auth, Explain, Http

NodeId = NewType("NodeId", str)
"""Minted and parsed by one service only; to others an opaque text of at most 400 characters."""

Role = Literal["folder", "series", "file", "record"]
Function = Literal["min", "max", "mean", "sum", "count"]

TIME = pa.timestamp("us", tz="UTC")
POINTS_PER_BATCH = 65_536


class Config(BaseModel):
    """A connection's settings, declared once. `SecretStr` fields are sealed, the others are plain.

    A field's `title` is its label, its `description` the help beneath it. A message for one field
    is raised as `ValueError` by a validator.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where the platform listens; the staged test resolves, connects and shakes hands here."""
        raise NotImplementedError


C = TypeVar("C", bound=Config)
T = TypeVar("T")


def secret_names(config: type[Config]) -> frozenset[str]:
    """The names of the settings that are sealed."""
    return frozenset(
        name
        for name, declared in config.model_fields.items()
        if SecretStr in (declared.annotation, *get_args(declared.annotation))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Aware, half-open `[start, end)`, kept in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("A window needs times with a zone.")
        # In UTC first: Python compares two times of one zone by their clocks, whatever the offset.
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end < self.start:
            raise ValueError("The window ends before it starts.")

    @property
    def width(self) -> timedelta:
        return self.end - self.start

    @property
    def empty(self) -> bool:
        return self.start == self.end

    def meet(self, other: Window) -> Window | None:
        """What both cover, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start=start, end=end) if start < end else None

    def split(self, width: timedelta) -> Iterator[Window]:
        """Pieces of at most `width`, in order, without gap or overlap."""
        if width <= timedelta(0):
            raise ValueError("A piece of a window needs a width.")
        start = self.start
        while start < self.end:
            end = min(start + width, self.end)
            yield Window(start=start, end=end)
            start = end


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who the platform says we are. `id` stays the same for the same account, whatever its name."""

    id: str
    label: str
    facts: Mapping[str, str] = field(default_factory=dict)
    """Shown on the connection's page: the platform's version, the account's rights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything on a platform that can be browsed."""

    id: NodeId
    name: str
    type: str
    """The platform's own word for it: `campaign`, `timeseries`."""
    role: Role
    parent: NodeId | None = None
    expandable: bool = False
    unit: str | None = None
    last_seen: datetime | None = None
    """The time of a series' newest point, where the platform tells."""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some of the items, and the cursor that asks for more (None: there are no more)."""

    items: tuple[T, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What was changed on the way: shown on the chart, written in the manifest."""

    floored: int = 0
    """Times with a fraction below a microsecond, cut to it."""
    duplicates: int = 0
    """Points dropped because a later one has the same time."""
    unreadable: int = 0
    """Values that are no number (text, NaN, infinity), given as null."""

    def __add__(self, other: Notes) -> Notes:
        return Notes(
            floored=self.floored + other.floored,
            duplicates=self.duplicates + other.duplicates,
            unreadable=self.unreadable + other.unreadable,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """At most 65,536 points of one series: `time: timestamp[us, UTC]`, strictly rising within a
    series, and `value: float64 | int64 | bool | string`. Gaps are absent or null, never invented.
    """

    series: NodeId
    batch: pa.RecordBatch
    notes: Notes = Notes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Aggregated points of one series: `time` (each bucket's start) and a float64 column for each
    function asked, null where a bucket holds no point."""

    series: NodeId
    step: timedelta
    batch: pa.RecordBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The outcome of a write: what the platform took, and what it silently kept as it was."""

    accepted: int
    unchanged: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Facts about a platform that are not verbs."""

    per_second: float | None = None
    """Requests a second that the vendor allows one account; None: no documented limit."""
    source: str = ""
    """Where the vendor says so: a link, or the section of the platform's reference."""
    series_per_read: int = 1
    """How many series one `read` takes in one request."""
    widest: timedelta | None = None
    """The widest window that one request should ask for."""
    settles: timedelta = timedelta(hours=1)
    """How long after a time its points may still change or arrive."""
    fresh: timedelta = timedelta(minutes=1)
    """How long an answer about a time that has not settled is good enough."""
    steps: tuple[timedelta, ...] = ()
    """The bucket widths that `aggregate` takes, rising."""


class Keep(Protocol):
    """Small sealed values that a service keeps from one opening to the next: its tokens."""

    def load(self) -> Mapping[str, str]:
        """What was kept last; empty at first."""
        ...

    def save(self, values: Mapping[str, str]) -> None:
        """Keep these values and no others."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """Held by one process at a time for one connection; waits within the door's deadline."""
        ...


class OpenHttp(Protocol):
    """Makes the HTTP client of one origin; see `connectors.http.Http`."""

    def __call__(
        self, base: str, *, auth: Auth | None = None, explain: Explain | None = None
    ) -> Http: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The only ways out, handed to a service when it is opened."""

    http: OpenHttp
    socket: Callable[[Endpoint], socket]
    keep: Keep
    close: Callable[[], None] = lambda: None
    """Frees every connection that `http` has opened."""


class Service(ABC, Generic[C]):
    """One platform account, opened. Cheap to make: no request before the first verb."""

    kind: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    """One sentence for the page on which a person chooses a platform."""
    Config: ClassVar[type[Config]]
    traits: ClassVar[Traits] = Traits()

    def __init__(self, config: C, door: Door) -> None:
        self.config = config
        self.door = door

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self.door.close()

    @abstractmethod
    def check(self) -> Account:
        """Sign in and say who we are. Raises AuthFailed, Unavailable, BadAnswer."""

    @abstractmethod
    def children(self, parent: NodeId | None, cursor: str | None = None) -> Page[Node]:
        """What lies directly under `parent` (None: the top), each child once over all pages."""

    @abstractmethod
    def node(self, id: NodeId) -> Node:
        """This one node. Raises NotFound when the platform has it no longer, or never had."""


class Reads(ABC):
    """Give the points of series. Implement it when the platform stores times and values."""

    @abstractmethod
    def read(self, series: Sequence[NodeId], window: Window) -> Iterator[Points]:
        """Every stored point in the window, series after series or mixed, rising within each.

        Closing the generator closes the answer. An empty series yields nothing; an unknown one
        raises NotFound. read[a,b) + read[b,c) == read[a,c).
        """


class Aggregates(ABC):
    """Compute buckets at the source. Implement it when that moves fewer bytes than `read`."""

    @abstractmethod
    def aggregate(
        self,
        series: Sequence[NodeId],
        window: Window,
        step: timedelta,
        functions: Sequence[Function],
    ) -> Iterator[Buckets]:
        """Buckets of `step` (one of `traits.steps`), aligned to the epoch in UTC.

        The window is widened to whole buckets. Raises ValueError for a step not in the traits.
        """


class Writes(ABC):
    """Take points from elsewhere."""

    @abstractmethod
    def write(self, series: NodeId, batches: Iterable[pa.RecordBatch]) -> Written:
        """Store the points; never repeated blindly by the caller after Unavailable."""


class Searches(ABC):
    """Find nodes by text, at the source."""

    @abstractmethod
    def search(self, text: str, cursor: str | None = None) -> Page[Node]:
        """Nodes whose name holds the text, upper and lower case alike."""


POWERS: tuple[type[Any], ...] = (Reads, Aggregates, Writes, Searches)


def powers(service: type[Service[Any]]) -> tuple[type[Any], ...]:
    """The powers of a service class, in the order of `POWERS`."""
    return tuple(power for power in POWERS if issubclass(service, power))


def reveal(config: Config) -> tuple[str, ...]:
    """The secret texts inside a config: what the transport has to blot out."""
    return tuple(
        value.get_secret_value()
        for value in (getattr(config, name) for name in secret_names(type(config)))
        if isinstance(value, SecretStr) and value.get_secret_value()
    )
