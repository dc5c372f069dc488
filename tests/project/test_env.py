"""Settings come from NAME or NAME_FILE, and nonsense stops the start with a sentence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from dashboard import env

LONG = "k" * 32


@pytest.fixture(autouse=True)
def undeclared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "DECLARED", [])


def test_a_value_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "value"
    file.write_text("from the file\n")
    monkeypatch.setenv("THING_FILE", str(file))
    assert env.text("THING", "default", "help") == "from the file"


def test_a_file_that_is_not_there_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING_FILE", "/nowhere/at/all")
    with pytest.raises(ImproperlyConfigured, match="THING_FILE cannot be read"):
        env.text("THING", "default", "help")


@pytest.mark.parametrize("value", ["yes", "1", "On please"])
def test_a_flag_takes_on_or_off(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured, match="on or off"):
        env.flag("THING", "off", "help")


def test_a_number_is_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "-3")
    with pytest.raises(ImproperlyConfigured, match="whole number"):
        env.number("THING", "1", "help")


def test_addresses_are_pairs_of_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "Meter.Local.:80, [::1]:8101")
    assert env.addresses("THING", "help") == {("meter.local", 80), ("::1", 8101)}


@pytest.mark.parametrize("value", ["meter.local", "10.0.0.1:", ":80", "host:0", "host:99999"])
def test_an_address_without_host_or_port_is_refused(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured, match="host:port"):
        env.addresses("THING", "help")


@pytest.mark.parametrize("value", ["short", f"{LONG} short"])
def test_a_short_key_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured, match="32 random characters"):
        env.keys("THING", "help", file=None)


def test_no_key_is_made_up_where_there_is_no_place_to_keep_it() -> None:
    with pytest.raises(ImproperlyConfigured):
        env.keys("THING", "help", file=None)


def test_processes_that_start_together_make_one_key_that_nobody_else_can_read(
    tmp_path: Path,
) -> None:
    file = tmp_path / "vault.key"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: env.keys("THING", "help", file=file)[0], range(8)))
    assert set(made) == {file.read_text()}
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["vault.key"]


def test_no_key_is_ever_shown_as_a_default(tmp_path: Path) -> None:
    made = env.keys("THING", "help", file=tmp_path / "vault.key")
    assert made[0] not in repr(env.DECLARED)
