"""Sealing: small dictionaries of secrets in and out of a binary column.

AES-128-CBC with HMAC-SHA256 (Fernet); the newest key seals, every listed key opens, so a key is
replaced by putting the new one first and resealing (`manage.py vault rotate`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Locked(Exception):
    """What is sealed cannot be opened with the keys this server has."""


def seal(values: Mapping[str, str]) -> bytes:
    """Nothing is sealed as nothing, so an empty column stays readable under any key."""
    if not values:
        return b""
    return _box().encrypt(json.dumps(dict(values)).encode())


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """The values. Raises Locked when no listed key fits."""
    token = bytes(sealed)
    if not token:
        return {}
    try:
        values: dict[str, str] = json.loads(_box().decrypt(token))
    except InvalidToken:
        raise Locked("The vault's key does not fit.") from None
    return values


def fits(sealed: bytes | memoryview) -> bool:
    """True when this can be opened here; what it holds is not kept."""
    token = bytes(sealed)
    if not token:
        return True
    try:
        _box().decrypt(token)
    except InvalidToken:
        return False
    return True


def rotate(sealed: bytes | memoryview) -> bytes:
    """The same values under the newest key. Raises Locked."""
    return seal(unseal(sealed))


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in settings.VAULT_KEYS])


def _fernet_key(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())
