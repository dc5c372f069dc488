"""People and a workspace for tests: Alice owns it, Bob may only look, Charlie is a stranger."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import connections
from django.test import Client
from pytest_django import Settings

from dashboard.access import Role
from dashboard.accounts.models import Membership, Person, Workspace
from dashboard.accounts.services import person_create
from tests import machine

PASSWORD = "correct horse battery staple"


def pytest_configure() -> None:
    """Static files by their plain names, so that tests run without `collectstatic`; a cheap
    password hash, because the suite signs in hundreds of times."""
    project.STORAGES = project.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    project.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    promises = [*machine.lacks(), *machine.skipped(terminalreporter)]
    names = ", ".join(promises) or "none"
    terminalreporter.write_line(f"skipped promises: {len(promises)}: {names}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped promise is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None or hasattr(session.config, "workerinput"):
        return
    if machine.lacks() or machine.skipped(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as in real life: one in memory cannot wait while another thread writes."""
    for database in connections.all():
        if database.vendor == "sqlite":
            folder = tmp_path_factory.mktemp("database")
            database.settings_dict["TEST"]["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Settings) -> None:
    """Each test writes its files into a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def alice(db: None) -> Person:
    return person_create(email="alice@example.org", password=PASSWORD, name="Alice")


@pytest.fixture
def workspace(alice: Person) -> Workspace:
    return alice.workspaces.get()


@pytest.fixture
def bob(workspace: Workspace) -> Person:
    person = Person.objects.create_user("bob@example.org", PASSWORD, name="Bob")
    Membership.objects.create(workspace=workspace, person=person, role=Role.VIEWER)
    return person


@pytest.fixture
def charlie(db: None) -> Person:
    return person_create(email="charlie@example.org", password=PASSWORD, name="Charlie")


@pytest.fixture
def client_of() -> Callable[[Person], Client]:
    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return signed_in
