"""A pytest plugin: which rows the tests say they prove, how they end, which methods they exercise.

    pytest -p tests.functions.covering --maps FOLDER --covered FILE

Runs only the tests with the mark `covers`, and writes one JSON line for each.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Service
from connectors.registry import load, packages
from tests.functions.maps import wanted
from tests.functions.targets import Target, faces, row_of, wrap

NOTE = "covering"


@dataclass(kw_only=True)
class Proof:
    """One test, and what came of it."""

    test: str
    file: str
    covers: list[str]
    calls: list[Target] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    """How set-up, call and tear-down ended."""

    @property
    def passed(self) -> bool:
        return self.ends == ["passed"] * 3


def proofs(path: Path) -> list[Proof]:
    """What a run has written, in the order of the tests' names."""
    found = [json.loads(line) for line in path.read_text().splitlines()]
    made = [Proof(**one | {"calls": [Target(**call) for call in one["calls"]]}) for one in found]
    return sorted(made, key=lambda one: one.test)


def covers(item: pytest.Item) -> list[str]:
    return [str(row) for mark in item.iter_markers("covers") for row in mark.args]


def services(folder: Path) -> dict[str, type[Service[Any]]]:
    """The services of the platforms that have a map; one that is not written yet has none."""
    return {kind: load(kind) for kind in wanted(folder) if kind in packages()}


class Trace:
    """Who calls which method: a test, or the fixture that is being made for it."""

    def __init__(self) -> None:
        self.here: list[set[Target]] = [set()]
        self.fixtures: defaultdict[object, set[Target]] = defaultdict(set)

    def watch(self, kind: str, service: type[Service[Any]]) -> None:
        for method in faces(service):
            wrap(service, method, self._noting(kind, method))

    def _noting(self, kind: str, method: str) -> Callable[..., Any]:
        def around(
            original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
        ) -> Any:
            self.here[-1].add(Target(kind, method, row_of(args)))
            return original(*args, **kwargs)

        return around

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: object) -> Generator[None, object, object]:
        self.here.append(self.fixtures[fixturedef])
        try:
            return (yield)
        finally:
            self.here.pop()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self.here = [set()]
        item.user_properties.append((NOTE, {"covers": covers(item), "file": str(item.path)}))
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            made = chain.from_iterable(item._fixtureinfo.name2fixturedefs.values())
            calls = self.here[0].union(*(self.fixtures[one] for one in made))
            item.user_properties.append((NOTE, {"calls": [asdict(one) for one in sorted(calls)]}))


class Book:
    """Where the reports of all workers come together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, Proof] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        notes: dict[str, Any] = {}
        for name, note in report.user_properties:
            notes |= note if name == NOTE and isinstance(note, dict) else {}
        proof = self.found.setdefault(
            report.nodeid,
            Proof(test=report.nodeid, file=notes["file"], covers=notes["covers"]),
        )
        proof.calls = [Target(**call) for call in notes.get("calls", [])]
        proof.ends.append(report.outcome)

    def pytest_sessionfinish(self) -> None:
        self.path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in self.found.values()))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--maps", type=Path)
    parser.addoption("--covered", type=Path)


def pytest_configure(config: pytest.Config) -> None:
    trace = Trace()
    for kind, service in services(config.getoption("--maps")).items():
        trace.watch(kind, service)
    config.pluginmanager.register(trace)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Book(config.getoption("--covered")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = [item for item in items if covers(item)]
