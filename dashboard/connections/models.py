"""Stored accounts on platforms."""

from __future__ import annotations

import uuid

from django.db import models

from dashboard.accounts.models import Person, Workspace


class Health(models.TextChoices):
    """How a connection was when last used; the word that its page shows."""

    UNCHECKED = "unchecked", "not checked yet"
    OK = "ok", "working"
    DOWN = "down", "not answering"
    SIGN_IN = "sign-in", "sign in again"
    FAULT = "fault", "settings need a look"
    LOCKED = "locked", "locked"


class Connection(models.Model):
    """One account on a platform: plain settings, sealed secrets, health."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="connections")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"", editable=False)
    """The secret settings, sealed by the vault."""
    kept = models.BinaryField(default=b"", editable=False)
    """What the service keeps between openings (tokens), sealed likewise."""
    account_id = models.CharField(max_length=200, blank=True)
    account_label = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    health = models.CharField(max_length=12, choices=Health, default=Health.UNCHECKED)
    trouble = models.TextField(blank=True)
    """The last error as a sentence; empty while all is well."""
    checked_at = models.DateTimeField(null=True, blank=True)
    healthy_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "kind", "account_id"),
                condition=~models.Q(account_id=""),
                name="one_connection_an_account",
            ),
        )
        indexes = (
            models.Index(fields=("name", "id"), name="connections_by_name"),
            models.Index(fields=("workspace", "name", "id"), name="connections_of_workspace"),
            models.Index(fields=("health", "name", "id"), name="connections_by_health"),
            models.Index(fields=("kind", "name", "id"), name="connections_by_kind"),
            models.Index(
                fields=("name",), opclasses=("varchar_pattern_ops",), name="connections_by_start"
            ),
            models.Index(
                fields=("account_label",),
                opclasses=("varchar_pattern_ops",),
                name="accounts_by_start",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """Settings that are being tested; they become a connection when every stage has passed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.CASCADE, related_name="drafts"
    )
    """The connection that gets these settings; None: a new one."""
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"", editable=False)
    outcomes = models.JSONField(default=list)
    """One entry for each stage tried so far; see `probe.Outcome`."""
    account_id = models.CharField(max_length=200, blank=True)
    account_label = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.name


class ChosenSeries(models.Model):
    """A series that somebody chose to show or write, with the words it had then."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    node = models.CharField(max_length=400)
    label = models.CharField(max_length=500)
    unit = models.CharField(max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.label


class Lease(models.Model):
    """Something that one process at a time may do, until a moment; see `leases.py`."""

    name = models.CharField(max_length=200, primary_key=True)
    holder = models.CharField(max_length=64)
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class Pace(models.Model):
    """When a connection's next request may go, for people and for background work."""

    connection = models.OneToOneField(Connection, primary_key=True, on_delete=models.CASCADE)
    free_at = models.FloatField(default=0.0)
    """Seconds since the epoch at which the rate budget has a place again."""

    def __str__(self) -> str:
        return f"pace of {self.connection_id}"
