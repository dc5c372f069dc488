"""CSV IO (section 4.6): a tree of elements, or a list of series, all or nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP

from starlette.responses import Response

from connectors.sandbox.bemserver import units
from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.checks import reads_as
from connectors.sandbox.bemserver.fields import Integer
from connectors.sandbox.bemserver.problems import Problem, invalid_query
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
    campaign = call.asked().one("campaign_id", Integer(), required=True)
    if campaign is None or call.store.get("campaigns", campaign) is None:
        raise invalid_query({"campaign_id": ["Unknown campaign ID"]})
    if not call.actor.admin:
        raise wrong("")
    draft = call.store.copy()
    read(Import(draft, campaign, updates=call.platform.settings.flavour >= "0.25"), _parts(call))
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


def _table(text: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """A file's rows. Raises Problem 422 when a column is missing or a row is ragged."""
    reader = csv.DictReader(io.StringIO(text))
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise wrong(f"Missing columns: {', '.join(missing)}")
    rows = list(reader)
    if any(None in row or None in row.values() for row in rows):
        raise wrong("Bad row")
    return rows


def _read_elements(run: Import, found: Mapping[str, str]) -> None:
    for part, (kind, parents) in PARTS.items():
        if part in found:
            for row in _table(found[part], (*parents, *OWN)):
                run.element(kind, parents, row)


def _read_series(run: Import, found: Mapping[str, str]) -> None:
    if "timeseries_csv" not in found:
        raise Problem(
            422, errors={"files": {"timeseries_csv": ["Missing data for required field."]}}
        )
    for row in _table(found["timeseries_csv"], SERIES):
        run.series(row)


class Import:
    """Rows of CSV into one campaign of a store."""

    def __init__(self, store: Store, campaign: int, *, updates: bool) -> None:
        self._store = store
        self._campaign = campaign
        self._updates = updates
        """API 0.25 and later update what is there already; 0.24 refuses it."""

    def element(self, kind: str, parents: Sequence[str], row: Mapping[str, str]) -> None:
        """One site, building, storey, space or zone, with its properties."""
        above = self._above(parents, row)
        values = {"name": row["Name"], "description": row["Description"], "ifc_id": row["IFC_ID"]}
        made = self._put(f"{kind}s", {"name": row["Name"], **above}, values | above)
        for column, value in row.items():
            if column not in (*OWN, *parents) and value:
                self._property(kind, made["id"], column, value)

    def series(self, row: Mapping[str, str]) -> None:
        """One series, tied to the deepest element named and to the zone."""
        scope = self._one("campaign_scopes", row["Campaign scope"], campaign_id=self._campaign)
        if not units.known(row["Unit"]):
            raise wrong(f'Undefined unit "{row["Unit"]}"')
        key = {"name": row["Name"], "campaign_id": self._campaign}
        old = next(self._store.where("timeseries", **key), None)
        if old is not None and old["campaign_scope_id"] != scope["id"]:
            raise Problem(500)  # section 8
        values = {"description": row["Description"], "unit_symbol": row["Unit"],
                  "campaign_scope_id": scope["id"]}  # fmt: skip
        made = self._put("timeseries", key, key | values)
        named = self._depth(row)
        if named:
            parents = self._above(named, row)
            self._tie(made["id"], named[-1].lower(), next(iter(parents.values())))
        if row["Zone"]:
            zone = self._one("zones", row["Zone"], campaign_id=self._campaign)
            self._tie(made["id"], "zone", zone["id"])
        for column, value in row.items():
            if column not in SERIES and value:
                self._series_property(made["id"], column, value)

    def _depth(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """The levels named, from the site down. Raises Problem 422 for a level without parent."""
        count = next((n for n, place in enumerate(PLACES) if not row[place]), len(PLACES))
        if any(row[place] for place in PLACES[count:]):
            raise wrong(f"Missing {PLACES[count].lower()}")
        return PLACES[:count]

    def _above(self, parents: Sequence[str], row: Mapping[str, str]) -> dict[str, int]:
        """The id field that ties an element to its parent, found by names from the site down."""
        above = {"campaign_id": self._campaign}
        for column in parents:
            found = self._one(f"{column.lower()}s", row[column], **above)
            above = {f"{column.lower()}_id": found["id"]}
        return above

    def _one(self, path: str, name: str, **above: int) -> Row:
        row = next(self._store.where(path, name=name, **above), None)
        if row is None:
            raise wrong(f'Unknown {path.rstrip("s").replace("_", " ")} "{name}"')
        return row

    def _put(self, path: str, key: Row, values: Row) -> Row:
        old = next(self._store.where(path, **key), None)
        if old is None:
            return self._store.add(path, **values)
        if not self._updates:
            raise wrong(f'"{key["name"]}" already exists.')
        return self._store.replace(path, {**old, **values})

    def _tie(self, series: int, kind: str, element: int) -> None:
        path = f"timeseries_by_{kind}s"
        for other in ("site", "building", "storey", "space") if kind != "zone" else ("zone",):
            for row in list(self._store.where(f"timeseries_by_{other}s", timeseries_id=series)):
                self._store.remove(f"timeseries_by_{other}s", row["id"])
        self._store.add(path, timeseries_id=series, **{f"{kind}_id": element})

    def _property(self, kind: str, element: int, name: str, value: str) -> None:
        definition = self._one("structural_element_properties", name)
        allowed = next(
            self._store.where(
                f"{kind}_properties", structural_element_property_id=definition["id"]
            ),
            None,
        )
        if allowed is None:
            raise wrong(f'Unknown property "{name}"')
        self._value(f"{kind}_property_data", definition, value,
                    {f"{kind}_id": element, f"{kind}_property_id": allowed["id"]})  # fmt: skip

    def _series_property(self, series: int, name: str, value: str) -> None:
        definition = self._one("timeseries_properties", name)
        self._value("timeseries_property_data", definition, value,
                    {"timeseries_id": series, "property_id": definition["id"]})  # fmt: skip

    def _value(self, path: str, definition: Row, value: str, key: Row) -> None:
        if not reads_as(value, definition["value_type"]):
            raise wrong(f'Invalid value "{value}" for "{definition["name"]}"')
        old = next(self._store.where(path, **key), None)
        if old is None:
            self._store.add(path, **key, value=value)
        else:
            self._store.replace(path, {**old, "value": value})
