"""A newcomer reads a package top to bottom: its docstring names the modules in their order."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

CONNECTORS = Path(__file__).resolve().parents[2] / "connectors"
SANDBOX = CONNECTORS / "sandbox"
KINDS = ("avenieca", "avista", "bemserver", "filebox", "flowthings", "openergy")
STAND_INS = tuple(f"sandbox/{kind}" for kind in KINDS if kind != "filebox")
LONGEST = 40
NAMED = re.compile(r"`([a-z_.]+)`")


def tree(package: str) -> ast.Module:
    return ast.parse((CONNECTORS / package / "__init__.py").read_text())


def docstring(package: str) -> str:
    return ast.get_docstring(tree(package)) or ""


def modules(package: str) -> dict[str, ast.Module]:
    """Every module by its name within the package, `acts.kept` for one of a package below."""
    root = CONNECTORS / package
    paths = (path for path in root.rglob("*.py") if path.name != "__init__.py")
    return {
        path.relative_to(root).with_suffix("").as_posix().replace("/", "."): ast.parse(
            path.read_text()
        )
        for path in paths
    }


def needed(module: ast.Module, package: str, names: set[str]) -> set[str]:
    """The modules of the package that one imports when it is loaded."""
    home = f"connectors.{package}".replace("/", ".")
    imports = [
        (node.module or "", alias.name)
        for node in module.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    whole = {name for source, word in imports for name in (source, f"{source}.{word}")}
    return {name.removeprefix(f"{home}.") for name in whole if name.startswith(home)} & names


def test_every_platform_and_every_stand_in_is_looked_at() -> None:
    assert {one.parent.name for one in CONNECTORS.glob("*/service.py")} == set(KINDS)
    found = {f"sandbox/{one.parent.name}" for one in SANDBOX.glob("*/standin.py")}
    assert found == set(STAND_INS)


@pytest.mark.parametrize("package", [*KINDS, *STAND_INS])
def test_a_package_names_each_of_its_modules_once(package: str) -> None:
    assert Counter(NAMED.findall(docstring(package))) == Counter(modules(package).keys())


@pytest.mark.parametrize("package", [*KINDS, *STAND_INS])
def test_no_module_is_read_before_one_that_it_needs(package: str) -> None:
    order = NAMED.findall(docstring(package))
    held = modules(package)
    early = {
        name: ahead
        for at, name in enumerate(order)
        if (ahead := needed(held[name], package, set(order)) - set(order[:at]))
    }
    assert not early


@pytest.mark.parametrize("package", [*KINDS, *STAND_INS])
def test_a_package_introduces_itself_on_one_screen(package: str) -> None:
    assert len(docstring(package).splitlines()) <= LONGEST


@pytest.mark.parametrize("package", KINDS)
def test_a_platform_s_package_says_its_two_words_and_loads_nothing(package: str) -> None:
    _, *rest = tree(package).body
    words = [
        node.targets[0].id
        for node in rest
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    ]
    assert words == ["LABEL", "SUMMARY"]
    assert len(rest) == len(words)
