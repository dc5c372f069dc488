"""Slowing down those who guess passwords: failures counted in the database, so that every web
worker sees the same number.

An e-mail address that nobody has is counted like one that somebody has, so that the answer never
tells which it was.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.utils import timezone

from dashboard.accounts.models import FailedSignIn

MEMORY = timedelta(minutes=15)
FAILURES_AN_ACCOUNT = 10
FAILURES_AN_ADDRESS = 60
"""Larger, since a whole office may share one address."""


def blocked(*, email: str, address: str) -> bool:
    """True when this account or this address failed too often within the last minutes."""
    since = timezone.now() - MEMORY
    recent = FailedSignIn.objects.filter(at__gte=since)
    return (
        recent.filter(source=_account(email)).count() >= FAILURES_AN_ACCOUNT
        or recent.filter(source=_address(address)).count() >= FAILURES_AN_ADDRESS
    )


def failed(*, email: str, address: str) -> None:
    FailedSignIn.objects.filter(at__lt=timezone.now() - MEMORY).delete()
    FailedSignIn.objects.bulk_create(
        FailedSignIn(source=source) for source in (_account(email), _address(address))
    )


def succeeded(*, email: str) -> None:
    """Forgets the account's failures; the address's stay, or one good account would free it."""
    FailedSignIn.objects.filter(source=_account(email)).delete()


def _account(email: str) -> str:
    return "account:" + hashlib.sha256(email.strip().lower().encode()).hexdigest()


def _address(address: str) -> str:
    return f"address:{address}"[:80]
