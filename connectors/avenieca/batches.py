"""Kafka's record batches of format 2: https://kafka.apache.org/documentation/#recordbatch"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from struct import Struct

import pyarrow as pa

from connectors.avenieca.crc import crc32c
from connectors.errors import BadAnswer

HEAD = Struct(">qiibIhiqqqhii")
"""Offset, length, leader epoch, format, checksum, attributes, last offset, first and last time,
producer, its epoch, sequence, number of records."""
BEFORE_LENGTH, BEFORE_SUM = 12, 21
LAST = 6
"""Which of them is the last offset, counted from the first."""
FORMAT = 2
NOBODY = -1
CODECS = {1: "gzip", 3: "lz4", 4: "zstd"}
CODEC, STAMPED, CONTROL = 0b111, 0b1000, 0b100000
"""Bits of the attributes; STAMPED: all messages have the time at which the broker took them."""
LATEST = 253_402_300_799_999
"""Milliseconds: the end of the year 9999. A message without a time has -1."""
LARGEST = 64 * 1024 * 1024
"""Bytes of one batch when unpacked."""
BROKEN = "The Kafka broker sent records that nobody can read."


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One message; its time in milliseconds since 1970."""

    offset: int
    time: int
    value: bytes | None


def written(time: int, value: bytes) -> bytes:
    """A batch of one message without key or headers, as the platform's client sends it."""
    inner = b"\0" + _zigzag(0) + _zigzag(0) + _zigzag(-1) + _zigzag(len(value)) + value + _zigzag(0)
    body = _zigzag(len(inner)) + inner
    fields = (0, 0, time, time, NOBODY, NOBODY, NOBODY, 1)
    length = HEAD.size - BEFORE_LENGTH + len(body)
    blank = HEAD.pack(0, length, NOBODY, FORMAT, 0, *fields)
    checksum = crc32c(blank[BEFORE_SUM:] + body)
    return HEAD.pack(0, length, NOBODY, FORMAT, checksum, *fields) + body


def read(data: bytes) -> tuple[list[Record], int | None]:
    """The messages of some batches, and the offset behind them; None when there is no whole batch.

    A last batch that is cut off is left for the next fetch. Raises BadAnswer.
    """
    found: list[Record] = []
    following: int | None = None
    for batch in _whole(data):
        base, last = HEAD.unpack_from(batch)[0], HEAD.unpack_from(batch)[LAST]
        found.extend(_records(batch))
        following = base + last + 1
    return found, following


def _whole(data: bytes) -> Iterator[bytes]:
    at = 0
    while len(data) - at >= HEAD.size:
        length = HEAD.unpack_from(data, at)[1]
        end = at + BEFORE_LENGTH + length
        if length < HEAD.size - BEFORE_LENGTH:
            raise BadAnswer(BROKEN)
        if end > len(data):
            return
        yield data[at:end]
        at = end


def _records(data: bytes) -> Iterator[Record]:
    base, _, _, form, checksum, attributes, _, first, newest, *_, count = HEAD.unpack_from(data)
    if form != FORMAT:
        raise BadAnswer("The Kafka broker keeps records in a form from before 2017.")
    if crc32c(data[BEFORE_SUM:]) != checksum:
        raise BadAnswer("The Kafka broker sent records that were damaged on their way.")
    if attributes & CONTROL:
        return
    source = io.BytesIO(_plain(data[HEAD.size :], attributes & CODEC))
    for _ in range(count):
        record = _record(source, base, first)
        yield replace(record, time=newest) if attributes & STAMPED else record


def _plain(body: bytes, codec: int) -> bytes:
    """Unpacked, within bounds."""
    if codec == 0:
        return body
    if codec not in CODECS:
        raise BadAnswer("The Kafka broker's records are packed by snappy, which we do not unpack.")
    try:
        with pa.input_stream(pa.py_buffer(body), compression=CODECS[codec]) as stream:
            plain: bytes = stream.read(LARGEST + 1)
    except (OSError, pa.ArrowException):
        raise BadAnswer(BROKEN) from None
    if len(plain) > LARGEST:
        raise BadAnswer(f"The Kafka broker's records are larger than {LARGEST:,} bytes.")
    return plain


def _record(source: io.BytesIO, base: int, first: int) -> Record:
    inner = io.BytesIO(_taken(source, _number(source)))
    _taken(inner, 1)
    later, place = _number(inner), _number(inner)
    if not 0 <= first + later <= LATEST:
        raise BadAnswer("The Kafka broker sent a message without a time.")
    _sized(inner)
    return Record(offset=base + place, time=first + later, value=_sized(inner))


def _sized(source: io.BytesIO) -> bytes | None:
    length = _number(source)
    return None if length < 0 else _taken(source, length)


def _taken(source: io.BytesIO, length: int) -> bytes:
    found = source.read(length) if length >= 0 else b""
    if len(found) != length:
        raise BadAnswer(BROKEN)
    return found


def _number(source: io.BytesIO) -> int:
    """A zigzag number of at most ten bytes."""
    raw = 0
    for shift in range(0, 70, 7):
        byte = _taken(source, 1)[0]
        raw |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (raw >> 1) ^ -(raw & 1)
    raise BadAnswer(BROKEN)


def _zigzag(value: int) -> bytes:
    raw = (value << 1) ^ (value >> 63)
    out = bytearray()
    while raw > 0x7F:
        out.append(raw & 0x7F | 0x80)
        raw >>= 7
    return bytes([*out, raw])
