"""CRC-32C (Castagnoli, RFC 3720 section 12.1), which guards Kafka's batches."""

from __future__ import annotations

_REVERSED = 0x82F63B78


def _row(byte: int) -> int:
    value = byte
    for _ in range(8):
        value = (value >> 1) ^ (_REVERSED if value & 1 else 0)
    return value


_TABLE = tuple(_row(byte) for byte in range(256))


def crc32c(data: bytes) -> int:
    """The checksum over all bytes."""
    value = 0xFFFFFFFF
    for byte in data:
        value = (value >> 8) ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF
