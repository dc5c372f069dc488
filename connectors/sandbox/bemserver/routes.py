"""What each version of BEMServer serves, read off the routes and the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from starlette.routing import BaseRoute, Route

from connectors.sandbox.bemserver.table import Resource

WORDS = {"campaign": ("<campaign_id>",), "row": ("<id>",), "kind": ("site", "building"),
         "flag": ("set_admin", "set_active")}  # fmt: skip
SHAPES = (("GET", "/", "list"), ("POST", "/", "create"), ("GET", "/{id}", "one"),
          ("PUT", "/{id}", "update"), ("DELETE", "/{id}", "delete"))  # fmt: skip


def declared(resources: Iterable[Resource]) -> Iterator[str]:
    """The verbs of each collection and its items; a verb that it refuses is marked with 405."""
    for resource in resources:
        for verb, place, shape in SHAPES:
            if shape in resource.verbs:
                yield f"{verb} /{resource.path}{place}"
            elif "one" in resource.verbs:
                yield f"{verb} /{resource.path}{place} (405)"


def routed(routes: Iterable[BaseRoute], services: Iterable[str]) -> Iterator[str]:
    """The addresses with a route of their own."""
    for route in routes:
        if not isinstance(route, Route) or "{collection}" in route.path:
            continue
        for verb in sorted({"GET", "POST", "PUT", "DELETE"} & (route.methods or set())):
            if len(route.methods or ()) < len(SHAPES):  # not the one that only refuses
                yield from (f"{verb} {path}" for path in _spelt(route.path, tuple(services)))


def _spelt(path: str, services: tuple[str, ...]) -> list[str]:
    """The path with the words that its parameters stand for."""
    found = re.search(r"\{(\w+)(:\w+)?\}", path)
    if found is None:
        return [path.replace("<", "{").replace(">", "}")]
    words = services if found[1] == "collection" else WORDS[found[1]]
    start, end = found.span()
    return [each for word in words for each in _spelt(path[:start] + word + path[end:], services)]
