"""CSV IO (section 4.6): a tree of elements, or a list of series, all or nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NamedTuple

from starlette.responses import Response

from connectors.sandbox.bemserver import units
from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.checks import reads_as
from connectors.sandbox.bemserver.fields import Integer
from connectors.sandbox.bemserver.problems import Problem, forbidden, invalid_query
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Row

# part -> (kind, columns that name the parents); in the order they are read
PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sites_csv": ("site", ()),
    "buildings_csv": ("building", ("Site",)),
    "storeys_csv": ("storey", ("Site", "Building")),
    "spaces_csv": ("space", ("Site", "Building", "Storey")),
    "zones_csv": ("zone", ()),
}
OWN = ("Name", "Description", "IFC_ID")
PLACES = ("Site", "Building", "Storey", "Space")
SERIES = ("Campaign scope", "Name", "Description", "Unit", *PLACES, "Zone")


Cells = Mapping[str, str | None]
LONGEST_VALUE = 100


def wrong(reason: str) -> Problem:
    """422 in the words of CSV IO."""
    return Problem(422, message=f"Invalid CSV file content: {reason}")


def upload_sites(call: Call) -> Response:
    """POST of element files."""
    return _imported(call, _read_elements)


def upload_series(call: Call) -> Response:
    """POST of one file of series."""
    return _imported(call, _read_series)


def _imported(call: Call, read: Callable[[Import, Mapping[str, str]], None]) -> Response:
    """Runs an import on a copy, and keeps the copy when all of it went well."""
    asked = call.asked()
    campaign = asked.one("campaign_id", Integer(), required=True)
    asked.settle()
    found = call.store.get("campaigns", campaign)
    if found is None:
        raise invalid_query({"campaign_id": ["Unknown campaign ID."]})
    if not call.actor.reads("campaigns", found):
        raise forbidden()
    if not call.actor.admin:
        raise wrong("")
    draft = call.store.draft()
    read(Import(draft, found, updates=call.store.flavour >= "0.25"), _parts(call))
    call.store.take(draft)
    return call.json_answer(None, 201)


def _parts(call: Call) -> dict[str, str]:
    """The texts of a multipart body by part name. Raises Problem 422 for what is no UTF-8."""
    head = f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + call.body)
    found: dict[str, str] = {}
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        try:
            text = content.decode() if isinstance(content, bytes) else ""
        except UnicodeDecodeError as problem:
            raise Problem(422, message=str(problem)) from None
        found[str(part.get_param("name", header="content-disposition"))] = text
    return found


def _table(text: str, columns: Sequence[str]) -> list[Cells]:
    """A file's rows, with None where a row is too short. Raises Problem 422 for its head."""
    reader = csv.DictReader(io.StringIO(text))
    if reader.fieldnames is None:
        raise wrong("Empty CSV file")
    missing = sorted(set(columns) - set(reader.fieldnames))
    if missing:
        raise wrong(f"Missing columns: {missing}")
    rows = list(reader)
    return [{key: value for key, value in row.items() if key is not None} for row in rows]


def _read_elements(run: Import, found: Mapping[str, str]) -> None:
    for part, (kind, parents) in PARTS.items():
        if part in found:
            rows = _table(found[part], (*parents, *OWN))
            run.element_properties(kind, rows, {*parents, *OWN})
            for row in rows:
                run.element(kind, parents, row)


def _read_series(run: Import, found: Mapping[str, str]) -> None:
    if "timeseries_csv" not in found:
        raise Problem(
            422, errors={"files": {"timeseries_csv": ["Missing data for required field."]}}
        )
    rows = _table(found["timeseries_csv"], SERIES)
    run.series_properties(rows)
    for row in rows:
        run.series(row)


class Title(NamedTuple):
    """How a message calls what a row stands for."""

    kind: str
    path: str
    """The names from the top down."""


class Import:
    """Rows of CSV into one campaign of a store."""

    def __init__(self, store: Store, campaign: Row, *, updates: bool) -> None:
        self._store = store
        self._campaign = campaign
        self._updates = updates
        """API 0.25 and later update what is there already; 0.24 refuses it."""
        self._columns: dict[str, Row] = {}
        """What each further column stands for: an allowed property."""

    def element_properties(self, kind: str, rows: Sequence[Cells], known: set[str]) -> None:
        """Further columns are properties allowed for the kind. Raises Problem 422."""
        self._columns = {}
        for name in _further(rows, known):
            definitions = self._store.where("structural_element_properties", name=name)
            ids = [row["id"] for row in definitions]
            allowed = [row for number in ids for row in self._store.where(
                f"{kind}_properties", structural_element_property_id=number)]  # fmt: skip
            self._columns[name] = self._known(name, allowed)

    def series_properties(self, rows: Sequence[Cells]) -> None:
        """Further columns are properties of series. Raises Problem 422."""
        for name in _further(rows, set(SERIES)):
            found = self._store.where("timeseries_properties", name=name)
            self._columns[name] = self._known(name, list(found))

    def _known(self, name: str, found: Sequence[Row]) -> Row:
        if not found:
            raise wrong(f'Unknown property: "{name}"')
        return found[0]

    def element(self, kind: str, parents: Sequence[str], row: Cells) -> None:
        """One site, building, storey, space or zone, with its properties."""
        above = self._above(parents, row)
        name = row["Name"]
        values = {"name": name, "description": row["Description"], "ifc_id": row["IFC_ID"]}
        place = "/".join(str(row[parent]) for parent in parents)
        title = f"{place}/{name}" if place else str(name)
        fits = _fits(name, 80) and _fits(row["Description"], 500) and _fits(row["IFC_ID"], 22)
        made = self._put(f"{kind}s", {"name": name, **above}, values | above,
                         Title(kind.capitalize(), title), fits=fits)  # fmt: skip
        for column, allowed in self._columns.items():
            if row.get(column):
                definition = self._store.get("structural_element_properties",
                                             allowed["structural_element_property_id"])  # fmt: skip
                key = {f"{kind}_id": made["id"], f"{kind}_property_id": allowed["id"]}
                self._value(f"{kind}_property_data", definition or {}, str(row[column]), key,
                            f'{kind.capitalize()} "{name}" property "{column}"')  # fmt: skip

    def series(self, row: Cells) -> None:
        """One series, tied to the deepest element named and to the zone."""
        campaign, name = self._campaign["id"], row["Name"]
        scope = self._one("campaign_scopes", "campaign scope", row["Campaign scope"],
                          campaign_id=campaign)  # fmt: skip
        key = {"name": name, "campaign_id": campaign}
        old = next(self._store.where("timeseries", **key), None)
        if old is not None and self._updates and old["campaign_scope_id"] != scope["id"]:
            raise Problem(500)  # section 8
        values = {"description": row["Description"], "unit_symbol": row["Unit"] or "",
                  "campaign_scope_id": scope["id"]}  # fmt: skip
        fits = _fits(name, 80) and _fits(row["Description"], 500) and units.known(row["Unit"] or "")
        title = Title("Timeseries", f"{self._campaign['name']}/{name}")
        made = self._put("timeseries", key, key | values, title, fits=fits)
        self._untie(made["id"])
        self._placed(made["id"], row)
        for column, definition in self._columns.items():
            if row.get(column):
                self._value("timeseries_property_data", definition, str(row[column]),
                            {"timeseries_id": made["id"], "property_id": definition["id"]},
                            f'Timeseries "{name}" property "{column}"')  # fmt: skip

    def _placed(self, series: int, row: Cells) -> None:
        """Ties to the deepest level named and to the zone. Raises Problem 422 for a level whose
        parent is not named."""
        above: dict[str, int] = {"campaign_id": self._campaign["id"]}
        names: list[str] = []
        for number, place in enumerate(PLACES):
            if not row[place]:
                continue
            if number > len(names):
                parent = PLACES[number - 1].lower()
                raise wrong(f'Missing {parent} for {place.lower()} "{row[place]}"')
            above = self._step(place, names, row, above)
        if names:
            self._tie(series, PLACES[len(names) - 1].lower(), next(iter(above.values())))
        if row["Zone"]:
            zone = self._one("zones", "zone", row["Zone"], campaign_id=self._campaign["id"])
            self._tie(series, "zone", zone["id"])

    def _above(self, parents: Sequence[str], row: Cells) -> dict[str, int]:
        """The id field that ties an element to its parent, found by names from the site down."""
        above: dict[str, int] = {"campaign_id": self._campaign["id"]}
        names: list[str] = []
        for place in parents:
            above = self._step(place, names, row, above)
        return above

    def _step(
        self, place: str, names: list[str], row: Cells, above: dict[str, int]
    ) -> dict[str, int]:
        """One level further down; `names` are those gone through."""
        kind = place.lower()
        path = "/".join([*names, str(row[place])])
        found = self._one(f"{kind}s", kind, row[place], path, **above)
        names.append(str(row[place]))
        return {f"{kind}_id": found["id"]}

    def _one(self, path: str, kind: str, name: Any, shown: str = "", **above: int) -> Row:
        row = next(self._store.where(path, name=name, **above), None)
        if row is None:
            raise wrong(f'Unknown {kind}: "{shown or name}"')
        return row

    def _put(self, path: str, key: Row, values: Row, title: Title, *, fits: bool) -> Row:
        """A new row or an old one updated. Raises Problem 422 when the database refuses it."""
        if key["name"] is None:
            raise Problem(500)
        old = next(self._store.where(path, **key), None)
        if not fits:
            raise wrong(f'{title.kind} "{key["name"]}" can\'t be created.')
        if old is None:
            return self._store.add(path, **values)
        if not self._updates:
            raise wrong(f'{title.kind} "{title.path}" already exists.')
        return self._store.replace(path, {**old, **values})

    def _untie(self, series: int) -> None:
        for kind in (*PLACES, "Zone"):
            path = f"timeseries_by_{kind.lower()}s"
            for row in list(self._store.where(path, timeseries_id=series)):
                self._store.remove(path, row["id"])

    def _tie(self, series: int, kind: str, element: int) -> None:
        self._store.add(f"timeseries_by_{kind}s", timeseries_id=series,
                        **{f"{kind}_id": element})  # fmt: skip

    def _value(self, path: str, definition: Row, value: str, key: Row, title: str) -> None:
        if len(value) > LONGEST_VALUE or not reads_as(value, definition["value_type"]):
            raise wrong(f"{title} can't be created.")
        old = next(self._store.where(path, **key), None)
        if old is None:
            self._store.add(path, **key, value=value)
        else:
            self._store.replace(path, {**old, "value": value})


def _further(rows: Sequence[Cells], known: set[str]) -> list[str]:
    """The columns beside the known ones."""
    return [name for name in (rows[0] if rows else {}) if name not in known]


def _fits(text: str | None, longest: int) -> bool:
    return text is None or len(text) <= longest
