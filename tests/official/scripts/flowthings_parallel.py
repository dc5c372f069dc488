"""Fifty finds side by side with gevent or eventlet, whose sockets replace Python's own.

    python flowthings_parallel.py LIBRARY HOST:PORT TOKEN

One JSON line: how long they took, whether the answers came in the order of the calls, and whether
a lazy call waited for the one that it needs.
"""

import importlib
import json
import sys

library = importlib.import_module(sys.argv[1])
if library.__name__ == "gevent":
    importlib.import_module("gevent.monkey").patch_all()
else:
    library.monkey_patch()

import time  # noqa: E402

import flowthings_shim  # noqa: E402, F401  (it lets the client be imported)

# isort: split
import flowthings  # noqa: E402


def pool() -> object:
    """The client asks gevent for a pool by a name that gevent does not have."""
    if library.__name__ == "gevent":
        return importlib.import_module("gevent.pool").Pool()
    return library.GreenPool()


def main(host: str, token: str) -> None:
    """Fifty finds, then a find that needs another."""
    creds = flowthings.Token("admin", token)
    api = flowthings.API(creds, async_lib=library, secure=False, host=host, ws_host=host)
    ids = [flow["id"] for flow in api.flow.find(limit=50)]
    started = time.monotonic()
    queue = getattr(api, "async")(pool())
    for ident in ids:
        queue.flow.find(ident, only="id")
    found = [each["id"] for each in queue.results()]
    seconds = time.monotonic() - started
    lazy = api.lazy(pool())
    drops = lazy.drop(lazy.flow.find(limit=1, order="asc")[0]["id"]).find(limit=1)
    told = {"seconds": seconds, "in order": found == ids and len(ids) == 50,
            "lazy": drops.unwrap()[0]["flowId"]}  # fmt: skip
    print(json.dumps(told))  # noqa: T201


main(*sys.argv[2:])
