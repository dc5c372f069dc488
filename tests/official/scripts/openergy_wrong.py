"""Wrong records, wrong passwords, and the status of a refusal."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import ovbpclient
from ovbpclient.exceptions import HttpError

NOWHERE = str(uuid.UUID(int=1))


def code(call: Callable[[], Any]) -> int:
    """The status of a refusal; 0 when there is none."""
    try:
        call()
    except HttpError as error:
        return int(error.code)
    return 0


def stranger(client: Any) -> Any:
    """The same client with a wrong password."""
    url = client.rest_client.base_url
    return ovbpclient.Client(io.StringIO("admin@sandbox.example\nwrong"), url=url)


def lost(endpoint: Any) -> Any:
    """A record that the platform does not have."""
    return endpoint.data_to_record({"id": NOWHERE, "name": "lost"})
