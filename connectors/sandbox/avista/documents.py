"""Parses and validates GraphQL documents, and keeps what was read."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)

from connectors.sandbox.avista.wording import CLASSES, Body, Fields, invalid

MOST_TOKENS = 200_000
MOST_FIELDS = 1_000
"""Selections of one document. Comparing them with each other takes their square [G]."""
DEEPEST = 75
"""Levels of one document; the most that AppSync lets its owner choose [A]."""
KEPT = 256
LONGEST_KEPT = 10_000
"""Characters; a longer document is read anew each time."""
Read = tuple[DocumentNode, list[Body]]


class Malformed(Exception):
    """Text that is no GraphQL document, or more of one than the platform reads."""


class Documents:
    """What documents mean under one schema. Safe to use from any thread."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._lock = Lock()
        self._kept: OrderedDict[str, Read] = OrderedDict()

    def read(self, text: str) -> Read:
        """A document, and what is wrong with it under the schema. Raises Malformed."""
        with self._lock:
            if text in self._kept:
                self._kept.move_to_end(text)
                return self._kept[text]
        found = self._read(text)
        if len(text) <= LONGEST_KEPT:
            with self._lock:
                self._kept[text] = found
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return found

    def _read(self, text: str) -> Read:
        try:
            document = parse(text, max_tokens=MOST_TOKENS, allow_empty_selection_sets=False)
            visit(document, measure := _Measure())
            return document, self._errors(document, measure.fields)
        except (GraphQLSyntaxError, RecursionError) as error:
            raise Malformed from error

    def _errors(self, document: DocumentNode, fields: Fields) -> list[Body]:
        """A second look, rule by rule, finds the names of errors; most documents have none."""
        if not validate(self._schema, document, hide_suggestions=True):
            return []
        return [
            invalid(CLASSES.get(rule.__name__, "InvalidSyntax"), error, fields)
            for rule in specified_rules
            for error in validate(self._schema, document, [rule], hide_suggestions=True)
        ]


class _Measure(Visitor):
    """Refuses documents that would take too long to compare with the schema."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: Fields = []
        self._path: list[str] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Counts. Raises RecursionError."""
        self._path.append(node.name.value)
        start, end = (node.loc.start, node.loc.end) if node.loc else (0, 0)
        self.fields.append((start, end, "/".join(self._path)))
        if len(self.fields) > MOST_FIELDS or len(self._path) > DEEPEST:
            raise RecursionError

    def leave_field(self, *_: object) -> None:
        """One level up."""
        self._path.pop()
