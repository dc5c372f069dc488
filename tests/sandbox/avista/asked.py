"""Documents for the Avista stand-in: such as its schema allows, and others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from hypothesis import strategies as st

DEEPEST = 3
IDS = (
    "dataStoreId.1", "dataStoreId.5", "dataStoreDirectoryId.1", "dataStoreDirectoryId.2",
    "dataStoreFileId.1", "dataStoreFileId.2", "collaborativeId.1", "collaborativeId.2",
    "organizationId.2", "timeSeriesDbId.1", "timeSeriesDbId.2", "iotHubId.1", "iotGroupId.1",
    "iotEndpointId.1", "modelId.1", "dataCaptureId.1", "dataCaptureId.2", "uploadId.1", "tokenId.4",
    "", "none", "../../x", "a//b", "?", "\r\nX: y", "\x00", "'; --", "é🔥", "x" * 5000, "-1", "NaN",
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(IDS),
    st.sampled_from(
        ("2026-01-01T00:00:00.000Z", "1700000000000", "0", "1e999", "-9223372036854775809", "now",
         "9" * 400, "SELECT 1", 'SELECT * FROM "a"."b"', "SELECT" * 50, "((((", "2026-13-40T99:00Z")
    ),
    st.text(max_size=20),
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(-(2**31), 2**31 - 1), st.sampled_from((0, 1, -1, 100, 2**31 - 1, -(2**31)))
)
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
ATOMS: dict[str, st.SearchStrategy[Any]] = {
    "ID": TEXTS,
    "String": TEXTS,
    "Int": NUMBERS,
    "Float": st.floats(allow_nan=False, allow_infinity=False),
    "Boolean": st.booleans(),
}


def values(kind: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """JSON that fits an input type."""
    if isinstance(kind, GraphQLNonNull):
        return values(kind.of_type, depth)
    if isinstance(kind, GraphQLList):
        return st.lists(values(kind.of_type, depth + 1), max_size=0 if depth > DEEPEST else 3)
    if isinstance(kind, GraphQLEnumType):
        return st.sampled_from(sorted(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return st.fixed_dictionaries(
            {n: values(f.type, depth + 1) for n, f in kind.fields.items() if _needed(f.type)},
            optional={
                n: values(f.type, depth + 1) for n, f in kind.fields.items() if not _needed(f.type)
            },
        )
    return ATOMS[str(kind)]


def _needed(kind: Any) -> bool:
    return isinstance(kind, GraphQLNonNull)


def selection(kind: Any, depth: int = 0) -> str:
    """Every field of an output type that needs no arguments, some levels down."""
    found = get_named_type(kind)
    if not isinstance(found, GraphQLObjectType):
        return ""
    fields = [name for name, field in found.fields.items() if _leaf(field)]
    if depth < DEEPEST:
        fields += [
            name + selection(field.type, depth + 1)
            for name, field in found.fields.items()
            if not _leaf(field)
        ]
    return " { " + " ".join(fields or ["__typename"]) + " }"


def _leaf(field: GraphQLField) -> bool:
    return not isinstance(get_named_type(field.type), GraphQLObjectType)


def roots(schema: GraphQLSchema, *kinds: str) -> Iterator[tuple[str, str, GraphQLField]]:
    """Every root field: `query`, `mutation` or `subscription`, its name, its declaration."""
    for kind in kinds:
        found = schema.type_map[kind.capitalize()]
        assert isinstance(found, GraphQLObjectType)
        for name, field in found.fields.items():
            yield kind, name, field


def requests(schema: GraphQLSchema, *kinds: str) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies in the variables style, for any root field, with values that fit the schema."""
    every = [
        st.fixed_dictionaries(
            {
                "query": st.just(document(kind, name, field)),
                "variables": arguments(field),
            }
        )
        for kind, name, field in roots(schema, *kinds)
    ]
    return st.one_of(*every)


def arguments(field: GraphQLField) -> st.SearchStrategy[dict[str, Any]]:
    """Values for a field's arguments."""
    needed = {n: values(a.type) for n, a in field.args.items() if _needed(a.type)}
    others = {
        n: st.one_of(st.none(), values(a.type))
        for n, a in field.args.items()
        if not _needed(a.type)
    }
    return st.fixed_dictionaries(needed, optional=others)


def document(kind: str, name: str, field: GraphQLField) -> str:
    """A document with a variable for each argument, which selects what there is."""
    declared = ", ".join(f"${n}: {a.type}" for n, a in field.args.items())
    given = ", ".join(f"{n}: ${n}" for n in field.args)
    head = f"{kind}({declared})" if declared else kind
    call = f"{name}({given})" if given else name
    return f"{head} {{ {call}{selection(field.type)} }}"


TOKENS = st.sampled_from(
    ("{", "}", "(", ")", "[", "]", ":", "!", "$x", "@include(if: true)", "...", "... on Query",
     "query", "mutation", "subscription", "fragment F on Query", "user_getUserSession", "user",
     "storage_listDataStores", "name", '"text"', '"""block"""', '"\\ud800"', "7", "-1.5e9", "ENUM",
     "null", "__schema", "__typename", "#x\n", ",", "\ufeff", "&", '"', "storage_getDataStore",
     'dataStoreId: "dataStoreId.1"', "a:", "@skip", "contents", "dataStoreDirectory")
)  # fmt: skip
SOUP = st.lists(TOKENS, max_size=30).map(" ".join)
"""What looks like GraphQL from afar."""
BODIES = st.one_of(
    st.binary(max_size=50),
    JUNK,
    st.fixed_dictionaries({"query": SOUP}, optional={"variables": JUNK, "operationName": JUNK}),
)
