"""Record batches of format 2, the only one that produce 3 to 7 and fetch 4 know."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from struct import Struct

from connectors.sandbox.avenieca.broker.crc import crc32c
from connectors.sandbox.avenieca.broker.wire import INT64, FrameError, Reader, varint

HEADER = Struct(">qiibIhiqqqhii")
OFFSET_AND_LENGTH = 12  # bytes before the part that the length counts
SUMMED = 21  # from here on the checksum counts
MAGIC = 2
PLAIN, GZIP = 0, 1
COMPRESSION, CONTROL, TRANSACTIONAL = 0b111, 0b100000, 0b10000
LARGEST_UNPACKED = 16 * 1024 * 1024
NOBODY = -1


class Refusal(Exception):
    """A batch that cannot be taken, with Kafka's error code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


CORRUPT, TOO_LARGE, BAD_TIMESTAMP, UNSUPPORTED_FORMAT, UNSUPPORTED_CODEC, INVALID = (
    2, 10, 32, 43, 76, 87,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One message; its time in milliseconds since 1970."""

    offset: int
    time: int
    value: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What the header of a batch says, and the batch as it came."""

    raw: bytes
    base: int
    count: int
    attributes: int
    first_time: int
    last_time: int
    producer: int
    epoch: int
    sequence: int

    @property
    def last(self) -> int:
        """The offset of its last record."""
        return self.base + self.count - 1

    def moved(self, base: int) -> Batch:
        """The same batch at another place in the log; its checksum leaves the offset out."""
        return replace(self, base=base, raw=INT64.pack(base) + self.raw[8:])

    def records(self) -> Iterator[Record]:
        """Its messages. Raises Refusal."""
        reader = Reader(_unpacked(self.raw[HEADER.size :], self.attributes & COMPRESSION))
        for place in range(self.count):
            try:
                yield self._record(reader, place)
            except FrameError:
                raise Refusal(INVALID) from None

    def _record(self, reader: Reader, place: int) -> Record:
        inner = Reader(reader.take(reader.varint()))
        inner.int8()
        time, offset = inner.varint(), inner.varint()
        if offset != place:
            raise Refusal(INVALID)
        _bytes(inner)
        value = _bytes(inner)
        for _ in range(inner.varint()):
            _bytes(inner)
            _bytes(inner)
        return Record(offset=self.base + offset, time=self.first_time + time, value=value)


def _bytes(reader: Reader) -> bytes | None:
    length = reader.varint()
    return None if length < 0 else reader.take(length)


def _unpacked(body: bytes, codec: int) -> bytes:
    """Raises Refusal for a codec that the standard library lacks, and for what unpacks too big."""
    if codec == PLAIN:
        return body
    if codec != GZIP:
        raise Refusal(UNSUPPORTED_CODEC)
    unpacking = zlib.decompressobj(wbits=31)  # a gzip header
    try:
        plain = unpacking.decompress(body, LARGEST_UNPACKED)
    except zlib.error:
        raise Refusal(CORRUPT) from None
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise Refusal(TOO_LARGE if unpacking.unconsumed_tail else CORRUPT)
    return plain


def read(data: bytes) -> Batch:
    """The one batch that a produce request holds for a partition. Raises Refusal."""
    if len(data) < HEADER.size:
        raise Refusal(CORRUPT)
    base, length, _, magic, checksum, attributes, last, first_time, last_time, producer, epoch, \
        sequence, count = HEADER.unpack_from(data)  # fmt: skip
    if magic != MAGIC:
        raise Refusal(UNSUPPORTED_FORMAT)
    if length != len(data) - OFFSET_AND_LENGTH:
        raise Refusal(CORRUPT)
    if crc32c(data[SUMMED:]) != checksum:
        raise Refusal(CORRUPT)
    if count < 1 or last != count - 1 or attributes & (CONTROL | TRANSACTIONAL):
        raise Refusal(INVALID)
    if not 0 <= last_time < 2**53:
        raise Refusal(BAD_TIMESTAMP)
    return Batch(raw=data, base=base, count=count, attributes=attributes, first_time=first_time,
                 last_time=last_time, producer=producer, epoch=epoch,
                 sequence=sequence)  # fmt: skip


def written(base: int, messages: Sequence[tuple[int, bytes]]) -> bytes:
    """A plain batch of (milliseconds since 1970, value). `messages` is not empty."""
    first = messages[0][0]
    body = b"".join(
        _encoded(place, time - first, value) for place, (time, value) in enumerate(messages)
    )
    last, length = len(messages) - 1, HEADER.size - OFFSET_AND_LENGTH + len(body)
    newest = max(time for time, _ in messages)
    fields = (0, last, first, newest, NOBODY, NOBODY, NOBODY, len(messages))
    blank = HEADER.pack(base, length, 0, MAGIC, 0, *fields)
    checksum = crc32c(blank[SUMMED:] + body)
    return HEADER.pack(base, length, 0, MAGIC, checksum, *fields) + body


def _encoded(place: int, time: int, value: bytes) -> bytes:
    """A record without key and headers."""
    inner = b"\0" + varint(time) + varint(place) + varint(-1) + varint(len(value)) + value
    inner += varint(0)
    return varint(len(inner)) + inner
