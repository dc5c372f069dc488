"""CRC-32C (Castagnoli), which the standard library lacks: eight bytes a step, by tables."""

from __future__ import annotations

from struct import unpack_from

POLYNOMIAL = 0x82F63B78  # reversed; RFC 3720, section 12.1


def _tables() -> list[list[int]]:
    """For each of eight places what one byte there does to the sum."""
    first = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (POLYNOMIAL if value & 1 else 0)
        first.append(value)
    tables = [first]
    for _ in range(7):
        tables.append([(value >> 8) ^ first[value & 0xFF] for value in tables[-1]])
    return tables


T0, T1, T2, T3, T4, T5, T6, T7 = _tables()


def crc32c(data: bytes) -> int:
    """The sum over all bytes."""
    value = 0xFFFFFFFF
    whole = len(data) // 8 * 8
    for at in range(0, whole, 8):
        low, high = unpack_from("<II", data, at)
        low ^= value
        value = (
            T7[low & 0xFF] ^ T6[low >> 8 & 0xFF] ^ T5[low >> 16 & 0xFF] ^ T4[low >> 24]
            ^ T3[high & 0xFF] ^ T2[high >> 8 & 0xFF] ^ T1[high >> 16 & 0xFF] ^ T0[high >> 24]
        )  # fmt: skip
    for byte in data[whole:]:
        value = (value >> 8) ^ T0[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF
