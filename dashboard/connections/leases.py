"""Things that one process at a time may do, held in the database and never for ever.

A holder that dies loses the lease at `until`; one that comes back finds it gone, because taking,
renewing and dropping are conditional updates on the holder's name.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from connectors.egress import Deadline
from connectors.errors import Unavailable
from dashboard.connections.models import Lease


def take(name: str, *, holder: str, seconds: float) -> bool:
    """True when the lease is now the holder's."""
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    if Lease.objects.filter(name=name, until__lt=now).update(holder=holder, until=until):
        return True
    try:
        with transaction.atomic():
            Lease.objects.create(name=name, holder=holder, until=until)
    except IntegrityError:
        return False
    return True


def renew(name: str, *, holder: str, seconds: float) -> bool:
    """True while the lease is still the holder's."""
    until = timezone.now() + timedelta(seconds=seconds)
    return bool(Lease.objects.filter(name=name, holder=holder).update(until=until))


def drop(name: str, *, holder: str) -> None:
    Lease.objects.filter(name=name, holder=holder).delete()


@contextmanager
def held(name: str, *, deadline: Deadline, seconds: float = 30) -> Iterator[None]:
    """Holds the lease for the block. Raises Unavailable when it is not free by the deadline."""
    holder = secrets.token_hex(16)
    while not take(name, holder=holder, seconds=seconds):
        if deadline.left() == 0:
            raise Unavailable("Another part of Tieline is still at work here; try again shortly.")
        time.sleep(0.05)  # a poll, bounded by the deadline: a database tells nobody of a free row
    try:
        yield
    finally:
        drop(name, holder=holder)
