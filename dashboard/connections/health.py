"""How a connection is: asked of the platform, written down, told once per change."""

from __future__ import annotations

import logging

from django.utils import timezone

from connectors.contract import Account
from connectors.errors import (
    AuthFailed,
    BadAnswer,
    ConfigInvalid,
    ConnectorError,
    RateLimited,
    Unavailable,
)
from dashboard.activity.services import notice_tell
from dashboard.connections import vault
from dashboard.connections.models import Connection, Health
from dashboard.connections.services import connection_open

log = logging.getLogger(__name__)

SIGN_IN_AGAIN = (
    "Sign in again: an owner of the workspace replaces the secret on the connection's page."
)
LOCKED = (
    "The secret cannot be opened with the vault key that this server has. "
    "Whoever runs Tieline has to set the right key."
)


def connection_check(
    connection: Connection, *, seconds: float | None = None, background: bool = False
) -> None:
    """Signs in once and writes down how that went; an error of the platform is the answer.

    Works on the row itself: health, trouble, account and times are fresh afterwards.
    """
    try:
        with connection_open(connection, seconds=seconds, background=background) as service:
            account = service.check()
    except ConnectorError as wrong:
        health_note(
            connection, health=health_of(wrong, before=connection.health), says=sentence(wrong)
        )
    except vault.Locked:
        health_note(connection, health=Health.LOCKED, says=LOCKED)
    else:
        _welcome(connection, account)


def health_of(wrong: ConnectorError, *, before: str) -> Health:
    """The word for an error; a spent request budget says nothing about the platform."""
    if isinstance(wrong, RateLimited):
        return Health(before)
    if isinstance(wrong, AuthFailed):
        return Health.SIGN_IN
    return Health.DOWN if isinstance(wrong, Unavailable | BadAnswer) else Health.FAULT


def sentence(wrong: ConnectorError) -> str:
    """The error's message, with what it says about single settings, and what a refused sign-in
    needs next."""
    if isinstance(wrong, AuthFailed):
        return f"{wrong.message} {SIGN_IN_AGAIN}"
    faults = wrong.fields if isinstance(wrong, ConfigInvalid) else {}
    return " ".join((wrong.message, *(f"{name}: {says}" for name, says in faults.items())))


def health_note(connection: Connection, *, health: Health, says: str = "") -> None:
    """Writes the health down; of everybody who sees a change at once, one tells it."""
    before, now = connection.health, timezone.now()
    connection.health, connection.trouble, connection.checked_at = health, says, now
    changes = {"health": health, "trouble": says, "checked_at": now}
    if health == Health.OK:
        connection.healthy_at = now
        changes["healthy_at"] = now
    changed = Connection.objects.filter(pk=connection.pk, health=before).update(**changes)
    if changed and before != health:
        _tell(connection, before=before)


def shown(connection: Connection) -> Connection:
    """The same row, saying "locked" where the vault's key does not fit: no platform is asked."""
    if not vault.fits(connection.sealed):
        connection.health, connection.trouble = Health.LOCKED, LOCKED
    return connection


def _welcome(connection: Connection, account: Account) -> None:
    if connection.account_id not in ("", account.id):
        says = (
            f"This now signs in as {account.label}, not as {connection.account_label}. "
            "Replace the settings with those of the right account."
        )
        health_note(connection, health=Health.FAULT, says=says)
        return
    twins = Connection.objects.filter(
        workspace=connection.workspace_id, kind=connection.kind, account_id=account.id
    ).exclude(pk=connection.pk)
    if twins.exists():
        says = "Another connection of this workspace has the same account. Delete one of the two."
        health_note(connection, health=Health.FAULT, says=says)
        return
    connection.account_id, connection.account_label = account.id[:200], account.label[:200]
    connection.facts = dict(account.facts)
    connection.save(update_fields=["account_id", "account_label", "facts"])
    health_note(connection, health=Health.OK)


def _tell(connection: Connection, *, before: str) -> None:
    """Once down, once up; a first success is no news."""
    if connection.health == Health.OK:
        log.info("connection %s works again", connection.pk)
        text = f"“{connection.name}” works again."
    else:
        log.warning("connection %s: %s", connection.pk, connection.health)
        text = f"“{connection.name}” needs a look: {connection.trouble}"
    if connection.health == Health.OK and before == Health.UNCHECKED:
        return
    notice_tell(
        workspace=connection.workspace,
        topic=f"connection:{connection.pk}",
        state=connection.health,
        text=text,
    )
