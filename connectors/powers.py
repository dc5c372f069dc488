"""The optional verbs of the contract. A service inherits a power when its platform has the ability,
and then has to implement it: a half-written service cannot be opened.

Each docstring says when to implement the power, and what to raise. Every verb may also raise
AuthFailed, Forbidden, RateLimited, Unavailable and BadAnswer; they are left out below. Others
import the powers from `connectors.contract`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import pyarrow as pa

from connectors.nouns import (
    Audience,
    Buckets,
    Feed,
    File,
    Function,
    Grant,
    Node,
    NodeId,
    Page,
    Points,
    Upload,
    Window,
    Written,
)


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
    """Take points from elsewhere. Implement it when the platform stores what others measured."""

    @abstractmethod
    def write(self, series: Sequence[NodeId], batches: Iterable[pa.RecordBatch]) -> Written:
        """Store the points; never repeated blindly by the caller after Unavailable.

        Each batch has `time` first and then a column for each series, in their order; a null is no
        point. Several series at once are what platforms with wide samples take (a state vector, a
        record of measures): one such sample is made of one row. Raises NotFound, and Rejected on
        `series` for those that do not make a whole sample, on `time` and on `value`.
        """


class Searches(ABC):
    """Find nodes by text. Implement it when the platform finds them without being walked."""

    @abstractmethod
    def search(self, text: str, cursor: str | None = None) -> Page[Node]:
        """Nodes whose name holds the text, upper and lower case alike."""


class Downloads(ABC):
    """Give files. Implement it when some nodes have the role `file`, and for those only."""

    @abstractmethod
    def open(self, file: NodeId) -> File:
        """The file, its bytes fetched as they are taken. Raises NotFound at once, not later.

        A file that ends before its size is Unavailable: half a file is never taken for a whole one.
        """


class Uploads(ABC):
    """Take files, and delete them. Implement it when the platform has folders of files.

    What else a platform does with files (rename, make a folder) is an operation.
    """

    takes: ClassVar[frozenset[str]] = frozenset()
    """The types of the nodes that take files; empty: every folder does."""

    @abstractmethod
    def put(self, folder: NodeId, upload: Upload) -> Node:
        """Store the file and say what it became. Never repeated blindly after Unavailable.

        Raises NotFound (no such folder) and Rejected on `name`: one that the platform cannot keep
        exactly as it is, or that is taken where it does not replace. Names are sent as data,
        never as a part of an address, so `/`, `..` and control characters cannot lead elsewhere.
        """

    @abstractmethod
    def delete(self, file: NodeId) -> None:
        """Afterwards it is gone. Raises NotFound when it was not there."""


class Shares(ABC):
    """Give others access to a node, on the platform itself. Implement it when the platform lets an
    account see and change who else has access.

    The words fit, as different as they are: an Avista collaborative (audience) that a store is
    added to (one right, no end); a BEMServer user group tied to a campaign or, apart from that, to
    a scope (one right, no end; what lies beneath shows the tie as a grant from above); and the
    rights on a path of a flowthings share or token (any of four at once, with an end, immutable).
    Hence rights in the plural, and no verb for changing: to share again is to change. Who belongs
    to an audience is a matter of operations.
    """

    @abstractmethod
    def audiences(self, node: NodeId, cursor: str | None = None) -> Page[Audience]:
        """With whom the node can be shared. None at all: the node cannot be shared by itself."""

    @abstractmethod
    def grants(self, node: NodeId) -> tuple[Grant, ...]:
        """Who has access now and why: grants of this node, and those that come from above."""

    @abstractmethod
    def share(
        self,
        node: NodeId,
        audience: str,
        rights: Sequence[str],
        until: datetime | None = None,
    ) -> Grant:
        """Afterwards the audience has these rights on this node and no others, until then.

        Twice is no error and gives one grant. Where the platform cannot change a grant, the new
        one is made before the old one is revoked, so that access does not lapse. An audience that
        stands for something made anew (`anew`: an access token) gives a new grant each time.
        Raises NotFound (the node) and Rejected on `audience`, on `rights` (unknown, none, too
        many) and on `until` (where `traits.grants_expire` is not, or in the past).
        """

    @abstractmethod
    def revoke(self, node: NodeId, grant: str) -> None:
        """Afterwards the grant with this id is gone; that it was gone before is no error.

        Raises NotFound for the node, and Rejected on `grant` for one that comes from above.
        """


class Streams(ABC):
    """Give points as they arise. Implement it when the platform pushes; polling is the caller's."""

    @abstractmethod
    def subscribe(self, series: Sequence[NodeId]) -> Feed:
        """Every point that arises after this has returned, by then the platform has confirmed.

        Ends quietly at the door's deadline. A connection that breaks is Unavailable: the caller
        subscribes again and reads what it missed. Raises NotFound for an unknown series.
        """
