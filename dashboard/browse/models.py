"""What was last seen on a platform, so that browsing works while it is down."""

from __future__ import annotations

from django.db import models

from dashboard.connections.models import Connection


class Seen(models.Model):
    """A node at one of its places, as it was when last listed or opened.

    A platform may show one node in several folders; it then has a row for each.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="seen")
    node = models.CharField(max_length=400)
    parent = models.CharField(max_length=400, blank=True)
    """The node it was listed under; empty at the top."""
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=500)
    folded = models.CharField(max_length=500, blank=True, editable=False)
    """The name without upper case and compatibility forms: what a search looks through."""
    type = models.CharField(max_length=60)
    role = models.CharField(max_length=8)
    expandable = models.BooleanField(default=False)
    unit = models.CharField(max_length=60, blank=True)
    last_seen = models.DateTimeField(null=True, blank=True)
    """The time of a series' newest point, where the platform told."""
    details = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "node seen"
        verbose_name_plural = "nodes seen"
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "node", "parent"), name="each_place_seen_once"
            ),
        )
        indexes = (
            models.Index(fields=("connection", "parent", "position")),
            models.Index(fields=("connection", "role")),
            models.Index(fields=("connection", "folded"), name="seen_by_folded_name"),
            models.Index(
                fields=("folded",), opclasses=("varchar_pattern_ops",), name="seen_by_start"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def series(self) -> str:
        """How addresses name it: the connection, a colon, the node."""
        return f"{self.connection_id}:{self.node}"
