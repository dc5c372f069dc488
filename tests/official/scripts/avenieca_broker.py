# ruff: noqa: T201
"""The broker, as kafka-python's own producer and consumers see it.

    python avenieca_broker.py HOST:PORT

Prints {"step", "saw"} lines.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

TOPIC = "plain"
SENT = [f"{n}: ".encode() + b"x" * (n % 700) for n in range(2000)]
MILLISECONDS = 1_700_000_000_000
SECONDS = 20


def consumer(url: str, *topics: str, **settings: Any) -> KafkaConsumer:
    """One without a group that stops when nothing comes for three seconds."""
    return KafkaConsumer(*topics, bootstrap_servers=url, auto_offset_reset="earliest",
                         consumer_timeout_ms=3000, **settings)  # fmt: skip


def say(step: str, saw: Any) -> None:
    print(json.dumps({"step": step, "saw": saw}))


def produce(url: str) -> None:
    """Half of it packed, in batches of many records."""
    for codec, part in (("gzip", SENT[:1000]), (None, SENT[1000:])):
        producer = KafkaProducer(bootstrap_servers=url, compression_type=codec, linger_ms=5)
        futures = [
            producer.send(TOPIC, value, key=b"k", headers=[("h", b"v")],
                          timestamp_ms=MILLISECONDS + n)
            for n, value in enumerate(part)
        ]  # fmt: skip
        say(f"offsets {codec}", [futures[0].get(SECONDS).offset, futures[-1].get(SECONDS).offset])
        producer.close()


def consume(url: str) -> None:
    """Two at once; each sees everything, in order."""
    both = [consumer(url, TOPIC), consumer(url, TOPIC, fetch_max_bytes=20_000)]
    for number, each in enumerate(both):
        found = list(each)
        say(f"consumer {number}", [
            [one.value for one in found] == SENT,
            [one.offset for one in found] == list(range(len(SENT))),
            {(one.key, tuple(one.headers)) for one in found} == {(b"k", (("h", b"v"),))},
            found[5].timestamp - MILLISECONDS,
        ])  # fmt: skip
        each.close()


def offsets(url: str) -> None:
    """Beginning, end and by time; a place beyond the end leads back to the beginning."""
    place = TopicPartition(TOPIC, 0)
    each = consumer(url)
    each.assign([place])
    say("bounds", [each.beginning_offsets([place])[place], each.end_offsets([place])[place]])
    by_time = each.offsets_for_times({place: MILLISECONDS + 10})[place]
    say("by time", [by_time.offset, by_time.timestamp - MILLISECONDS])
    each.seek(place, 1998)
    say("from 1998", [one.offset for one in each])
    each.seek(place, 5000)
    say("beyond the end", next(iter(each)).offset)
    say("topics", [TOPIC in each.topics(), "library_g1_temperature_pub" in each.topics()])
    each.close()


def refusals(url: str) -> None:
    """What the broker refuses, as the client names it."""
    for step, topic, value in (("to a twin's output", "library_g1_temperature_pub", b"{}"),
                               ("too large", TOPIC, b"x" * 1_200_000)):  # fmt: skip
        producer = KafkaProducer(bootstrap_servers=url, max_request_size=4_000_000)
        try:
            producer.send(topic, value).get(SECONDS)
            say(step, "taken")
        except Exception as error:  # noqa: BLE001
            say(step, type(error).__name__)
        producer.close()


def main(url: str) -> None:
    for step in (produce, consume, offsets, refusals):
        step(url)


main(*sys.argv[1:])
