"""What a connector says of itself, in two files beside it that every connector brings.

`quality.toml` is written by hand and says what is promised: each mark is `done`, or `exempt:` with
the reason. The tier is computed from the marks. `contract.toml` is written by `make contracts`
alone: when the contract test was last run on this connector, what came of it, and of which code.
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from connectors import registry

DONE = "done"
EXEMPT = "exempt: "
SHORTEST = 8
"""Characters of a reason: a word alone is none."""

Tier = Literal["proven", "sound", "limited"]


def _mark(text: str) -> str:
    reason = text.removeprefix(EXEMPT)
    if text == DONE or (reason != text and len(reason.strip()) >= SHORTEST):
        return text
    raise ValueError(f"A mark is “{DONE}”, or “{EXEMPT}” and the reason.")


Mark = Annotated[str, AfterValidator(_mark)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Marks(_Strict):
    def marks(self) -> dict[str, str]:
        """The marks that are there, by name."""
        return {name: str(mark) for name, mark in self if mark is not None}

    @property
    def reasons(self) -> dict[str, str]:
        """Of the marks that are exempt, by name."""
        return {n: m.removeprefix(EXEMPT) for n, m in self.marks().items() if m != DONE}


class Must(_Marks):
    """Without all of these a connector is limited."""

    probe_before_save: Mark = Field(title="An account is tried before it is kept")
    duplicate_account_refused: Mark = Field(title="The same account is not connected twice")
    reauthentication_refuses_another_account: Mark = Field(
        title="A new password cannot bring another account"
    )
    conformance: Mark = Field(title="The whole contract test passes")
    verbs_typed: Mark = Field(title="Every verb is typed")
    setup_text: Mark = Field(title="Each setting is explained where it is typed")
    recordings_without_secrets: Mark = Field(title="No test data holds a secret")


class Should(_Marks):
    """With all of these it is proven."""

    pacing: Mark = Field(title="It keeps to the vendor's documented limit")
    logs_once_down_once_up: Mark = Field(title="It tells once when it goes down and once when up")
    diagnostics_redacted: Mark = Field(title="What it logs holds no secret")
    live_run: Mark = Field(title="It was run against the live platform")


class May(_Marks):
    """Abilities that some platforms have; absent: nothing is said."""

    aggregates: Mark | None = Field(None, title="Averages and sums at the source")
    search: Mark | None = Field(None, title="Search on the platform")
    writes: Mark | None = Field(None, title="Writing points")
    streams: Mark | None = Field(None, title="Live points")
    sharing: Mark | None = Field(None, title="Sharing on the platform")
    downloads: Mark | None = Field(None, title="Fetching files")
    uploads: Mark | None = Field(None, title="Storing files")


class Quality(_Strict):
    """A `quality.toml`."""

    kind: str
    api: tuple[str, ...] = Field(min_length=1)
    """The versions of the platform's interface, or of its client, that it was written for."""
    gaps: tuple[str, ...] = ()
    """What could not be verified against the live platform, in sentences."""
    must: Must
    should: Should
    may: May

    @property
    def tier(self) -> Tier:
        """Proven: nothing is exempt. Sound: nothing that it must. Limited: some of that, too."""
        if self.must.reasons:
            return "limited"
        return "sound" if self.should.reasons else "proven"


class Contract(_Strict):
    """A `contract.toml`: the last run of the contract test in which nothing failed."""

    on: AwareDatetime
    against: str
    """What it was run on, in words: a stand-in, or the platform itself."""
    kept: int
    """Cases of promises that passed."""
    lacking: int
    """Cases about powers that the platform does not have."""
    exempt: dict[str, str] = Field(default_factory=dict)
    """Promises that cannot be kept, and why."""
    rows: int | None = None
    """Rows in the agreed list of the platform's functions; None: there is no such list."""
    rows_tested: int | None = None
    """Of these, the rows that a test names as what it proves."""
    code: str
    """`fingerprint` of the connector that was tested."""


def quality(kind: str) -> Quality | None:
    """What a connector promises; None: its package says nothing. Raises ValueError for a file that
    is not as it has to be."""
    text = _text(kind, "quality.toml")
    return None if text is None else Quality.model_validate(tomllib.loads(text))


def contract(kind: str) -> Contract | None:
    """The last contract test; None: it was never written down. Raises ValueError."""
    text = _text(kind, "contract.toml")
    return None if text is None else Contract.model_validate(tomllib.loads(text))


def fingerprint(kind: str) -> str:
    """Of every line of the connector's Python: another one means another connector."""
    digest = hashlib.sha256()
    for path in sorted(folder(kind).rglob("*.py")):
        digest.update(f"{path.relative_to(folder(kind))}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def folder(kind: str) -> Path:
    """Where the connector's package lies. Raises KeyError for an unknown kind."""
    spec = find_spec(registry.packages()[kind])
    if spec is None or spec.origin is None:
        raise KeyError(kind)
    return Path(spec.origin).parent


def written(found: Contract) -> str:
    """A `contract.toml`. Its texts are one line each."""
    lines = ["# Written by `make contracts`; not by hand.", f"on = {_stamp(found.on)}"]
    for name in ("against", "kept", "lacking", "rows", "rows_tested", "code"):
        value = getattr(found, name)
        if value is not None:
            lines.append(f"{name} = {_quoted(value) if isinstance(value, str) else value}")
    lines += ["", "[exempt]"]
    lines += [f"{_quoted(name)} = {_quoted(why)}" for name, why in sorted(found.exempt.items())]
    return "\n".join(lines) + "\n"


def _stamp(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _text(kind: str, name: str) -> str | None:
    path = folder(kind) / name
    return path.read_text(encoding="utf-8") if path.exists() else None
