# ruff: noqa: T201
"""Kafka's own Python client, which AveniECA's client is built on, beside ours.

    python avenieca_messages.py HOST:PORT READ WRITTEN

Prints the first two messages of the topic READ, then writes three to WRITTEN: plain, and packed.
"""

from __future__ import annotations

import json
import sys

from kafka import KafkaConsumer, KafkaProducer

SECONDS = 30


def main(url: str, read: str, written: str) -> None:
    consumer = KafkaConsumer(
        read, bootstrap_servers=url, auto_offset_reset="earliest", check_crcs=True
    )
    for _ in range(2):
        message = next(consumer)
        print(json.dumps({"key": message.key, "value": json.loads(message.value),
                          "headers": list(message.headers), "offset": message.offset,
                          "time": message.timestamp}))  # fmt: skip
    consumer.close()
    for number, packed in enumerate((None, "gzip", None)):
        producer = KafkaProducer(bootstrap_servers=url, compression_type=packed)
        signal = {"state": [number + 0.5, 1.0], "valence": -1.0}
        value = json.dumps(signal).encode()
        producer.send(written, value, timestamp_ms=1_700_000_000_000 + number).get(SECONDS)
        producer.close()


main(*sys.argv[1:])
