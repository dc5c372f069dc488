"""What a declaration becomes: parameters, kinds, families; and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Annotated, Any, Literal, cast

import pyarrow as pa
import pytest
from pydantic import AfterValidator, Field, SecretStr

from connectors.contract import Acts, Door, File, NodeId, Points, Service, Upload, Window
from connectors.errors import Rejected
from connectors.operations import (
    Operation,
    Parameters,
    Progress,
    Record,
    Resource,
    Table,
    changes,
    family,
    operation,
    operations,
)

Meter = Annotated[NodeId, Field(title="Meter", description="Which one.")]
reads = operation(label="One", help="Helps.", danger="reads")


@dataclass
class Hearing:
    """Stands where a service stands: its door notes what it was told to hide."""

    hidden: list[str] = field(default_factory=list)
    door: Door = field(init=False)

    def __post_init__(self) -> None:
        self.door = Door(
            http=cast(Any, None), socket=cast(Any, None), keep=cast(Any, None), hide=self.hear
        )

    def hear(self, texts: Any) -> None:
        self.hidden += texts


class Plant(Hearing, Acts):
    @operation(name="meter.set", label="Set", help="Sets a meter.", danger="writes", on="meter")
    def set_meter(
        self,
        factor: float,
        meter: Meter,
        since: datetime,
        unit: Literal["kWh", "MWh"] = "kWh",
        window: Window | None = None,
        stamps: list[datetime] | None = None,
        password: SecretStr | None = None,
        file: Upload | None = None,
    ) -> Record:
        given = {name: value for name, value in locals().items() if name != "self"}
        return Record(fields=given)

    @operation(label="Wait", help="Takes long.", danger="reads")
    def wait(self, steps: int = 3) -> Generator[Progress, None, str]:
        for step in range(steps):
            yield Progress(text=f"Step {step}.", share=step / steps)
        return "done"


SET, WAIT = operations(Plant)
GOOD: dict[str, object] = {"meter": "m1", "factor": "1.5", "since": "2024-03-31T02:00+01:00"}


def called(one: Operation, values: dict[str, object], plant: Plant | None = None) -> Any:
    return one.call(cast(Service[Any], plant or Plant()), values)


def refused(one: Operation, values: dict[str, object]) -> dict[str, str]:
    with pytest.raises(Rejected) as caught:
        called(one, values)
    return caught.value.fields


def test_the_signature_is_the_form() -> None:
    assert list(SET.parameters.model_fields)[:3] == ["factor", "meter", "since"]
    assert SET.parameters.model_fields["meter"].title == "Meter"
    assert SET.parameters.model_json_schema()["properties"]["unit"]["enum"] == ["kWh", "MWh"]
    assert (SET.name, SET.on, SET.subject, SET.danger) == ("meter.set", "meter", "meter", "writes")
    assert (WAIT.name, WAIT.on, WAIT.subject) == ("wait", None, None)


def test_values_come_converted_and_what_was_left_out_has_its_default() -> None:
    upload = Upload(name="a.csv", content=BytesIO(b"1"), size=1)
    window = {"start": "2024-01-01T00:00Z", "end": "2024-01-02T00:00Z"}
    found = called(SET, {**GOOD, "file": upload, "window": window}).fields
    assert found["factor"] == 1.5
    assert found["since"] == datetime(2024, 3, 31, 1, tzinfo=UTC)
    assert found["unit"] == "kWh"
    assert found["window"].start == datetime(2024, 1, 1, tzinfo=UTC)
    assert found["file"] is upload


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("meter", None),
        ("meter", "x" * 1_000_001),
        ("factor", "NaN"),
        ("factor", "inf"),
        ("factor", "many"),
        ("since", "2024-03-31T02:00"),
        ("since", "yesterday"),
        ("stamps", ["2024-03-31T02:00+01:00", "2024-03-31T02:00"]),
        ("unit", "kw"),
        ("window", {"start": "2024-01-02T00:00Z", "end": "2024-01-01T00:00Z"}),
        ("window", {"start": "2024-01-01T00:00", "end": "2024-01-02T00:00"}),
        ("file", "a.csv"),
        ("other", 1),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_beside_its_field(name: str, value: object) -> None:
    fields = refused(SET, {**GOOD, name: value})
    assert list(fields) == [name]
    assert fields[name].endswith(".")


def test_no_refusal_shows_what_was_typed() -> None:
    values: dict[str, object] = {**GOOD, "password": ["hunter2-typed"], "factor": "hunter2-typed"}
    with pytest.raises(Rejected) as caught:
        called(SET, values)
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2-typed" not in f"{error!r} {error} {vars(error)}"
        error = error.__context__


def test_a_secret_is_hidden_from_the_door_before_the_call() -> None:
    plant = Plant()
    called(SET, {**GOOD, "password": "typed-by-hand"}, plant)
    assert plant.hidden == ["typed-by-hand"]


def test_a_lasting_operation_tells_its_progress_and_gives_its_result() -> None:
    told: list[Progress] = []
    assert WAIT.lasting
    assert WAIT.kind == "text"
    assert WAIT.call(cast(Service[Any], Plant()), {"steps": 2}, told=told.append) == "done"
    assert [step.share for step in told] == [0.0, 0.5]


def test_a_lasting_operation_that_is_stopped_is_closed() -> None:
    closed: list[bool] = []

    class Long(Hearing, Acts):
        @reads
        def run(self) -> Generator[Progress, None, str]:
            try:
                yield Progress(text="Begun.")
            finally:
                closed.append(True)
            return "never"

    def stop(progress: Progress) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        operations(Long)[0].call(cast(Service[Any], Long()), {}, told=stop)
    assert closed == [True]


def test_the_return_type_says_how_a_result_is_shown() -> None:
    class Kinds(Acts):
        @reads
        def record(self) -> Record: ...  # type: ignore[empty-body]

        @reads
        def table(self) -> Table: ...  # type: ignore[empty-body]

        @reads
        def points(self) -> Iterator[Points]: ...  # type: ignore[empty-body]

        @reads
        def file(self) -> File: ...  # type: ignore[empty-body]

        @reads
        def text(self) -> str: ...  # type: ignore[empty-body]

        @reads
        def nothing(self) -> None: ...

    assert [one.kind for one in operations(Kinds)] == [one.name for one in operations(Kinds)]


def test_a_return_type_that_nobody_can_show_is_an_error() -> None:
    class Odd(Acts):
        @reads
        def strange(self) -> set[int]: ...  # type: ignore[empty-body]

    with pytest.raises(TypeError, match="strange"):
        _ = operations(Odd)[0].kind


def test_whoever_has_no_operation_cannot_act() -> None:
    with pytest.raises(TypeError, match="declares no operation"):
        type("Idle", (Acts,), {})


@pytest.mark.parametrize("name", ["first", "Big", "a b", "", "a..b", "a/b"])
def test_a_name_is_there_once_and_can_be_typed(name: str) -> None:
    def one(self: object) -> None: ...
    def two(self: object) -> None: ...

    named = operation(label="One", help="Helps.", danger="reads", name="first")
    other = operation(label="Two", help="Helps.", danger="reads", name=name)
    with pytest.raises(TypeError):
        type("Twice", (Acts,), {"one": named(one), "two": other(two)})


def test_an_override_replaces_what_it_overrides() -> None:
    class Base(Acts):
        @reads
        def first(self) -> str:
            return "base"

        @reads
        def second(self) -> str:
            return "base"

    class Derived(Hearing, Base):
        @operation(label="Other", help="Helps.", danger="writes", name="first")
        def first(self) -> str:
            return "derived"

    found = {one.name: one for one in operations(Derived)}
    assert found["first"].danger == "writes"
    assert found["first"].call(cast(Service[Any], Derived()), {}) == "derived"


# -- families


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("Only even numbers.")
    return value


class Site(Parameters):
    name: str = Field(title="Name", description="Its name.", max_length=5)
    floors: Annotated[int, AfterValidator(_even)] = Field(2, title="Floors", description="Many.")
    campaign: NodeId = Field(title="Campaign", description="Where it belongs.")


@dataclass(frozen=True, kw_only=True)
class Rows(Resource):
    made: type[Parameters] = Site


TABLE = (
    Rows(name="sites", one="site", many="sites", verbs=frozenset({"create", "update", "drop"})),
    Rows(name="logs", one="log", many="logs", verbs=frozenset({"create"})),
)
MADE: Callable[[Rows], type[Parameters]] = lambda row: row.made  # noqa: E731


class Keeper(Hearing, Acts):
    @family(TABLE, "create", label="New {one}", help="Of the {many}.", danger="writes", fields=MADE)
    def create(self, row: Rows, /, **values: Any) -> Record:
        return Record(fields={"row": row.name, **values})

    @family(
        TABLE,
        "update",
        label="Change the {one}",
        help="Of the {many}.",
        danger="writes",
        on=lambda row: row.one,
        fields=lambda row: changes(row.made, fixed=["campaign"]),
    )
    def update(self, row: Rows, /, id: Meter, **values: Any) -> Record:
        return Record(id=id, fields=values)

    @family(TABLE, "drop", label="Drop the {one}", help="Gone.", danger="destroys")
    def drop(self, row: Rows, /, id: Meter) -> None: ...


FAMILY = {one.name: one for one in operations(Keeper)}


def keeping(name: str, /, **values: object) -> Any:
    return FAMILY[name].call(cast(Service[Any], Keeper()), values)


def test_a_family_has_an_operation_for_each_row_that_has_the_verb() -> None:
    assert list(FAMILY) == ["sites.create", "logs.create", "sites.update", "sites.drop"]
    assert FAMILY["logs.create"].label == "New log"
    assert FAMILY["sites.create"].help == "Of the sites."
    assert (FAMILY["sites.update"].on, FAMILY["sites.update"].subject) == ("site", "id")


SHOWN = (
    Rows(name="sites", one="site", many="sites", verbs=frozenset({"look", "drop"})),
    Rows(name="logs", one="log", many="logs", verbs=frozenset({"drop"})),
)


class Careful(Hearing, Acts):
    @family(SHOWN, "look", label="The {one}", help="All of it.", danger="reads")
    def look(self, row: Rows, /, id: Meter) -> Record:
        return Record(id=id, fields={"row": row.name})

    @family(SHOWN, "drop", label="Drop the {one}", help="Gone.", danger="destroys",
            preview="look", prefill="look")  # fmt: skip
    def drop(self, row: Rows, /, id: Meter) -> None: ...


def test_a_family_names_what_is_looked_at_first_where_a_row_has_it() -> None:
    named = {one.name: (one.preview, one.prefill) for one in operations(Careful)}
    assert named["sites.drop"] == ("sites.look", "sites.look")
    assert named["logs.drop"] == named["sites.look"] == (None, None)


class Below(Parameters):
    name: str
    campaign: Meter
    owner: Meter


class Making(Hearing, Acts):
    @family(SHOWN, "look", label="New {one}", help="There.", danger="writes",
            on=lambda row: "campaign", fields=lambda row: Below)  # fmt: skip
    def make(self, row: Rows, /, **values: Any) -> Record:
        return Record(fields=values)

    @family(SHOWN, "drop", label="Drop the {one}", help="Gone.", danger="destroys",
            on=lambda row: row.one, fields=lambda row: Below)  # fmt: skip
    def drop(self, row: Rows, /, id: Meter, **values: Any) -> None: ...


def test_what_is_made_lies_under_the_first_node_of_its_fields_unless_the_signature_has_one() -> (
    None
):
    named = {one.name: (one.on, one.subject) for one in operations(Making)}
    assert named["sites.look"] == ("campaign", "campaign")
    assert named["sites.drop"] == ("site", "id")


def test_a_family_hands_on_the_row_and_only_what_was_given() -> None:
    made = keeping("logs.create", name="A", campaign="c1").fields
    assert made == {"row": "logs", "name": "A", "campaign": "c1"}
    assert keeping("sites.update", id="s1", floors=4).fields == {"floors": 4}
    assert keeping("sites.update", id="s1").fields == {}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "too long"}, "name"),
        ({"floors": 3}, "floors"),
        ({"campaign": "c2"}, "campaign"),
    ],
)
def test_a_change_keeps_the_checks_and_refuses_what_is_fixed(
    values: dict[str, object], field: str
) -> None:
    with pytest.raises(Rejected) as caught:
        keeping("sites.update", id="s1", **values)
    assert list(caught.value.fields) == [field]


def test_a_change_keeps_titles_and_demands_nothing() -> None:
    fields = changes(Site).model_fields
    assert [one.title for one in fields.values()] == ["Name", "Floors", "Campaign"]
    assert not any(one.is_required() for one in fields.values())


def test_a_table_from_columns_has_their_rows() -> None:
    found = Table.of(pa.table({"a": [1, 2], "b": ["x", None]}))
    assert (found.columns, list(found.rows)) == (("a", "b"), [(1, "x"), (2, None)])
    assert found.first(1) == (((1, "x"),), True)
    assert found.first(2) == (((1, "x"), (2, None)), False)
