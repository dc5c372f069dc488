"""The filter language: whatever is printed is parsed, and means what a plain reading says."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.flowthings import elems
from connectors.sandbox.flowthings.filters import tree
from connectors.sandbox.flowthings.filters.evaluation import plain_getter, predicate
from connectors.sandbox.flowthings.filters.parser import KILOMETRES, FilterProblem, parsed
from tests.sandbox.flowthings.reading import NOW, Reading, near_the_edge, printed

SIGNS = ("==", "!=", "<", "<=", ">", ">=")

# Filters and drops of all kinds

NAMES = st.sampled_from(["n", "s", "list", "elems.n", "elems.stats.deep", "stats.deep", "no",
                         "creationDate", "location.lat", "elems.list.0"])  # fmt: skip
MEMBERS = st.builds(lambda name: tree.Member(tuple(name.split("."))), NAMES)
TEXTS = st.text(string.ascii_letters + "'\"/ .\\é", max_size=4).filter(lambda s: s[-1:] != "\\")
NUMBERS = st.integers(-3, 3) | st.floats(-3, 3, allow_subnormal=False)
SCALARS = NUMBERS | TEXTS | st.booleans()
VALUES = SCALARS | MEMBERS
LISTS = st.lists(VALUES, max_size=3).map(tuple)
PATTERNS = st.builds(
    lambda text, flag: tree.Pattern(("(?i)" if flag else "") + text),
    st.sampled_from(["a", "^a", "b$", "a.c", "[a-c]+", "x|é", "/", ""]),
    st.booleans(),
)
RULES = st.one_of(
    st.builds(tree.Exists, MEMBERS),
    st.builds(tree.Has, st.sampled_from(["integer", "float", "string", "list", "map", "no"])),
    st.builds(tree.Matches, PATTERNS),
    st.builds(tree.Age, st.none() | MEMBERS, st.sampled_from(SIGNS), st.integers(0, 2000)),
    st.builds(tree.Compare, MEMBERS, st.sampled_from(SIGNS), VALUES),
    st.builds(tree.Modulo, MEMBERS, st.integers(-3, 3), st.sampled_from(SIGNS[:2]), NUMBERS),
    st.builds(tree.Search, MEMBERS, PATTERNS),
    st.builds(tree.In, MEMBERS, LISTS),
    st.builds(tree.Contains, MEMBERS, LISTS),
    st.builds(tree.Within, st.just(tree.Member(("location",))), st.integers(0, 500),
              st.integers(-2, 2), st.integers(-2, 2)),
)  # fmt: skip
NODES: st.SearchStrategy[tree.Node] = st.recursive(
    RULES,
    lambda inner: st.one_of(
        st.builds(tree.Not, inner),
        st.builds(tree.Both, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(tree.Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
DROPS = st.builds(
    lambda given, created, place: {
        "id": "d1",
        "creationDate": NOW - created,
        "elems": elems.taken(given),
        **({"location": place} if place else {}),
    },
    st.fixed_dictionaries(
        {},
        optional={
            "n": SCALARS,
            "s": TEXTS,
            "list": st.lists(SCALARS, max_size=3),
            "stats": st.fixed_dictionaries({"deep": SCALARS}),
        },
    ),
    st.integers(0, 2000),
    st.none() | st.fixed_dictionaries({"lat": st.integers(-2, 2), "lon": st.integers(-2, 2)}),
)


@given(NODES, DROPS)
@settings(max_examples=400, deadline=None)
def test_what_is_printed_is_parsed_and_means_the_same(node: tree.Node, drop: Any) -> None:
    understood = parsed(printed(node))
    assert understood is not None
    if near_the_edge(node, drop):
        return
    assert predicate(understood, elems.getter, NOW)(drop) is Reading(drop).holds(node)


@given(NODES)
@settings(max_examples=200, deadline=None)
def test_parsing_what_was_printed_gives_the_tree_back(node: tree.Node) -> None:
    once = parsed(printed(node))
    assert once is not None
    assert parsed(printed(once)) == once
    assert flat(node) == once


def flat(node: tree.Node) -> tree.Node:
    """The tree with `a && (b && c)` as one conjunction, as the parser makes it."""
    if isinstance(node, tree.Not):
        return tree.Not(flat(node.part))
    if not isinstance(node, tree.Both | tree.Either):
        return node
    parts: list[tree.Node] = []
    for part in map(flat, node.parts):
        parts += part.parts if isinstance(part, type(node)) else (part,)
    return type(node)(tuple(parts))


@given(st.text("ab.1 '\"/\\()[]=<>!&|%,~EXISTNOTINAGE\n", max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_filter_or_is_refused_within_itself(text: str) -> None:
    problem = refusal(text)
    if problem is not None:
        lines = text.split("\n")
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1


def refusal(text: str) -> FilterProblem | None:
    try:
        parsed(text)
    except FilterProblem as problem:
        return problem
    return None


@pytest.mark.parametrize(
    ("text", "line", "column", "word"),
    [
        ("a ==", 1, 5, "unexpected end"), ("a = 1", 1, 3, "'='"), ("(a == 1", 1, 8, ")"),
        ("a == 1)", 1, 7, "')'"), ("a == 1 &&\n  b ~ 2", 2, 5, "'~'"),
        ("False", 1, 6, "comparison"),
        ("two words == 1", 1, 5, "comparison"), ("a =~ /(/", 1, 6, "regular expression"),
        ("a =~ /a/q", 1, 6, "flag"), ("a =~ /(?=x)/", 1, 6, "regular expression"),
        ("a % 2 < 1", 1, 7, "remainder"), ("l WITHIN 5 ELLS OF [1,2]", 1, 12, "MILES"),
        ("l WITHIN 5 KM OF [ZIP=None]", 1, 23, "no place"), ("HAS 3", 1, 5, "member"),
        ("a == 'x", 1, 6, "unexpected"), ("a == " + "9" * 400, 1, 6, "digits"),
        ("NOT " * 300 + "a == 1", 1, 1206, "200 levels"),
        ("a == 1" + " " * 20_000, 1, 20_001, "longer"),
        ("AGE() < 5", 1, 5, "text"), ("a IN [1,]", 1, 9, "number"),
    ],
)  # fmt: skip
def test_an_error_names_its_place(text: str, line: int, column: int, word: str) -> None:
    with pytest.raises(FilterProblem) as problem:
        parsed(text)
    sentence = problem.value.errors[0]
    assert sentence.startswith(f"Invalid filter at line {line}, column {column}: "), sentence
    assert word in sentence


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True), ("  ", True), ("elems.aNumber<=1", True), ("aNumber == 1", True),
        ("NOT aNumber == 1 || aNumber == 1", True), ("NOT (aNumber == 1 || aNumber == 2)", False),
        ("missing == 1", False), ("missing != 1", True), ("missing < 1", False),
        ("aText == 1", False), ("aText != 1", True), ("aText > 'a'", True), ("on > false", False),
        ("on == true", True), ("aNumber == true", False), ("aNumber == 1.0", True),
        ("aNumber == other", True), ("aNumber IN [other]", True), ("list CONTAINS []", True),
        ("list CONTAINS [2, 'x']", True), ("list CONTAINS [3]", False),
        ("aText CONTAINS ['t']", False),
        ("aText =~ /TEX/i", True), ("aText =~ /TEX/", False), ("aText =~ /^a/m", True),
        ("stats.deep == 5", True), ("elems.stats.deep == 5", True), ("list.1 == 'x'", True),
        ("when == Date(1000)", True), ("AGE('when') > 0", True), ("AGE('aText') > 0", False),
        ("id == ObjectId('d1')", True), ("aText == Email('a text')", True),
        ("aNumber % 0 == 0", False),
        ('aText == "a text"', True), ("EXISTS elems", True), ("EXISTS location.lat", True),
        ("a.b == 7", True), ("a.b.c == 1", False), ("creationDate == 5", True), ("HAS date", True),
    ],
)  # fmt: skip
def test_documented_forms_mean_what_the_reference_says(text: str, passes: bool) -> None:
    given = {"aNumber": 1, "aText": "a text", "on": True, "other": 1, "list": [2, "x"],
             "stats": {"deep": 5}, "when": {"type": "date", "value": 1000}, "a.b": 7}  # fmt: skip
    drop = {"id": "d1", "creationDate": 5, "elems": elems.taken(given),
            "location": {"lat": 1.0, "lon": 2.0}}  # fmt: skip
    assert predicate(parsed(text), elems.getter, NOW)(drop) is passes


def test_units_and_places_are_known() -> None:
    here = {"location": {"lat": 0.0, "lon": 0.0}}
    for unit, kilometres in KILOMETRES.items():
        radius = 111.3 / kilometres  # a degree is 111.2 km
        text = f"location WITHIN {radius} {unit} OF [0,1]"
        assert predicate(parsed(text), plain_getter, NOW)(here)
        text = f"location WITHIN {radius * 0.99} {unit} OF [0,1]"
        assert not predicate(parsed(text), plain_getter, NOW)(here)
    new_york = {"location": {"lat": 40.75, "lon": -74.0}}
    text = "location WITHIN 3 KM OF [ZIP=10001]"
    assert predicate(parsed(text), plain_getter, NOW)(new_york)


def test_a_pattern_that_would_hold_others_up_does_not() -> None:
    """Backtracking would take longer than the age of the earth."""
    slow = parsed("aText =~ /(a+)+$/")
    drop = {"elems": elems.taken({"aText": "a" * 5000 + "!"})}
    assert not predicate(slow, elems.getter, NOW)(drop)
