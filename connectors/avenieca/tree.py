"""Twins as folders with a series a dimension, as their newest state shows them (section 7).

The platform cannot list its twins: the settings name them. Pages are ours, a state may be wide.
"""

from __future__ import annotations

from connectors.avenieca import layout
from connectors.avenieca.client import NEWEST, Client, checked
from connectors.avenieca.columns import moment
from connectors.avenieca.ids import Series, Twin
from connectors.avenieca.rows import Ess, Occurrence
from connectors.contract import Node, Page
from connectors.errors import NotFound, Rejected
from connectors.paging import sliced

PAGE = 100
TYPES = {"state": "dimension", "text": "input"}
ABOUT = {
    "valence": "The valence of each state, as it is now: changing a state changes its past too.",
    "score": "How often each state was met, as it is now.",
    "status": "The tag of each occurrence.",
    "text": "The text that each state was made from.",
}


class Tree:
    """The twins of the settings, and whatever other twin is asked for by its id."""

    def __init__(self, client: Client, modules: tuple[str, ...]) -> None:
        self._client = client
        self._modules = modules

    def top(self, cursor: str | None) -> Page[Node]:
        """The twins that the settings name; whether they are there shows when one is opened."""
        return sliced([_folder(module, {}) for module in self._modules], cursor, PAGE)

    def under(self, twin: Twin, cursor: str | None) -> Page[Node]:
        """Its series, as its newest state has them; none before its first state."""
        ess = self.newest(twin.module)
        every = layout.series_of(ess) if ess else ()
        return sliced([_node(one, every) for one in every], cursor, PAGE)

    def folder(self, twin: Twin) -> Node:
        """One twin. Raises NotFound."""
        return _folder(twin.module, _about(self.newest(twin.module)))

    def one_series(self, series: Series) -> Node:
        """One series, with its newest time. Raises NotFound, also for a number no state has."""
        ess = self.newest(series.module)
        every = layout.series_of(ess) if ess else ()
        if series not in every and not self.ever(series):
            raise NotFound("No state of this twin has such a number.")
        row = self.last_row(series.module)
        return _node(series, every, row)

    def newest(self, module: str) -> Ess | None:
        """The newest state; None for a twin that has none yet. Raises NotFound without a twin."""
        try:
            return self._client.ess_of_row(module, NEWEST)
        except NotFound:
            pass
        for rows in self._client.ess_list(module):
            if rows:
                return max((checked(row, Ess) for row in rows), key=lambda one: one.id)
        return None

    def last_row(self, module: str) -> Occurrence | None:
        """The newest row of the sequence; None when nothing has occurred yet."""
        try:
            return self._client.row(module, NEWEST)
        except (NotFound, Rejected):
            return None

    def ever(self, series: Series) -> bool:
        """Whether any state of the twin, however old, has this number. Raises NotFound."""
        picker = layout.Picker([series])
        for rows in self._client.ess_list(series.module):
            for row in rows:
                if series.what == "text" and row.get("embedding_input") is not None:
                    return True
                if series.what == "state" and picker.places(row)[0] is not None:
                    return True
        return False


def _folder(module: str, details: dict[str, str]) -> Node:
    return Node(
        id=Twin(module).id,
        name=module,
        type="twin",
        role="folder",
        expandable=True,
        details=details,
    )


def _about(ess: Ess | None) -> dict[str, str]:
    """What the newest state tells of its twin."""
    if ess is None:
        return {"States": "none yet"}
    details = {"Numbers in a state": str(len(ess.state))}
    if ess.aggregate_module_id:
        details["Made of"] = ", ".join(dict.fromkeys(ess.aggregate_module_id))
    if ess.embedding_input is not None:
        details["States are"] = "embeddings of texts"
    return details


def _node(series: Series, among: tuple[Series, ...], row: Occurrence | None = None) -> Node:
    details = {"Description": ABOUT[series.what]} if series.what in ABOUT else {}
    if series.member:
        details["From the twin"] = series.member
    return Node(
        id=series.id,
        name=layout.name(series, (*among, series) if series not in among else among),
        type=TYPES.get(series.what, series.what),
        role="series",
        parent=Twin(series.module).id,
        last_seen=moment(row.created_at) if row else None,
        details=details,
    )
