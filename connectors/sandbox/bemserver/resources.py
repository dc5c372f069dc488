"""The one engine behind every declared resource: list, one, create, update, delete."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from connectors.sandbox.bemserver import etags, notify
from connectors.sandbox.bemserver.auth import sealed
from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.checks import CHECKS
from connectors.sandbox.bemserver.fields import Flag, InvalidError, beyond
from connectors.sandbox.bemserver.filters import chosen, ordered
from connectors.sandbox.bemserver.problems import Problem, forbidden, invalid_body
from connectors.sandbox.bemserver.query import MISSING
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Field, Resource, Row

PAGE_SIZE = 10
LARGEST_PAGE = 100
LIE = 7
"""What a total that lies is too great by."""
SWITCH = Resource(path="users/set", fields=(Field(name="value", kind=Flag(), null=False),))


def shown(store: Store, resource: Resource, row: Row) -> Row:
    """A row's representation: null fields left out, secrets never in, nested rows without id."""
    body = {"id": row["id"], **_members(resource, row)}
    for member, chain in resource.nested.items():
        inner = _nested(store, resource, row, chain)
        if inner is not None:
            body[member] = inner
    return body


def _members(resource: Resource, row: Row) -> Row:
    return {
        field.name: field.kind.dump(row[field.name])
        for field in resource.fields
        if not field.secret and row.get(field.name) is not None
    }


def _nested(store: Store, resource: Resource, row: Row, chain: tuple[str, ...]) -> Row | None:
    at, here = resource, row
    for key in chain:
        field, above = at.field(key), store.parent(at, here, key)
        if above is None or field is None or field.to is None:
            return None
        at, here = store.catalogue[field.to], above
    inner = shown(store, at, here)
    del inner["id"]
    return inner


def list_rows(call: Call, resource: Resource) -> Response:
    """GET of a collection."""
    asked = call.asked()
    order = asked.order(resource.sort)
    page = asked.between("page", low=1, high=None, default=1) if resource.paged else 1
    size = PAGE_SIZE
    if resource.paged:
        size = asked.between("page_size", low=1, high=LARGEST_PAGE, default=PAGE_SIZE)
    rows = ordered(chosen(call, resource, asked), order)
    header = None
    if resource.paged:
        total = len(rows) + LIE if "lying_total" in call.spoilt else len(rows)
        header = json.dumps(pagination(total, page, size))
        first = (page - 1) * size
        drift = 1 if "page_drift" in call.spoilt and first else 0
        rows = rows[first - drift : first - drift + size]
    body = [shown(call.store, resource, row) for row in rows]
    return _tagged(call, resource, body, header)


def pagination(total: int, page: int, size: int) -> dict[str, int]:
    """The X-Pagination header: without pages when there is nothing, without one beyond the end."""
    pages = -(-total // size)
    header = {"total": total, "total_pages": pages}
    if not total:
        return header
    header |= {"first_page": 1, "last_page": pages}
    if page <= pages:
        header["page"] = page
        if page > 1:
            header["previous_page"] = page - 1
        if page < pages:
            header["next_page"] = page + 1
    return header


def _tagged(call: Call, resource: Resource, body: Any, header: str | None) -> Response:
    """A GET answer with its ETag and page header, or 304."""
    current = None
    if resource.etag and call.platform.settings.etags:
        current = etags.tag(body, header or "")
        if etags.unchanged(call, current):
            return etags.not_modified()
    response = call.json_answer(body, etag=current)
    if header is not None:
        response.headers["X-Pagination"] = header
    return response


def one_row(call: Call, resource: Resource, row_id: int) -> Response:
    """GET of an item."""
    row = _readable(call, resource, row_id)
    return _tagged(call, resource, shown(call.store, resource, row), None)


def create_row(call: Call, resource: Resource) -> Response:
    """POST to a collection."""
    values = loaded(resource, call.json())
    row = {"id": 0, **values}
    if resource.path == "users":
        row |= {"is_admin": False, "is_active": True}
    _allowed(call, resource, resource.write, row)
    _checked(call.store, resource, row)
    del row["id"]
    made = call.store.add(resource.path, **row)
    if resource.path == "events":
        notify.users_of(call.store, made)
    return _changed(call, resource, made, 201)


def update_row(call: Call, resource: Resource, row_id: int) -> Response:
    """PUT of an item: a full replacement, so an optional field left out becomes null."""
    if resource.etag and resource.guarded:
        etags.want_match(call)
    values = loaded(resource, call.json(), put=True)
    old = _readable(call, resource, row_id)
    _matched(call, resource, old)
    kept = {f.name: old.get(f.name) for f in resource.fields if f.read_only or not f.on_put}
    held = [f.name for f in resource.fields if f.left_out == "kept" and values.get(f.name) is None]
    row = {"id": row_id, **kept, **values, **{name: old[name] for name in held}}
    _allowed(call, resource, resource.update_rule, old)
    if any(row[field.name] != old[field.name] for field in resource.fields if field.frozen):
        raise Problem(409)
    _checked(call.store, resource, row)
    changed = call.store.replace(resource.path, row)
    if not resource.guarded:
        return call.json_answer(shown(call.store, resource, changed))  # without an ETag
    return _changed(call, resource, changed, 200)


def delete_row(call: Call, resource: Resource, row_id: int) -> Response:
    """DELETE of an item, and of everything below it."""
    if resource.etag and resource.guarded:
        etags.want_match(call)
    row = _readable(call, resource, row_id)
    _matched(call, resource, row)
    _allowed(call, resource, resource.write, row)
    call.store.remove(resource.path, row_id)
    call.platform.forget_removed()
    return call.done()


def set_flag(call: Call, resource: Resource, row_id: int, flag: str) -> Response:
    """PUT of /users/{id}/set_admin or /set_active; an empty body is a 500 (section 8)."""
    etags.want_match(call)
    value = loaded(SWITCH, call.json())["value"]
    row = _readable(call, resource, row_id)
    _matched(call, resource, row)
    if value is None:
        raise Problem(500)
    if not call.actor.admin:
        raise forbidden()
    changed = call.store.replace(resource.path, {**row, flag: value})
    response = call.done()
    response.headers.update(_etag_headers(call, resource, changed) or {})
    return response


def loaded(resource: Resource, body: Row, *, put: bool = False) -> Row:
    """A body's values for every writable field. Raises Problem 422 naming each fault."""
    writable = {f.name: f for f in resource.fields if not f.read_only and (f.on_put or not put)}
    errors: dict[str, list[str]] = {
        name: ["Unknown field."] for name in body if name not in writable
    }
    values: Row = {}
    for name, field in writable.items():
        try:
            values[name] = _value(field, body, put=put)
        except InvalidError as problem:
            errors[name] = [str(problem)]
    if errors:
        raise invalid_body(errors)
    if any(beyond(field.kind, values[name] or 0) for name, field in writable.items()):
        raise Problem(500)
    return values


def _value(field: Field, body: Row, *, put: bool) -> Any:
    if field.name not in body:
        if field.required:
            raise InvalidError(MISSING)
        return field.default if not put or field.left_out == "default" else None
    value = body[field.name]
    if value is None:
        if field.required or not field.null or field.default is not None:
            raise InvalidError("Field may not be null.")
        return None
    value = field.kind.load(value)
    return sealed(value) if field.secret else value


def _readable(call: Call, resource: Resource, row_id: int) -> Row:
    row = call.store.get(resource.path, row_id)
    if row is None:
        raise Problem(404)
    if not call.actor.may(resource.read, resource, row):
        raise forbidden()
    return row


def _allowed(call: Call, resource: Resource, rule: str, row: Row) -> None:
    if not call.actor.may(rule, resource, row):
        raise forbidden()


def _checked(store: Store, resource: Resource, row: Row) -> None:
    if resource.check is not None:
        CHECKS[resource.check](store, resource, row)


def _matched(call: Call, resource: Resource, row: Row) -> None:
    if resource.etag and resource.guarded:
        etags.need_match(call, etags.tag(shown(call.store, resource, row)))


def _etag_headers(call: Call, resource: Resource, row: Row) -> dict[str, str] | None:
    if not (resource.etag and call.platform.settings.etags):
        return None
    return {"ETag": f'"{etags.tag(shown(call.store, resource, row))}"'}


def _changed(call: Call, resource: Resource, row: Row, status: int) -> Response:
    response = call.json_answer(shown(call.store, resource, row), status)
    response.headers.update(_etag_headers(call, resource, row) or {})
    return response
