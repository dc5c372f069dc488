"""What a resource can do beyond list, create, retrieve, change and delete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from connectors.sandbox.openergy.call import Call, Event, Platform, Record

DetailHandler = Callable[[Call, Record], Any]
ListHandler = Callable[[Call], Any]
Hook = Callable[[Platform, Event, Record], None]
Need = Literal["read", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action. A handler answers a Response, None (204), or JSON (200)."""

    path: str
    name: str
    methods: tuple[str, ...]
    need: Need
    locked: bool
    """Whether no other request runs meanwhile; False for long reads."""
    detail: DetailHandler | None = None
    listing: ListHandler | None = None


class Actions:
    """The registry; filled by decorators when the modules are imported."""

    def __init__(self) -> None:
        self._details: dict[tuple[str, str], Action] = {}
        self._listings: dict[tuple[str, str], Action] = {}
        self._hooks: list[tuple[str, Hook]] = []

    def detail(
        self,
        path: str,
        name: str,
        *,
        methods: tuple[str, ...] = ("POST",),
        need: Need | None = None,
        locked: bool = True,
    ) -> Callable[[DetailHandler], DetailHandler]:
        """Registers an action on one record; without `need`, GET reads and the others write."""

        def register(handler: DetailHandler) -> DetailHandler:
            wanted = need or ("read" if methods == ("GET",) else "write")
            self._details[path, name] = Action(
                path=path, name=name, methods=methods, need=wanted, locked=locked, detail=handler
            )
            return handler

        return register

    def listing(
        self, path: str, name: str, *, methods: tuple[str, ...] = ("POST",), locked: bool = True
    ) -> Callable[[ListHandler], ListHandler]:
        """Registers an action on a whole resource; the handler itself asks for rights."""

        def register(handler: ListHandler) -> ListHandler:
            self._listings[path, name] = Action(
                path=path, name=name, methods=methods, need="read", locked=locked, listing=handler
            )
            return handler

        return register

    def after(self, path: str) -> Callable[[Hook], Hook]:
        """Registers what follows a change of a resource's records."""

        def register(hook: Hook) -> Hook:
            self._hooks.append((path, hook))
            return hook

        return register

    def fire(self, platform: Platform, path: str, event: Event, row: Record) -> None:
        """Tells every hook of a resource, in the order of registration."""
        for wanted, hook in self._hooks:
            if wanted == path:
                hook(platform, event, row)

    def on_record(self, path: str, name: str) -> Action | None:
        """The action of a detail URL."""
        return self._details.get((path, name))

    def on_list(self, path: str, name: str) -> Action | None:
        """The action of a list URL."""
        return self._listings.get((path, name))

    def routes(self) -> Iterator[str]:
        """Every action as `METHOD /app/resource/…/`."""
        for (path, name), action in self._details.items():
            yield from (f"{method} /{path}/{{id}}/{name}/" for method in action.methods)
        for (path, name), action in self._listings.items():
            yield from (f"{method} /{path}/{name}/" for method in action.methods)


ACTIONS = Actions()
