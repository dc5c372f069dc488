"""Families of functions that every data type of the client has, judged from tables."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from avista_digital_exchange_sdk.exceptions import MissingDataInResultException

PACKAGE = "avista_digital_exchange_sdk"


def kind(module: str, name: str) -> Any:
    """A class of the client."""
    return getattr(importlib.import_module(f"{PACKAGE}.{module}"), name)


def selections(judge: Any, side: Any, types: Mapping[str, tuple[str, str]]) -> None:
    """`getQueryString` of each class gives a selection that the platform's type has.

    `types`: the class's name → its module and the platform's type. Each selection is sent as a
    fragment that is not used: the platform then says so, and nothing else.
    """
    for name, (module, graphql) in types.items():
        cls = kind(module, name)
        judge.right(
            f"{name}.getQueryString",
            cls.getQueryString,
            lambda text, graphql=graphql: _fits(side, graphql, text),
        )
        judge.wrong(
            f"{name}.getQueryString", lambda cls=cls: cls.getQueryString("x"), raises=TypeError
        )


def _fits(side: Any, graphql: str, selection: str) -> bool:
    """Whether the platform knows every field of a selection on this type, and not on another."""
    return _complaints(side, graphql, selection) == {"UnusedFragment"} and (
        "FieldUndefined" in _complaints(side, "Query", selection)
    )


def _complaints(side: Any, graphql: str, selection: str) -> set[str]:
    document = f"query {{ __typename }} fragment F on {graphql} {selection}"
    errors = side.ask(document)["errors"]
    return {
        error["message"].removeprefix("Validation error of type ").split(":")[0] for error in errors
    }


def builders(
    judge: Any,
    dx: Any,
    found: Mapping[str, tuple[str, Any]],
    fields: Mapping[str, Iterable[str]] | None = None,
) -> None:
    """`buildFromDictionary` of each class takes what the platform answered, and nothing less.

    `found`: the class's name → its module and an answer. Every scalar of the answer that the class
    has an attribute for must be there as it was; `fields` names the attributes that must exist.
    """
    for name, (module, answer) in found.items():
        cls = kind(module, name)
        judge.right(
            f"{name}.buildFromDictionary",
            lambda cls=cls, answer=answer: _built(cls, dx, answer),
            lambda made, answer=answer, name=name: _holds(
                made, answer, (fields or {}).get(name, ())
            ),
        )
        judge.wrong(
            f"{name}.buildFromDictionary",
            lambda cls=cls: _built(cls, dx, None),
            raises=MissingDataInResultException,
        )


def _built(cls: Any, dx: Any, answer: Any) -> Any:
    made = cls.__new__(cls)
    made._client, made._debug = dx._client, False
    made.buildFromDictionary(answer)
    return made


def _holds(made: Any, answer: Mapping[str, Any], fields: Iterable[str]) -> bool:
    plain = {key: value for key, value in answer.items() if not isinstance(value, dict | list)}
    kept = [key for key in plain if hasattr(made, key)]
    return (
        bool(kept)
        and all(getattr(made, key) == plain[key] for key in kept)
        and all(hasattr(made, key) for key in fields)
    )


def models(judge: Any, samples: Iterable[Any]) -> None:
    """`dict` and `parse_custom_scalars` of the generated models, from one good instance of each.

    The model's own dictionary makes the model again; one that lacks everything is refused when the
    model has a field that must be there.
    """
    for sample in samples:
        cls = type(sample)
        name = cls.__name__
        content = json.loads(sample.json(by_alias=True))
        judge.right(
            f"{name}.dict",
            lambda sample=sample: sample.dict(by_alias=True),
            lambda got, cls=cls, sample=sample: cls(**got) == sample,
        )
        judge.wrong(
            f"{name}.dict", lambda sample=sample: sample.dict(no_such_option=1), raises=TypeError
        )
        judge.right(
            f"{name}.parse_custom_scalars",
            lambda cls=cls, content=content: cls(**content),
            lambda got, sample=sample: got == sample,
        )
        judge.wrong(
            f"{name}.parse_custom_scalars",
            lambda cls=cls, content=content: cls(**{key: object() for key in content}),
            raises=ValueError,
        )
