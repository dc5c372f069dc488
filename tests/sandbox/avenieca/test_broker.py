"""The broker's wire: what kafka-python does not show, and what it refuses."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread

import pytest

from connectors.sandbox.avenieca.broker import batches, wire
from connectors.sandbox.avenieca.broker.batches import HEADER, SUMMED, written
from connectors.sandbox.avenieca.broker.crc import crc32c
from connectors.sandbox.avenieca.broker.server import MOST_CONNECTIONS
from connectors.sandbox.avenieca.broker.topics import LOG_BYTES, MOST_TOPICS
from connectors.sandbox.avenieca.broker.wire import INT8, INT16, INT32, Reader
from connectors.sandbox.avenieca.settings import Settings
from tests.sandbox.avenieca.wire import NOW, Kafka, Rest, fetch, produce
from tests.sandbox.clock import HandClock
from tests.sandbox.server import SandboxServer

TEMPERATURE = "library_g1_temperature"
TIME = 1_700_000_000_000
API_VERSIONS, METADATA, INIT_PRODUCER_ID = 18, 3, 22


@pytest.fixture
def kafka(server: SandboxServer) -> Iterator[Kafka]:
    with Kafka(server) as talk:
        yield talk
    server.reset()


def batch(*values: bytes) -> bytes:
    """One batch, a millisecond between two messages."""
    return written(0, [(TIME + n, value) for n, value in enumerate(values)])


def altered(raw: bytes, body: bytes | None = None, **fields: int) -> bytes:
    """A batch with other header fields and a checksum that fits."""
    names = ("base", "length", "leader", "magic", "crc", "attributes", "last", "first_time",
             "last_time", "producer", "epoch", "sequence", "count")  # fmt: skip
    body = raw[HEADER.size :] if body is None else body
    header = dict(zip(names, HEADER.unpack_from(raw), strict=True))
    header |= {"length": HEADER.size - 12 + len(body)} | fields
    packed = HEADER.pack(*header.values()) + body
    if "crc" not in fields:
        header["crc"] = crc32c(packed[SUMMED:])
    return HEADER.pack(*header.values()) + body


def values(data: bytes) -> list[tuple[int, bytes | None]]:
    """Offset and value of every message."""
    found = []
    while data:
        length = int.from_bytes(data[8:12], "big") + 12
        found += [(one.offset, one.value) for one in batches.read(data[:length]).records()]
        data = data[length:]
    return found


def test_the_checksum_is_castagnolis() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # the check value of the CRC catalogues
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4
    assert crc32c(b"") == 0


def test_numbers_of_variable_length_go_there_and_back() -> None:
    for number in (0, -1, 1, 63, 64, -64, -65, 300, 2**31, -(2**31), 2**62, -(2**63)):
        assert Reader(wire.varint(number)).varint() == number


def test_versions_are_told_in_every_form_and_a_newer_probe_is_answered_as_version_0(
    kafka: Kafka,
) -> None:
    for version, code, more in ((0, 0, 0), (1, 0, 4), (2, 0, 4), (3, 35, 0), (4, 35, 0)):
        reader = kafka.ask(API_VERSIONS, version, b"")
        assert reader.int16() == code
        keys = reader.array(lambda r=reader: (r.int16(), r.int16(), r.int16()))  # type: ignore[misc]
        assert {key[0]: key[1:] for key in keys} == {
            0: (3, 7), 1: (4, 4), 2: (1, 1), 3: (0, 4), 18: (0, 2), 22: (0, 1),
        }  # fmt: skip
        assert reader.left == more


@pytest.mark.parametrize("version", range(5))
def test_metadata_names_one_broker_where_it_was_reached(
    server: SandboxServer, kafka: Kafka, version: int
) -> None:
    asked = wire.array([wire.text("made_here"), wire.text("no topic!")])
    reader = kafka.ask(METADATA, version, asked + (INT8.pack(1) if version >= 4 else b""))
    if version >= 3:
        assert reader.int32() == 0
    assert reader.int32() == 1
    assert reader.int32() == 0
    place = f"{reader.text()}:{reader.int32()}"
    assert place == server.address("avenieca", "kafka")
    if version >= 1:
        assert reader.text_or_null() is None
    if version >= 2:
        assert reader.text() == "sandbox"
    if version >= 1:
        assert reader.int32() == 0
    assert reader.int32() == 2
    assert (reader.int16(), reader.text()) == (0, "made_here")
    reader.take((1 if version >= 1 else 0) + 4 + 2 + 4 + 4 + 8 + 8)
    assert (reader.int16(), reader.text()) == (17, "no topic!")


def test_metadata_lists_every_twins_topics_and_makes_none_unless_asked(kafka: Kafka) -> None:
    reader = kafka.ask(METADATA, 4, wire.array([wire.text("unmade")]) + INT8.pack(0))
    assert wire.text("unmade") + INT8.pack(0) + wire.array([]) in reader.take(reader.left)
    everything = kafka.ask(METADATA, 4, INT32.pack(-1) + INT8.pack(0))
    told = everything.take(everything.left)
    for topic in (f"{TEMPERATURE}_sub", f"{TEMPERATURE}_pub", "room_library_g1_pub"):
        assert wire.text(topic) in told
    assert wire.text("unmade") not in told


def test_what_is_produced_is_fetched_again(kafka: Kafka) -> None:
    assert kafka.produce("t", batch(b"a", b"b")) == -1
    assert kafka.produce("t", batch(b"c"), version=3) == -3
    code, end, data = kafka.fetch("t", 0)
    assert (code, end, values(data)) == (0, 3, [(0, b"a"), (1, b"b"), (2, b"c")])
    assert values(kafka.fetch("t", 1)[2])[0] == (0, b"a")
    assert values(kafka.fetch("t", 2, most=1)[2]) == [(2, b"c")]
    assert kafka.fetch("t", 3) == (0, 3, b"")
    assert kafka.fetch("t", 4)[0] == 1
    assert kafka.fetch("unmade", 0)[0] == 3
    assert kafka.offset("t", -2) == (0, -1, 0)
    assert kafka.offset("t", -1) == (0, -1, 3)
    assert kafka.offset("t", TIME + 1) == (0, TIME + 1, 1)
    assert kafka.offset("t", TIME + 2) == (0, -1, -1)


def test_without_acknowledgement_there_is_no_answer(kafka: Kafka) -> None:
    kafka.frame(0, 7, produce("quiet", batch(b"a"), acks=0))
    assert kafka.fetch("quiet", 0)[1] == 1
    assert kafka.produce("quiet", batch(b"a"), acks=3) == 21


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", 2),
        (batch(b"a")[:-1], 2),
        (batch(b"a") + b"x", 2),
        (altered(batch(b"a"), crc=1), 2),
        (altered(batch(b"a"), magic=1), 43),
        (altered(batch(b"a"), attributes=2), 76),
        (altered(batch(b"a"), attributes=1), 2),
        (altered(batch(b"a"), gzip.compress(bytes(20_000_000)), attributes=1), 10),
        (altered(batch(b"a"), attributes=0x20), 87),
        (altered(batch(b"a"), attributes=0x10), 87),
        (altered(batch(b"a"), count=2), 87),
        (altered(batch(b"a"), count=2**31 - 1, last=2**31 - 2), 87),
        (altered(batch(b"a", b"b"), count=-1, last=-2), 87),
        (altered(batch(b"a"), last_time=2**60), 32),
        (batch(bytes(1_100_000)), 10),
    ],
)
def test_a_bad_batch_is_refused_with_kafkas_code(kafka: Kafka, raw: bytes, code: int) -> None:
    assert kafka.produce("t", raw) == code
    assert kafka.produce("t", batch(b"good")) == -1


def test_a_packed_batch_is_kept_as_it_came(kafka: Kafka) -> None:
    plain = batch(b"a", b"b")
    packed = altered(plain, gzip.compress(plain[HEADER.size :]), attributes=1)
    assert kafka.produce("t", packed) == -1
    assert kafka.fetch("t", 0)[2] == packed


def test_a_batch_that_is_sent_again_is_not_added_twice(kafka: Kafka) -> None:
    reader = kafka.ask(INIT_PRODUCER_ID, 1, wire.text(None) + INT32.pack(1000))
    reader.int32()
    assert reader.int16() == 0
    number = reader.int64()
    first = altered(batch(b"a", b"b"), producer=number, epoch=0, sequence=0)
    second = altered(batch(b"c"), producer=number, epoch=0, sequence=2)
    lost = altered(batch(b"d"), producer=number, epoch=0, sequence=9)
    assert [kafka.produce("t", each) for each in (first, second, first, second, lost)] == [
        -1, -3, -1, -3, 45,
    ]  # fmt: skip
    assert kafka.fetch("t", 0)[1] == 3
    refused = kafka.ask(INIT_PRODUCER_ID, 1, wire.text("transactional") + INT32.pack(1000))
    refused.int32()
    assert refused.int16() == 53


def test_a_log_forgets_its_oldest_batches_and_offsets_go_on(kafka: Kafka) -> None:
    big = batch(bytes(300_000))
    for _ in range(5):
        kafka.produce("t", big)
    _, _, first = kafka.offset("t", -2)
    assert first == 5 - LOG_BYTES // len(big)
    assert kafka.fetch("t", first - 1)[0] == 1
    assert kafka.fetch("t", first)[0] == 0


def test_the_number_of_topics_is_bounded(kafka: Kafka) -> None:
    codes = [kafka.produce(f"t{n}", batch(b"a")) for n in range(MOST_TOPICS + 1)]
    assert codes == [-1] * MOST_TOPICS + [44]
    assert kafka.produce(f"{TEMPERATURE}_sub", batch(b"a")) == -1


def test_a_fetch_waits_for_what_comes(server: SandboxServer, kafka: Kafka) -> None:
    kafka.produce("t", batch(b"a"))
    waiting, found = Event(), list[tuple[int, bytes | None]]()

    def wait() -> None:
        with Kafka(server) as other:
            other.frame(1, 4, fetch([("t", 1)], wait=15_000))
            waiting.set()
            found.extend(values(other.fetched()[2]))

    thread = Thread(target=wait)
    thread.start()
    assert waiting.wait(10)
    kafka.produce("t", batch(b"b"))
    thread.join(10)
    assert found == [(1, b"b")]


def test_a_fetch_that_finds_nothing_ends_when_its_time_is_over(kafka: Kafka) -> None:
    kafka.produce("t", batch(b"a"))
    assert kafka.fetch("t", 1, wait=300) == (0, 1, b"")


def test_a_fetch_ends_when_the_other_side_hangs_up(kafka: Kafka) -> None:
    kafka.produce("t", batch(b"a"))
    kafka.frame(1, 4, fetch([("t", 1)], wait=30_000))
    kafka.finish()
    assert kafka.fetched() == (0, 1, b"")


def test_a_reset_empties_the_topics_of_open_connections(
    server: SandboxServer, kafka: Kafka
) -> None:
    kafka.produce("t", batch(b"a"))
    server.reset()
    assert kafka.fetch("t", 0)[0] == 3
    assert kafka.produce("t", batch(b"b")) == -1


def test_a_signal_becomes_a_state_and_a_row_and_comes_out_again(
    server: SandboxServer, kafka: Kafka
) -> None:
    rest = Rest(server)
    sent = [
        {"state": [0.1, 2], "valence": 9, "score": None, "emb_inp": None},
        {"state": "[0.1, 2]"},
        {"state": [3], "score": 5},
        {"state": [[3]]},
        {"state": []},
        {"state": "no list"},
        {"valence": 1},
        [],
    ]
    raw = [json.dumps(one).encode() for one in sent]
    assert kafka.produce("fan_sub", batch(*raw, b"no json", b"\xff")) == -1
    states = [(ess["id"], ess["state"], ess["valence"], ess["score"])
              for ess in rest("GET", "/ess/fan").data]  # fmt: skip
    assert states == [(1, [0.1, 2.0], 9.0, 2), (2, [3.0], 50.0, 5)]
    rows = rest("GET", "/sequence/fan").data
    assert [(row["id"], row["instance_id"], row["status"]) for row in rows] == [
        (3, 2, "n"), (2, 1, "n"), (1, 1, "n"),
    ]  # fmt: skip
    messages = [json.loads(value or b"") for _, value in values(kafka.fetch("fan_pub", 0)[2])]
    assert messages == [{"state": [0.1, 2.0], "valence": 9.0}] * 2 + [
        {"state": [3.0], "valence": 50.0}
    ]
    assert kafka.fetch("fan_sub", 0)[1] == len(raw) + 2


def test_rows_written_over_rest_come_out_too(server: SandboxServer, kafka: Kafka) -> None:
    rest = Rest(server)
    rest.ess("fan", 7.0)
    assert kafka.fetch("fan_pub", 0)[:2] == (0, 0)
    rest.row("fan", 1)
    code, end, data = kafka.fetch("fan_pub", 0)
    assert (code, end, len(values(data))) == (0, 1, 1)


def test_a_twins_output_has_its_rows_times_and_only_the_twin_writes_it(kafka: Kafka) -> None:
    topic = f"{TEMPERATURE}_pub"
    _, _, end = kafka.offset(topic, -1)
    batch_of_one = batches.read(kafka.fetch(topic, end - 1)[2])
    (newest,) = batch_of_one.records()
    assert newest.time % 600_000 == 0
    assert kafka.offset(topic, newest.time) == (0, newest.time, end - 1)
    assert kafka.offset(topic, newest.time + 1) == (0, -1, -1)
    assert kafka.produce(topic, batch(b"a")) == 29


def test_messages_may_hold_their_state_as_text_and_come_by_the_clock() -> None:
    clock = HandClock(shown=[NOW])
    settings = {"avenieca": Settings(meter_rows=50, room_rows=5, text_states=True)}
    with (
        SandboxServer("avenieca", clock=clock, settings=settings) as server,
        Kafka(server) as kafka,
    ):
        topic = f"{TEMPERATURE}_pub"
        _, _, end = kafka.offset(topic, -1)
        kafka.frame(1, 4, fetch([(topic, end)], wait=15_000))
        clock.shown.append(NOW + timedelta(minutes=10))
        ((offset, value),) = values(kafka.fetched()[2])
        message = json.loads(value or b"")
        assert offset == end
        newest = Rest(server)("GET", f"/ess/{TEMPERATURE}/sequence/-1").data
        assert json.loads(message["state"]) == newest["state"]


@pytest.mark.parametrize(
    "raw",
    [
        INT32.pack(-1),
        INT32.pack(0),
        INT32.pack(2**31 - 1) + b"x",
        wire.blob(b"\0"),
        wire.blob(INT16.pack(99) + INT16.pack(0) + INT32.pack(1) + wire.text(None)),
        wire.blob(INT16.pack(1) + INT16.pack(12) + INT32.pack(1) + wire.text(None)),
        wire.blob(INT16.pack(3) + INT16.pack(1) + INT32.pack(1) + INT16.pack(500)),
        wire.blob(INT16.pack(3) + INT16.pack(1) + INT32.pack(1) + wire.text("c")
                  + INT32.pack(2**31 - 1)),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)  # fmt: skip
def test_a_wrong_frame_closes_its_connection_and_no_other(
    server: SandboxServer, kafka: Kafka, raw: bytes
) -> None:
    with Kafka(server) as wrong:
        wrong.send(raw)
        assert wrong.answer() is None
    assert kafka.ask(API_VERSIONS, 0, b"").int16() == 0


def test_as_many_connections_talk_at_once_as_the_broker_takes(server: SandboxServer) -> None:
    talks = [Kafka(server) for _ in range(MOST_CONNECTIONS)]
    try:
        for talk in talks:
            talk.frame(API_VERSIONS, 0, b"")
        for talk in talks:
            reader = talk.answer()
            assert reader is not None
            assert reader.int16() == 0
        with Kafka(server) as refused:
            assert refused.answer() is None
    finally:
        for talk in talks:
            talk.close()
