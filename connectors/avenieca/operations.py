"""Every function of the platform that no power covers, by what it is about.

| in `acts/` | functions |
|---|---|
| `kept.py` | what is kept, by a table: `ess`, `sequence`, `embedding`, `document`, `response` |
| `states.py` | `ess` besides: behind a row, of a text, in words, aggregates, search, index |
| `cortex.py` | predictions: in words, as points, kept |
| `texts.py` | documents of states, texts by hash, questions, hashes |
| `sending.py` | signals over Kafka |
"""

from __future__ import annotations

from connectors.avenieca.acts.cortex import CortexFunctions
from connectors.avenieca.acts.kept import KeptFunctions
from connectors.avenieca.acts.sending import SendingFunctions
from connectors.avenieca.acts.states import StateFunctions
from connectors.avenieca.acts.texts import TextFunctions


class AveniECAOperations(
    SendingFunctions, TextFunctions, CortexFunctions, StateFunctions, KeptFunctions
):
    """Mixed into the service."""
