"""Our Kafka client against a broker that fails on demand, and against packed records."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.avenieca import batches
from connectors.avenieca.crc import crc32c
from connectors.avenieca.kafka import Cluster
from connectors.egress import Deadline, Egress, Endpoint
from connectors.errors import (
    BadAnswer,
    ConfigInvalid,
    ConnectorError,
    Forbidden,
    NotFound,
    Rejected,
    Unavailable,
)
from tests.connectors import avenieca_broker
from tests.connectors.avenieca_broker import FETCH, LIST_OFFSETS, METADATA, PRODUCE, Broker

Open = Callable[..., Cluster]


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker() as broker:
        yield broker


@pytest.fixture
def cluster(broker: Broker) -> Iterator[Open]:
    """Our client, through a door that lets it reach this broker only."""
    egress = Egress(allow=frozenset({("127.0.0.1", broker.port)}))
    address = Endpoint("127.0.0.1", broker.port, tls=False)
    with ExitStack() as stack:

        def opened(seconds: float = 10.0) -> Cluster:
            deadline = Deadline.after(seconds)
            one = Cluster(lambda endpoint: egress.open(endpoint, deadline=deadline), address)
            return stack.enter_context(closing(one))

        yield opened


def test_a_message_is_produced_and_its_place_told(broker: Broker, cluster: Open) -> None:
    sent: list[bytes] = []

    def store(body: bytes) -> bytes:
        sent.append(body)
        return avenieca_broker.produced(41)

    broker.says[PRODUCE] = store
    assert cluster().produce("room_pub", b"{}") == (0, 41)
    (record,), following = batches.read(sent[0][sent[0].index(b"room_pub") + 8 + 12 :])
    assert (record.value, following) == (b"{}", 1)
    assert abs(record.time - time.time() * 1000) < 10_000


def test_a_broker_of_another_address_has_to_pass_the_door(broker: Broker, cluster: Open) -> None:
    broker.says[METADATA] = lambda body: avenieca_broker.metadata("10.11.12.13", 9092)
    with pytest.raises(ConfigInvalid, match=r"10\.11\.12\.13:9092"):
        cluster().produce("room_pub", b"{}")
    assert broker.asked == [METADATA]


def test_a_signal_without_an_answer_is_sent_once_and_said_to_be_unsure(
    broker: Broker, cluster: Open
) -> None:
    with pytest.raises(Unavailable, match="Nobody knows whether"):
        cluster(0.7).produce("room_pub", b"{}")
    assert broker.asked == [METADATA, PRODUCE]


def test_a_broker_that_hangs_up_is_unavailable_and_not_asked_again(
    broker: Broker, cluster: Open
) -> None:
    broker.says[PRODUCE] = lambda body: None
    with pytest.raises(Unavailable, match="Nobody knows whether"):
        cluster().produce("room_pub", b"{}")
    assert broker.asked == [METADATA, PRODUCE]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (3, NotFound), (7, Unavailable), (10, Rejected), (17, NotFound), (29, Forbidden),
        (6, Unavailable), (87, BadAnswer),
    ],
)  # fmt: skip
def test_each_error_code_becomes_its_error(
    broker: Broker, cluster: Open, code: int, error: type[ConnectorError]
) -> None:
    broker.says[PRODUCE] = lambda body: avenieca_broker.produced(-1, code=code)
    with pytest.raises(error):
        cluster().produce("room_pub", b"{}")


def test_a_topic_that_is_not_there_is_not_found(broker: Broker, cluster: Open) -> None:
    broker.says[METADATA] = lambda body: avenieca_broker.metadata("127.0.0.1", 1, code=3)
    with pytest.raises(NotFound):
        cluster().partitions(["room_pub"])


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x7f" * 40,
        avenieca_broker.metadata("127.0.0.1", 1)[:-5],
        b"\0\0\0\0\x7f\xff\xff\xff",
    ],
)
def test_an_answer_that_is_none_is_a_bad_answer(
    broker: Broker, cluster: Open, answer: bytes
) -> None:
    broker.says[METADATA] = lambda body: answer
    with pytest.raises(BadAnswer):
        cluster().partitions(["room_pub"])


def test_an_answer_for_another_topic_is_a_bad_answer(broker: Broker, cluster: Open) -> None:
    broker.says[LIST_OFFSETS] = lambda body: avenieca_broker.offsets(0, topic="other")
    one = cluster()
    with pytest.raises(BadAnswer):
        one.ends(one.partitions(["room_pub"]))


def test_fetching_skips_what_was_had_and_goes_on_behind_what_came(
    broker: Broker, cluster: Open
) -> None:
    one = cluster()
    (place,) = one.partitions(["room_pub"])
    moved = batches.HEAD.pack(*_head(batches.written(5, b"a"), base=4)) + _body(5, b"a")
    broker.says[FETCH] = lambda body: avenieca_broker.fetched(moved + batches.written(5, b"b")[:20])
    ((_, records, following),) = one.fetch(place.leader, {place: 4}, 0.1)
    assert ([record.value for record in records], following) == ([b"a"], 5)
    ((_, records, following),) = one.fetch(place.leader, {place: 5}, 0.1)
    assert ([*records], following) == ([], 5)


def test_a_message_that_was_damaged_is_a_bad_answer() -> None:
    good = bytearray(batches.written(1, b"hello"))
    good[-3] ^= 1
    with pytest.raises(BadAnswer, match="damaged"):
        batches.read(bytes(good))


@pytest.mark.parametrize(("number", "codec"), [(1, "gzip"), (3, "lz4"), (4, "zstd")])
def test_packed_messages_are_unpacked(number: int, codec: str) -> None:
    sink = pa.BufferOutputStream()
    with pa.output_stream(sink, compression=codec) as stream:
        stream.write(_body(9, b"packed"))
    raw = _sealed(sink.getvalue().to_pybytes(), attributes=number)
    (record,), _ = batches.read(raw)
    assert (record.value, record.time) == (b"packed", 9)


def test_messages_that_nobody_can_unpack_are_a_bad_answer() -> None:
    with pytest.raises(BadAnswer, match="snappy"):
        batches.read(_sealed(b"abc", attributes=2))
    with pytest.raises(BadAnswer, match="nobody can read"):
        batches.read(_sealed(b"abc", attributes=1))
    with pytest.raises(BadAnswer, match="nobody can read"):
        batches.read(_sealed(b"\x7f", attributes=0))


def test_what_only_steers_the_broker_is_passed_over() -> None:
    records, following = batches.read(_sealed(_body(1, b"x"), attributes=batches.CONTROL))
    assert (records, following) == ([], 1)


def test_the_brokers_own_time_counts_where_it_stamps() -> None:
    (record,), _ = batches.read(_sealed(_body(9, b"x"), attributes=batches.STAMPED, newest=77))
    assert record.time == 77


@pytest.mark.parametrize("moment", [-1, 2**62])
def test_a_message_without_a_time_is_a_bad_answer(moment: int) -> None:
    with pytest.raises(BadAnswer, match="without a time"):
        batches.read(batches.written(moment, b"x"))


@given(data=st.binary(max_size=300), kept=st.integers(0, 120))
def test_bytes_that_are_no_batch_are_nothing_worse_than_a_bad_answer(
    data: bytes, kept: int
) -> None:
    for body in (data, batches.written(1, b"hello")[:kept] + data, _sealed(data, attributes=0)):
        with suppress(BadAnswer):
            batches.read(body)


def test_the_checksum_is_castagnolis() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # RFC 3720, appendix B.4, and common practice
    assert crc32c(bytes(32)) == 0x8A9136AA


def test_closing_from_elsewhere_closes_every_line(broker: Broker, cluster: Open) -> None:
    one = cluster()
    (place,) = one.partitions(["room_pub"])
    one.close()
    with pytest.raises(Unavailable):
        one.fetch(place.leader, {place: 0}, 0.1)


def _head(batch: bytes, *, base: int) -> tuple[int, ...]:
    head = list(batches.HEAD.unpack_from(batch))
    head[0] = base
    return tuple(head)


def _body(moment: int, value: bytes) -> bytes:
    return batches.written(moment, value)[batches.HEAD.size :]


def _sealed(body: bytes, *, attributes: int, newest: int = 9) -> bytes:
    """A batch of one record at the time 9, with attributes and a right checksum."""
    head = list(_head(batches.written(9, b""), base=0))
    head[1] = batches.HEAD.size - batches.BEFORE_LENGTH + len(body)
    head[5], head[8] = attributes, newest
    head[4] = 0
    blank = batches.HEAD.pack(*head) + body
    head[4] = crc32c(blank[batches.BEFORE_SUM :])
    return batches.HEAD.pack(*head) + body
