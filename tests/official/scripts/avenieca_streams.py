"""AveniECA's client over Kafka, and what it does without any server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from avenieca.api.eca import ECA
from avenieca.config.broker import Broker
from avenieca.consumer import Consumer
from avenieca.data import Signal
from avenieca.producers import Event, Stream
from avenieca.utils import (
    encode,
    get_hash_function,
    get_state_as_array,
    get_state_as_list,
    verify_list_shape,
    verify_np_shape,
    verify_signal,
    verify_str_shape,
)
from judge import Judge
from kafka import KafkaProducer, TopicPartition

ALGORITHMS = ("sha256", "sha384", "sha512", "sha224", "sha1", "md5", "sha3_256", "sha3_224",
              "sha3_512")  # fmt: skip
TWIN = "fan"
SECONDS = 20


def signal(state: Any, **others: Any) -> dict[str, Any]:
    """The four keys."""
    return {"state": state, "valence": None, "score": None, "emb_inp": None, **others}


def broker(url: str, *, reset: str = "earliest", twin: str = TWIN) -> Broker:
    """A twin's topics."""
    return Broker(url=url, sub_topic=f"{twin}_sub", pub_topic=f"{twin}_pub", group="unused",
                  auto_offset_reset=reset)  # fmt: skip


def streams(judge: Judge, eca: ECA, url: str) -> None:
    """Device side: what is published becomes states and rows; the twin answers."""
    events(judge, eca, url)
    paced(judge, eca, url)
    consumed(judge, url)


def rows(eca: ECA) -> list[list[float]]:
    """The states of the twin's rows, oldest first."""
    return [ess.state for ess in eca.ess.get_all_sequence(TWIN)[0]][::-1]


def events(judge: Judge, eca: ECA, url: str) -> None:
    event = Event(broker(url))
    first = Signal(state=[0.2, 0.3], valence=9.0)
    judge.right("Event.publish", lambda: event.publish(first).get(SECONDS), lambda got: (
        got.offset == 0 and got.topic == "fan_sub" and rows(eca) == [[0.2, 0.3]]
    ))  # fmt: skip
    judge.right("Event.publish", lambda: event.publish(first).get(SECONDS), lambda got: (
        got.offset == 1 and rows(eca) == [[0.2, 0.3]] * 2
        and [(ess.score, ess.valence) for ess in eca.ess.get_all(TWIN)[0]] == [(2, 9.0)]
    ))  # fmt: skip
    judge.right("Event.send", lambda: event.send(signal([0.5])).get(SECONDS), lambda got: (
        got.offset == 2 and rows(eca)[-1] == [0.5]
    ))  # fmt: skip
    for state in (None, [[1.0], [2.0]], ["a"]):
        judge.wrong("Event.publish", lambda state=state: event.publish(Signal(state=state)),
                    raises=Exception)  # fmt: skip
    judge.wrong("Event.send", lambda: event.send({"state": {1}}), raises=TypeError)
    array = Signal(state=np.array([1.0]))
    judge.broken("Event.publish", lambda: event.publish(array), raises=TypeError, section="1.4")
    judge.broken("Event.publish", lambda: event.config, raises=RecursionError, section="1.4")
    event.sync = False
    judge.right("Event.publish", lambda: event.publish(first), lambda got: got is None)


def paced(judge: Judge, eca: ECA, url: str) -> None:
    stream = Stream(broker(url), 0.01)
    before = len(rows(eca))
    judge.right("Stream.publish", lambda: stream.publish(lambda: signal([1.5]), sync_once=True),
                lambda _: _flushed(stream) and rows(eca)[before:] == [[1.5]])  # fmt: skip
    given = iter([np.array([2.0]), "[3.0]", [4.0]])

    def three(last: float) -> dict[str, Any]:
        found = signal(next(given))
        stream.sync = found["state"] != [last]
        return found

    judge.right("Stream.publish", lambda: stream.publish(three, 4.0), lambda _: (
        _flushed(stream) and rows(eca)[before + 1 :] == [[2.0], [3.0], [4.0]]
    ))  # fmt: skip
    stream.sync = True
    judge.right("Stream.send", lambda: stream.send(signal([5.0])).get(SECONDS),
                lambda got: got.offset == before + 4 and rows(eca)[-1] == [5.0])  # fmt: skip
    judge.wrong("Stream.publish", lambda: stream.publish(lambda: {"state": [1.0]}),
                raises=AssertionError)  # fmt: skip
    judge.wrong("Stream.send", lambda: stream.send({"state": {1}}), raises=TypeError)
    judge.broken("Stream.publish", lambda: stream.publish(lambda: Signal(state=[1.0])),
                 raises=AssertionError, section="1.4")  # fmt: skip


def _flushed(stream: Stream) -> bool:
    stream.client.flush(SECONDS)
    return True


def consumed(judge: Judge, url: str) -> None:
    """From the beginning, then live: what a device publishes comes back from the twin."""
    found: list[Any] = []
    early = Consumer(broker(url))
    judge.right("Consumer.consume", lambda: early.consume(found.append, sync_once=True),
                lambda _: found == [{"state": [0.2, 0.3], "valence": 9.0}])  # fmt: skip
    late = Consumer(broker(url, reset="latest"))
    ready(late)
    judge.right("Consumer.consume", lambda: _echo(url, late, found), lambda _: (
        found[1:] == [{"state": [7.25], "valence": 50.0}]
    ))  # fmt: skip
    producer = KafkaProducer(bootstrap_servers=url)
    producer.send("junk_pub", b"no json").get(SECONDS)
    junk = Consumer(broker(url, twin="junk"))
    judge.wrong("Consumer.consume", lambda: junk.consume(found.append), raises=ValueError)


def ready(consumer: Consumer) -> None:
    """Until it knows where the topic ends: it then misses nothing."""
    while not consumer.client.assignment():
        consumer.client.poll(timeout_ms=100)
    consumer.client.position(TopicPartition(consumer.topic, 0))


def _echo(url: str, consumer: Consumer, found: list[Any]) -> None:
    Event(broker(url)).publish(Signal(state=[7.25])).get(SECONDS)
    consumer.consume(found.append, sync_once=True)


def local(judge: Judge) -> None:
    """What needs no server."""
    hashes(judge)
    shapes(judge)


def hashes(judge: Judge) -> None:
    judge.right("hash.encode", lambda: encode("the inputs", "my_secret"),
                lambda got: got == "EiYZsA6VnJz6MqpPHqmMMDKpgFM5rkAYsPXuIAJ6SAE=")  # fmt: skip
    for name in ALGORITHMS:
        own = base64.b64encode(hmac.new(b"s", b"m", name).digest()).decode()
        judge.right("hash.encode", lambda name=name: encode("m", "s", name.upper()),
                    lambda got, own=own: got == own)  # fmt: skip
        judge.right("hash.get_hash_function", lambda name=name: get_hash_function(name),
                    lambda got, name=name: got is getattr(hashlib, name))  # fmt: skip
    judge.wrong("hash.encode", lambda: encode("m", "s", "crc32"), raises=Exception,
                check=lambda error: str(error) == "algorithm not available.")  # fmt: skip
    judge.wrong("hash.get_hash_function", lambda: get_hash_function("crc32"), raises=Exception)


def changed(function: Callable[[dict[str, Any]], None], state: Any) -> Any:
    """The state after a function that changes its signal in place."""
    given = signal(state)
    function(given)
    return given["state"]


def shapes(judge: Judge) -> None:
    for state in ("[0.2, 0.3]", [0.2, 0.3]):
        judge.right("signal.get_state_as_list",
                    lambda state=state: changed(get_state_as_list, state),
                    lambda got: got == [0.2, 0.3])  # fmt: skip
        judge.right(
            "signal.get_state_as_array",
            lambda state=state: changed(get_state_as_array, state),
            lambda got: got.dtype == np.float64 and got.tolist() == [0.2, 0.3],
        )
    for name, function in (("list", get_state_as_list), ("array", get_state_as_array)):
        judge.wrong(f"signal.get_state_as_{name}",
                    lambda function=function: changed(function, "no list"),
                    raises=json.JSONDecodeError)  # fmt: skip
    for state in ([0.2], "[0.2]", np.array([0.2])):
        judge.right("signal.verify_signal", lambda state=state: changed(verify_signal, state),
                    lambda got: got == [0.2])  # fmt: skip
    judge.wrong("signal.verify_signal", lambda: verify_signal({"state": [1]}),
                raises=AssertionError)  # fmt: skip
    judge.wrong("signal.verify_signal", lambda: verify_signal(signal([[1.0]])), raises=Exception)
    judge.right("signal.verify_str_shape", lambda: verify_str_shape("[1, 2]"),
                lambda got: got is None)  # fmt: skip
    judge.wrong("signal.verify_str_shape", lambda: verify_str_shape(""), raises=Exception)
    judge.right("signal.verify_list_shape", lambda: verify_list_shape([1, 2]),
                lambda got: got is None)  # fmt: skip
    judge.wrong("signal.verify_list_shape", lambda: verify_list_shape([[1], [2]]),
                raises=Exception)  # fmt: skip
    judge.right("signal.verify_np_shape", lambda: verify_np_shape(np.zeros(3)),
                lambda got: got is None)  # fmt: skip
    judge.wrong("signal.verify_np_shape", lambda: verify_np_shape(np.zeros((2, 2))),
                raises=Exception)  # fmt: skip
