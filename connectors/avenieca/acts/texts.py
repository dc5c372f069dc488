"""Documents, registered texts, questions and hashes (sections 3 and 4)."""

from __future__ import annotations

import hmac
from base64 import b64encode
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from connectors.avenieca import ids
from connectors.avenieca.acts.base import EssId, Number, RowId, Twin, record
from connectors.avenieca.client import Client
from connectors.contract import Acts
from connectors.operations import Record, operation

Algorithm = Literal[
    "sha256", "sha384", "sha512", "sha224", "sha1", "md5", "sha3_256", "sha3_224", "sha3_512"
]


class TextFunctions(Acts):
    """Mixed into the service."""

    _client: Client

    @operation(
        name="document.create_from_ess",
        label="Document of a state",
        help="Stores a document that says in words what a state is.",
        on="twin",
        danger="writes",
    )
    def document_of_state(self, twin: Twin, id: EssId) -> Record:
        return record(self._client.document_of_ess(ids.twin(twin), id))

    @operation(
        name="document.create_from_sequence",
        label="Document of a row",
        help="Stores a document that says in words which state occurred, and when.",
        on="twin",
        danger="writes",
    )
    def document_of_row(self, twin: Twin, id: RowId) -> Record:
        return record(self._client.document_of_row(ids.twin(twin), id))

    @operation(
        name="document.embed",
        label="Index a document",
        help="Puts a document into the index, so that questions find it.",
        danger="writes",
    )
    def embed_document(self, id: Number) -> Record:
        return record(self._client.document_embed(id))

    @operation(
        name="embedding.get_one_with_hash",
        label="Text by its hash",
        help="The registered text of a twin with this hash.",
        on="twin",
        danger="reads",
    )
    def text_of_hash(
        self,
        twin: Twin,
        hash: Annotated[
            str,
            Field(
                title="Hash",
                description="The hash it was registered under.",
                min_length=1,
                max_length=1000,
            ),
        ],
    ) -> Record:
        return record(self._client.embedding_of_hash(ids.twin(twin), hash))

    @operation(
        name="retrieval.query",
        label="Ask a question",
        help="The server's answer to a question, from the documents that it has in its index.",
        danger="reads",
    )
    def ask(
        self,
        query: Annotated[
            str,
            Field(
                title="Question",
                description="In plain words.",
                min_length=1,
                max_length=10_000,
            ),
        ],
    ) -> str:
        return self._client.retrieval(query)

    @operation(
        name="hash.encode",
        label="Hash a text",
        help="The keyed hash that a text is registered under. It is made here; nothing is sent.",
        danger="reads",
    )
    def hash_text(
        self,
        text: Annotated[str, Field(title="Text", description="The text to be registered.")],
        secret: Annotated[
            SecretStr,
            Field(title="Secret", description="The key of the hash. It is kept nowhere."),
        ],
        algorithm: Annotated[
            Algorithm, Field(title="Algorithm", description="Which hash function.")
        ] = "sha256",
    ) -> str:
        return encode(text, secret.get_secret_value(), algorithm)


def encode(text: str, secret: str, algorithm: Algorithm = "sha256") -> str:
    """base64 of the HMAC with the secret as its key (section 4)."""
    digest = hmac.new(secret.encode(), text.encode(), algorithm).digest()
    return b64encode(digest).decode()
