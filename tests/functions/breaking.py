"""A pytest plugin: breaks service methods, and sees whether the tests that exercise them notice.

    pytest -p tests.functions.breaking --plan FILE --verdicts FILE

The tests are collected once. Each break then happens in a process forked for it, with sandboxes
of its own; nothing is edited. Whoever catches a break must pass without it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from connectors.registry import load
from tests.functions.altering import Struck
from tests.functions.mutations import broken
from tests.functions.targets import Target, faces, wrap

PATIENCE = 60.0
"""Seconds for one test; the slowest takes about ten on a busy machine."""
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, kw_only=True)
class Break:
    """A method, the ways to break it in the order in which they are tried, and its tests."""

    target: Target
    mutations: list[str]
    tests: list[str]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a break."""

    target: Target
    mutation: str
    caught: str | None = None
    """The test that noticed."""
    unsound: str = ""
    """Why that test fails by itself, without the break."""
    struck: bool = True
    """Else the tests give this mutation nothing to alter."""

    def __str__(self) -> str:
        end = f"caught by {self.caught}" if self.caught else "SURVIVED"
        if self.unsound:
            end = f"UNSOUND: {self.caught} fails without the break: {self.unsound}"
        if not self.struck:
            end = "nothing to alter"
        return f"{self.target.kind} {self.target} [{self.mutation}] {end}"

    @property
    def good(self) -> bool:
        return not self.struck or (self.caught is not None and not self.unsound)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What a few tests said."""

    failed: str | None
    why: str
    struck: bool


def plan(path: Path) -> list[Break]:
    found = json.loads(path.read_text())
    return [Break(**one | {"target": Target(**one["target"])}) for one in found]


def verdicts(path: Path) -> list[Verdict]:
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return [Verdict(**one | {"target": Target(**one["target"])}) for one in found]


class Stage:
    """The collected tests, and which of them failed."""

    items: dict[str, pytest.Item]

    def __init__(self) -> None:
        self.failed: str | None = None
        self.why = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid
            self.why = report.longreprtext[-500:]

    def run(self, conn: Connection, tests: Sequence[str], target: Target, mutation: str) -> None:
        """In a process of its own: tells each test before it starts, and the outcome at the end."""
        sys.stdout.flush()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        struck = Struck()
        if mutation:
            service = load(target.kind)
            face = faces(service)[target.method]
            wrap(service, target.method, broken(target, face, mutation, struck))
        items = [self.items[test] for test in tests]
        for item, after in zip(items, [*items[1:], None], strict=True):
            conn.send(item.nodeid)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                break
        conn.send(Attempt(failed=self.failed, why=self.why, struck=struck.yet))

    def attempt(self, tests: Sequence[str], target: Target, mutation: str = "") -> Attempt:
        """A test during which the process ends, or does not end, has noticed."""
        mine, other = FORK.Pipe(duplex=False)
        process = FORK.Process(target=self.run, args=(other, tests, target, mutation))
        process.start()
        other.close()
        now = tests[0]
        try:
            while mine.poll(PATIENCE):
                told = mine.recv()
                if isinstance(told, Attempt):
                    return told
                now = told
        except EOFError:
            pass
        finally:
            process.kill()
            process.join()
        return Attempt(failed=now, why="It did not end.", struck=True)

    def judge(self, one: Break) -> Verdict:
        """Of the first mutation that strikes; the last of them always does."""
        for mutation in one.mutations:
            found = self.attempt(one.tests, one.target, mutation)
            if found.failed:
                alone = self.attempt([found.failed], one.target)
                return Verdict(
                    target=one.target,
                    mutation=mutation,
                    caught=found.failed,
                    unsound=alone.why,
                )
            if found.struck:
                break
        return Verdict(target=one.target, mutation=mutation, struck=found.struck)


STAGE = Stage()
"""The forked processes find it where it was."""


def judge(one: Break) -> Verdict:
    return STAGE.judge(one)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--plan", type=Path)
    parser.addoption("--verdicts", type=Path)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(STAGE)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """In place of running each test once."""
    STAGE.items = {item.nodeid: item for item in session.items}
    breaks = plan(session.config.getoption("--plan"))
    at_once = os.cpu_count() or 1
    with (
        session.config.getoption("--verdicts").open("w") as out,
        ProcessPoolExecutor(at_once, mp_context=FORK) as pool,
    ):
        for verdict in pool.map(judge, breaks):
            out.write(json.dumps(asdict(verdict)) + "\n")
            out.flush()
    return True
