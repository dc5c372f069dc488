"""What every service has to keep, whatever its platform: one class, skipping by power only.

A platform's test file has a subclass and the module's fixtures `service` (a `Subject`), `known`
and, where a promise cannot be kept, `exempt` (a test's name and the reason).
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import FrozenInstanceError, replace
from datetime import timedelta
from functools import partial
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import (
    POINTS_PER_BATCH,
    POWERS,
    TIME,
    Aggregates,
    Node,
    NodeId,
    Points,
    Reads,
    Searches,
    Window,
    Writes,
    powers,
    secret_names,
)
from connectors.errors import BadAnswer, ConfigInvalid, ConnectorError, NotFound, RateLimited
from connectors.paging import walk
from tests.conformance.faults import FAULTS, UNSAFE, WAIT, Fault, FaultProxy, echo, frozen
from tests.conformance.points import agree, batch_of, micros, stored, unused
from tests.conformance.subject import Kept, Known, Opened, Subject

ARROW_BYTES = 64 * 2**20
"""What reading may hold at once, however many points come."""
MOST_TURNS = 1_000


VERBS: dict[str, Callable[[Opened, Known], object]] = {
    "check": lambda service, known: service.check(),
    "children": lambda service, known: service.children(known.folder),
    "node": lambda service, known: service.node(known.folder),
    "read": lambda service, known: list(service.read(known.series[:1], known.window)),
    "aggregate": lambda service, known: list(
        service.aggregate(known.series[:1], known.window, service.traits.steps[-1], ["max"])
    ),
    "write": lambda service, known: service.write(known.writable, [batch_of(unused(), [1.0])]),
    "search": lambda service, known: service.search(known.text),
}
POWER_OF = {"read": Reads, "aggregate": Aggregates, "write": Writes, "search": Searches}


class Conformance:
    """Subclass it in a platform's own file."""

    @pytest.fixture(autouse=True)
    def _exempt(self, request: pytest.FixtureRequest, exempt: dict[str, str]) -> None:
        name = request.node.originalname
        if name in exempt:
            pytest.skip(f"exempt: {exempt[name]}")

    @pytest.fixture
    def opened(self, service: Subject) -> Opened:
        return service.open()

    @pytest.fixture
    def reads(self, service: Subject) -> Opened:
        return _with(service, Reads)

    # -- what it is

    def test_check_names_the_same_account_twice(self, service: Subject) -> None:
        first, second = service.open().check(), service.open(kept=Kept()).check()
        assert first.id == second.id
        assert first.id
        assert first.label

    def test_its_powers_are_the_methods_it_has(self, service: Subject) -> None:
        for power in POWERS:
            methods = power.__abstractmethods__
            has_all = all(callable(getattr(service.type, name, None)) for name in methods)
            assert has_all == (power in powers(service.type))

    def test_every_setting_has_a_label_and_a_help_text(self, service: Subject) -> None:
        for name, declared in service.type.Config.model_fields.items():
            assert declared.title, name
            assert declared.description, name

    def test_no_repr_of_the_settings_or_the_service_shows_a_secret(self, service: Subject) -> None:
        assert secret_names(service.type.Config)
        shown = f"{service.config!r} {service.config} {service.open()!r} {service.open().__dict__}"
        assert not [secret for secret in service.secrets() if secret in shown]

    def test_it_needs_no_django(self, service: Subject) -> None:
        module = service.type.__module__
        script = f"import sys, {module}; sys.exit('django' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

    # -- browsing

    def test_paging_gives_each_child_once(self, opened: Opened, known: Known) -> None:
        found = [node.id for node in walk(partial(opened.children, known.folder))]
        assert len(found) == known.children
        assert len(set(found)) == len(found)
        assert opened.children(known.folder).next is not None

    def test_ids_survive_json_and_another_opening(self, service: Subject, known: Known) -> None:
        children = service.open().children(known.folder).items
        for child in children[:3]:
            assert len(child.id) <= 400
            again = service.open().node(NodeId(json.loads(json.dumps(child.id))))
            assert _identity(again) == _identity(child)

    def test_a_node_is_found_under_the_parent_it_names(self, opened: Opened, known: Known) -> None:
        child = opened.node(opened.children(known.folder).items[0].id)
        siblings = walk(partial(opened.children, child.parent))
        assert child.id in {node.id for node in siblings}

    def test_nodes_cannot_be_changed(self, opened: Opened, known: Known) -> None:
        node = opened.node(known.folder)
        with pytest.raises(FrozenInstanceError):
            node.name = "other"  # type: ignore[misc]

    def test_the_top_leads_somewhere(self, opened: Opened) -> None:
        top = list(walk(partial(opened.children, None)))
        assert top
        assert all(node.parent is None for node in top)

    @pytest.mark.parametrize("id", ["", "x", "../../etc/passwd", "a b?c#d", "é" * 300, "\x00"])
    def test_an_id_of_somebody_else_is_not_found(self, opened: Opened, id: str) -> None:
        with pytest.raises(NotFound):
            opened.node(NodeId(id))

    def test_a_missing_node_is_not_found(self, opened: Opened, known: Known) -> None:
        with pytest.raises(NotFound):
            opened.node(known.missing)

    @pytest.mark.parametrize("cursor", ["", "-1", "999999", "x", "99999999999999999999", "²"])
    def test_a_made_up_cursor_is_a_page_or_an_error_of_ours(
        self, opened: Opened, known: Known, cursor: str
    ) -> None:
        try:
            page = opened.children(known.folder, cursor)
        except ConnectorError:
            return
        assert all(isinstance(node, Node) for node in page.items)

    def test_pages_without_end_come_to_an_end(
        self, service: Subject, known: Known, proxy: FaultProxy
    ) -> None:
        opened = service.open(proxy.url)
        opened.check()
        with proxy.failing(frozen), pytest.raises(BadAnswer):
            list(walk(partial(opened.children, known.folder)))
        assert len(proxy.struck) < MOST_TURNS

    # -- reading

    def test_reading_gives_every_point_in_the_window(self, reads: Opened, known: Known) -> None:
        found = stored(reads.read(known.series[:1], known.window))
        assert set(found) == {known.series[0]}
        assert len(found[known.series[0]][0]) == known.rows

    def test_points_rise_within_the_window_in_small_batches(
        self, reads: Opened, known: Known
    ) -> None:
        window = known.window
        last: dict[NodeId, int] = {}
        for points in reads.read(known.series, window):
            assert points.batch.schema.names == ["time", "value"]
            assert points.batch.schema.field("time").type == TIME
            assert 0 < points.batch.num_rows <= POINTS_PER_BATCH
            times = points.batch.column("time").cast(pa.int64()).to_numpy()
            assert (np.diff(times) > 0).all()
            assert times[0] > last.get(points.series, micros(window.start) - 1)
            assert times[-1] < micros(window.end)
            last[points.series] = int(times[-1])
        assert set(last) == set(known.series)

    def test_several_series_at_once_are_each_alone(self, reads: Opened, known: Known) -> None:
        together = stored(reads.read(known.series, known.window))
        for one in known.series:
            assert stored(reads.read([one], known.window))[one] == together[one]

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(share=st.floats(0, 1), shift=st.sampled_from([0, 1, 999_999, 30_000_000]))
    def test_a_window_read_in_two_is_the_window_read_at_once(
        self, service: Subject, known: Known, share: float, shift: int
    ) -> None:
        reads = _with(service, Reads)
        window = known.window
        middle = window.start + window.width * share + timedelta(microseconds=shift)
        middle = min(middle, window.end)
        parts = [
            stored(reads.read(known.series[:1], replace(window, **ends)))
            for ends in ({"end": middle}, {"start": middle})
        ]
        empty: tuple[list[int], list[Any]] = ([], [])
        first, second = (part.get(known.series[0], empty) for part in parts)
        whole = stored(reads.read(known.series[:1], window))[known.series[0]]
        assert (first[0] + second[0], first[1] + second[1]) == whole

    def test_an_empty_window_yields_nothing(self, reads: Opened, known: Known) -> None:
        window = known.window
        assert list(reads.read(known.series, replace(window, end=window.start))) == []

    def test_a_missing_series_is_not_found(self, reads: Opened, known: Known) -> None:
        with pytest.raises(NotFound):
            list(reads.read([known.missing_series], known.window))

    def test_closing_early_frees_sockets_and_threads(
        self, service: Subject, known: Known, proxy: FaultProxy
    ) -> None:
        _with(service, Reads)
        opened = service.open(proxy.url)
        list(opened.read(known.series[:1], replace(known.window, end=known.window.start)))
        assert proxy.idle()
        before = _own_threads()
        with closing(
            cast(Generator[Points, None, None], opened.read(known.series[:1], known.long))
        ) as points:
            next(points)
        assert proxy.idle()
        assert _own_threads() == before

    def test_memory_does_not_grow_with_the_window(self, reads: Opened, known: Known) -> None:
        before = pa.total_allocated_bytes()
        most = rows = 0
        for points in reads.read(known.series[:1], known.long):
            rows += points.batch.num_rows
            most = max(most, pa.total_allocated_bytes() - before)
        assert rows > known.rows
        assert most < ARROW_BYTES

    # -- buckets

    def test_buckets_agree_with_the_points_below_them(self, service: Subject, known: Known) -> None:
        opened = _with(service, Aggregates)
        assert opened.traits.steps == tuple(sorted(opened.traits.steps))
        for step in opened.traits.steps:
            start = known.window.start + timedelta(seconds=1)
            window = Window(start=start, end=min(start + 50 * step, known.window.end))
            agree(opened, known.series[0], window, step)

    def test_a_width_that_is_not_offered_is_refused(self, service: Subject, known: Known) -> None:
        opened = _with(service, Aggregates)
        with pytest.raises(ValueError):
            list(opened.aggregate(known.series, known.window, timedelta(seconds=61), ["max"]))

    # -- writing and searching

    def test_written_points_are_there_and_stay_as_they_were(
        self, service: Subject, known: Known
    ) -> None:
        opened = _with(service, Writes)
        start = unused()
        first, second = batch_of(start, [1.5, 2.5]), batch_of(start, [9.0, 9.0, 3.25])
        assert opened.write(known.writable, [first]).accepted == 2
        outcome = opened.write(known.writable, [second])
        assert outcome.accepted == 1
        assert outcome.unchanged in (2, None)
        window = Window(start=start, end=start + timedelta(hours=1))
        assert stored(opened.read([known.writable], window))[known.writable][1] == [1.5, 2.5, 3.25]

    def test_searching_finds_a_name_in_any_case_once(self, service: Subject, known: Known) -> None:
        opened = _with(service, Searches)
        for text in (known.text, known.text.upper(), known.text.lower()):
            nodes = list(walk(partial(opened.search, text)))
            ids = [node.id for node in nodes]
            assert known.series[0] in ids
            assert len(set(ids)) == len(ids)
            assert all(known.text.casefold() in node.name.casefold() for node in nodes)

    def test_searching_for_a_name_that_nobody_has_finds_nothing(self, service: Subject) -> None:
        opened = _with(service, Searches)
        assert list(walk(partial(opened.search, "zq%_xj no such name"))) == []

    # -- faults

    @pytest.mark.parametrize("name", FAULTS)
    @pytest.mark.parametrize("verb", VERBS)
    def test_every_verb_names_every_fault(
        self, service: Subject, known: Known, proxy: FaultProxy, verb: str, name: str
    ) -> None:
        fault = FAULTS[name]
        opened = _ready(service, proxy, verb, fault)
        methods = UNSAFE if verb == "write" else None
        with proxy.failing(fault.spoil, methods), pytest.raises(_allowed(verb, fault)) as raised:
            VERBS[verb](opened, known)
        assert proxy.struck
        if verb == "write" and fault.unsure:
            assert len(proxy.struck) == 1
        if isinstance(raised.value, RateLimited):
            assert WAIT - 15 < (raised.value.retry_after or 0) <= WAIT
        assert proxy.idle()

    @pytest.mark.parametrize("name", [*FAULTS, "echo"])
    def test_no_secret_is_in_an_error_a_traceback_or_a_log(
        self,
        service: Subject,
        known: Known,
        proxy: FaultProxy,
        caplog: pytest.LogCaptureFixture,
        name: str,
    ) -> None:
        spoil = echo if name == "echo" else FAULTS[name].spoil
        caplog.set_level(logging.DEBUG)
        kept = Kept()
        service.open(proxy.url, kept=kept).check()
        shown = []
        for keep in (kept, Kept()):  # signed in already, and signing in
            opened = service.open(proxy.url, seconds=1, kept=keep)
            with proxy.failing(spoil), pytest.raises(ConnectorError) as raised:
                opened.check()
            shown.append("".join(traceback.format_exception(raised.value)))
            shown.append(f"{raised.value!r} {raised.value} {raised.value.__dict__}")
        shown += [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
        secrets = service.secrets(kept)
        assert secrets
        assert not [secret for secret in secrets for text in shown if secret in text]
        assert proxy.idle()


def _with(service: Subject, power: type[Any]) -> Opened:
    if power not in powers(service.type):
        pytest.skip(f"{service.kind} does not {power.__name__.lower().rstrip('s')}")
    return service.open()


def _ready(service: Subject, proxy: FaultProxy, verb: str, fault: Fault) -> Opened:
    """Behind the faults and signed in, with little time where the fault takes all of it."""
    if verb in POWER_OF:
        _with(service, POWER_OF[verb])
    service.open(proxy.url).check()
    return service.open(proxy.url, seconds=1.0 if fault.waits else 30.0)


def _allowed(verb: str, fault: Fault) -> tuple[type[ConnectorError], ...]:
    """The sign-in may also say that the address, or the account, is not what it should be."""
    if verb == "check" and {NotFound, BadAnswer} & {*fault.errors}:
        return (*fault.errors, ConfigInvalid)
    if verb == "check":
        return (*fault.errors, ConfigInvalid, *FAULTS["401"].errors)
    return fault.errors


def _identity(node: Node) -> tuple[object, ...]:
    return (node.id, node.name, node.type, node.role, node.unit, node.expandable)


def _own_threads() -> int:
    """Those that a service may have started: the test servers' are daemons."""
    return sum(not thread.daemon for thread in threading.enumerate())
