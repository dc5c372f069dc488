"""Saved charts: series and settings."""

from __future__ import annotations

import uuid

from django.db import models

from dashboard.accounts.models import Person, Workspace
from dashboard.connections.models import ChosenSeries


class Chart(models.Model):
    """Some series over a window, drawn in a zone. Either a fixed window or the last `span`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="charts")
    name = models.CharField(max_length=120)
    start = models.DateTimeField(null=True, blank=True)
    end = models.DateTimeField(null=True, blank=True)
    span = models.CharField(max_length=12, blank=True)
    """`P7D`, `P1Y` …: the window that ends now; empty when start and end are fixed."""
    zone = models.CharField(max_length=64, default="UTC")
    created_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "pk")
        indexes = (
            models.Index(fields=("name", "id"), name="charts_by_name"),
            models.Index(fields=("workspace", "name", "id"), name="charts_of_workspace"),
            models.Index(
                fields=("name",), opclasses=("varchar_pattern_ops",), name="charts_by_start"
            ),
        )

    def __str__(self) -> str:
        return self.name


class ChartSeries(ChosenSeries):
    """One line of a chart."""

    chart = models.ForeignKey(Chart, on_delete=models.CASCADE, related_name="series")

    class Meta(ChosenSeries.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("chart", "connection", "node"), name="each_series_once_a_chart"
            ),
        )
