"""What happened, and by whom; and what a workspace has to be told."""

from __future__ import annotations

from django.db import models

from dashboard.accounts.models import Person, Workspace


class Event(models.Model):
    """One audited act. Holds names and ids, never a value that a platform sent or a secret."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="events")
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (
            models.Index(fields=("workspace", "-at", "-id"), name="events_of_workspace"),
            models.Index(fields=("-at", "-id"), name="events_newest"),
            models.Index(
                fields=("subject",), opclasses=("varchar_pattern_ops",), name="events_by_start"
            ),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


class Notice(models.Model):
    """One change of state that people should know of; `topic` names what it is about."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="notices")
    topic = models.CharField(max_length=120)
    state = models.CharField(max_length=40)
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)
    seen = models.BooleanField(default=False)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (
            models.Index(fields=("workspace", "topic", "-at")),
            models.Index(fields=("workspace", "-at", "-id"), name="notices_of_workspace"),
            models.Index(
                fields=("-at", "-id"), condition=models.Q(seen=False), name="notices_unseen"
            ),
            models.Index(fields=("-at", "-id"), name="notices_newest"),
            models.Index(
                fields=("topic",), opclasses=("varchar_pattern_ops",), name="notices_by_start"
            ),
        )

    def __str__(self) -> str:
        return self.text
