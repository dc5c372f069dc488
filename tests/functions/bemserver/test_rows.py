"""Every sort of row with its five verbs, over a real socket, read back by a bare client."""

from __future__ import annotations

import pytest

from connectors.bemserver import collection
from connectors.errors import NotFound, Rejected
from tests.functions.bemserver.rows import CASES, Plot
from tests.functions.bemserver.shared import NOBODY, Bare, Ours, asked, without

WHOLE = tuple(name for name, case in CASES.items() if not case.tie)

ALONE = ("users", "user_groups", "campaigns", "structural_element_properties",
         "timeseries_properties", "timeseries_datastates", "event_categories")  # fmt: skip
"""What refers to nothing."""


def each(verb: str, names: tuple[str, ...] = tuple(CASES)) -> pytest.MarkDecorator:
    """One test a sort, which covers its row."""
    marked = [
        pytest.param(name, marks=pytest.mark.covers(f"bemserver.{name}.{verb}")) for name in names
    ]
    return pytest.mark.parametrize("name", marked)


@pytest.fixture(scope="module")
def ground(bare: Bare) -> Plot:
    return Plot(bare)


@each("getall")
def test_a_list_has_every_row_once_with_its_values(
    ours: Ours, bare: Bare, ground: Plot, name: str, monkeypatch: pytest.MonkeyPatch,
    wire: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    case = CASES[name]
    for _ in range(3):
        bare.make(case.path, **case.made(ground))
    whole = bare.every(case.path)
    size = -(-len(whole) // 3)
    monkeypatch.setattr(collection, "PAGE", size)
    wire.clear()
    found = ours.rows(f"{name}.getall")
    lists = [line for line in asked(wire) if line[1] == f"/{case.path}/"]
    assert len(lists) == (-(-len(whole) // size) if case.paged else 1)
    columns = [column for column in found[0] if column != "node"]
    assert set(columns) == {"id", *case.made(ground)} - set(case.hidden) | _told(name)
    told = {row["id"]: without(row, "node") for row in found}
    assert told == {row["id"]: {column: row.get(column) for column in columns} for row in whole}
    assert len(found) == len(whole)


@each("getall", tuple(name for name, case in CASES.items() if case.filters))
def test_each_filter_narrows_a_list_to_what_it_says(
    ours: Ours, bare: Bare, ground: Plot, name: str
) -> None:
    case = CASES[name]
    made, other = (bare.make(case.path, **case.made(ground)) for _ in range(2))
    whole = bare.every(case.path)
    for field in case.filters:
        found = {row["id"] for row in ours.rows(f"{name}.getall", **{field: made[field]})}
        assert found == {row["id"] for row in whole if row.get(field) == made[field]}, field
        assert made["id"] in found
    apart = [field for field in case.filters if made[field] != other[field]]
    assert apart


@each("getone")
def test_one_is_what_was_made(ours: Ours, bare: Bare, ground: Plot, name: str) -> None:
    case = CASES[name]
    made = bare.make(case.path, **case.made(ground))
    record = ours.do(f"{name}.getone", id=str(made["id"]))
    assert record.fields == made == bare("GET", f"{case.path}/{made['id']}")
    assert str(record.id).split("@")[0].endswith(f"/{made['id']}")
    assert ours.do(f"{name}.getone", id=record.id) == record
    assert ours.opened.node(record.id).id == record.id
    with pytest.raises(NotFound):
        ours.do(f"{name}.getone", id=str(NOBODY))


@each("getone", WHOLE)
def test_the_version_of_a_row_sent_back_gives_304(
    ours: Ours, bare: Bare, ground: Plot, name: str, wire: pytest.LogCaptureFixture
) -> None:
    case = CASES[name]
    made = bare.make(case.path, **case.made(ground))
    place = f"{case.path}/{made['id']}"
    version = ours.do(f"{name}.getone", id=str(made["id"])).version
    assert bare.answer("GET", place, tag=version).status_code == 304
    wire.clear()
    again = ours.do(f"{name}.getone", id=str(made["id"]), version=version)
    assert ("GET", f"/{place}", "304") in asked(wire)
    assert (again.version, again.fields) == (version, {"unchanged": True})


@each("create")
def test_what_is_made_is_kept_and_listed(ours: Ours, bare: Bare, ground: Plot, name: str) -> None:
    case = CASES[name]
    values = case.made(ground)
    record = ours.do(f"{name}.create", **values)
    number = record.fields["id"]
    stored = bare("GET", f"{case.path}/{number}")
    kept = without(values, *case.hidden)
    assert {field: stored[field] for field in kept} == kept
    assert record.fields == stored
    assert number in {row["id"] for row in bare.every(case.path)}
    assert number in {row["id"] for row in ours.rows(f"{name}.getall")}


@each("create", tuple(name for name, case in CASES.items() if case.unique))
def test_what_is_there_already_is_refused_beside_its_fields(
    ours: Ours, bare: Bare, ground: Plot, name: str
) -> None:
    case = CASES[name]
    values = case.made(ground)
    ours.do(f"{name}.create", **values)
    before = len(bare.every(case.path))
    with pytest.raises(Rejected) as refused:
        ours.do(f"{name}.create", **values)
    assert set(refused.value.fields) == set(case.unique)
    assert len(bare.every(case.path)) == before


@each("create", tuple(name for name in CASES if name not in ALONE))
def test_what_leads_nowhere_is_refused_beside_its_field(
    ours: Ours, bare: Bare, ground: Plot, name: str
) -> None:
    case = CASES[name]
    values = case.made(ground)
    before = len(bare.every(case.path))
    for field in (one for one in values if one.endswith("_id") and one != "ifc_id"):
        with pytest.raises(Rejected) as refused:
            ours.do(f"{name}.create", **values | {field: NOBODY})
        assert set(refused.value.fields) == {field}
    assert len(bare.every(case.path)) == before


@each("update", WHOLE)
def test_a_change_leaves_the_rest_alone(ours: Ours, bare: Bare, ground: Plot, name: str) -> None:
    case = CASES[name]
    made = bare.make(case.path, **case.made(ground))
    place = f"{case.path}/{made['id']}"
    change = case.changed()
    record = ours.do(f"{name}.update", id=str(made["id"]), **change)
    shown = without(change, *case.hidden)
    assert record.fields == bare("GET", place) == made | shown
    assert any(made[field] != value for field, value in shown.items())
    assert record.version == bare.answer("GET", place).headers["ETag"].strip('"')


@each("update", WHOLE)
def test_a_change_of_what_has_changed_meanwhile_is_refused(
    ours: Ours, bare: Bare, ground: Plot, name: str
) -> None:
    case = CASES[name]
    made = bare.make(case.path, **case.made(ground))
    stale = "0" * 40
    with pytest.raises(Rejected) as refused:
        ours.do(f"{name}.update", id=str(made["id"]), version=stale, **case.changed())
    assert "meantime" in refused.value.fields["version"]
    assert bare("GET", f"{case.path}/{made['id']}") == made
    version = ours.do(f"{name}.getone", id=str(made["id"])).version
    ours.do(f"{name}.update", id=str(made["id"]), version=version, **case.changed())
    assert bare.answer("GET", f"{case.path}/{made['id']}", tag=version).status_code == 200


@each("update", tuple(name for name in WHOLE if CASES[name].fixed))
def test_what_is_fixed_is_refused_before_anything_is_sent(
    ours: Ours, bare: Bare, ground: Plot, name: str, wire: pytest.LogCaptureFixture
) -> None:
    case = CASES[name]
    made = bare.make(case.path, **case.made(ground))
    wire.clear()
    for field in case.fixed:
        values = {**case.changed(), "id": str(made["id"]), field: made[field]}
        with pytest.raises(Rejected) as refused:
            ours.do(f"{name}.update", **values)
        assert set(refused.value.fields) == {field}
    assert asked(wire) == []


@each("delete")
def test_what_is_deleted_is_gone_and_nothing_beside_it(
    ours: Ours, bare: Bare, ground: Plot, name: str
) -> None:
    case = CASES[name]
    made, kept = (bare.make(case.path, **case.made(ground)) for _ in range(2))
    ours.do(f"{name}.delete", id=str(made["id"]))
    assert bare("GET", f"{case.path}/{made['id']}") == 404
    assert bare("GET", f"{case.path}/{kept['id']}") == kept
    with pytest.raises(NotFound):
        ours.do(f"{name}.delete", id=str(made["id"]))


@each("delete", WHOLE)
def test_what_has_changed_meanwhile_is_not_deleted(
    ours: Ours, bare: Bare, ground: Plot, name: str
) -> None:
    case = CASES[name]
    made = bare.make(case.path, **case.made(ground))
    with pytest.raises(Rejected) as refused:
        ours.do(f"{name}.delete", id=str(made["id"]), version="0" * 40)
    assert "meantime" in refused.value.fields["version"]
    assert bare("GET", f"{case.path}/{made['id']}") == made
    version = ours.do(f"{name}.getone", id=str(made["id"])).version
    ours.do(f"{name}.delete", id=str(made["id"]), version=version)
    assert bare("GET", f"{case.path}/{made['id']}") == 404


def _told(name: str) -> set[str]:
    """Columns that no form has."""
    return {"is_admin", "is_active"} if name == "users" else set()
