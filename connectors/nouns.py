"""The nouns of the contract: what services take and give. Frozen, and nothing in them does I/O
but what flows: `File`, `Feed` and `Upload`.

Others import them from `connectors.contract`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Generic, Literal, NewType, Self, TypeVar

import pyarrow as pa
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SecretStr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

NodeId = NewType("NodeId", str)
"""Minted and parsed by one service only; to others an opaque text of at most 400 characters."""

Role = Literal["folder", "series", "file", "record"]
Function = Literal["min", "max", "mean", "sum", "count"]

TIME = pa.timestamp("us", tz="UTC")
POINTS_PER_BATCH = 65_536
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T")


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

    def widened(self, step: timedelta) -> Window:
        """The whole steps that it touches, counted from 1970 in UTC."""
        start = _EPOCH + (self.start - _EPOCH) // step * step
        end = _EPOCH - (_EPOCH - self.end) // step * step
        return Window(start=start, end=end)


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
    size: int | None = None
    """A file's bytes, where the platform tells."""
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

    @classmethod
    def cut(cls, series: NodeId, whole: pa.RecordBatch, notes: Notes) -> Iterator[Points]:
        """A batch of any length, in pieces; the notes go with the first."""
        for batch in _pieces(whole):
            yield cls(series=series, batch=batch, notes=notes)
            notes = Notes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Aggregated points of one series: `time` (each bucket's start) and a float64 column for each
    function asked, null where a bucket holds no point."""

    series: NodeId
    step: timedelta
    batch: pa.RecordBatch

    @classmethod
    def cut(cls, series: NodeId, step: timedelta, whole: pa.RecordBatch) -> Iterator[Buckets]:
        """A batch of any length, in pieces."""
        return (cls(series=series, step=step, batch=batch) for batch in _pieces(whole))


def _pieces(whole: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    for start in range(0, whole.num_rows, POINTS_PER_BATCH):
        yield whole.slice(start, POINTS_PER_BATCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The outcome of a write: what the platform took, and what it silently kept as it was."""

    accepted: int
    unchanged: int | None = None


class _Flowing:
    """A block whose end frees the socket behind what flows."""

    __slots__ = ()
    close: Callable[[], None]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class File(_Flowing):
    """A file on its way from a platform: iterate over its bytes inside a `with` block.

    `close` frees the socket, also when no byte was taken, which closing a generator does not do.
    """

    name: str
    """As the platform has it: never to be used as a path on this machine."""
    chunks: Iterator[bytes] = field(repr=False)
    type: str = "application/octet-stream"
    size: int | None = None
    """In bytes, where the platform tells before."""
    close: Callable[[], None] = field(default=lambda: None, repr=False)

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed(_Flowing):
    """Live points: iterate inside a `with` block. `close` may be called from another thread and
    ends the iteration."""

    points: Iterator[Points] = field(repr=False)
    close: Callable[[], None] = field(default=lambda: None, repr=False)

    def __iter__(self) -> Iterator[Points]:
        return self.points


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on its way to a platform: `size` bytes from where the seekable `content` stands."""

    name: str
    content: BinaryIO = field(repr=False)
    size: int
    type: str = "application/octet-stream"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "binary"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Something that can be given to others. Not called role: a node and a member have one too."""

    name: str
    label: str
    help: str
    """A sentence: what whoever has it may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Somebody, or a group, with whom a node can be shared."""

    id: str
    label: str
    type: str
    """The platform's own word: `collaborative`, `user group`, `identity`."""
    rights: tuple[str, ...]
    """The names of the rights it can be given, of those in the traits."""
    detail: str = ""
    """A word more: how many people it is."""
    anew: bool = False
    """It stands for something that is made with each grant (an access token): such a grant cannot
    be changed, and to share again makes another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An audience's rights on a node, as they are now."""

    id: str
    node: NodeId
    """Where it was given. Another than the one asked for: it comes down from above."""
    audience: Audience
    rights: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None
    secret: SecretStr | None = None
    """Given out once, when the grant is made: the text of an access token."""


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
    rewrites: bool = False
    """A point written at a time that has one counts from then on; else the first one stays."""
    stamps: bool = False
    """The platform stamps what is written with its own clock: only what is so now can be written,
    and a time that is not now is Rejected on `time`."""
    steps: tuple[timedelta, ...] = ()
    """The bucket widths that `aggregate` takes, rising."""
    rights: tuple[Right, ...] = ()
    """What can be given to others, the least first."""
    rights_combine: bool = False
    """Several rights may be given at once; else exactly one."""
    grants_expire: bool = False
    """A grant can be given an end."""
    after_put: str | None = None
    """The operation that makes sense of a file that was just put: people are led to its form."""
