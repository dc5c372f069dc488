"""The models that a generator made for 1.2.1: every one, with a value for each of its fields."""

from __future__ import annotations

from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from avista_kinds import models

ATOMS: dict[Any, Any] = {str: "text", int: 1, float: 1.5, bool: True, Any: "anything"}
MARK = ".parse_custom_scalars"


def judge_all(judge: Any, _dx: Any, side: Any) -> None:
    """The old client has none."""
    if side.new:
        names = [name for name in judge.names if name.endswith(MARK)]
        models(judge, [sample(judge.functions[name].owner) for name in names])


def sample(cls: Any) -> Any:
    """An instance with every field filled."""
    hints = get_type_hints(cls)
    return cls(**{field.alias: value(hints[name]) for name, field in cls.__fields__.items()})


def value(kind: Any) -> Any:
    """Something that a field of this type takes."""
    if get_origin(kind) is list:
        return [value(*get_args(kind))]
    if get_args(kind):  # Optional
        return value(get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return ATOMS[kind] if kind in ATOMS else sample(kind)
