"""Questions to the documents: `/retrieval`. The answer is made of their sentences [G]."""

from __future__ import annotations

import re

from starlette.responses import Response

from connectors.sandbox.avenieca import document, fields
from connectors.sandbox.avenieca.call import Call, answer

REQUEST = {"query": fields.text()}
MOST_DOCUMENTS = 3
NOTHING = "No document answers that."
SMALL = frozenset(
    ("a", "an", "and", "are", "at", "for", "how", "in", "is", "it", "of", "on", "or", "the", "to",
     "was", "were", "what", "when", "which")
)  # fmt: skip


def query(call: Call) -> Response:
    """The texts that share most words with the question, best first; of equals the older."""
    asked = _words(call.load(REQUEST)["query"])
    texts = [row["text"] for row in call.platform.store.records(document.TABLE).all()]
    scored = sorted(((-len(asked & _words(text)), n) for n, text in enumerate(texts)))
    best = [texts[n] for score, n in scored[:MOST_DOCUMENTS] if score]
    return answer({"response": "\n".join(best) or NOTHING})


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower().replace("_", " "))) - SMALL
