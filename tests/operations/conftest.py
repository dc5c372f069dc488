"""A connection to the small platform, which has one function of each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.accounts.models import Person
from dashboard.browse import seen
from dashboard.connections.models import Connection
from dashboard.connections.services import connection_open
from tests.connections.conftest import platform, stored

__all__ = ["platform", "stored"]


@pytest.fixture
def owner(alice: Person, client_of: Callable[[Person], Client]) -> Client:
    return client_of(alice)


@pytest.fixture
def viewer(bob: Person, client_of: Callable[[Person], Client]) -> Client:
    return client_of(bob)


@pytest.fixture
def series(stored: Connection) -> str:
    """A series of the platform that was seen before."""
    with connection_open(stored) as service:
        found = _first_series(service)
        seen.remember_one(seen.row(stored, service.node(found), at=timezone.now()))
    return str(found)


def _first_series(service: Any) -> Any:
    folders = [None]
    while folders:
        for node in service.children(folders.pop(0)).items:
            if node.role == "series":
                return node.id
            if node.expandable:
                folders.append(node.id)
    raise AssertionError("the platform has no series")
