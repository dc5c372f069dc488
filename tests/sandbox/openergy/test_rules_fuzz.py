"""No file, rule, option or script breaks what the Openergy stand-in works out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from connectors.sandbox.clock import EPOCH
from connectors.sandbox.openergy import freqs, scripts
from connectors.sandbox.openergy.settings import Settings
from tests.sandbox.fuzzing import for_seconds
from tests.sandbox.openergy.plant import Vbp, csv, plant
from tests.sandbox.server import SandboxServer

pytestmark = pytest.mark.fuzz
TESTS = 7
"""That share the platform's time."""

ENDS = ("finished", "failed")
STAMPS = st.sampled_from(
    ("0001-01-01", "1685-01-01", "1969-12-31T23:59:59.999999", "1970-01-01", "2012-03-25T02:30",
     "2012-10-28T02:30", "2012-10-28T02:30:00.000001", "2255-01-01", "9999-12-31T23:59:59")
) | st.integers(-(8 * 10**9), 8 * 10**9).map(
    lambda seconds: (EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()
)  # fmt: skip
NUMBERS = st.sampled_from(("", "0", "-1", "1e308", "-1e308", "5e-324", "nan")) | st.floats(
    allow_infinity=False
).map(repr)
ROWS = st.lists(st.tuples(STAMPS, NUMBERS), max_size=8)
FREQS = st.sampled_from(
    ("1H", "7H", "D", "W", "W-WED", "M", "MS", "Q", "A", "AS", "1S", "1L", "1U", "400D", "3MS")
)
ZONES = st.sampled_from(("Europe/Paris", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"))
CLOCKS = st.sampled_from(("gmt", "tzt", "dst"))
RULES = st.fixed_dictionaries(
    {
        "freq": FREQS,
        "clock": CLOCKS,
        "timezone": ZONES,
        "input_unit_type": st.sampled_from(("instantaneous", "delta", "mean")),
        "unit_type": st.sampled_from(("instantaneous", "delta", "mean", "mean_derivate")),
        "input_convention": st.sampled_from(("left", "right")),
        "resample_rule": st.sampled_from(freqs.RULES),
        "interpolate_limit": st.sampled_from((0, 1, 5, 1000)),
        "input_expected_regular": st.booleans(),
        "custom_delay": st.sampled_from((None, "1H", "D", 5, -1e9)),
    }
)
QUERY = st.fixed_dictionaries(
    {},
    optional={
        "start": STAMPS | st.text(max_size=12),
        "end": STAMPS | st.integers().map(str),
        "resample": FREQS | st.text(max_size=5),
        "resample_rule": st.sampled_from((*freqs.RULES, "max")),
        "closed": st.sampled_from(("left", "right", "both", "no")),
        "convention": st.sampled_from(("left", "right")),
        "clock": CLOCKS,
        "max_rows_nb": st.sampled_from(("0", "1", "7", "-1", "x")),
        "max_acceptable_delay": FREQS,
        "utc_now": STAMPS,
        "dropna": st.sampled_from(("True", "False", "?")),
        "start_mode": st.sampled_from(("left", "right")),
    },
)


@pytest.fixture(scope="module")
def vbp() -> Iterator[Vbp]:
    settings = Settings(instant=True, points=500)
    with SandboxServer("openergy", settings={"openergy": settings}) as server:
        yield Vbp(server)


def test_no_file_rule_or_option_breaks_a_select(vbp: Vbp) -> None:
    """Any stamps and values, cleaned by any rules, read with any options."""
    made = plant(vbp, csv({"a": [1.0, 2.0, 3.0]}))
    unit = made.clean()
    raw, clean = vbp.output(made.importer, "a"), vbp.output(made.cleaner, "a clean")
    keys = {"otsdb_pk": [raw["otsdb_pk"], clean["otsdb_pk"]]}

    def check(example: tuple[list[tuple[str, str]], dict[str, Any], dict[str, str]]) -> None:
        rows, rules, query = example
        lines = ["date,a", *(f"{stamp},{number}" for stamp, number in rows)]
        vbp.act("importers", made.importer["id"], "clear")
        vbp.platform.homes.write(made.account, "/a.csv", "\n".join(lines).encode())
        assert vbp.act("importers", made.importer["id"], "reset")["status"] in ENDS
        vbp.change("unitcleaners", unit["id"], **rules)
        assert vbp.act("cleaners", made.cleaner["id"])["status"] in ENDS
        for series in (raw, clean):
            status, body = vbp.call("GET", f"odata/series/{series['id']}/select", query=query)
            assert status in (200, 400), (example, body)
            assert status == 400 or len(body["index"]) == len(body["data"]) <= 500
        many, _ = vbp.call("POST", "odata/series/multi_select", keys, query)
        assert many == status
        assert len(vbp.rows("series", project=made.project)) == 2

    assert for_seconds(st.tuples(ROWS, RULES, QUERY), check, among=TESTS)


def test_no_text_breaks_the_reading_of_frequencies_and_scripts() -> None:
    words = st.text(st.sampled_from("0129HTSDWMQAhmin-  .EFRI\x00é"), max_size=12)

    def check(text: str) -> None:
        try:
            step = freqs.frequency(text)
        except ValueError:
            return
        assert 0 < step.span <= freqs.LONGEST

    assert for_seconds(words | st.text(max_size=8), check, among=TESTS)
    pieces = st.sampled_from(("def fct(v):", "\n", "  ", "(", "\x00", "\\", "return v", '"""', "é"))
    sources = st.lists(pieces, max_size=12).map("".join)

    def read(text: str) -> None:
        problem = scripts.syntax_problem(text, "fct")
        assert problem is None or problem.startswith("Invalid script: ")

    assert for_seconds(sources, read, among=TESTS)
