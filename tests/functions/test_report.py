"""The report tells what is not proved, and a break that nobody noticed; shown on a toy platform."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from random import Random
from textwrap import dedent

import pyarrow as pa
import pytest

from connectors.contract import TIME, NodeId, Points
from connectors.operations import Record, Table
from tests.functions import altering, report
from tests.functions.altering import Struck
from tests.functions.breaking import Verdict
from tests.functions.covering import Proof, services
from tests.functions.maps import MAPS, wanted
from tests.functions.mutations import ALTERED, NOT_SENT, SENT, names
from tests.functions.targets import Target, faces

SERVICE = """
    from typing import Annotated

    from pydantic import Field

    from connectors.contract import Account, Acts, Config, Node, Page, Service
    from connectors.operations import Record, Table, operation

    class Toy(Acts, Service[Config]):
        kind = label = summary = "toy"
        Config = Config
        shelf: list[str] = []

        def check(self) -> Account:
            return Account(id="toy", label="Toy")

        def children(self, parent, cursor=None) -> Page[Node]:
            return Page(items=())

        def node(self, id) -> Node:
            return Node(id=id, name="n", type="t", role="folder")

        @operation(label="Keep", help="Keeps a word.", danger="writes")
        def keep(self, word: Annotated[str, Field(title="Word", description="One.")]) -> Record:
            self.shelf.append(word)
            return Record(fields={"word": word})

        @operation(label="Lose", help="Loses a word.", danger="destroys")
        def lose(self, word: Annotated[str, Field(title="Word", description="One.")]) -> None:
            self.shelf.remove(word)

        @operation(label="Words", help="All of them.", danger="reads")
        def words(self) -> Table:
            return Table(columns=("word",), rows=[(word,) for word in self.shelf])

    SERVICE = Toy
"""
TESTS = """
    import pytest

    from toys.service import Toy

    toy = Toy(None, None)

    @pytest.fixture(scope="module")
    def shelved():
        toy.keep(word="first")

    @pytest.mark.covers("toy.keep")
    def test_what_is_kept_can_be_seen(shelved):
        assert toy.keep(word="second").fields == {"word": "second"}
        assert toy.shelf[-2:] == ["first", "second"]

    @pytest.mark.covers("toy.words")
    def test_all_words_are_listed(shelved):
        assert list(toy.words().rows) == [(word,) for word in toy.shelf]

    @pytest.mark.covers("toy.lose")
    def test_weak_as_it_never_looks_at_the_shelf(shelved):
        assert toy.lose(word="first") is None

    @pytest.mark.covers("toy.later")
    @pytest.mark.skip(reason="not today")
    def test_that_does_not_run():
        raise AssertionError
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """What the report says of a toy with one weak test and one that is skipped."""
    home = tmp_path_factory.mktemp("toy")
    files = {
        "toys/__init__.py": "",
        "toys/service.py": SERVICE,
        "toys-1.dist-info/METADATA": "Name: toys\nVersion: 1\n",
        "toys-1.dist-info/entry_points.txt": "[tieline.connectors]\ntoy = toys\n",
        "tests/test_toy.py": TESTS,
        "tests/toy.tsv": "platform\tid\n" + "".join(f"toy\t{row}\n" for row in ROWS),
    }
    for name, text in files.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(dedent(text))
    return subprocess.run(
        [sys.executable, "-m", "tests.functions.report", "--folder", home / "tests"],
        cwd=report.ROOT,
        env=os.environ
        | {"PYTHONPATH": str(home), "PYTEST_XDIST_AUTO_NUM_WORKERS": "1", report.SEED: "5"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


ROWS = ("keep", "words", "lose", "later", "never")


def test_a_skipped_test_and_a_missing_one_prove_nothing(
    told: subprocess.CompletedProcess[str],
) -> None:
    lines = told.stdout.splitlines()
    assert lines[:4] == ["toy 3/5", "missing: toy.later", "missing: toy.never", "seed 5"], told
    assert told.returncode == 1


def test_a_break_that_a_weak_test_does_not_notice_is_told(
    told: subprocess.CompletedProcess[str],
) -> None:
    breaks = dict(line.removeprefix("toy ").split(" [") for line in told.stdout.splitlines()[4:])
    assert set(breaks) == {"keep", "lose", "words"}
    assert breaks["lose"] == "not sent] SURVIVED"
    assert breaks["keep"].endswith("test_toy.py::test_what_is_kept_can_be_seen")
    assert breaks["words"].endswith("test_toy.py::test_all_words_are_listed")


def proof(test: str, *rows: str, ends: str = "passed") -> Proof:
    ended = ["passed", ends, "passed"]
    return Proof(test=test, file=test.partition("::")[0], covers=list(rows), ends=ended)


def test_a_row_counts_when_every_test_of_it_passed() -> None:
    half = [proof("a::one", "x.1", "x.2"), proof("a::two", "x.2", ends="failed")]
    assert report.covered(half) == {"x.1"}
    assert report.covered([proof("a::one", "x.1", ends="skipped")]) == set()


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ([proof("a::one", "x.1")], []),
        ([proof("a::one", "x.1"), proof("a::two", "x.1")], []),
        ([proof("a::one", "x.9")], ["x.9 is no function: a::one"]),
        ([proof("a::one", "x.1", "x.1")], ["a::one names x.1 twice"]),
    ],
)
def test_marks_that_cannot_be_right_are_told(found: list[Proof], wrong: list[str]) -> None:
    assert list(report.wrong_marks(found, ["x.1", "x.2"])) == wrong


@pytest.mark.parametrize(
    ("verdict", "good"),
    [
        ({"caught": "a::one"}, True),
        ({}, False),
        ({"caught": "a::one", "unsound": "It fails anyway."}, False),
    ],
)
def test_a_break_is_noticed_by_a_test_that_passes_without_it(
    verdict: dict[str, str], good: bool
) -> None:
    found = Verdict(target=Target("x", "read"), mutation=NOT_SENT, **verdict)  # type: ignore[arg-type]
    assert report.breaks_told([found]) is good


def test_a_seed_draws_the_same_methods_of_every_platform_again() -> None:
    tests = {Target(kind, f"m{n}"): ["t"] for kind in "abcde" for n in range(9)}
    drawn = [report.draw(tests, "abcde", Random(seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert [target.kind for target in drawn[0]] == [kind for kind in "abcde" for _ in range(4)]
    assert len(set(drawn[0])) == 20


@pytest.mark.parametrize("kind", sorted(services(MAPS)))
def test_every_method_of_a_platform_has_a_break_that_always_strikes(kind: str) -> None:
    found = faces(services(MAPS)[kind])
    assert {"check", "children", "node"} <= set(found)
    for method, face in found.items():
        ways = names(face, method)
        assert ways[0] == NOT_SENT
        assert set(ways[1:]) <= set(SENT) | set(ALTERED[face.gives])


def test_every_platform_of_the_maps_has_rows() -> None:
    assert set(wanted(MAPS)) == {"avenieca", "avista", "bemserver", "flowthings", "openergy"}
    assert all(wanted(MAPS).values())


def test_altered_values_are_others_of_the_same_type_and_strike_only_where_there_are_any() -> None:
    old = Record(fields={"on": True, "n": 1, "name": "x", "parts": [1.5], "none": None})
    struck = Struck()
    assert altering.record(struck, Record(fields={"none": None})).fields == {"none": None}
    assert not struck.yet
    new = altering.record(struck, old).fields
    assert new == {"on": False, "n": 2, "name": "x~", "parts": [2.5], "none": None}
    assert struck.yet


def test_the_last_row_and_the_last_point_are_lost_and_nothing_else() -> None:
    struck = Struck()
    rows = altering.shorter_table(struck, Table(columns=("n",), rows=iter([(1,), (2,)]))).rows
    assert (list(rows), struck.yet) == ([(1,)], True)
    lost = altering.shorter_flow(Struck(), (points(*some) for some in ([1.0, 2.0], [3.0, 4.0])))
    assert [one.batch.column("value").to_pylist() for one in lost] == [[1.0, 2.0], [3.0]]
    assert list(altering.shorter_flow(struck, (points(1.0) for _ in range(1)))) == []


def test_each_file_begins_with_another_byte_and_goes_on_as_it_was() -> None:
    struck = Struck()
    assert list(altering.other_bytes(struck, [b"", b"ab", b"c"])) == [b"", b"`b", b"c"]
    assert list(altering.other_bytes(struck, [b"xy"])) == [b"yy"]
    assert struck.yet


def points(*values: float) -> Points:
    times = pa.array([datetime(2024, 1, 1, hour, tzinfo=UTC) for hour in range(len(values))], TIME)
    batch = pa.RecordBatch.from_arrays([times, pa.array(values)], names=["time", "value"])
    return Points(series=NodeId("s"), batch=batch)
