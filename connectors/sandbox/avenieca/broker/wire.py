"""Kafka's primitives: big-endian numbers, strings and arrays with their length in front."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from struct import Struct
from typing import TypeVar

Item = TypeVar("Item")
INT8, INT16, INT32, INT64 = Struct(">b"), Struct(">h"), Struct(">i"), Struct(">q")
NOTHING = -1  # the length of a null


class FrameError(Exception):
    """Bytes that are no request: the connection closes and the broker goes on."""


class Reader:
    """Takes a frame apart. Every method raises FrameError where the frame is too short."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes are still to read."""
        return len(self._data) - self._at

    def take(self, length: int) -> bytes:
        """So many bytes."""
        if not 0 <= length <= self.left:
            raise FrameError(f"{length} bytes wanted, {self.left} left")
        self._at += length
        return self._data[self._at - length : self._at]

    def _number(self, kind: Struct) -> int:
        value: int = kind.unpack(self.take(kind.size))[0]
        return value

    def int8(self) -> int:
        """One byte, signed."""
        return self._number(INT8)

    def int16(self) -> int:
        """Two bytes, signed."""
        return self._number(INT16)

    def int32(self) -> int:
        """Four bytes, signed."""
        return self._number(INT32)

    def int64(self) -> int:
        """Eight bytes, signed."""
        return self._number(INT64)

    def varint(self) -> int:
        """A zigzag number of up to ten bytes."""
        raw = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            raw |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (raw >> 1) ^ -(raw & 1)
        raise FrameError("a number of more than ten bytes")

    def text_or_null(self) -> str | None:
        """A string of up to 32 kB, or null."""
        length = self.int16()
        if length == NOTHING:
            return None
        try:
            return self.take(length).decode()
        except UnicodeDecodeError:
            raise FrameError("a string that is no UTF-8") from None

    def text(self) -> str:
        """A string."""
        value = self.text_or_null()
        if value is None:
            raise FrameError("null where a string must be")
        return value

    def blob(self) -> bytes:
        """Bytes; null is none."""
        length = self.int32()
        return b"" if length == NOTHING else self.take(length)

    def array_or_null(self, item: Callable[[], Item]) -> list[Item] | None:
        """An array, or null. Every item takes a byte at least, so a huge count is a lie."""
        count = self.int32()
        if count == NOTHING:
            return None
        if not 0 <= count <= self.left:
            raise FrameError(f"an array of {count} in {self.left} bytes")
        return [item() for _ in range(count)]

    def array(self, item: Callable[[], Item]) -> list[Item]:
        """An array; null is empty."""
        return self.array_or_null(item) or []


def text(value: str | None) -> bytes:
    """A string or null."""
    if value is None:
        return INT16.pack(NOTHING)
    raw = value.encode()
    return INT16.pack(len(raw)) + raw


def blob(value: bytes) -> bytes:
    """Bytes with their length."""
    return INT32.pack(len(value)) + value


def array(items: Iterable[bytes]) -> bytes:
    """An array of what is encoded already."""
    every = list(items)
    return INT32.pack(len(every)) + b"".join(every)


def varint(value: int) -> bytes:
    """A zigzag number."""
    raw = (value << 1) ^ (value >> 63)
    out = bytearray()
    while raw > 0x7F:
        out.append(raw & 0x7F | 0x80)
        raw >>= 7
    out.append(raw)
    return bytes(out)
