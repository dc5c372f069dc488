"""Validation errors in AppSync's words, which are those of graphql-java."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

Body = dict[str, Any]
Fields = list[tuple[int, int, str]]
"""Every field of a document, an outer one before those in it: start, end, path."""

CLASSES = {
    "FieldsOnCorrectTypeRule": "FieldUndefined",
    "KnownArgumentNamesRule": "UnknownArgument",
    "KnownTypeNamesRule": "UnknownType",
    "KnownFragmentNamesRule": "UndefinedFragment",
    "KnownDirectivesRule": "UnknownDirective",
    "ProvidedRequiredArgumentsRule": "MissingFieldArgument",
    "ValuesOfCorrectTypeRule": "WrongType",
    "ScalarLeafsRule": "SubSelectionRequired",
    "NoUndefinedVariablesRule": "UndefinedVariable",
    "NoUnusedVariablesRule": "UnusedVariable",
    "NoUnusedFragmentsRule": "UnusedFragment",
    "NoFragmentCyclesRule": "FragmentCycle",
    "VariablesInAllowedPositionRule": "VariableTypeMismatch",
    "OverlappingFieldsCanBeMergedRule": "FieldsConflict",
    "LoneAnonymousOperationRule": "LoneAnonymousOperationViolation",
    "UniqueOperationNamesRule": "DuplicateOperationName",
    "UniqueArgumentNamesRule": "DuplicateArgumentNames",
    "UniqueVariableNamesRule": "DuplicateVariableName",
    "SingleFieldSubscriptionsRule": "SubscriptionMultipleRootFields",
    "FragmentsOnCompositeTypesRule": "InlineFragmentTypeConditionInvalid",
    "PossibleFragmentSpreadsRule": "InvalidFragmentType",
    "VariablesAreInputTypesRule": "NonInputTypeOnVariable",
}
"""How AppSync names what a rule found [A]."""
WORDS: Sequence[tuple[re.Pattern[str], str, str]] = (
    (re.compile(r"Cannot query field '(.+)' on type '(.+)'"),
     "FieldUndefined", "Field '{0}' in type '{1}' is undefined @ '{path}'"),
    (re.compile(r"Argument '.*\((.+):\)' of type '(.+)' is required"),
     "MissingFieldArgument", "Missing field argument {0} @ '{path}'"),
    (re.compile(r"Unknown argument '(.+)' on field"),
     "UnknownArgument", "Unknown field argument {0} @ '{path}'"),
    (re.compile(r"Unknown type '(.+)'"),
     "UnknownType", "Unknown type {0}"),
    (re.compile(r"Field '(.+)' of type '(.+)' must have a selection"),
     "SubSelectionRequired", "Sub selection required for type {1} of field {0} @ '{path}'"),
    (re.compile(r"Field '(.+)' must not have a selection since type '(.+)' has"),
     "SubSelectionNotAllowed",
     "Sub selection not allowed on leaf type {1} of field {0} @ '{path}'"),
)  # fmt: skip
"""What our own engine says, and what AppSync says of the same [A]. Other errors keep our words."""


def invalid(kind: str, error: GraphQLError, fields: Fields) -> Body:
    """One validation error; `kind` names its class."""
    locations = [{"line": one.line, "column": one.column} for one in error.locations or ()]
    kind, text = _reworded(kind, error, fields)
    message = f"Validation error of type {kind}: {text}"
    return {"path": None, "locations": locations or None, "message": message}


def _reworded(kind: str, error: GraphQLError, fields: Fields) -> tuple[str, str]:
    for pattern, name, text in WORDS:
        found = pattern.match(error.message)
        if found:
            return name, text.format(*found.groups(), path=_path(error, fields))
    return kind, error.message


def _path(error: GraphQLError, fields: Fields) -> str:
    """The innermost field around an error."""
    place = next(iter(error.positions or (0,)))
    around = [path for start, end, path in fields if start <= place < end]
    return around[-1] if around else ""
