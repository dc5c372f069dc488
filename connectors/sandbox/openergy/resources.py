"""List, create, retrieve, change and delete, the same for every resource (sections 1.3, 1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from connectors.sandbox.openergy.actions import ACTIONS
from connectors.sandbox.openergy.call import Call, Record
from connectors.sandbox.openergy.fields import InvalidError, flag
from connectors.sandbox.openergy.lists import page
from connectors.sandbox.openergy.problems import Problem, invalid, json_answer, wrong
from connectors.sandbox.openergy.table import Field, Resource

VALUE = Field(name="value", kind=flag, required=True)


def show(call: Call, resource: Resource, row: Record, embed: Iterable[str] = ()) -> Record:
    """A record as an answer shows it; `embed` names the ids that become objects."""
    body: Record = {"id": row["id"], "rights": None}
    for field in resource.fields:
        if not field.hidden:
            body[field.name] = row.get(field.name)
    body.update(resource.shown(call.platform, row))
    for name in embed:
        body[name] = _embedded(call, resource.field(name), row.get(name))
    return body


def _embedded(call: Call, field: Field | None, row_id: object) -> Record | None:
    for path in field.to if field else ():
        row = call.platform.get(path, row_id)
        if row is not None:
            return show(call, call.platform.catalogue[path], row)
    return None


def show_one(call: Call, resource: Resource, row: Record) -> Record:
    """A record as a retrieve shows it: with rights, children and computed fields."""
    body = show(call, resource, row, resource.in_one)
    role = call.role(resource.path, row)
    body["rights"] = {
        "can_delete": role in resource.editors,
        "can_read": True,
        "can_admin": role == "admin",
        "can_write": role in resource.editors,
    }
    return _with_computed(call, resource, row, body)


def _with_computed(call: Call, resource: Resource, row: Record, body: Record) -> Record:
    """The computed fields stand behind `active` where there is one [D]."""
    computed = resource.computed(call.platform, row)
    if "active" not in body:
        return {**body, **computed}
    names = list(body)
    place = names.index("active") + 1
    return (
        {n: body[n] for n in names[:place]} | dict(computed) | {n: body[n] for n in names[place:]}
    )


def list_rows(call: Call, resource: Resource) -> Response:
    """One page of the records that the caller may see."""

    def shown(row: Record) -> Record:
        return show(call, resource, row, resource.in_list)

    return json_answer(page(call, resource, list(call.visible(resource.path)), shown))


def one_row(call: Call, resource: Resource, row: Record) -> Response:
    """One record."""
    return json_answer(show_one(call, resource, row))


def create_row(call: Call, resource: Resource) -> Response:
    """A new record, 201 with its flat form. Raises Problem 400, 403 or 415."""
    values = _checked(call, resource, call.json(), None)
    defaults = {**resource.defaults(), **values}
    _allowed(call, resource, defaults)
    _distinct(call, resource, defaults, None)
    row = call.platform.add(resource.path, **values)
    ACTIONS.fire(call.platform, resource.path, "created", row)
    return json_answer(show(call, resource, call.platform.one(resource.path, row["id"])), 201)


def _allowed(call: Call, resource: Resource, values: Record) -> None:
    """The right to add something below what the new record belongs to."""
    owner = resource.field(resource.owner)
    for path in owner.to if owner else ():
        above = call.platform.get(path, values.get(resource.owner))
        if above is not None:
            call.may_write(path, above)


def change_row(call: Call, resource: Resource, row: Record) -> Response:
    """The record with the given fields changed, flat. Raises Problem 400, 403 or 415."""
    _editable(call, resource, row)
    values = _checked(call, resource, call.json(), row)
    _distinct(call, resource, {**row, **values}, row["id"])
    changed = call.platform.change(resource.path, row["id"], **values)
    ACTIONS.fire(call.platform, resource.path, "changed", changed)
    body = show(call, resource, call.platform.one(resource.path, row["id"]))
    # The client wants back every key it sent; what is hidden, a password, comes back as null [G].
    return json_answer({**dict.fromkeys(values), **body})


def _editable(call: Call, resource: Resource, row: Record) -> None:
    if call.role(resource.path, row) not in resource.editors:
        raise Problem(403)


def delete_row(call: Call, resource: Resource, row: Record) -> Response:
    """204, and all that referred to it is gone too. Raises Problem 403."""
    _editable(call, resource, row)
    if resource.path == "odata/cleaners" and row["related_importer"] is not None:
        raise Problem(403, "A cleaner is deleted with its importer.")
    for path, gone in call.platform.remove(resource.path, row["id"]):
        ACTIONS.fire(call.platform, path, "deleted", gone)
    return Response(None, 204)


def activate(call: Call, resource: Resource, row: Record) -> Response:
    """`PATCH …/active/` `{"value": bool}`: 200 with the record."""
    call.may_write(resource.path, row)
    value = _loaded(VALUE, call.json())
    changed = call.platform.change(resource.path, row["id"], active=value)
    ACTIONS.fire(call.platform, resource.path, "changed", changed)
    return json_answer(show(call, resource, changed))


def _loaded(field: Field, body: Mapping[str, Any]) -> Any:
    if field.name not in body:
        raise invalid(field.name, "This field is required.")
    try:
        return field.load(body[field.name])
    except InvalidError as problem:
        raise invalid(field.name, str(problem)) from None


def _checked(call: Call, resource: Resource, body: Record, row: Record | None) -> Record:
    """The fields of a body that count; unknown and read-only ones are passed over, as DRF does.

    Raises Problem 400 with every field that is wrong.
    """
    values: Record = {}
    errors: dict[str, list[str]] = {}
    for field in resource.fields:
        if field.kind is None or (row is not None and field.frozen):
            continue
        if field.name not in body:
            if field.required and row is None:
                errors[field.name] = ["This field is required."]
            continue
        try:
            values[field.name] = _value(call, field, body[field.name])
        except InvalidError as problem:
            errors[field.name] = [str(problem)]
    if errors:
        raise Problem(400, fields=errors)
    return values


def _value(call: Call, field: Field, given: Any) -> Any:
    value = field.load(given)
    if field.to and value is not None and not _seen(call, field, value):
        raise InvalidError(f'Invalid pk "{value}" - object does not exist.')
    return value


def _seen(call: Call, field: Field, row_id: str) -> bool:
    found = ((path, call.platform.get(path, row_id)) for path in field.to)
    return any(row is not None and call.role(path, row) for path, row in found)


def _distinct(call: Call, resource: Resource, values: Record, own: str | None) -> None:
    """Raises Problem 400 where another record has the same unique fields."""
    for names in resource.unique:
        wanted = {name: values.get(name) for name in names}
        if any(other["id"] != own for other in call.platform.where(resource.path, **wanted)):
            if len(names) == 1:
                raise invalid(names[0], "This field must be unique.")
            raise wrong(f"The fields {', '.join(names)} must make a unique set.")


def task_answer(call: Call, path: str, task: Record) -> Response:
    """The task that an action started."""
    return json_answer(show(call, call.platform.catalogue[path], task))
