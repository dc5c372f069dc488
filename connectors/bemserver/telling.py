"""What a server says of itself, and how long its long lists are (sections 0 and 1.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connectors.bemserver import fields as of
from connectors.bemserver.client import Client
from connectors.bemserver.fields import wired
from connectors.bemserver.resources import BY_WORD, Sort
from connectors.bemserver.versions import Versions
from connectors.contract import Acts
from connectors.operations import Parameters, Record, family, operation

LONG = tuple(
    replace(BY_WORD[word], verbs=frozenset({"total"}))
    for word in ("timeseries", "event", "notification")
)


def _filtered(row: Sort) -> type[Parameters]:
    return of.form(row.word, of.filtering(row.filters, ()))


class Telling(Acts):
    """Mixed into the service, which has the client."""

    _client: Client
    _versions: Versions

    @operation(name="about.getall", label="About the server", danger="reads",
               help="The versions of its API and core, and how it is told to work by "
                    "itself.")  # fmt: skip
    def about(self) -> Record:
        return Record(fields=self._versions.facts())

    @family(LONG, "total", label="How many {many}", danger="reads", fields=_filtered,
            help="How many {many} pass, without fetching them.")  # fmt: skip
    def total(self, row: Sort, /, **values: Any) -> Record:
        rows = self._client.collection(row.path, paged=row.paged)
        return Record(fields={"total": rows.count(wired(values))})
