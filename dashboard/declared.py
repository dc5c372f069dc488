"""Form fields from pydantic declarations: a platform's settings, an operation's parameters.

Declared once; the label, the help, the control and the meaning of what is typed follow.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from django import forms
from pydantic.fields import FieldInfo

from connectors.contract import Upload

LONG = 1000
"""A text that may be longer than this is typed into an area: an address and a path are not."""
CODE = 50_000
"""One that may be as long as a program gets the room and the letters of one."""
SCALARS = (str, int, float)


def grow(declared: FieldInfo) -> forms.Field:
    """One form field: label from the title, help from the description, control from the type."""
    wanted = bare(declared.annotation)
    required = declared.is_required()
    words = {
        "label": declared.title or "",
        "help_text": declared.description or "",
        "required": required and wanted is not bool,
        "initial": None if required else _initial(declared),
    }
    return _make(declared, wanted, words)


def meant(declared: FieldInfo, given: object, *, zone: ZoneInfo) -> object:
    """What a typed text means to the declaration, still to be checked by it.

    Times without an offset are local in `zone`, lists are lines, what has parts is JSON.
    Raises ValueError with a sentence.
    """
    wanted = bare(declared.annotation)
    if not isinstance(given, str) or wanted is str:
        return given
    if wanted is datetime:
        return _moment(given, zone)
    if _lines(wanted):
        return [line.strip() for line in given.splitlines() if line.strip()]
    return _parsed(given) if _parts(wanted) else given


def typed(declared: FieldInfo, value: object, *, zone: ZoneInfo) -> object:
    """What a person would have typed for a value: the way back from `meant`."""
    wanted = bare(declared.annotation)
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None)
    if _lines(wanted) and isinstance(value, list | tuple):
        return "\n".join(str(one) for one in value)
    if _parts(wanted) and not isinstance(value, str):
        return json.dumps(value, indent=1, default=str)
    return value


def bare(annotation: Any) -> Any:
    """The type itself: `Annotated[str | None, …]` as `str`."""
    if hasattr(annotation, "__metadata__"):
        return bare(get_args(annotation)[0])
    if get_origin(annotation) not in (Union, UnionType):
        return getattr(annotation, "__supertype__", annotation)  # a NewType is what it stands for
    members = [member for member in get_args(annotation) if member is not NoneType]
    return bare(members[0]) if len(members) == 1 else annotation


def _initial(declared: FieldInfo) -> object:
    default = declared.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, list | tuple) and _lines(bare(declared.annotation)):
        return "\n".join(str(one) for one in default)
    return default


def _make(declared: FieldInfo, wanted: Any, words: dict[str, Any]) -> forms.Field:
    if getattr(wanted, "__name__", "") in ("SecretStr", "SecretBytes"):
        hidden = forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False)
        return forms.CharField(widget=hidden, strip=False, **words | {"initial": None})
    choices = _choices(wanted)
    if choices:
        return _choice(choices, words)
    if wanted is bool:
        return _switch(declared, words)
    if wanted in (int, float):
        return (forms.IntegerField if wanted is int else forms.FloatField)(**words)
    if wanted is Upload:
        return forms.FileField(**words | {"initial": None})
    return _text(declared, wanted, words)


def _text(declared: FieldInfo, wanted: Any, words: dict[str, Any]) -> forms.Field:
    if wanted is datetime:
        words["widget"] = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"})
    elif _lines(wanted):
        words["widget"] = forms.Textarea(attrs={"rows": 4})
        words["help_text"] = f"{words['help_text']} One a line.".strip()
    elif _parts(wanted):
        words["widget"] = forms.Textarea(
            attrs={"rows": 8, "spellcheck": "false", "class": "input-code"}
        )
        words["help_text"] = f"{words['help_text']} As JSON.".strip()
    elif _longest(declared) > LONG:
        words["widget"] = _area(_longest(declared))
    return forms.CharField(strip=wanted is not str, **words)


def _choice(choices: list[tuple[Any, str]], words: dict[str, Any]) -> forms.Field:
    """Of an optional one, nothing may be chosen too."""
    if words["required"] or words["initial"] is not None:
        words = words | {"required": True}
    else:
        choices = [("", "–"), *choices]
    typed = {word: value for value, word in choices}
    shown = [(word, word) if value != "" else ("", word) for value, word in choices]
    return forms.TypedChoiceField(choices=shown, coerce=_typed(typed), empty_value=None, **words)


def _typed(values: dict[str, Any]) -> Callable[[Any], Any]:
    """From the text that a form sends back to the declared value."""
    return values.__getitem__


def _choices(wanted: Any) -> list[tuple[Any, str]]:
    """The values that may be chosen, with their words; none: anything may be typed."""
    if get_origin(wanted) is Literal:
        return [(value, str(value)) for value in get_args(wanted)]
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return [(member.value, str(member.value)) for member in wanted]
    return []


def _switch(declared: FieldInfo, words: dict[str, Any]) -> forms.Field:
    """One that may be left as it is has three positions."""
    if declared.is_required() or words["initial"] is not None:
        return forms.BooleanField(**words | {"required": False})
    field = forms.NullBooleanField(**words)
    field.widget.choices = (("unknown", "–"), ("true", "yes"), ("false", "no"))
    return field


def _lines(wanted: Any) -> bool:
    """A list of texts or numbers, which is typed one a line."""
    inner = get_args(wanted)[:1]
    return get_origin(wanted) in (list, tuple, set, frozenset) and (
        bool(inner) and bare(inner[0]) in SCALARS
    )


def _parts(wanted: Any) -> bool:
    """Something with parts, which is typed as JSON."""
    named = get_origin(wanted) or wanted
    plain = (*SCALARS, bool, datetime)
    return named in (dict, list, tuple, Any) or (
        isinstance(named, type) and named not in plain and hasattr(named, "model_fields")
    )


def _area(longest: int) -> forms.Textarea:
    if longest <= CODE:
        return forms.Textarea(attrs={"rows": 3})
    return forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "input-code"})


def _longest(declared: FieldInfo) -> int:
    """How long the text may be: of several rules the narrowest; what says nothing is short."""
    lengths = [getattr(rule, "max_length", None) for rule in declared.metadata]
    return min((length for length in lengths if length), default=0)


def _moment(text: str, zone: ZoneInfo) -> object:
    """A typed local time as an instant; what is no time stays text, for the check to say so."""
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return typed if typed.tzinfo else typed.replace(tzinfo=zone)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as wrong:
        where = f"line {wrong.lineno}, column {wrong.colno}"
        raise ValueError(f"This is no JSON: {wrong.msg.lower()} at {where}.") from None
