"""Everything that is sealed, over all connections: counted, and sealed again by a newer key."""

from __future__ import annotations

from django.db import models

from dashboard.connections import vault
from dashboard.connections.models import Connection, Draft

COLUMNS: tuple[tuple[type[models.Model], str], ...] = (
    (Connection, "sealed"),
    (Connection, "kept"),
    (Draft, "sealed"),
)


def locked() -> int:
    """How many connections no listed key opens."""
    stored = Connection.objects.values_list("sealed", flat=True)
    return sum(not vault.fits(sealed) for sealed in stored.iterator())


def reseal() -> int:
    """Seals all that opens by the newest key, and gives how many values that were.

    A value that changes at the same moment is sealed by the newest key anyway, so the update is
    conditional on the old one; what no key opens is left for the day its key is found.
    """
    return sum(_reseal(model, column) for model, column in COLUMNS)


def _reseal(model: type[models.Model], column: str) -> int:
    rows = model._default_manager.exclude(**{column: b""}).values_list("pk", column)
    return sum(
        model._default_manager.filter(pk=key, **{column: sealed}).update(
            **{column: vault.rotate(sealed)}
        )
        for key, sealed in rows.iterator()
        if vault.fits(sealed)
    )
