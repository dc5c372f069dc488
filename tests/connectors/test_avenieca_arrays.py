"""Long lists, taken in piece by piece."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.avenieca import arrays
from connectors.avenieca.arrays import objects
from connectors.errors import BadAnswer

TEXT = st.text(alphabet='{}[],":\\ aé\n', max_size=12)
ROWS = st.lists(
    st.dictionaries(st.sampled_from(["id", "context", "state"]), TEXT | st.lists(st.floats(-9, 9))),
    max_size=30,
)


@given(rows=ROWS, piece=st.integers(1, 200), spaced=st.booleans())
def test_every_object_comes_once_wherever_the_answer_is_cut(
    rows: list[dict[str, object]], piece: int, spaced: bool
) -> None:
    text = json.dumps(rows, separators=None if spaced else (",", ":"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "PIECE", piece)
        found = [one for some in objects(io.BytesIO(text.encode())) for one in some]
    assert found == rows


@pytest.mark.parametrize("text", ["[]", "null", " [ ] ", "\nnull\n"])
def test_nothing_is_an_empty_list(text: str) -> None:
    assert [one for some in objects(io.BytesIO(text.encode())) for one in some] == []


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"errors": []}', "nil", "<html>", "[1]", "[[]]", "[null]", '[{"a": 1}', "[{]",
     "[}]", '[{"a": 1},]', '[{"a": 1}]]', '[{"a": 1}] x'],
)  # fmt: skip
def test_anything_else_is_a_bad_answer(text: str) -> None:
    with pytest.raises(BadAnswer):
        list(objects(io.BytesIO(text.encode())))


def test_bare_nan_and_infinity_are_taken() -> None:
    ((row,),) = objects(io.BytesIO(b'[{"state": [NaN, -Infinity, 1.5]}]'))
    assert [str(one) for one in row["state"]] == ["nan", "-inf", "1.5"]


def test_an_object_without_end_is_not_gathered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "LONGEST", 1000)
    monkeypatch.setattr(arrays, "PIECE", 100)
    with pytest.raises(BadAnswer, match="does not end"):
        list(objects(io.BytesIO(b'[{"a": "' + b"x" * 5000)))
