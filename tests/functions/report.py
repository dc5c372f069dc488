"""Which functions of the platforms are proved, and whether the proofs would notice a break.

    python -m tests.functions.report                    twenty methods, from a new seed
    TIELINE_FUNCTIONS_SEED=7 python -m …                the same twenty again
    python -m tests.functions.report --every openergy   every method of a platform, every way

Prints `<platform> <proved>/<rows>` a line, the rows that are missing, and what became of each
break. Exits 1 when a row is not proved, a mark is wrong, a test fails, or a break goes unnoticed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

from connectors.registry import load
from tests.functions.breaking import Break, Verdict, verdicts
from tests.functions.covering import Proof, proofs
from tests.functions.maps import MAPS, wanted
from tests.functions.mutations import NOT_SENT, names
from tests.functions.targets import Face, Target, faces

ROOT = Path(__file__).resolve().parents[2]
SEED = "TIELINE_FUNCTIONS_SEED"
BREAKS = 20
NOTHING_COLLECTED = 5


def pytest_run(folder: Path, work: Path, *arguments: str | Path) -> str:
    """What pytest said; its files lie in `work`. Raises SystemExit when it could not run at all."""
    root = ROOT if folder.is_relative_to(ROOT) else folder  # tests are named from there
    settings: list[str | Path] = ["-q", "-c", ROOT / "pyproject.toml", "--rootdir", root]
    command: list[str | Path] = [sys.executable, "-m", "pytest", *settings, *arguments]
    env = os.environ | {"TMPDIR": str(work)}
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    if done.returncode in (0, 1, NOTHING_COLLECTED):
        return done.stdout
    raise SystemExit(f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}\npytest could not run.")


def proved(folder: Path, work: Path, only: str) -> tuple[list[Proof], str]:
    """The tests of all rows, or of one platform's, run once; and what pytest said of them."""
    out = work / "covered"
    said = pytest_run(
        folder, work, folder, "-p", "tests.functions.covering", "--maps", folder, "--covered", out,
        "-n", "auto", "--dist", "loadfile", "-k", only,
    )  # fmt: skip
    return proofs(out), said


def wrong_marks(found: Sequence[Proof], rows: Sequence[str]) -> Iterator[str]:
    """A test names rows that there are, each once; a row may have several tests."""
    for proof in found:
        for row in sorted(set(proof.covers)):
            if row not in rows:
                yield f"{row} is no function: {proof.test}"
            if proof.covers.count(row) > 1:
                yield f"{proof.test} names {row} twice"


def covered(found: Sequence[Proof]) -> set[str]:
    """Rows of which every test ran and passed."""
    named = {row for proof in found for row in proof.covers}
    return named - {row for proof in found if not proof.passed for row in proof.covers}


def exercised(found: Sequence[Proof]) -> dict[Target, list[str]]:
    """The tests of each method: those that call the fewest others first."""
    held: defaultdict[Target, list[Proof]] = defaultdict(list)
    for proof in found:
        for target in proof.calls if proof.passed else ():
            held[target].append(proof)
    return {
        target: [one.test for one in sorted(tests, key=lambda one: (len(one.calls), one.test))]
        for target, tests in held.items()
    }


def draw(tests: Mapping[Target, list[str]], kinds: Sequence[str], random: Random) -> list[Target]:
    """As many of each platform as of any other, as far as there are methods."""
    drawn = []
    for kind in kinds:
        known = sorted(target for target in tests if target.kind == kind)
        drawn += random.sample(known, min(BREAKS // len(kinds), len(known)))
    return drawn


def sampled(tests: Mapping[Target, list[str]], kinds: Sequence[str], seed: int) -> list[Break]:
    """Each drawn method with its mutations in random order; `not sent` ends it, if not before."""
    random = Random(seed)
    breaks = []
    for target in draw(tests, kinds, random):
        ways = list(names(face(target), target.method))
        random.shuffle(ways)
        ways = ways[: ways.index(NOT_SENT) + 1]
        breaks.append(Break(target=target, mutations=ways, tests=tests[target]))
    return breaks


def every(tests: Mapping[Target, list[str]]) -> list[Break]:
    """Each method with each mutation alone."""
    return [
        Break(target=target, mutations=[way], tests=tests[target])
        for target in sorted(tests)
        for way in names(face(target), target.method)
    ]


def face(target: Target) -> Face:
    return faces(load(target.kind))[target.method]


def broken(
    folder: Path, breaks: Sequence[Break], found: Sequence[Proof], work: Path
) -> list[Verdict]:
    """What became of each break."""
    needed = {test for one in breaks for test in one.tests}
    files = sorted({proof.file for proof in found if proof.test in needed})
    plan, out = work / "plan", work / "verdicts"
    plan.write_text(json.dumps([asdict(one) for one in breaks]))
    pytest_run(
        folder, work, *files, "-p", "tests.functions.breaking", "--plan", plan, "--verdicts", out,
        "-n", "0", "--capture", "sys", "-p", "no:cacheprovider",
    )  # fmt: skip
    return verdicts(out)


def rows_told(maps: Mapping[str, list[str]], found: Sequence[Proof]) -> bool:
    """Whether every row is proved, and every mark right."""
    rows = [row for kind in maps.values() for row in kind]
    there = covered(found)
    tell(f"{kind} {len(there & set(rows))}/{len(rows)}" for kind, rows in maps.items())
    missing = [f"missing: {row}" for row in rows if row not in there]
    trouble = [f"wrong: {one}" for one in wrong_marks(found, rows)]
    tell([*missing, *trouble])
    return not missing and not trouble


def breaks_told(found: Sequence[Verdict]) -> bool:
    """Whether every break was noticed."""
    tell(found)
    return all(one.good for one in found)


def tell(lines: Iterable[object]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.functions.report")
    parser.add_argument("--folder", type=Path, default=MAPS, help="The maps and their tests.")
    parser.add_argument("--every", metavar="PLATFORM", help="Break all of it, every way.")
    return parser.parse_args()


def main() -> int:
    options = asked()
    folder, only = options.folder.resolve(), options.every
    seed = int(os.environ.get(SEED) or Random().randrange(1_000_000))
    maps = {kind: rows for kind, rows in wanted(folder).items() if only in (None, kind)}
    with tempfile.TemporaryDirectory() as work:
        found, said = proved(folder, Path(work), only or "")
        good = rows_told(maps, found)
        if failed := [f"failed: {one.test}" for one in found if "failed" in one.ends]:
            tell([said, *failed])
        tests = exercised(found)
        tell([f"seed {seed}"])
        breaks = every(tests) if only else sampled(tests, sorted(maps), seed)
        noticed = breaks_told(broken(folder, breaks, found, Path(work)))
    return 0 if good and noticed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
