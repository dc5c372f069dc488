# ruff: noqa: T201
"""What the published client reads of every sort of row, and what it makes of our versions.

    python bemserver_agreement.py HOST:PORT EMAIL PASSWORD PLAN

The plan is a JSON list of [entry point, number or null, version or null, body of a change or null].
One JSON line for each: all its rows, one of them with its ETag, whether the version is known to the
platform, and the row after the change.
"""

import json
import sys
from typing import Any

from bemserver_api_client import BEMServerApiClient
from bemserver_api_client.exceptions import BEMServerAPINotModified

MOST = 100


def every(resource: Any) -> list[Any]:
    """All rows, page after page where there are pages."""
    rows: list[Any] = []
    page = 1
    while page:
        answer = resource.getall(page=page, page_size=MOST)
        rows += answer.data
        page = answer.pagination.get("next_page")
    return rows


def known(resource: Any, number: int, version: str) -> bool:
    """Whether the platform calls the row unchanged since this version."""
    try:
        resource.getone(number, etag=version)
    except BEMServerAPINotModified:
        return True
    return False


def told(resource: Any, number: int | None, version: str | None, body: Any) -> dict[str, Any]:
    """Of one entry point."""
    said: dict[str, Any] = {"rows": every(resource)}
    if number is None:
        return said
    one = resource.getone(number)
    said |= {"one": one.data, "etag": one.etag.strip('"')}
    if body is not None:
        said["known"] = known(resource, number, version or "")
        changed = resource.update(number, body, etag=version)
        said |= {"changed": changed.data, "changed_etag": changed.etag.strip('"')}
    return said


def signed_in(host: str, email: str, password: str) -> Any:
    """By token, as our service does it."""
    api = BEMServerApiClient(host, use_ssl=False)
    pair = api.auth.get_tokens(email, password).data
    api.set_authentication_method(
        api.make_bearer_token_auth(pair["access_token"], pair["refresh_token"], lambda *pair: None)
    )
    return api


def main(host: str, email: str, password: str, plan: str) -> None:
    """Everything that the plan says, in its order."""
    api = signed_in(host, email, password)
    for entry, number, version, body in json.loads(plan):
        print(json.dumps([entry, told(getattr(api, entry), number, version, body)]))


main(*sys.argv[1:])
