# ruff: noqa: T201
"""What AveniECA's client reads: a JSON line a function, with its name and what it saw.

    python avenieca_agreement.py URI USERNAME PASSWORD HOST:PORT NAMES

NAMES is a JSON object of the modules and numbers to ask for.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from avenieca.api.eca import ECA
from avenieca.api.model import (
    Config,
    EmbeddingInputHash,
    NextStateRequest,
    RetrievalRequest,
    Search,
)
from avenieca.config.broker import Broker
from avenieca.consumer import Consumer
from avenieca.utils import encode, get_state_as_list


def plain(found: Any) -> Any:
    """Models as dictionaries, all the way down."""
    if isinstance(found, list):
        return [plain(one) for one in found]
    if hasattr(found, "__dict__"):
        return {name: plain(value) for name, value in vars(found).items()}
    return found


def say(name: str, found: Any) -> None:
    """A line; what REST gave comes with its status."""
    if isinstance(found, tuple):
        assert found[1] == 200, (name, found)
        found = found[0]
    print(json.dumps({"function": name, "saw": plain(found)}), flush=True)


def rest(eca: ECA, names: dict[str, Any]) -> None:
    """Every reading function of the REST services."""
    twin, above, ess = names["twin"], names["above"], names["ess"]
    say("ess.get_all", eca.ess.get_all(twin))
    say("ess.get_one", eca.ess.get_one(twin, ess))
    say("ess.get_all_sequence", eca.ess.get_all_sequence(twin))
    say("ess.get_one_sequence", eca.ess.get_one_sequence(twin, -1))
    say("ess.get_one_with_embedding", eca.ess.get_one_with_embedding(twin, names["text"]))
    say("ess.get_one_pretty", eca.ess.get_one_pretty(above, names["whole"]))
    say("ess.get_all_aggregates", eca.ess.get_all_aggregates(twin, above, ess))
    say("ess.search", eca.ess.search(Search(module_id=twin, state=[1.0, 2.5], limit=3)))
    say("sequence.get_all", eca.sequence.get_all(twin))
    say("sequence.get_one", eca.sequence.get_one(twin, names["row"]))
    request = NextStateRequest(module_id=above, n=3)
    say("cortex.predictions", eca.cortex.predictions(request))
    say("cortex.predictions_raw", eca.cortex.predictions_raw(request))
    say("document.get_all", eca.document.get_all())
    say("document.get_one", eca.document.get_one(names["document"]))
    say("embedding.get_all", eca.embedding.get_all(twin))
    say("embedding.get_one", eca.embedding.get_one(twin, names["text"]))
    hashed = EmbeddingInputHash(hash=names["hash"])
    say("embedding.get_one_with_hash", eca.embedding.get_one_with_hash(twin, hashed))
    say("response.get_all", eca.response.get_all())
    say("response.get_one", eca.response.get_one(names["response"]))
    say("retrieval.query", eca.retrieval.query(RetrievalRequest(query=names["question"])))
    say("meter", [eca.sequence.get_all(names["meter"])[0], eca.ess.get_all(names["meter"])[0]])


def live(broker: str, twin: str) -> None:
    """The first message of a twin."""
    config = Broker(url=broker, sub_topic=f"{twin}_sub", pub_topic=f"{twin}_pub", group="agreement",
                    auto_offset_reset="earliest")  # fmt: skip
    heard: list[Any] = []
    Consumer(config).consume(heard.append, sync_once=True)
    for one in heard:
        get_state_as_list(one)
    say("consumer.consume", heard)


def main(uri: str, username: str, password: str, broker: str, names: str) -> None:
    eca = ECA(Config(uri=uri, username=username, password=password))
    wanted = json.loads(names)
    rest(eca, wanted)
    live(broker, wanted["twin"])
    say("hash.encode", encode(wanted["question"], "my_secret", "sha512"))


main(*sys.argv[1:])
