"""A box of uploaded files, in a plain folder."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import NodeId, Window
from connectors.errors import NotFound
from connectors.operations import operations
from tests.conformance.subject import Known, Opened, Subject
from tests.conformance.suite import Conformance
from tests.conformance.uploads import upload
from tests.connectors.folder import Folder

START = datetime(2024, 1, 1, tzinfo=UTC)
ROWS = 200_000
WEEK = 7 * 24 * 60
COLUMNS = 230
NETWORK = "it reaches no network, so there is none that could fail"
SECRETS = "it has no secret: its files lie with Tieline"


def minutes() -> bytes:
    """Four months by the minute, two columns, with an hour that is missing."""
    lines = ["time,Main Power [kW],Water [l]"]
    for at in range(ROWS):
        if not 5_000 <= at < 5_060:
            stamp = START + timedelta(minutes=at)
            lines.append(f"{stamp:%Y-%m-%dT%H:%M:%SZ},{at % 977 / 8},{at % 13}")
    return "\n".join(lines).encode()


def wide() -> bytes:
    names = ",".join(f"meter {at}" for at in range(COLUMNS))
    values = ",".join(str(at) for at in range(COLUMNS))
    return f"time,{names}\n2024-01-01T00:00Z,{values}\n2024-01-01T01:00Z,{values}\n".encode()


def done(opened: Opened, name: str, /, **values: object) -> Any:
    named = {one.name: one for one in operations(type(opened))}
    return named[name].call(opened, values)


def put(opened: Opened, name: str, content: bytes) -> NodeId:
    return opened.put(NodeId("box"), upload(name, content)).id


def described(opened: Opened, name: str, content: bytes) -> NodeId:
    made = put(opened, name, content)
    done(opened, "file.describe", file=made)
    return made


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Its name looks like an address, so that the suite can open it by another one."""
    folder: Path = tmp_path_factory.mktemp("box")
    settings = {"box": "http://files.invalid:80", "zone": "Europe/Paris"}
    return Subject(kind="filebox", settings=settings, address="box", files=Folder(folder))


@pytest.fixture(scope="module")
def known(service: Subject) -> Known:
    opened = service.open()
    long = described(opened, "minutes.csv", minutes())
    content = wide()
    crowd = described(opened, "meters.csv", content)
    series = tuple(node.id for node in opened.children(long).items)
    return Known(
        folder=crowd,
        children=COLUMNS,
        missing=NodeId(f"file/{'0' * 32}"),
        missing_series=NodeId(f"series/{crowd.removeprefix('file/')}/{'0' * 32}"),
        series=series,
        window=Window(start=START, end=START + timedelta(minutes=WEEK)),
        rows=WEEK - 60,
        long=Window(start=START, end=START + timedelta(minutes=ROWS)),
        text="Main Pow",
        file=crowd,
        digest=hashlib.sha256(content).hexdigest(),
        inbox=NodeId("box"),
        calls={
            "file.guess": lambda opened: {"file": crowd},
            "file.preview": lambda opened: {"file": crowd, "zone": "UTC"},
            "file.describe": lambda opened: {"file": crowd},
            "file.rename": lambda opened: {"file": crowd, "name": "crowd.csv"},
            "file.replace": lambda opened: {"file": crowd, "content": upload("b.csv", wide())},
        },
    )


@pytest.fixture(scope="module")
def exempt() -> dict[str, str]:
    return {
        "test_every_verb_names_every_fault": NETWORK,
        "test_pages_without_end_come_to_an_end": NETWORK,
        "test_half_a_file_is_never_taken_for_a_whole_one": NETWORK,
        "test_closing_a_file_early_frees_its_sockets": NETWORK + "; no socket is opened",
        "test_no_repr_of_the_settings_or_the_service_shows_a_secret": SECRETS,
        "test_no_secret_is_in_an_error_a_traceback_or_a_log": SECRETS,
        "test_no_verb_tells_a_secret_that_the_platform_repeats": SECRETS,
    }


class TestFilebox(Conformance):
    """Everything that does not need a network to fail, or a secret to keep."""

    def test_a_missing_file_is_not_found_when_it_is_opened(
        self, service: Subject, known: Known
    ) -> None:
        """The suite's own takes the folder of many children, which is itself a file here."""
        for node in (known.missing, NodeId("box"), known.series[0], NodeId("../../etc/passwd")):
            with pytest.raises(NotFound):
                service.open().open(node)

    def test_no_socket_was_ever_opened(self, service: Subject, known: Known) -> None:
        opened = service.open()
        opened.check()
        list(opened.read(known.series, known.window))
        put(opened, "quiet.csv", b"1")
        assert opened.sockets == []
