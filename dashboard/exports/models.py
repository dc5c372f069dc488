"""Exports, their schedules, and the record of every run."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from dashboard.accounts.models import Person, Workspace
from dashboard.connections.models import ChosenSeries, Connection


class Export(models.Model):
    """What to write and in which shape."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        PARQUET = "parquet", "Parquet"

    class Shape(models.TextChoices):
        LONG = "long", "long: one row a point"
        WIDE = "wide", "wide: one column a series"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="exports")
    name = models.CharField(max_length=120)
    format = models.CharField(max_length=10, choices=Format, default=Format.CSV)
    shape = models.CharField(max_length=6, choices=Shape, default=Shape.LONG)
    zone = models.CharField(max_length=64, default="UTC")
    start = models.DateTimeField(null=True, blank=True)
    end = models.DateTimeField(null=True, blank=True)
    span = models.CharField(max_length=12, blank=True)
    """The window of a scheduled run: the last `P1D`, `P1M` … before the due time, cut at local
    midnight in `zone`; empty when start and end are fixed."""
    spreadsheet = models.BooleanField("safe to open in a spreadsheet", default=False)
    """Text cells that a spreadsheet would run as a formula get an apostrophe in front."""
    created_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "pk")
        indexes = (
            models.Index(fields=("-created_at", "id"), name="exports_newest"),
            models.Index(fields=("workspace", "-created_at", "id"), name="exports_of_workspace"),
            models.Index(
                fields=("name",), opclasses=("varchar_pattern_ops",), name="exports_by_start"
            ),
        )

    def __str__(self) -> str:
        return self.name


class ExportSeries(ChosenSeries):
    """One series of an export."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="series")

    class Meta(ChosenSeries.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("export", "connection", "node"), name="each_series_once_an_export"
            ),
        )


class Schedule(models.Model):
    """When an export runs by itself: cron in a zone."""

    class CatchUp(models.TextChoices):
        ALL = "all", "run every missed time"
        LAST = "last", "run the last missed time"
        NONE = "none", "skip missed times"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="schedules")
    export = models.OneToOneField(Export, on_delete=models.CASCADE, related_name="schedule")
    cron = models.CharField(max_length=120)
    zone = models.CharField(max_length=64, default="UTC")
    catch_up = models.CharField(max_length=4, choices=CatchUp, default=CatchUp.ALL)
    cursor = models.DateTimeField()
    """Every slot up to here has been claimed."""
    next_due = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    paused_because = models.TextField(blank=True)
    """Empty while the schedule is on."""

    class Meta:
        indexes = (
            models.Index(fields=("next_due", "id"), name="schedules_by_due"),
            models.Index(
                fields=("next_due", "id"), condition=~Q(paused_because=""), name="paused_schedules"
            ),
            models.Index(
                fields=("next_due", "id"), condition=Q(failures__gt=0), name="failing_schedules"
            ),
        )

    def __str__(self) -> str:
        return f"{self.cron} ({self.zone})"


class Slot(models.Model):
    """One due time of a schedule."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="slots")
    due_at = models.DateTimeField()
    skipped_because = models.CharField(max_length=120, blank=True)
    claimed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-due_at",)
        constraints = (
            models.UniqueConstraint(fields=("schedule", "due_at"), name="each_due_time_once"),
        )

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M}"


class Run(models.Model):
    """One try at writing an export. Published when `state` is done, never before."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="runs")
    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="runs")
    slot = models.OneToOneField(
        Slot, null=True, blank=True, on_delete=models.SET_NULL, related_name="run"
    )
    start = models.DateTimeField()
    end = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    fence = models.PositiveIntegerField(default=0)
    """Raised by every claim: a worker that comes back with a smaller number may not publish."""
    holder = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    promised = models.PositiveBigIntegerField(default=0)
    """Points counted in the archive when the last slice was done; what the file must hold."""
    rows = models.PositiveBigIntegerField(default=0)
    """Points written so far."""
    bytes = models.PositiveBigIntegerField(default=0)
    trouble = models.TextField(blank=True)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "pk")
        indexes = (
            models.Index(
                fields=("state", "lease_until"),
                condition=Q(state__in=("waiting", "running")),
                name="live_runs",
            ),
            models.Index(fields=("workspace", "-created_at")),
            models.Index(fields=("export", "-created_at")),
            models.Index(fields=("-created_at", "id")),
            models.Index(fields=("state", "-created_at", "id"), name="runs_by_state"),
        )

    def __str__(self) -> str:
        return f"{self.export} {self.created_at:%Y-%m-%d %H:%M}"


class Slice(models.Model):
    """A part of a run: some series in some of its window. Done once its points are archived."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="slices")
    position = models.PositiveIntegerField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    nodes = models.JSONField()
    start = models.DateTimeField()
    end = models.DateTimeField()
    done = models.BooleanField(default=False)
    claims = models.PositiveSmallIntegerField(default=0)
    """How often it was begun; one that is begun again and again ends the run."""
    rows = models.PositiveBigIntegerField(default=0)
    holder = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("run", "position"), name="each_slice_once"),)

    def __str__(self) -> str:
        return f"slice {self.position} of {self.run_id}"


class File(models.Model):
    """A published file of a run, the manifest included."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    file = models.CharField(max_length=255)
    """The name in the storage."""
    type = models.CharField(max_length=80)
    rows = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("run", "name"), name="each_file_name_once_a_run"),
        )
        indexes = (
            models.Index(
                fields=("name",), opclasses=("varchar_pattern_ops",), name="files_by_start"
            ),
        )

    def __str__(self) -> str:
        return self.name
