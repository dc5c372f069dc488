"""Lets the published client 1.0.5 be imported on Python 3.7 and later, its files untouched.

Two lines of its module `flowthings.api` stand in the way: a method whose name became a keyword,
and a class that moved to `collections.abc`. They are changed while the module is being loaded,
never on the disk. Its socket also hands `on_close` fewer arguments than websocket-client 1.0 and
later give. Importing this, before anything of `flowthings`, is all that there is to do.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

MODULE = "flowthings.api"
CHANGES = {
    b"from collections import MutableMapping": b"from collections.abc import MutableMapping",
    b"    def async(self, pool=None):": b"    def async_(self, pool=None):",
}


class PatchedLoader(SourceFileLoader):
    """Reads one source file with the two lines changed; never from or to a byte-code cache."""

    def get_code(self, fullname: str) -> CodeType | None:
        """The compiled module."""
        source = self.get_data(self.path)
        for old, new in CHANGES.items():
            if source.count(old) != 1:
                raise ImportError(f"{self.path} is not the released 1.0.5")
            source = source.replace(old, new)
        return compile(source, self.path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        """Runs it, and gives the method its published name beside the one that parses."""
        super().exec_module(module)
        api: Any = module.API  # type: ignore[attr-defined]
        setattr(api, "async", api.async_)
        del api.async_


class PatchedFinder(MetaPathFinder):
    """Finds that one module, and leaves all others to Python."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's usual place with the loader above."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname == MODULE else None
        if spec is not None and spec.origin is not None:
            spec.loader = PatchedLoader(fullname, spec.origin)
        return spec


sys.meta_path.insert(0, PatchedFinder())

from flowthings.services import WebSocketClient  # noqa: E402

TOLD = WebSocketClient._on_close
WebSocketClient._on_close = lambda self, socket, *_reason: TOLD(self, socket)
