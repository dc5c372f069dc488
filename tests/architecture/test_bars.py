"""The bars of the house, read from the source itself."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("dashboard", "connectors", "tests")
PRODUCT = ("dashboard", "connectors")
VENDORS = re.compile(r"\b(avista|openergy|bemserver|flowthings|avenieca|filebox)\b", re.IGNORECASE)
FORBIDDEN_NAMES = re.compile(r"(Manager|Helper|Util)s?$")
NETWORK = {
    "socket",
    "requests",
    "urllib3",
    "ftplib",
    "websocket",
    "websockets",
    "kafka",
    "http.client",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*rooms: str) -> list[Path]:
    found = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def test_no_module_is_longer_than_400_lines() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in modules(*ROOMS)
        if (n := len(p.read_text().splitlines())) > 400
    }
    assert not long


def test_no_function_is_longer_than_60_lines() -> None:
    long = [place(p, f) for p in modules(*ROOMS) for f in functions(p) if length(f) > 60]
    assert not long


def test_nine_in_ten_functions_are_shorter_than_30_lines_and_half_shorter_than_10() -> None:
    lengths = sorted(length(f) for p in modules(*PRODUCT) for f in functions(p))
    assert lengths[len(lengths) * 9 // 10] < 30
    assert statistics.median(lengths) < 10


def test_every_function_is_typed() -> None:
    untyped = [
        place(path, function)
        for path in modules(*ROOMS)
        for function in functions(path)
        if function.returns is None and function.name != "__init__"
    ]
    assert not untyped


def test_no_import_stands_inside_a_function_but_in_ready_and_registry_load() -> None:
    inside = [
        place(path, node)
        for path in modules(*ROOMS)
        for function in functions(path)
        if function.name != "ready"
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside


def test_django_loads_nothing_of_a_connector_by_its_name() -> None:
    """At every start it would, in every process; a connector is loaded when it is asked for."""
    own = {"models.py", "admin.py"}
    assert not [one for one in (ROOT / "connectors").glob("*/*.py") if one.name in own]


def test_nothing_is_called_manager_helper_or_util() -> None:
    named = [
        place(path, node)
        for path in modules(*PRODUCT)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef | Function) and FORBIDDEN_NAMES.search(node.name)
    ]
    rooms = [
        p for p in modules(*PRODUCT) if p.stem in {"utils", "common", "helpers", "core", "util"}
    ]
    assert not named
    assert not rooms


@pytest.mark.parametrize("room", ["dashboard", "templates"])
def test_no_platform_is_named_outside_its_own_package(room: str) -> None:
    files = [*(ROOT / room).rglob("*.py"), *(ROOT / room).rglob("*.html")]
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if VENDORS.search(line)
    ]
    assert not named


def test_only_the_door_opens_sockets() -> None:
    kinds = [p for p in modules("connectors") if p.parent.name not in {"connectors", "sandbox"}]
    kinds = [p for p in kinds if "sandbox" not in p.parts]
    opened = [
        place(path, node)
        for path in [*kinds, *(p for p in modules("dashboard") if "demo" not in p.parts)]
        for node in ast.walk(tree(path))
        for name in imported(node)
        if name in NETWORK
    ]
    assert not opened


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, node.module.split(".")[0]]
    return []


def test_tasks_are_queued_after_commit_only() -> None:
    early = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules("dashboard")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\.(delay|apply_async)\(", line)
    ]
    assert not early


def test_no_view_catches_errors() -> None:
    caught = [
        place(path, node)
        for path in modules("dashboard")
        if path.stem == "views" or path.parent.name == "views"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Try)
    ]
    assert not caught


def test_templates_hold_nothing_that_the_content_policy_forbids() -> None:
    banned = re.compile(r"\sstyle=|hx-on|\bjs:|javascript:|<script(?![^>]*\bsrc=)|\son[a-z]+=\"")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "templates").rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if banned.search(line)
    ]
    assert not found


def test_nothing_committed_names_a_path_of_the_machine_it_was_written_on() -> None:
    paths = re.compile(r"/work/|/root/|/opt/pypi")
    files = [p for p in modules(*ROOMS) if p != Path(__file__)] + [
        ROOT / "README.md",
        ROOT / "Makefile",
    ]
    assert not [str(path) for path in files if path.exists() and paths.search(path.read_text())]
