"""A key of each role, and a client that sends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard.access import Role
from dashboard.accounts.keys import key_make
from dashboard.accounts.models import Person, Workspace
from tests.connections.conftest import platform, stored
from tests.operations.conftest import series

__all__ = ["platform", "series", "stored"]

Keyed = Callable[..., Client]


@pytest.fixture
def keyed(alice: Person, workspace: Workspace) -> Keyed:
    """A program with a key of Alice's."""

    def made(role: Role = Role.EDITOR, **facts: Any) -> Client:
        given: dict[str, Any] = {"person": alice, "workspace": workspace, "name": "test"}
        text = key_make(role=role, **given | facts).text
        return Client(headers={"Authorization": f"Bearer {text}"})

    return made
