"""The narrow waist: what a platform can be asked, and in which words.

A platform is one `Service` subclass. What every platform can do are its three abstract verbs
(`check`, `children`, `node`); everything else is a *power*, an ABC that the service inherits when
it has the ability. `powers(cls)` reads them off the class, so there is no flag that could disagree
with a method. Facts that are not verbs stand in `Traits`.

This is the one module to import the contract from; what it says in full stands beside it: the data
in `nouns`, the optional verbs in `powers`, declared platform functions in `operations`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from socket import socket
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, SecretStr

from connectors.egress import Endpoint
from connectors.files import Files, NoFiles
from connectors.http import Auth, Explain, Http
from connectors.nouns import (
    POINTS_PER_BATCH,
    TIME,
    Account,
    Audience,
    Buckets,
    Feed,
    File,
    Function,
    Grant,
    Node,
    NodeId,
    Notes,
    Page,
    Points,
    Right,
    Role,
    Traits,
    Upload,
    Window,
    Written,
)
from connectors.operations import Acts
from connectors.powers import (
    Aggregates,
    Downloads,
    Reads,
    Searches,
    Shares,
    Streams,
    Uploads,
    Writes,
)

__all__ = [
    "POINTS_PER_BATCH",
    "POWERS",
    "TIME",
    "Account",
    "Acts",
    "Aggregates",
    "Audience",
    "Buckets",
    "Config",
    "Door",
    "Downloads",
    "Feed",
    "File",
    "Files",
    "Function",
    "Grant",
    "Keep",
    "Node",
    "NodeId",
    "Notes",
    "OpenHttp",
    "Page",
    "Points",
    "Reads",
    "Right",
    "Role",
    "Searches",
    "Service",
    "Shares",
    "Streams",
    "Traits",
    "Upload",
    "Uploads",
    "Window",
    "Writes",
    "Written",
    "powers",
    "reveal",
    "secret_names",
]


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


def secret_names(declared_in: type[BaseModel]) -> frozenset[str]:
    """The names of the settings that are sealed."""
    return frozenset(
        name
        for name, declared in declared_in.model_fields.items()
        if SecretStr in (declared.annotation, *get_args(declared.annotation))
    )


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
    files: Files = field(default_factory=NoFiles)
    """Where a service keeps files of its own, because no platform stands behind it."""
    hide: Callable[[Iterable[str]], None] = lambda texts: None
    """Blots these out of whatever is told from now on: a password that was fetched or typed."""
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


POWERS: tuple[type[Any], ...] = (
    Reads,
    Aggregates,
    Writes,
    Downloads,
    Uploads,
    Shares,
    Searches,
    Streams,
    Acts,
)


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
