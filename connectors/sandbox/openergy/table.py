"""How a resource is declared: its fields, filters, verbs, owner, and what an answer embeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.sandbox.openergy.fields import InvalidError, Kind

if TYPE_CHECKING:
    from connectors.sandbox.openergy.call import Call, Platform, Record

ALL = frozenset(("list", "create", "one", "patch", "delete"))
LOOK = frozenset(("list", "one"))
Shown = Callable[["Platform", "Record"], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `kind` is None for what only the platform sets."""

    name: str
    kind: Kind | None = None
    required: bool = False
    null: bool = False
    default: Any = None
    frozen: bool = False
    """Whether it can be given at creation only."""
    to: tuple[str, ...] = ()
    """The resources that the id in it may name."""
    keeps: bool = False
    """Whether the record stays, without it, when the named one is deleted."""
    hidden: bool = False

    def load(self, value: Any) -> Any:
        """The value to keep. Raises InvalidError."""
        if value is None:
            if not self.null:
                raise InvalidError("This field may not be null.")
            return None
        return self.kind(value) if self.kind else value


def none_shown(_platform: Platform, _row: Record) -> Mapping[str, Any]:
    """Nothing beyond the fields."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of record."""

    path: str
    fields: tuple[Field, ...]
    owner: str
    """The field that names whose it is: followed upward to an organization or a user."""
    verbs: frozenset[str] = ALL
    editors: frozenset[str] = frozenset(("writer", "admin"))
    """The roles that may change and delete."""
    filters: tuple[str, ...] = ("name",)
    unique: tuple[tuple[str, ...], ...] = ()
    in_list: tuple[str, ...] = ()
    """The ids that a list shows as objects."""
    in_one: tuple[str, ...] = ()
    """The ids that an answer about one record shows as objects."""
    shown: Shown = none_shown
    """What every answer adds."""
    computed: Shown = none_shown
    """What an answer about one record adds."""

    def field(self, name: str) -> Field | None:
        """A field by name."""
        return next((field for field in self.fields if field.name == name), None)

    def defaults(self) -> Record:
        """The record that nobody has given a value yet."""
        return {field.name: field.default for field in self.fields}

    def cascades(self, path: str) -> Iterator[str]:
        """The fields whose record goes with the one it names."""
        return (f.name for f in self.fields if path in f.to and not f.keeps)

    def unlinks(self, path: str) -> Iterator[str]:
        """The fields that are emptied when the record they name goes."""
        return (f.name for f in self.fields if path in f.to and f.keeps)

    def role(self, call: Call, row: Record) -> str | None:
        """The caller's role for a record; None where it must not be seen."""
        if self.owner == "id":
            return self._root_role(call, row)
        target = self.field(self.owner)
        above = row.get(self.owner)
        if target is None:
            return None
        for path in target.to:
            found = call.platform.get(path, above)
            if found is not None:
                return call.platform.catalogue[path].role(call, found)
        return None

    def _root_role(self, call: Call, row: Record) -> str | None:
        """An organization is its people's; a user is their own."""
        if self.path == "oteams/organizations":
            return call.actor.role(row["id"])
        return "writer" if call.actor.staff or row["id"] == call.actor.user["id"] else None
