"""Platform functions that are no plain browsing, reading or writing, each declared once.

    @operation(label="Run", help="…", on="importer", danger="writes", name="importer.run")
    def run_importer(
        self, importer: Annotated[NodeId, Field(title="Importer", description="…")]
    ) -> Generator[Progress, None, Record]: ...

The form, the REST call, the command and the schedule follow from the declaration: the parameters
are a pydantic model made from the signature, and how the result is shown follows from its type.
An operation on one thing takes its `NodeId`, also where the tree does not show such things. One
that makes something is offered on the node it will lie under: a site on its campaign.
A method that takes minutes is a generator: it yields `Progress` and returns its result.

A family (`list`, `create`, `delete` … of sites, buildings, users …) is declared by a table of
`Resource` rows and one method a verb, see `family`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from functools import cached_property
from inspect import Parameter, signature
from types import NoneType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    create_model,
    field_validator,
)

from connectors.errors import Rejected
from connectors.nouns import File, NodeId, Points
from connectors.results import Progress, Record, Result, Table
from connectors.validation import by_field

if TYPE_CHECKING:
    from connectors.contract import Service

__all__ = [
    "Acts",
    "Danger",
    "Kind",
    "Operation",
    "Parameters",
    "Progress",
    "Record",
    "Resource",
    "Result",
    "Table",
    "changes",
    "family",
    "operation",
    "operations",
]

Danger = Literal["reads", "writes", "destroys"]
Kind = Literal["record", "table", "points", "file", "text", "nothing"]

TEXT = 1_000_000
"""Characters of one text: scripts are the longest that platforms take."""
_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


class Parameters(BaseModel):
    """What an operation takes. Every time has its zone, every number is finite."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        str_max_length=TEXT,
        protected_namespaces=(),
        hide_input_in_errors=True,
    )

    @field_validator("*")
    @classmethod
    def _with_zone(cls, value: object) -> object:
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, datetime) and one.tzinfo is None:
                raise ValueError("Say the time zone too, for example 2024-03-31T02:00+01:00.")
        return value


_KINDS: Mapping[object, Kind] = {
    Record: "record",
    Table: "table",
    Iterator[Points]: "points",
    File: "file",
    str: "text",
    NoneType: "nothing",
}


@dataclass(frozen=True)
class Operation:
    """One declared function of a platform."""

    name: str
    """Unique in its service, as people type it: `importer.run`."""
    _: KW_ONLY
    label: str
    help: str
    danger: Danger
    on: str | None
    """The type of the nodes it belongs to; None: to the connection as a whole."""
    preview: str | None
    """The name of a reading operation on the same thing, to be shown before people confirm."""
    prefill: str | None = None
    """The name of a reading operation on the same thing. Its record's fields are what the form
    shows first; those that are no parameter tell people how it came to that."""
    method: Callable[..., object] = field(repr=False)
    bound: tuple[Resource, ...] = ()
    """Of a family: the row that the method is called with."""
    fields: type[Parameters] = field(default=Parameters, repr=False)
    """Of a family: what the method takes besides, as `**values`."""

    @cached_property
    def parameters(self) -> type[Parameters]:
        """The model behind the form, the REST body and the command's arguments."""
        given: dict[str, Any] = {
            name: (self._hints[name], ... if taken.default is Parameter.empty else taken.default)
            for name, taken in self._taken.items()
        }
        return create_model(self.name, __base__=self.fields, **given)

    @property
    def kind(self) -> Kind:
        """How the result is shown. Raises TypeError when the method says nothing of these."""
        returned = self._hints["return"]
        if self.lasting:
            returned = get_args(returned)[2]
        if returned not in _KINDS:
            raise TypeError(f"{self.name} returns what nobody can show: {returned}")
        return _KINDS[returned]

    @property
    def lasting(self) -> bool:
        """It takes minutes and tells its progress: not to be called behind a page."""
        return get_origin(self._hints["return"]) is Generator

    @property
    def subject(self) -> str | None:
        """The parameter that is the node whose page one came from: the signature's first, or of a
        family's fields the first, which is what a new one will lie under."""
        nodes = (name for name in self._taken if _plain(self._hints[name]) is NodeId)
        return next(nodes, self._parent) if self.on else None

    def check(self, values: Mapping[str, object]) -> dict[str, Any]:
        """The values given, converted; no others. Raises Rejected with a message a field."""
        try:
            found = self.parameters.model_validate(dict(values))
        except ValidationError as wrong:
            fields = by_field(wrong)
        else:
            return {name: getattr(found, name) for name in found.model_fields_set}
        raise Rejected("Some values need a look.", fields)

    def call(
        self,
        service: Service[Any],
        values: Mapping[str, object],
        *,
        told: Callable[[Progress], object] = lambda progress: None,
    ) -> Result:
        """Raises Rejected before anything is sent when a value cannot be right.

        What flows (points, a file, a table's rows) is the caller's to close.
        """
        found = self.check(values)
        service.door.hide(_secrets(found))
        result: Any = getattr(service, self.method.__name__)(*self.bound, **found)
        shown: Result = _finished(result, told) if self.lasting else result
        return shown

    @property
    def _parent(self) -> str | None:
        fields = self.fields.model_fields.items()
        return next((name for name, one in fields if _plain(one.annotation) is NodeId), None)

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.method, include_extras=True)

    @cached_property
    def _taken(self) -> dict[str, Parameter]:
        taken = list(signature(self.method).parameters.values())[1 + len(self.bound) :]
        return {one.name: one for one in taken if one.kind is not Parameter.VAR_KEYWORD}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A row of a resource table: one sort of thing that a platform keeps. Subclass it for what the
    methods need to know besides: the path, the models, which fields stay."""

    name: str
    """Begins the names of its operations: `sites`."""
    one: str
    many: str
    verbs: frozenset[str]
    """The verbs that the platform has for it."""


F = TypeVar("F", bound=Callable[..., object])
R = TypeVar("R", bound=Resource)


def operation(
    *,
    label: str,
    help: str,
    danger: Danger,
    on: str | None = None,
    name: str | None = None,
    preview: str | None = None,
    prefill: str | None = None,
) -> Callable[[F], F]:
    """Declares a method of a service to be an operation; its own name is the default name."""

    def declare(method: F) -> F:
        declared = Operation(
            method.__name__ if name is None else name,
            label=label,
            help=help,
            danger=danger,
            on=on,
            preview=preview,
            prefill=prefill,
            method=method,
        )
        return _declare(method, (declared,))

    return declare


def family(
    table: Iterable[R],
    verb: str,
    *,
    label: str,
    help: str,
    danger: Danger,
    on: Callable[[R], str | None] = lambda row: None,
    fields: Callable[[R], type[Parameters]] = lambda row: Parameters,
    preview: str = "",
    prefill: str = "",
) -> Callable[[F], F]:
    """Declares a method to be an operation `<row>.<verb>` for each row that has the verb.

    The method is called with the row first, positional-only (`self, row, /`), so that a field may
    have any name; `{one}` and `{many}` in label and help are the row's.
    What a row takes besides the signature is the model `fields` gives, and comes as `**values`,
    only those that were given: what is left out of an update stays as it was.
    `preview` and `prefill` are verbs, for the rows that have them.
    """

    def declare(method: F) -> F:
        declared = tuple(
            Operation(
                f"{row.name}.{verb}",
                label=label.format(one=row.one, many=row.many),
                help=help.format(one=row.one, many=row.many),
                danger=danger,
                on=on(row),
                preview=f"{row.name}.{preview}" if preview in row.verbs else None,
                prefill=f"{row.name}.{prefill}" if prefill in row.verbs else None,
                method=method,
                bound=(row,),
                fields=fields(row),
            )
            for row in table
            if verb in row.verbs
        )
        return _declare(method, declared)

    return declare


def changes(model: type[Parameters], *, fixed: Iterable[str] = ()) -> type[Parameters]:
    """The same fields, none required, without those that cannot change any more.

    Checks travel in the annotations (`Annotated[str, AfterValidator(…)]`), not in the class.
    """
    given: dict[str, Any] = {
        name: (
            Annotated[
                declared.rebuild_annotation(),
                Field(title=declared.title, description=declared.description),
            ],
            None,
        )
        for name, declared in model.model_fields.items()
        if name not in fixed
    }
    return create_model(f"{model.__name__}Changes", __base__=Parameters, **given)


def operations(service: type[Any]) -> tuple[Operation, ...]:
    """What a service class declares, in order, those of its bases first.

    Raises TypeError for a name that is no name, or is there twice.
    """
    found: dict[str, Operation] = {}
    for base in reversed(service.__mro__):
        for attribute, member in vars(base).items():
            if getattr(service, attribute, None) is not member:
                continue
            for declared in getattr(member, _MARK, ()):
                if declared.name in found or not _NAME.fullmatch(declared.name):
                    raise TypeError(f"{service.__name__} cannot have two of {declared.name}")
                found[declared.name] = declared
    return tuple(found.values())


class Acts:
    """Everything else that a platform can do. Implement it by declaring operations; whoever has
    none cannot have this power. Operations raise what other verbs raise, and Rejected with a
    message for each parameter that the platform did not take."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if not operations(cls):
            raise TypeError(f"{cls.__name__} acts, but declares no operation")


_MARK = "declared_operations"


def _declare(method: F, declared: tuple[Operation, ...]) -> F:
    setattr(method, _MARK, declared)
    return method


def _finished(
    steps: Generator[Progress, None, Result], told: Callable[[Progress], object]
) -> Result:
    with closing(steps):
        while True:
            try:
                progress = next(steps)
            except StopIteration as end:
                result: Result = end.value
                return result
            told(progress)


def _secrets(values: Mapping[str, object]) -> Iterator[str]:
    for value in values.values():
        if isinstance(value, SecretStr) and value.get_secret_value():
            yield value.get_secret_value()


def _plain(annotation: Any) -> Any:
    """An annotation without what `Annotated` and `| None` add."""
    if hasattr(annotation, "__metadata__"):
        return _plain(get_args(annotation)[0])
    rest = [part for part in get_args(annotation) if part is not NoneType]
    return _plain(rest[0]) if len(rest) == 1 and len(get_args(annotation)) == 2 else annotation
