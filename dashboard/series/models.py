"""The archive's catalogue: which file holds which points of which series."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from dashboard.connections.models import Connection


class Segment(models.Model):
    """An immutable file with one series' points of `[start, end)`. It covers its range even where
    it holds no row: "nothing there" was the platform's answer."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="segments")
    node = models.CharField(max_length=400)
    start = models.DateTimeField()
    end = models.DateTimeField()
    file = models.CharField(max_length=200, blank=True)
    """The name in the storage; empty for a segment without rows."""
    rows = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    notes = models.JSONField(default=dict)
    fetched_at = models.DateTimeField()
    superseded_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="supersedes"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="segment_has_a_width"),
        )
        indexes = (
            models.Index(
                fields=("connection", "node", "start"),
                condition=Q(superseded_by__isnull=True),
                name="live_segments",
            ),
            models.Index(
                fields=("node",), opclasses=("varchar_pattern_ops",), name="segments_by_start"
            ),
        )

    def __str__(self) -> str:
        return f"{self.node} {self.start:%Y-%m-%d}–{self.end:%Y-%m-%d}"


class FillState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "reading"
    DONE = "done", "done"
    FAILED = "failed", "failed"


class Fill(models.Model):
    """The reading of what is missing of some series in a window; one per range however many
    viewers wait for it. The lease and the fence are those of section 5 of the design."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="fills")
    nodes = models.JSONField()
    digest = models.CharField(max_length=64)
    """Of nodes and window: what makes two fills the same."""
    start = models.DateTimeField()
    end = models.DateTimeField()
    state = models.CharField(max_length=8, choices=FillState, default=FillState.WAITING)
    done_until = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveBigIntegerField(default=0)
    trouble = models.TextField(blank=True)
    holder = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    """While running: when another may take over. While waiting: not to be tried before."""
    tries = models.PositiveSmallIntegerField(default=0)
    """Claims since the last chunk that was kept."""
    nudged_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "digest"),
                condition=Q(state__in=("waiting", "running")),
                name="one_live_fill_a_range",
            ),
        )
        indexes = (
            models.Index(fields=("state", "lease_until")),
            models.Index(fields=("state", "-id"), name="fills_by_state"),
        )

    def __str__(self) -> str:
        return f"fill {self.pk} ({self.state})"


class Live(models.Model):
    """A series that somebody watches: what its one listener has heard so far, and who that is."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="live")
    node = models.CharField(max_length=400)
    wanted_at = models.DateTimeField()
    """When a page last asked; nobody's listening outlives that for long."""
    holder = models.CharField(max_length=64, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    """Until when the listener is trusted to be there; before, nobody else begins."""
    since = models.DateTimeField(null=True, blank=True)
    """From when on the platform tells every point."""
    heard = models.JSONField(default=list)
    """The newest points, oldest first: microseconds and value."""
    count = models.PositiveBigIntegerField(default=0)
    """Points since then, also those that are no longer kept here."""
    trouble = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("connection", "node"), name="one_listener_a_series"),
        )

    def __str__(self) -> str:
        return f"{self.node}, {self.count} points"
