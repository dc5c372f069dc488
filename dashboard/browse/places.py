"""Where in a long listing the next page begins, as an opaque word in a link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core import signing

from connectors.errors import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The platform's own cursor, and what remembering a listing over several pages needs."""

    since: datetime
    """When the first page was asked for: what is older at the end of the walk has vanished."""
    cursor: str | None = None
    position: int = 0
    seen: bool = False
    """True while walking through what was last seen instead of asking the platform."""

    def word(self, folder: str) -> str:
        """Signed for one folder, because what follows changes what is remembered of it."""
        facts = [self.since.isoformat(), self.cursor, self.position, self.seen]
        return signing.dumps(facts, salt=_salt(folder), compress=True)


def read(word: str, *, folder: str, now: datetime) -> Place:
    """The place of a word; an empty word is the beginning. Raises Rejected for a damaged one."""
    if not word:
        return Place(since=now)
    try:
        since, cursor, position, seen = signing.loads(word, salt=_salt(folder))
    except signing.BadSignature:
        raise Rejected("This link into a long list is damaged. Open the folder again.") from None
    return Place(since=datetime.fromisoformat(since), cursor=cursor, position=position, seen=seen)


def _salt(folder: str) -> str:
    return f"browse.place:{folder}"
