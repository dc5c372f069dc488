"""API keys: made once, kept as a digest, found by their prefix."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.access import Role
from dashboard.accounts.models import ApiKey, Membership, Person, Workspace

MARK = "tieline"
"""How every key begins, so that a key in the wrong place is recognised."""
USED_EVERY = timedelta(minutes=1)
"""The last use is written down at most so often."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new key with its text, which nobody can show again."""

    key: ApiKey
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who is calling with a key, where, and with which role."""

    person: Person
    workspace: Workspace
    role: Role


def key_make(
    *,
    person: Person,
    workspace: Workspace,
    name: str,
    role: Role,
    expires_at: datetime | None = None,
) -> Made:
    """A key that opens this workspace and no other."""
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    text = f"{MARK}_{prefix}_{secret}"
    key = ApiKey.objects.create(
        workspace=workspace, person=person, name=name, prefix=prefix, digest=_digest(text),
        role=role, expires_at=expires_at,
    )  # fmt: skip
    return Made(key, text)


def key_open(text: str, *, now: datetime) -> Bearer | None:
    """Whose key this is; None for one that is wrong, over, revoked, or whose person has left."""
    mark, _, rest = text.partition("_")
    found = ApiKey.objects.select_related("person", "workspace")
    key = found.filter(prefix=rest.partition("_")[0]).first() if mark == MARK else None
    if key is None or not hmac.compare_digest(key.digest, _digest(text)) or not _good(key, now):
        return None
    place = Membership.objects.filter(person=key.person, workspace=key.workspace).first()
    if place is None:
        return None
    if key.used_at is None or now - key.used_at > USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(used_at=now)
    role = Role(min(place.role, key.role))
    return Bearer(person=key.person, workspace=key.workspace, role=role)


def key_revoke(key: ApiKey, *, now: datetime) -> None:
    """The key opens nothing from now on."""
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])


def _good(key: ApiKey, now: datetime) -> bool:
    over = key.expires_at is not None and key.expires_at <= now
    return key.revoked_at is None and not over and key.person.is_active


def _digest(text: str) -> str:
    """SHA-256 is enough: the secret has 256 random bits, so nobody guesses it."""
    return hashlib.sha256(text.encode()).hexdigest()
