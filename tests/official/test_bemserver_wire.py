"""Some ten thousand raw requests, right and wrong, to a real BEMServer and to the sandbox.

Status, headers that matter and bodies are compared step by step. What differs and has to is
explained in EXPLAINED; an explanation that explains nothing is a failure too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.sandbox.bemserver.call import Settings
from tests.official import real_bemserver
from tests.official.clients import client_python
from tests.official.conftest import CLIENTS
from tests.official.judging import VERDICTS, Verdict
from tests.official.test_real_bemserver import rounded
from tests.official.wire import Saw, Wire, unlike
from tests.official.wire_analysis import analysis
from tests.official.wire_data import data
from tests.official.wire_files import files
from tests.official.wire_people import flags, people, signing
from tests.official.wire_rows import rows
from tests.sandbox.server import SandboxServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Steps that differ, and why they may."""

    steps: str
    """A regular expression for their names."""
    reason: str
    versions: tuple[str, ...] = tuple(CLIENTS)
    digits: bool = False
    """Whether only the last digits of numbers differ."""
    sure: bool = True
    """Whether it happens in every run; otherwise it depends on which thread answers."""


EXPLAINED = (
    Explained(
        steps=r"create unit_symbol='2025-01-01T00:00:00'",
        reason="pint reads the unit as a program and stumbles (500); here it is an unknown unit",
    ),
    Explained(
        steps=r"^breakdown (site|building) ",
        reason="PostgreSQL adds up several series of one request in an order of its own",
        digits=True,
    ),
    Explained(
        steps=r"/stats [01] (admin|member)$",
        reason="PostgreSQL's deviation of several series, added up in an order of its own",
        digits=True,
    ),
    Explained(
        steps=r"^degree days with 8$",
        reason="pint turns °C into °F by way of kelvin",
        digits=True,
    ),
    Explained(
        steps=r"/aggregate 12 (admin|member|csv)$",
        reason="pandas 3 adds up the units of a bucket in an order of its own",
        versions=("0.27.0",),
        digits=True,
    ),
    Explained(
        steps=r" create .*(member|outsider) well$|^timeseries create campaign_scope_id=",
        reason="a refused insert leaves the session of one of the server's threads broken (500), "
        "or with the refused row still in it",
        sure=False,
    ),
)


@pytest.fixture(scope="module", params=CLIENTS)
def walked(
    request: pytest.FixtureRequest, machine: real_bemserver.Machine
) -> Iterator[tuple[str, Wire, Wire]]:
    """A version, and the same walk on a fresh real server and on a bare sandbox."""
    version = request.param
    python = client_python(f"requirements-bemserver-server-{version}.txt")
    settings = {"bemserver": Settings(flavour=version, bare=True, weather="off")}
    with (
        real_bemserver.bemserver(machine, python, version, name=f"wire-{version}") as real,
        SandboxServer("bemserver", settings=settings) as sandbox,
    ):
        wires = [Wire(url=server.url) for server in (real, sandbox)]
        for wire in wires:
            for part in (people, signing, data, analysis, files):
                part(wire)
            rows(wire, version)
            flags(wire)  # it makes the member an administrator
        yield version, *wires


def alike(real: Saw, sandbox: Saw) -> bool:
    """Whether both differ by the last digits of numbers only."""
    return real[:2] == sandbox[:2] and rounded(cells(real[2]), cells(sandbox[2]))


def cells(body: Any) -> Any:
    """CSV taken apart; anything else as it is."""
    return re.split("[,\n]", body) if isinstance(body, str) else body


def sifted(
    version: str, real: Mapping[str, Saw], sandbox: Mapping[str, Saw]
) -> tuple[dict[str, str], dict[Explained, list[str]]]:
    """What nobody explains, and what each explanation is for."""
    mine = [each for each in EXPLAINED if version in each.versions]
    used: dict[Explained, list[str]] = {each: [] for each in mine}
    found: dict[str, str] = {}
    for step, where in unlike(real, sandbox):
        for each in mine:
            if re.search(each.steps, step) and (
                not each.digits or alike(real[step], sandbox[step])
            ):
                used[each].append(step)
                break
        else:
            found[step] = where
    return found, used


def test_every_answer_is_the_real_ones_or_the_difference_is_explained(
    walked: tuple[str, Wire, Wire],
) -> None:
    version, real, sandbox = walked
    found, used = sifted(version, real.seen, sandbox.seen)
    for each, steps in used.items():
        said = f"{version} wire: {len(steps)} steps like {each.steps}"
        VERDICTS.append(
            Verdict(
                platform="bemserver",
                function=said,
                ok=bool(steps) or not each.sure,
                reason=each.reason,
            )
        )
    same = len(real.seen) - sum(map(len, used.values()))
    said = f"{version} wire: {same} of {len(real.seen)} steps are equal"
    VERDICTS.append(Verdict(platform="bemserver", function=said, ok=not found, reason=""))
    assert found == {}
    assert [each.steps for each, steps in used.items() if each.sure and not steps] == []
    assert len(real.seen) > 9000
