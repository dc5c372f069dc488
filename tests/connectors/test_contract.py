"""The contract is what its module says, and the guide for newcomers says it too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from connectors import contract, nouns, operations, powers, registry
from connectors.contract import POWERS, Service

GUIDE = (Path(contract.__file__).parent / "README.md").read_text()


def _own(module: Any) -> set[str]:
    """The public classes that a module defines."""
    return {
        name
        for name, member in vars(module).items()
        if isinstance(member, type) and member.__module__ == module.__name__ and name[0] != "_"
    }


def test_the_contract_hands_on_every_noun_and_every_power() -> None:
    assert _own(nouns) | _own(powers) | {"Acts"} <= set(contract.__all__)
    assert _own(powers) | {"Acts"} == {power.__name__ for power in POWERS}


@pytest.mark.parametrize("module", [contract, operations])
def test_what_a_module_offers_is_there(module: Any) -> None:
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert _own(module) <= set(module.__all__)


@pytest.mark.parametrize("power", POWERS)
def test_every_power_says_when_to_implement_it_and_stands_in_the_guide(power: type[Any]) -> None:
    assert re.search(r"[Ii]mplement it (when|by)", power.__doc__ or "")
    assert f"| `{power.__name__}` |" in GUIDE


@pytest.mark.parametrize("noun", sorted(_own(nouns)))
def test_nouns_cannot_be_changed(noun: str) -> None:
    found: Any = getattr(nouns, noun)
    assert found.__dataclass_params__.frozen


@pytest.mark.parametrize("power", [p for p in POWERS if getattr(p, "__abstractmethods__", ())])
def test_a_half_written_service_cannot_be_opened(power: type[Any]) -> None:
    whole = {name: lambda self: None for name in Service.__abstractmethods__}
    half = type("Half", (Service, power), whole)
    with pytest.raises(TypeError, match="abstract"):
        half(None, None)


def test_every_kind_has_a_conformance_file() -> None:
    folder = Path(__file__).parents[1] / "conformance"
    assert [kind for kind in registry.OURS if not (folder / f"test_{kind}.py").exists()] == []
