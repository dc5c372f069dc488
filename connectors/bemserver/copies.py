"""Answers kept with their marks while an account is open (section 1.3).

What has not changed since is not sent again: the platform answers 304, and the copy serves. Where
an operator has switched ETags off nothing is marked, and nothing kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import orjson

from connectors.errors import BadAnswer
from connectors.http import Answer, Http, Params

MOST = 64
"""Answers kept; the one asked for longest ago goes first."""
BYTES = 1_000_000
"""Of one answer: 64 MB for an account, at the very most."""
UNCHANGED = 304


class Copies:
    """The answers of one account. May be used by several threads."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, bytes], Answer] = OrderedDict()

    def get(self, path: str, params: Params = None) -> Answer:
        """The answer as it is now, fetched only where it has changed."""
        key = (path, orjson.dumps(params, option=orjson.OPT_SORT_KEYS))
        with self._lock:
            held = self._held.pop(key, None)
        headers = {} if held is None else {"If-None-Match": held.headers["etag"]}
        answer = self._http.request(
            "GET", path, params=params, headers=headers, accepted=(UNCHANGED,)
        )
        if answer.status == UNCHANGED:
            if held is None:
                raise BadAnswer("BEMServer called an answer unchanged that nobody had seen.")
            answer = held
        self._keep(key, answer)
        return answer

    def _keep(self, key: tuple[str, bytes], answer: Answer) -> None:
        if "etag" not in answer.headers or len(answer.body) > BYTES:
            return
        with self._lock:
            self._held[key] = answer
            while len(self._held) > MOST:
                self._held.popitem(last=False)
