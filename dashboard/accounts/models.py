"""People, the workspaces they share, and the role each has there."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from dashboard.access import Role


class People(BaseUserManager["Person"]):
    """Makes people; an e-mail address is kept in lower case, so it names one person."""

    def create_user(self, email: str, password: str | None = None, **facts: Any) -> Person:
        person = self.model(email=email.strip().lower(), **facts)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **facts: Any) -> Person:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **facts)

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in by e-mail."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    zone = models.CharField("time zone", max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may use the admin site", default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[People] = People()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name_plural = "people"
        ordering = ("email",)
        indexes = (
            models.Index(fields=("email",), condition=Q(is_staff=True), name="staff"),
            models.Index(fields=("email",), condition=Q(is_active=False), name="inactive_people"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def places(self) -> tuple[Membership, ...]:
        """The person's memberships with their workspaces, read once a request."""
        mine = self.memberships.select_related("workspace")
        return tuple(mine.order_by("workspace__name", "workspace"))


class Workspace(models.Model):
    """A team: it owns connections, charts and exports."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    people: models.ManyToManyField[Person, Membership] = models.ManyToManyField(
        Person, through="Membership", related_name="workspaces"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        indexes = (
            models.Index(fields=("name", "id"), name="workspaces_by_name"),
            models.Index(
                fields=("name",), opclasses=("varchar_pattern_ops",), name="workspaces_by_start"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's role in one workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.EDITOR)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("workspace", "person"), name="one_membership_each"),
        )
        indexes = (models.Index(fields=("role", "-id"), name="memberships_by_role"),)

    def __str__(self) -> str:
        return f"{self.person} in {self.workspace}"


class FailedSignIn(models.Model):
    """One sign-in that failed: whose (a digest of the address typed) and from where."""

    source = models.CharField(max_length=80, db_index=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"failed sign-in at {self.at:%Y-%m-%d %H:%M}"


class ApiKey(models.Model):
    """A key for programs: one person's, for one workspace, with at most the role it was given.

    Only a digest is kept. The text is shown once, when the key is made.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="keys")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    role = models.PositiveSmallIntegerField(
        choices=[(role.value, role.label) for role in (Role.VIEWER, Role.EDITOR)],
        default=Role.VIEWER,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        ordering = ("-created_at", "-pk")
        indexes = (
            models.Index(fields=("-created_at", "-id"), name="keys_newest"),
            models.Index(
                fields=("name",), opclasses=("varchar_pattern_ops",), name="keys_by_start"
            ),
        )

    def __str__(self) -> str:
        return self.name
