"""The object store behind presigned URLs: bytes in parts, signatures, expiry."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from connectors.sandbox.clock import Clock
from connectors.sandbox.store import Store

if TYPE_CHECKING:
    from connectors.sandbox.avista.resolvers import Call

PART = 1 << 20
URL_SECONDS = 900
"""How long a presigned URL holds. The platform does not tell its own figure [G]."""
STAMP = "%Y%m%dT%H%M%SZ"
ROOT = "/objects/"
BINARY = "binary/octet-stream"


class S3Error(Exception):
    """An answer of the object store that is no object."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """What lies under one key."""

    key: str
    name: str
    kind: str = ""
    """What an upload to it belongs to, as `Resolvers.uploaded` names it; empty: nothing."""
    owner: str = ""
    """The id of the record that an upload completes."""
    content_type: str = BINARY
    size: int = 0
    etag: str = ""
    version: int = 0
    """Counts the uploads; 0 while there is nothing to download."""
    expires: str = ""
    """When it is thrown away, as an ISO time; empty: never."""


FIELDS = tuple(field.name for field in fields(StoredObject))


class Objects:
    """Every object. Content goes in and out in parts of 1 MiB, never whole."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._records = store.records("objects")
        self._parts = store.files("objects")
        self._clock = clock
        held = store.records("secrets")
        held.setdefault("signing", {"key": secrets.token_hex(32)})
        self._secret = held["signing"]["key"].encode()

    def reserve(self, name: str, *, kind: str = "", owner: str = "") -> StoredObject:
        """A key that an upload will fill."""
        stored = StoredObject(key=secrets.token_hex(16), name=name, kind=kind, owner=owner)
        return self._kept(stored)

    def put(
        self,
        content: bytes | Iterable[bytes],
        name: str,
        *,
        content_type: str = BINARY,
        seconds: int | None = None,
    ) -> StoredObject:
        """Keeps bytes under a key of their own; with `seconds`, only for so long."""
        self._sweep()
        expires = ""
        if seconds is not None:
            expires = (self._clock.now() + timedelta(seconds=seconds)).isoformat()
        reserved = StoredObject(key=secrets.token_hex(16), name=name, expires=expires)
        pieces = [content] if isinstance(content, bytes) else content
        filling = self.filling(reserved)
        for piece in pieces:
            filling.add(piece)
        return filling.done(content_type)

    def filling(self, stored: StoredObject) -> Filling:
        """The next version of an object, to be filled piece by piece."""
        return Filling(self, stored)

    def get(self, key: str) -> StoredObject:
        """Raises S3Error when there is none."""
        if key not in self._records:
            raise S3Error(404, "NoSuchKey", "The specified key does not exist.")
        return StoredObject(**self._records[key])

    def read(self, stored: StoredObject) -> Iterator[bytes]:
        """The bytes, a part at a time."""
        for number in range(-(-stored.size // PART)):
            yield self._parts[_part(stored, number)]

    def delete(self, key: str) -> None:
        """Forgets an object. One that does not exist is ignored."""
        record = self._records.pop(key, None)
        if record is not None:
            self._drop(StoredObject(**record))

    def url(self, call: Call, key: str, method: str = "GET", seconds: int = URL_SECONDS) -> str:
        """A URL that lets anybody use the object by this method, for so long."""
        fields = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": self._clock.now().strftime(STAMP),
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
        }
        signature = self._signature(method, key, fields)
        query = urlencode({**fields, "X-Amz-Signature": signature})
        return f"{call.base_url}{ROOT}{quote(key)}?{query}"

    def check(self, method: str, key: str, query: Mapping[str, str]) -> None:
        """Holds a request against its signature. Raises S3Error 403."""
        if "X-Amz-Signature" not in query:
            raise S3Error(403, "AccessDenied", "Access Denied")
        if not hmac.compare_digest(
            self._signature(method, key, query).encode(), query["X-Amz-Signature"].encode()
        ):
            raise S3Error(403, "SignatureDoesNotMatch", SIGNATURE)
        since = datetime.strptime(query["X-Amz-Date"], STAMP).replace(tzinfo=UTC)
        if self._clock.now() > since + timedelta(seconds=int(query["X-Amz-Expires"])):
            raise S3Error(403, "AccessDenied", "Request has expired")

    def _signature(self, method: str, key: str, query: Mapping[str, str]) -> str:
        """A signature of our own: nobody but the store reads it."""
        date, expires = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
        text = "\n".join((method, key, date, expires))
        return hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _sweep(self) -> None:
        """Throws away what has expired."""
        now = self._clock.now().isoformat()
        for record in self._records.all():
            if record["expires"] and record["expires"] < now:
                self.delete(record["key"])

    def _kept(self, stored: StoredObject) -> StoredObject:
        self._records[stored.key] = {name: getattr(stored, name) for name in FIELDS}
        return stored

    def _drop(self, stored: StoredObject) -> None:
        for number in range(-(-stored.size // PART)):
            self._parts.pop(_part(stored, number), None)


SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)


class Filling:
    """An upload under way. Nobody sees it before it is done."""

    def __init__(self, objects: Objects, stored: StoredObject) -> None:
        self._objects = objects
        self._before = stored
        self._stored = replace(stored, version=_next_version(), size=0)
        self._number = 0
        self._buffer = bytearray()
        self._digest = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def add(self, piece: bytes) -> None:
        """The next bytes."""
        self._buffer += piece
        self._digest.update(piece)
        self.size += len(piece)
        while len(self._buffer) >= PART:
            self._write(PART)

    def done(self, content_type: str) -> StoredObject:
        """Puts it in the place of what was there."""
        if self._buffer:
            self._write(len(self._buffer))
        stored = self._objects._kept(
            replace(
                self._stored,
                size=self.size,
                content_type=content_type,
                etag=self._digest.hexdigest(),
            )
        )
        if self._before.version:
            self._objects._drop(self._before)
        return stored

    def abandon(self) -> None:
        """Forgets what came so far."""
        for number in range(self._number):
            self._objects._parts.pop(_part(self._stored, number), None)

    def _write(self, size: int) -> None:
        self._objects._parts[_part(self._stored, self._number)] = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._number += 1


def _next_version() -> int:
    """A number that two uploads to one key at the same time do not share."""
    return secrets.randbits(48) + 1


def _part(stored: StoredObject, number: int) -> str:
    return f"{stored.key}/{stored.version}/{number}"
