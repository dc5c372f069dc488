"""Runs GraphQL operations against the schema, and words every error as AppSync does."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationType,
    build_schema,
    execute_sync,
    get_operation_ast,
)

from connectors.sandbox.avista.documents import Documents, Malformed
from connectors.sandbox.avista.resolvers import Call, Fault, Resolver, Resolvers
from connectors.sandbox.avista.tokens import allow
from connectors.sandbox.avista.wording import Body

LOG = logging.getLogger(__name__)
SDL = Path(__file__).parent / "schema"
MOST_RESOLVERS = 10_000
"""Resolvers that one request may start [A]."""
ROOTS = ("Query", "Mutation", "Subscription")
UNFIT = "Cannot return null"
"""A subscriber asks for what the publisher did not select, and the type says never null."""
NOT_YET = object()
"""The payload of a subscription that is being set up."""

Variables = Mapping[str, Any]
Info = GraphQLResolveInfo["_Running"]


class Rejected(Exception):
    """What ends a request before any resolver runs."""

    def __init__(self, errors: list[Body]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A document that holds against the schema, and which of its operations is meant."""

    document: DocumentNode
    kind: OperationType
    name: str | None
    variables: Variables


@dataclass(slots=True)
class _Running:
    """One request under way."""

    call: Call
    payload: Any = NOT_YET
    called: dict[str | int, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """The root fields that were allowed, by the key of their answer."""
    left: int = MOST_RESOLVERS

    def count(self) -> None:
        """One more resolver. Raises Fault when there were too many."""
        self.left -= 1
        if self.left < 0:
            raise Fault("QueryLimitExceeded", f"More than {MOST_RESOLVERS} resolvers were started.")

    def root(self, info: Info, arguments: dict[str, Any]) -> None:
        """One more root field. Raises Fault when the token is not for it."""
        self.count()
        allow(self.call.actor, info.parent_type.name, info.field_name, arguments)
        self.called[info.path.key] = info.field_name, arguments


class Engine:
    """A schema with its resolvers."""

    def __init__(self, resolvers: Resolvers) -> None:
        text = "\n".join(path.read_text() for path in sorted(SDL.glob("*.graphql")))
        self.schema: GraphQLSchema = build_schema(text)
        self._resolvers = resolvers
        self._documents = Documents(self.schema)
        for (kind, name), resolver in resolvers.fields.items():
            wrap = {"Query": _root, "Mutation": _root, "Subscription": _subscription}
            self._fields(kind)[name].resolve = wrap.get(kind, _nested)(resolver)

    def _fields(self, kind: str) -> dict[str, Any]:
        """Raises KeyError for what is no type with fields."""
        found = self.schema.type_map[kind]
        if not isinstance(found, GraphQLObjectType):
            raise KeyError(kind)
        fields: dict[str, Any] = found.fields
        return fields

    def unanswered(self) -> list[str]:
        """The root fields without a resolver."""
        places = ((kind, name) for kind in ROOTS for name in self._fields(kind))
        return sorted(".".join(place) for place in places if place not in self._resolvers.fields)

    def operations(self) -> Iterable[str]:
        """`query user_getUserSession` … for every root field, and `type User` for every type."""
        for kind in ROOTS:
            yield from (f"{kind.lower()} {name}" for name in self._fields(kind))
        for name in self.schema.type_map:
            if name not in ROOTS and not name.startswith("__"):
                yield f"type {name}"

    def operation(self, text: str, variables: Variables, name: str | None) -> Operation:
        """Raises Malformed for what is no GraphQL, Rejected for what the schema forbids."""
        document, errors = self._documents.read(text)
        if errors:
            raise Rejected(errors)
        node = get_operation_ast(document, name)
        if node is None:
            raise Rejected([_plain(_which(name))])
        return Operation(document=document, kind=node.operation, name=name, variables=variables)

    def run(self, call: Call, operation: Operation) -> Body:
        """The answer to a query or a mutation. Raises Malformed."""
        running = _Running(call)
        result = self._execute(running, operation)
        for key, (name, arguments) in running.called.items():
            payload = (result.data or {}).get(str(key))
            if payload is not None:
                self._fan_out(call, name, arguments, payload)
        return _answer(result)

    def subscribed(self, call: Call, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """The field and the arguments of a subscription. Raises Malformed and Rejected."""
        if operation.kind is not OperationType.SUBSCRIPTION:
            raise Rejected([_plain("Only subscriptions are served here.")])
        running = _Running(call)
        answer = _answer(self._execute(running, operation))
        if "errors" in answer:
            raise Rejected(answer["errors"])
        ((name, arguments),) = running.called.values()
        return name, arguments

    def notice(self, call: Call, operation: Operation, payload: Any) -> Body:
        """What a subscriber selected of one payload."""
        return _answer(self._execute(_Running(call, payload), operation))

    def _execute(self, running: _Running, operation: Operation) -> ExecutionResult:
        variables = dict(operation.variables)
        try:
            with running.call.platform.lock:
                return execute_sync(
                    self.schema, operation.document, None, running, variables, operation.name,
                    hide_suggestions=True,
                )  # fmt: skip
        except RecursionError as error:
            raise Malformed from error

    def _fan_out(self, call: Call, name: str, arguments: Variables, payload: Any) -> None:
        """What the caller selected of a mutation goes to its subscribers."""
        for fan in self._resolvers.fans:
            if fan.mutation == name:
                kept = {key: arguments.get(key) for key in fan.keys}
                call.platform.hub.publish(fan.subscription, kept, payload)


def _root(resolver: Resolver) -> Resolver:
    def resolve(_nothing: None, info: Info, **arguments: Any) -> Any:
        running = info.context
        running.root(info, arguments)
        return resolver(running.call, **arguments)

    return resolve


def _subscription(resolver: Resolver) -> Resolver:
    def resolve(_nothing: None, info: Info, **arguments: Any) -> Any:
        running = info.context
        if running.payload is not NOT_YET:
            return running.payload
        running.root(info, arguments)
        resolver(running.call, **arguments)
        return None

    return resolve


def _nested(resolver: Resolver) -> Resolver:
    def resolve(parent: object, info: Info, **arguments: Any) -> Any:
        running = info.context
        running.count()
        return resolver(running.call, parent, **arguments)

    return resolve


def _which(name: str | None) -> str:
    if name is not None:
        return f"Unknown operation named '{name}'."
    return "Must provide operation name if query contains multiple operations."


def _plain(message: str) -> Body:
    return {"path": None, "locations": None, "message": message}


def _answer(result: ExecutionResult) -> Body:
    body: Body = {"data": result.data}
    if result.errors:
        body["errors"] = [_worded(error) for error in result.errors]
    return body


def _worded(error: GraphQLError) -> Body:
    """One error of the execution."""
    locations = [{"line": one.line, "column": one.column} for one in error.locations or ()]
    found = error.original_error
    if found is None or error.path is None or error.message.startswith(UNFIT):
        return {"path": error.path, "locations": locations or None, "message": error.message}
    if not isinstance(found, Fault):
        LOG.error("a resolver failed at %s", error.path, exc_info=found)
        found = Fault("InternalFailure", "Internal failure executing the resolver.")
    return {
        "path": error.path,
        "data": None,
        "errorType": found.error_type,
        "errorInfo": None,
        "locations": [{**one, "sourceName": None} for one in locations],
        "message": found.message,
    }
