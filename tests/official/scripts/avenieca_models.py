"""AveniECA's models and configuration builders: each is made, and written to a file."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from avenieca.api import model
from avenieca.config.broker import Broker
from avenieca.config.cortex import Cortex, CortexConfig
from avenieca.config.db import DB
from avenieca.config.document import Document, DocumentConfig
from avenieca.config.embedding import Embedding
from avenieca.config.log import Log
from avenieca.config.ras import ESI, RAS, EmotifiedInstances, EmotifiedInstancesConfig
from avenieca.config.retrieval import OAIConfig, Retrieval
from avenieca.config.server import ServerConfig, User, WebAPI
from avenieca.config.twin import Twin, TwinConfig
from avenieca.config.vse import HNSW, VSE, WAL, Optimizer
from avenieca.data import Base, Signal
from judge import Judge

MOMENT = "2023-06-11T15:06:25.726206Z"


def configurations() -> Iterator[Base]:
    """A whole server's files, from the leaves up."""
    hnsw, wal, optimizer = HNSW(), WAL(), Optimizer()
    vse = VSE(hnsw_config=hnsw, wal_config=wal, optimizer_config=optimizer, shard_number=1)
    log, db = Log(level="info"), DB(table="air_conditioner", uri="postgresql://")
    broker = Broker(url="h:1", sub_topic="a_sub", pub_topic="a_pub", group="g")
    ras = RAS(upsert_from="file", file_path="esi.json")
    esi = ESI(id=1, state_vec=[1.0], valence=90.0)
    instances = EmotifiedInstances(esi_vec=[esi])
    part = Twin(
        db_config=db,
        vse_config=vse,
        log_config=log,
        physical_twin_type="sensor",
        shape=1,
        module_id="air_conditioner",
        broker_config=broker,
        ras_config=ras,
    )
    twin = Twin(db_config=db, vse_config=vse, log_config=log, physical_twin_type="sensor",
                in_twins=[part])  # fmt: skip
    cortex = Cortex(pag="twin", sync_rate="1s", duration_threshold="1s", twin_configs=[twin],
                    db_config=db, log_config=log)  # fmt: skip
    embedding = Embedding(api="openai", api_url="u", api_key="k", model="m", embedding_size=1536)
    document = Document(name="d", sync_rate="1s", create_n_embed=True, twin_config=twin,
                        db_config=db, vse_config=vse, log_config=log,
                        embedding_config=embedding)  # fmt: skip
    oai = OAIConfig(api_url="u", api_key="k", model="m")
    retrieval = Retrieval(api="openai", document_config=document, oai_config=oai)
    user = User(username="u", password="p", api_key="k", db_config=db)
    api = WebAPI(user_config=user, cortex_config=cortex, log_config=log,
                 document_config=document, retrieval_config=retrieval)  # fmt: skip
    yield from (hnsw, wal, optimizer, vse, log, db, broker, ras, esi, instances, twin, cortex)
    yield from (embedding, document, oai, retrieval, user, api)
    yield from (EmotifiedInstancesConfig(instances), TwinConfig(twin), CortexConfig(cortex))
    yield from (DocumentConfig(document), ServerConfig(api))


def models() -> Iterator[Base]:
    """Requests and answers."""
    stamped: dict[str, Any] = {"created_at": MOMENT, "updated_at": MOMENT}
    ess = {"state": [1.0], "module_id": "m", "valence": 1.0}
    shared: dict[str, Any] = {f"aggregate_{name}": [] for name in
                              ("id", "valence", "score", "module_id", "shape")}  # fmt: skip
    totals = {"avg_ess_valence": 0.0, "total_ess_score": 0, "avg_ess_score": 0}
    raw = model.TwinRaw(state=[1.0], aggregate_id=0, ess_id=1, module_id="m")
    text = model.Twin(aggregate_id=0, ess_id=1, module_id="m", state="1")
    next_raw, next_text = model.TwinsRaw([raw]), model.Twins([text])
    found = model.ESSResponse(id=1, **ess)
    yield from (Signal(state=[0.2]), raw, text, next_raw, next_text, found)
    yield from (model.AuthLogin("u", "p"), model.AuthResponse("admin", "s", "1", "u"))
    yield from (model.ESSInsert(**ess), model.AggregateError(), model.Error(errors=["e"]))
    yield model.PrettyESS(id=1, **{**ess, "state": ["1"]}, **shared, **totals, **stamped)
    yield from (model.SequenceInsert("m", 1), model.SequenceResponse(1, "m", 1, "n", **stamped))
    yield from (model.NextStateRequest("m"), model.NextStateResponse([text], [next_text]))
    yield model.NextStateResponseRaw([raw], [next_raw])
    yield from (model.DocumentInsert("d", "t"), model.DocumentResponse(1, "d", "t", "n", **stamped))
    yield from (model.EmbeddingInputInsert("m", "i", "h"), model.EmbeddingInputHash("h"))
    yield model.EmbeddingInputResponse(1, "m", "i", "h", **stamped)
    yield from (model.SearchResult(0.0, found), model.Search("m", [1.0]))
    yield from (model.RetrievalRequest("q"), model.RetrievalResponse("r"))
    yield model.ECAResponse([1], [2], ["m"], ["m"], "n", 1, 1, 2, "m", "n", **stamped)


def written(judge: Judge) -> None:
    """Every model goes to a file whole, and to no file where there is no folder."""
    with tempfile.TemporaryDirectory() as folder:
        for number, each in enumerate([*configurations(), *models()]):
            name = f"{type(each).__name__}.to_json_file"
            if name not in judge.names:
                raise AssertionError(name)
            path = Path(folder) / f"{number}.json"
            judge.right(name, lambda each=each, path=path: each.to_json_file(path),
                        lambda _, each=each, path=path: _same(each, path))  # fmt: skip
            nowhere = Path(folder) / "nowhere" / "file.json"
            judge.wrong(name, lambda each=each, path=nowhere: each.to_json_file(path),
                        raises=FileNotFoundError)  # fmt: skip


def _same(each: Base, path: Path) -> bool:
    """A tuple is a list in JSON."""
    return bool(json.loads(path.read_text()) == json.loads(json.dumps(each.__dict__)))
