"""Every function of a platform for a person who looks for one: by what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.operations import Operation
from dashboard.operations.services import offered

WHOLE = "The whole connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What can be done with one sort of thing."""

    title: str
    """As people say it, in the plural where the platform's table of things has one."""
    operations: tuple[Operation, ...]


def groups(kind: str, *, text: str = "") -> tuple[Group, ...]:
    """The operations in whose words every word of the text occurs; those of no thing come first,
    the others by title. Of what a text finds, the shortest label comes first: "delete site" means
    the site before what hangs on it."""
    every, words = offered(kind), text.casefold().split()
    titles = {row.name: _capital(row.many) for one in every for row in one.bound}
    things = {one.on or "": one.bound[0].name for one in reversed(every) if _on_its_own(one)}
    found: dict[str, list[Operation]] = {}
    for one in every:
        title = _title(one, titles, things)
        if _holds(one, title, words):
            found.setdefault(title, []).append(one)
    made = [Group(title=title, operations=tuple(ones)) for title, ones in found.items()]
    return tuple(sorted(made, key=_shortest if words else _by_title))


def _by_title(group: Group) -> tuple[bool, str]:
    return group.title != WHOLE, group.title.casefold()


def _shortest(group: Group) -> int:
    return min(len(one.label) for one in group.operations)


def _title(one: Operation, titles: Mapping[str, str], things: Mapping[str, str]) -> str:
    """A family's row says it; of others what their name begins with, then what they act on."""
    row = one.bound[0].name if one.bound else one.name.partition(".")[0]
    if row not in titles:
        row = things.get(one.on, "") if one.on else ""
    if row in titles:
        return titles[row]
    return _capital(one.on.replace("_", " ").replace("-", " ")) if one.on else WHOLE


def _on_its_own(one: Operation) -> bool:
    """Of a row, and on such a thing: not on what one lies under."""
    return bool(one.bound) and one.subject not in one.fields.model_fields


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _holds(one: Operation, title: str, words: Iterable[str]) -> bool:
    told = f"{one.name} {one.label} {one.help} {one.on or ''} {title}".casefold()
    return all(word in told for word in words)
