"""The calls of platform functions: that each is made once, how far it is, and what came of it."""

from __future__ import annotations

import uuid

from django.db import models

from dashboard.accounts.models import Person, Workspace
from dashboard.connections.models import Connection


class State(models.TextChoices):
    """Where a call is; `unknown` when nobody can tell whether the platform did it."""

    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    UNKNOWN = "unknown", "unknown"


class Call(models.Model):
    """One call of one function. What it was given is sealed, and only until it has run."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="calls")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="calls")
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL)
    operation = models.CharField(max_length=120)
    node = models.CharField(max_length=400, blank=True)
    lasting = models.BooleanField(default=False)
    given = models.BinaryField(default=bytes, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    says = models.TextField(blank=True)
    """Why it failed, in a sentence."""
    progress = models.CharField(max_length=200, blank=True)
    share = models.FloatField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    """What a lasting call gave, as `results.kept` writes it; of a share, the grant."""
    file = models.CharField(max_length=200, blank=True)
    """Where the file lies that a lasting call gave."""
    started_at = models.DateTimeField(auto_now_add=True)
    heard_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-started_at", "-pk")
        indexes = (
            models.Index(fields=("connection", "-started_at", "-id"), name="calls_of_connection"),
            models.Index(fields=("-started_at", "-id"), name="calls_newest"),
            models.Index(
                fields=("operation",), opclasses=("varchar_pattern_ops",), name="calls_by_start"
            ),
            models.Index(
                fields=("heard_at",), condition=models.Q(state="running"), name="calls_running"
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation} at {self.started_at:%Y-%m-%d %H:%M}"
