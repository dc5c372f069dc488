"""The filter language (section 4): built safely here, and checked when people type it.

A member cannot be quoted in this language, so odd names are refused. Texts know one escape, the
quote's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

LONGEST = 20_000
"""Characters; far below what addresses may be long, once encoded, is refused by platforms."""
DEEPEST = 100

_MEMBER = re.compile(r"[^\W\d][\w:$-]*(\.[^\W\d][\w:$-]*)*")
_WORDS = frozenset(
    ("EXISTS", "HAS", "MATCHES", "AGE", "NOT", "IN", "CONTAINS", "WITHIN", "OF", "true", "false")
)
_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_FLAGS = re.compile(r"[imsu]*")
_TYPE = re.compile(r"[A-Za-z]+")
_ZIP = re.compile(r"[A-Za-z0-9 -]{2,12}")
_BARE_SLASH = re.compile(r"\\.|/", re.DOTALL)
_SPECIAL = re.compile(r"([^\w\s])", re.ASCII)

Scalar = bool | int | float | str

_GRAMMAR = r"""
start: [some]
some: every ("||" every)*
every: one ("&&" one)*
one: "NOT" one | "(" some ")" | rule
rule: "EXISTS" MEMBER
    | "HAS" MEMBER
    | "MATCHES" PATTERN
    | "AGE" ["(" text ")"] ORDER NUMBER
    | MEMBER ORDER value
    | MEMBER "%" NUMBER ORDER NUMBER
    | MEMBER "=~" PATTERN
    | MEMBER "IN" list
    | MEMBER "CONTAINS" list
    | MEMBER "WITHIN" NUMBER MEMBER "OF" "[" (NUMBER "," NUMBER | "ZIP" "=" CODE) "]"
value: NUMBER | text | "true" | "false" | MEMBER | "Date" "(" NUMBER ")"
     | "ObjectId" "(" text ")" | "Email" "(" text ")"
list: "[" [value ("," value)*] "]"
text: SINGLE | DOUBLE
ORDER: "==" | "!=" | "<=" | ">=" | "<" | ">"
MEMBER: /[^\W\d][\w:$-]*(\.[\w:$-]+)*/
NUMBER: /-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/
SINGLE: /'(\\'|[^'])*'/
DOUBLE: /"(\\"|[^"])*"/
PATTERN: /\/(\\.|[^\/\\])*\/[a-zA-Z]*/
CODE: /[^\[\]]+/
%ignore /\s+/
"""
_LARK = Lark(_GRAMMAR, parser="lalr")
_MEANT = {
    "MEMBER": "a member",
    "NUMBER": "a number",
    "SINGLE": "a text in quotes",
    "PATTERN": "a /pattern/",
    "ORDER": "a comparison",
    "RPAR": "a closing bracket",
    "RSQB": "a closing square bracket",
    "LSQB": "an opening square bracket",
    "OF": "OF",
    "CODE": "a ZIP code",
    "$END": "the end",
}


def checked(text: str) -> str:
    """The filter as it is. Raises ValueError with a sentence that points at what is wrong."""
    if len(text) > LONGEST:
        raise ValueError(f"A filter has at most {LONGEST} characters.")
    if _deep(text):
        raise ValueError(f"A filter has at most {DEEPEST} levels of brackets and NOT.")
    try:
        tree = _LARK.parse(text)
    except UnexpectedInput as wrong:
        raise ValueError(_pointing(text, wrong)) from None
    for token in tree.scan_values(lambda token: getattr(token, "type", "") == "PATTERN"):
        _refuse_pattern(str(token), token.line or 1, token.column or 1)
    return text


def _refuse_pattern(pattern: str, line: int, column: int) -> None:
    """Java's patterns are nearly Python's; what Python cannot read is pointed at (guess)."""
    body, _, flags = pattern[1:].rpartition("/")
    try:
        re.compile(body.replace("\\/", "/").replace("(?<", "(?P<"))
    except re.error:
        raise ValueError(f"Line {line}, column {column}: this is no pattern.") from None
    if not _FLAGS.fullmatch(flags):
        raise ValueError(f"Line {line}, column {column}: flags are i, m, s and u.")


def _pointing(text: str, wrong: UnexpectedInput) -> str:
    expected = getattr(wrong, "accepts", None) or getattr(wrong, "expected", None)
    allowed = expected or getattr(wrong, "allowed", None) or set()
    meant = sorted({_MEANT[name] for name in allowed if name in _MEANT})
    more = f"; expected {' or '.join(meant)}" if meant else ""
    if isinstance(wrong, UnexpectedToken) and wrong.token.type == "$END":
        lines = text.split("\n")
        return f"Line {len(lines)}, column {len(lines[-1]) + 1}: the filter ends too early{more}."
    place = wrong.pos_in_stream or 0
    found = (text[place : place + 30].split() or [""])[0]
    assert isinstance(wrong, UnexpectedToken | UnexpectedCharacters)  # noqa: S101  what is left
    return f"Line {wrong.line}, column {wrong.column}: “{found}” cannot stand here{more}."


def _deep(text: str) -> bool:
    depth = most = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        most = max(most, depth)
    return most > DEEPEST or text.count("NOT") > DEEPEST


# -- building


def member(*names: str) -> str:
    """`elems.value`; several names are joined. Raises ValueError for one that cannot be written."""
    name = ".".join(names)
    if not _MEMBER.fullmatch(name) or name in _WORDS:
        raise ValueError(f"“{name[:40]}” cannot be named in a filter: members are plain words.")
    return name


def value(given: Scalar) -> str:
    """A number, text or truth. Raises ValueError for a text that cannot be written."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        if given != given or given in (float("inf"), float("-inf")):
            raise ValueError("A filter compares with finite numbers only.")
        return repr(given)
    quote = '"' if "'" in given and '"' not in given else "'"
    if given.endswith("\\") or f"\\{quote}" in given:
        raise ValueError("A text in a filter has no backslash at its end or before a quote.")
    return f"{quote}{given.replace(quote, chr(92) + quote)}{quote}"


def compare(name: str, order: str, given: Scalar) -> str:
    """`a == 1`, and the five other comparisons."""
    if order not in _COMPARISONS:
        raise ValueError("This is no comparison.")
    return f"{member(name)} {order} {value(given)}"


def same(name: str, other: str) -> str:
    """A member that equals another member."""
    return f"{member(name)} == {member(other)}"


def _escaped(slash: re.Match[str]) -> str:
    return slash[0] if len(slash[0]) > 1 else "\\/"


def _pattern(pattern: str, flags: str) -> str:
    text = f"/{_BARE_SLASH.sub(_escaped, pattern)}/{flags}"
    _refuse_pattern(text, 1, 1)
    return text


def found(name: str, pattern: str, flags: str = "") -> str:
    """The pattern is found somewhere in the member's text."""
    return f"{member(name)} =~ {_pattern(pattern, flags)}"


def matches(pattern: str, flags: str = "") -> str:
    """The pattern is found in any text of the object."""
    return f"MATCHES {_pattern(pattern, flags)}"


def literal(text: str) -> str:
    """A pattern that finds just this text."""
    return _SPECIAL.sub(r"\\\1", text) if text.isascii() else re.escape(text)


def one_of(name: str, given: Iterable[Scalar]) -> str:
    """The member equals one of the values; none of none."""
    return f"{member(name)} IN [{','.join(map(value, given))}]"


def contains(name: str, given: Iterable[Scalar]) -> str:
    """The list that the member is holds the values."""
    return f"{member(name)} CONTAINS [{','.join(map(value, given))}]"


def within(name: str, radius: float, unit: str, latitude: float, longitude: float) -> str:
    """The place is at most so far from a point; `unit` is MILES or KM."""
    if unit not in ("MILES", "KM"):
        raise ValueError("The unit is MILES or KM.")
    if not (radius > 0 and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError("A place has a radius above zero and coordinates in degrees.")
    return f"{member(name)} WITHIN {value(radius)} {unit} OF [{value(latitude)},{value(longitude)}]"


def within_zip(name: str, radius: float, unit: str, code: str) -> str:
    """The same around a ZIP code. Raises ValueError when there is none."""
    if not _ZIP.fullmatch(code):
        raise ValueError("Say the ZIP code of the place.")
    if unit not in ("MILES", "KM") or not radius > 0:
        raise ValueError("A place has a radius above zero in MILES or KM.")
    return f"{member(name)} WITHIN {value(radius)} {unit} OF [ZIP={code}]"


def exists(name: str) -> str:
    return f"EXISTS {member(name)}"


def has(type: str) -> str:
    """Some elem is of this data type."""
    if not _TYPE.fullmatch(type):
        raise ValueError("A data type is one word, such as float.")
    return f"HAS {type}"


def age(order: str, milliseconds: float, name: str = "") -> str:
    """Milliseconds since creation, or since the time in a member. Raises ValueError below one."""
    if order not in _COMPARISONS or not milliseconds > 0:
        raise ValueError("An age is compared with more than zero milliseconds.")
    of = f"('{member(name)}')" if name else ""
    return f"AGE{of} {order} {value(milliseconds)}"


def negated(filter: str) -> str:
    """All of it: NOT alone would take the first part only."""
    return f"NOT ({filter})"


def both(*filters: str) -> str:
    """Joined by and; one alone stays as it is, empty ones are left out."""
    return _joined(filters, "&&")


def either(*filters: str) -> str:
    return _joined(filters, "||")


def _joined(filters: Iterable[str], word: str) -> str:
    parts = [one for one in filters if one.strip()]
    return parts[0] if len(parts) == 1 else f" {word} ".join(f"({one})" for one in parts)
