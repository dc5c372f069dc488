"""The ten kinds of object with all their verbs, over a real socket, read back by a bare client."""

from __future__ import annotations

import pytest

from connectors.errors import Forbidden, NotFound
from connectors.flowthings import client as paging
from tests.conformance.sandbox_flowthings import Bare
from tests.functions.flowthings.kinds import CHANGING, KINDS, key, make, meant
from tests.functions.flowthings.shared import NOWHERE, Ours, asked, assert_shown, limited
from tests.sandbox.server import SandboxServer


def each(verb: str, names: tuple[str, ...] = tuple(KINDS)) -> pytest.MarkDecorator:
    """One test a kind, which covers its row."""
    marked = [
        pytest.param(name, marks=pytest.mark.covers(f"flowthings.{name}.{verb}")) for name in names
    ]
    return pytest.mark.parametrize("name", marked)


@each("find_many")
def test_a_list_has_everything_once_though_it_comes_in_pages(
    ours: Ours, bare: Bare, name: str, monkeypatch: pytest.MonkeyPatch,
    wire: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    kind = KINDS[name]
    made = [make(ours, bare, name) for _ in range(23)]
    monkeypatch.setattr(paging, "PAGE", 10)
    wire.clear()
    found = ours.rows(f"{name}.find_many")
    assert len(asked(wire)) > 2
    whole = bare("GET", f"/{kind.path}", limit=10_000)
    assert sorted(row["id"] for row in found) == sorted(row["id"] for row in whole)
    assert len({row["id"] for row in found}) == len(found)
    assert set(kind.listed) <= set(found[0])
    (one,) = ours.rows(f"{name}.find_many", filter=[f"id == '{made[0]}'"])
    assert one["id"] == made[0]
    stored = next(row for row in whole if row["id"] == made[0])
    still = [column for column in kind.listed if column != "expiresInMs"]
    assert {column: one[column] for column in still} == {
        column: stored.get(column) for column in still
    }


@each("find")
def test_an_id_a_list_of_ids_a_filter_and_nothing_each_take_the_right_form(
    ours: Ours, bare: Bare, name: str, wire: pytest.LogCaptureFixture
) -> None:
    path = KINDS[name].path
    first, second = make(ours, bare, name), make(ours, bare, name)
    wire.clear()
    assert [row["id"] for row in ours.rows(f"{name}.find", id=first)] == [first]
    assert asked(wire) == [f"GET /{path}/{first}"]
    assert [row["id"] for row in ours.rows(f"{name}.find", ids=[second, first])] == [second, first]
    assert asked(wire) == [f"MGET /{path}"]
    found = ours.rows(f"{name}.find", filter=[f"id == '{second}'"])
    assert [row["id"] for row in found] == [second]
    assert asked(wire) == [f"GET /{path}"]
    whole = {row["id"] for row in bare("GET", f"/{path}", limit=10_000)}
    assert {row["id"] for row in ours.rows(f"{name}.find")} == whole


@each("read")
def test_one_is_read_with_its_creation_and_an_unknown_one_is_not_found(
    ours: Ours, bare: Bare, name: str
) -> None:
    made = make(ours, bare, name)
    stored = bare("GET", f"/{KINDS[name].path}/{made}")
    record = ours.do(f"{name}.read", id=made)
    assert record.fields["creationDate"] == stored["creationDate"]
    assert record.id == f"{KINDS[name].path}/{made}"
    with pytest.raises(NotFound):
        ours.do(f"{name}.read", id=KINDS[name].prefix + NOWHERE)


@each("read_or_else")
def test_a_default_stands_in_for_what_is_missing_and_not_for_what_is_forbidden(
    server: SandboxServer, ours: Ours, bare: Bare, name: str
) -> None:
    made, nobody = make(ours, bare, name), KINDS[name].prefix + NOWHERE
    assert ours.do(f"{name}.read_or_else", id=made, default="none").fields["id"] == made
    told = ours.do(f"{name}.read_or_else", id=nobody, default="none")
    assert told.fields == {"default": "none"}
    with pytest.raises(Forbidden):
        limited(server).do(f"{name}.read_or_else", id=made, default="none")


@each("read_many")
def test_several_are_read_in_one_request(
    ours: Ours, bare: Bare, name: str, wire: pytest.LogCaptureFixture
) -> None:
    made = [make(ours, bare, name) for _ in range(3)]
    wire.clear()
    found = ours.rows(f"{name}.read_many", ids=[*made, KINDS[name].prefix + NOWHERE])
    assert asked(wire) == [f"MGET /{KINDS[name].path}"]
    assert [row["id"] for row in found] == made


@each("create")
def test_what_is_made_is_kept(ours: Ours, bare: Bare, name: str) -> None:
    kind = KINDS[name]
    values = meant(bare, kind.made)
    record = ours.do(f"{name}.create", **values)
    stored = bare("GET", f"/{kind.path}/{key(record)}")
    assert stored["id"].startswith(kind.prefix)
    assert {member: stored[member] for member in kind.kept} == kind.kept
    assert stored.get("path", values.get("path")) == values.get("path")
    assert "quiet-secret" not in repr(record.fields)


@each("update", CHANGING)
def test_a_change_leaves_the_rest_alone(ours: Ours, bare: Bare, name: str) -> None:
    kind = KINDS[name]
    made = make(ours, bare, name)
    before = bare("GET", f"/{kind.path}/{made}")
    ours.do(f"{name}.update", id=made, **meant(bare, kind.change))
    after = bare("GET", f"/{kind.path}/{made}")
    expected = meant(bare, kind.changed)
    assert {member: after[member] for member in expected} == expected
    moving = {*expected, "lastEditDate", "lastEditorId", "nextRun", "runCt", "lastRun",
              "timeSinceLastSeen"}  # fmt: skip
    rest = {member: value for member, value in before.items() if member not in moving}
    assert {member: after[member] for member in rest} == rest


@each("update_many", CHANGING)
def test_several_change_in_one_request(
    ours: Ours, bare: Bare, name: str, wire: pytest.LogCaptureFixture
) -> None:
    kind = KINDS[name]
    first, second, third = (make(ours, bare, name) for _ in range(3))
    change = meant(bare, kind.change)
    untouched = bare("GET", f"/{kind.path}/{third}")
    wire.clear()
    found = ours.rows(
        f"{name}.update_many",
        changes={first: change, second: {"description": "Two."}}
        if name not in ("group",) else {first: change, second: change},
    )  # fmt: skip
    assert asked(wire) == [f"MPUT /{kind.path}"]
    assert [row["id"] for row in found] == [first, second]
    for row in found:
        assert_shown(row, bare("GET", f"/{kind.path}/{row['id']}"))
    expected = meant(bare, kind.changed)
    stored = bare("GET", f"/{kind.path}/{first}")
    assert {member: stored[member] for member in expected} == expected
    assert bare("GET", f"/{kind.path}/{second}")["lastEditDate"]
    assert "lastEditDate" not in bare("GET", f"/{kind.path}/{third}")
    assert untouched["id"] == third


@each("save", CHANGING)
def test_saving_makes_changes_one_or_changes_several(
    ours: Ours, bare: Bare, name: str, wire: pytest.LogCaptureFixture
) -> None:
    kind = KINDS[name]
    values, change = meant(bare, kind.made), meant(bare, kind.change)
    wire.clear()
    made = key(ours.do(f"{name}.save", **values))
    assert asked(wire) == [f"POST /{kind.path}"]
    ours.do(f"{name}.save", id=made, **change)
    assert asked(wire) == [f"PUT /{kind.path}/{made}"]
    expected = meant(bare, kind.changed)
    stored = bare("GET", f"/{kind.path}/{made}")
    assert {member: stored[member] for member in expected} == expected
    told = ours.do(f"{name}.save", many={made: change})
    assert asked(wire) == [f"MPUT /{kind.path}"]
    assert told.fields == {"saved": 1}


@each("delete")
def test_what_is_deleted_is_gone(ours: Ours, bare: Bare, name: str) -> None:
    made, kept = make(ours, bare, name), make(ours, bare, name)
    ours.do(f"{name}.delete", id=made)
    assert bare("GET", f"/{KINDS[name].path}/{made}") == 404
    assert made not in {row["id"] for row in ours.rows(f"{name}.find_many")}
    assert bare("GET", f"/{KINDS[name].path}/{kept}")["id"] == kept
    with pytest.raises(NotFound):
        ours.do(f"{name}.delete", id=made)
