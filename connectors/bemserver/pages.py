"""The header that says where in a list an answer stands (section 1.4)."""

from __future__ import annotations

import json

from pydantic import ValidationError

from connectors.bemserver.ids import LARGEST
from connectors.bemserver.rows import Paging
from connectors.errors import BadAnswer
from connectors.http import Answer

PAGE = 100
"""The most the platform gives; its default is 10."""


def next_page(answer: Answer, page: int) -> int | None:
    """The number of the next page. Raises BadAnswer when the pages go in a circle."""
    paging = _paging(answer)
    if paging is None or paging.next_page is None:
        return None
    if paging.page != page or not page < paging.next_page <= LARGEST:
        raise BadAnswer("BEMServer's list of pages goes in a circle.")
    return paging.next_page


def total(answer: Answer) -> int | None:
    """How many rows there are on all pages; None where the platform does not say."""
    paging = _paging(answer)
    return None if paging is None else paging.total


def _paging(answer: Answer) -> Paging | None:
    header = answer.headers.get("x-pagination")
    if header is None:
        return None
    try:
        return Paging.model_validate(json.loads(header))
    except (ValueError, ValidationError):
        raise BadAnswer("BEMServer's list of pages cannot be read.") from None
