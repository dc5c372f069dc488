"""What the stand-ins keep: in memory and in a file the same, until it is cleared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from connectors.sandbox.samples import Samples
from connectors.sandbox.standins import ALL
from connectors.sandbox.store import Database, Store
from connectors.sandbox.world.readings import Recorded
from connectors.sandbox.zones import HOUR
from tests.sandbox.cheap import ask, cheap
from tests.sandbox.server import SandboxServer

HOME = Recorded("il-electricity-cdd-hdd-hourly.csv.gz", HOUR)


def test_records_files_journals_and_numbers_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.sqlite3"
    database = Database(path)
    store = database.store("one")
    assert store.empty
    store.records("rows")["a"] = {"n": 1, "text": "é"}
    store.records("rows")["b"] = {"n": 2}
    store.records("rows")["a"] = {"n": 3}
    store.files("home")["x/y"] = b"\x00\xff"
    store.journal("log").append(b"first")
    store.journal("log").append(b"second")
    assert [store.number("ids"), store.number("ids")] == [1, 2]
    database.close()
    again = Database(path).store("one")
    assert not again.empty
    assert list(again.records("rows").items()) == [("a", {"n": 3}), ("b", {"n": 2})]
    assert dict(again.files("home")) == {"x/y": b"\x00\xff"}
    assert again.files("home").size("x/y") == 2
    assert list(again.journal("log")) == [b"first", b"second"]
    assert again.number("ids") == 3


def test_platforms_do_not_see_each_other_and_clearing_one_leaves_the_other() -> None:
    database = Database()
    one, other = database.store("one"), database.store("other")
    for store in (one, other):
        store.records("rows")["a"] = {"n": 1}
        store.files("home")["f"] = b"1"
    one.clear()
    assert one.empty
    assert (dict(one.records("rows")), dict(one.files("home"))) == ({}, {})
    assert (len(other.records("rows")), len(other.files("home"))) == (1, 1)


def test_what_is_not_there_is_a_key_error() -> None:
    store = Database().store("one")
    for mapping in (store.records("rows"), store.files("home")):
        assert "a" not in mapping
        with pytest.raises(KeyError):
            mapping["a"]
        with pytest.raises(KeyError):
            del mapping["a"]


def test_a_block_that_breaks_keeps_what_it_wrote_in_memory_and_in_the_file(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite3")
    records = database.store("one").records("rows")

    def broken() -> None:
        with database.bulk(), database.bulk():
            records["a"] = {"n": 1}
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    database.close()
    kept = Database(tmp_path / "state.sqlite3").store("one").records("rows")
    assert dict(kept) == dict(records) == {"a": {"n": 1}}


def test_written_samples_lie_over_the_source_and_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    start, end = HOME.extent() or (0, 0)
    times, values = HOME.read(start, start + 5 * HOUR)
    late = np.array([end + HOUR, end + HOUR])

    def opened() -> Samples:
        samples = Samples(Database(path).store("one").journal("samples"))
        samples.attach("home", HOME)
        return samples

    samples = opened()
    samples.write("home", times[:1], np.array([7.0]), overwrite=False)
    samples.write("home", times[1:2], np.array([8.0]), overwrite=True)
    samples.write("home", late, np.array([1.0, 2.0]), overwrite=True)
    samples.delete("home", int(times[2]), int(times[3]))
    samples.write("other", late, np.array([1.0, 2.0]), overwrite=False)
    samples.write("gone", late, np.array([1.0, 2.0]), overwrite=False)
    samples.drop("gone")
    for each in (samples, opened()):
        seen = each.track("home").read(start, start + 5 * HOUR)
        assert seen[0].tolist() == [times[0], times[1], times[3], times[4]]
        assert seen[1].tolist() == [values[0], 8.0, values[3], values[4]]
        assert each.track("home").read(end, end + 2 * HOUR)[1].tolist() == [2.0]
        assert each.track("other").read(end, end + 2 * HOUR)[1].tolist() == [1.0]
        assert each.track("gone").extent() is None


def test_deleted_source_samples_can_be_written_again() -> None:
    samples = Samples(Database().store("one").journal("samples"))
    samples.attach("home", HOME)
    start, _ = HOME.extent() or (0, 0)
    samples.delete("home", start, start + 2 * HOUR)
    samples.write("home", np.array([start]), np.array([5.0]), overwrite=False)
    times, values = samples.track("home").read(start, start + 2 * HOUR)
    assert (times.tolist(), values.tolist()) == ([start], [5.0])


@pytest.mark.parametrize("kind", [each.kind for each in ALL])
def test_what_is_written_in_the_middle_of_a_reset_does_not_spoil_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that was under way writes between the clearing and the planting."""
    with SandboxServer(kind) as server:
        first = len(server.standin(kind).offers())
        clear = Store.clear
        written: list[str] = []

        def interrupted(store: Store) -> None:
            clear(store)
            if not written:
                written.append(kind)
                store.journal("samples").append(b'{"key": "late"}\n')
                store.number("late")

        monkeypatch.setattr(Store, "clear", interrupted)
        server.reset()
        assert written
        signed = cheap(server.standin(kind).offers()[0])
        assert ask(signed).status == 200
        assert len(server.standin(kind).offers()) == first
