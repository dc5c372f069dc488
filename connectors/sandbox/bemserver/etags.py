"""ETags (section 1.3): made from the representation, compared with what the client sent."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from starlette.responses import Response

from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.problems import Problem


def tag(representation: Any, extra: str = "") -> str:
    """SHA-1 of the serialised representation."""
    text = json.dumps(representation, sort_keys=True) + extra
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def matches(header: str | None, current: str) -> bool:
    """Whether a header names this tag: quoted, bare, weak or `*`."""
    names = {part.strip().removeprefix("W/").strip('"') for part in (header or "").split(",")}
    return current in names or "*" in names


def unchanged(call: Call, current: str) -> bool:
    """Whether a GET may be answered by 304."""
    return call.platform.settings.etags and matches(call.headers.get("if-none-match"), current)


def not_modified() -> Response:
    """304, without a body and without the tag."""
    return Response(None, 304)


def want_match(call: Call) -> None:
    """Raises Problem 428 when a guarded change comes without If-Match, or with an empty one."""
    if call.platform.settings.etags and not call.headers.get("if-match"):
        raise Problem(428)


def need_match(call: Call, current: str) -> None:
    """Raises Problem 412 when the row has changed since the client read it."""
    if call.platform.settings.etags and not matches(call.headers.get("if-match"), current):
        raise Problem(412)
