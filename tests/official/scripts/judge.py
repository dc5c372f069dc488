# ruff: noqa: T201, BLE001
"""Counts a published client's public functions and sees each of them called.

Runs inside the client's own environment: Python 3.11 and its standard library only. The functions
are found by introspection of the package, and a call counts when a profiler saw the function's
own code run during it.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import json
import pkgutil
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

Seen = set[tuple[CodeType, Any]]
NOTHING: Callable[[Any], bool] = lambda _result: True  # noqa: E731


@dataclass
class Function:
    """One public function or method, and what was tried with it."""

    name: str
    code: CodeType
    owner: type | None = None
    called: bool = False
    right: int = 0
    wrong: int = 0
    excuse: str = ""
    note: str = ""
    faults: list[str] = field(default_factory=list)

    def seen_in(self, seen: Seen) -> bool:
        """Whether its code ran, on its own class when it is a method."""
        owners = [owner for code, owner in seen if code is self.code]
        return bool(owners) and (self.owner is None or self.owner in owners or None in owners)

    @property
    def reason(self) -> str:
        """Why it is not ok; empty when it is."""
        if self.faults:
            return self.faults[0]
        if self.excuse:
            return ""
        if not self.called:
            return "not called"
        if not self.right:
            return "no right input"
        return "" if self.wrong else "no wrong input"


class Judge:
    """Every public function of a package, called by name with right and wrong input."""

    def __init__(self, platform: str, package: str, without: tuple[str, ...] = ()) -> None:
        self.platform = platform
        self._package = importlib.import_module(package)
        self._without = without
        self._seen: Seen = set()
        threading.setprofile(self._note)

    @property
    def names(self) -> list[str]:
        """Every function that has to be called."""
        return sorted(self.functions)

    def right(self, name: str, call: Callable[[], Any], check: Callable[[Any], Any]) -> Any:
        """Right input: no exception, and the check holds. Gives the result, None on a failure."""
        function = self._function(name)
        result, error = self._run(function, call)
        function.right += 1
        if error is not None:
            self._blame(function, f"right input raised {_short(error)}", error)
            return None
        self._check(function, check, result)
        return result

    def wrong(
        self,
        name: str,
        call: Callable[[], Any],
        check: Callable[[Any], Any] = NOTHING,
        raises: type[BaseException] | None = None,
    ) -> None:
        """Wrong input: refused by the exception, or by a result that the check knows."""
        function = self._function(name)
        result, error = self._run(function, call)
        function.wrong += 1
        if raises is None and check is NOTHING:
            function.faults.append("wrong input without a check")
        if raises is None and error is not None:
            self._blame(function, f"wrong input raised {_short(error)}", error)
        elif raises is not None and not isinstance(error, raises):
            function.faults.append(f"wrong input gave {_short(error or result)}")
        else:
            self._check(function, check, error if raises else result)

    def broken(
        self, name: str, call: Callable[[], Any], raises: type[BaseException], section: str
    ) -> None:
        """Broken in the client itself: it fails as this section of the reference documents."""
        function = self._function(name)
        result, error = self._run(function, call)
        if not isinstance(error, raises):
            function.faults.append(f"does not fail as documented, gave {_short(error or result)}")
        function.excuse = f"broken in the client (section {section})"

    def nothing_wrong(self, name: str, reason: str) -> None:
        """No wrong input exists."""
        function = self._function(name)
        function.wrong += 1
        function.note = f"no wrong input: {reason}"

    def unreachable(self, name: str, reason: str) -> None:
        """It cannot be called in any way."""
        self._function(name).excuse = f"unreachable: {reason}"

    def report(self) -> None:
        """One JSON line for each function."""
        for name in self.names:
            function = self.functions[name]
            reason = function.reason
            note = function.excuse or function.note
            print(json.dumps({"function": name, "ok": not reason, "reason": reason or note}))

    @cached_property
    def functions(self) -> dict[str, Function]:
        """By name: `Class.method`, or `module.function`."""
        found: dict[str, Function] = {}
        for module in self._modules():
            for function in [*self._plain(module), *self._methods(module)]:
                known = found.get(function.name)
                if known is not None and known.code is not function.code:
                    function.name = f"{module.__name__.rpartition('.')[2]}.{function.name}"
                found.setdefault(function.name, function)
        return found

    def _modules(self) -> list[ModuleType]:
        root = self._package
        names = [root.__name__]
        names += [m.name for m in pkgutil.walk_packages(root.__path__, f"{root.__name__}.")]
        return [importlib.import_module(name) for name in names if name not in self._without]

    def _ours(self, thing: Any, module: ModuleType) -> bool:
        return getattr(thing, "__module__", None) == module.__name__

    def _plain(self, module: ModuleType) -> Iterator[Function]:
        for name, thing in vars(module).items():
            if inspect.isfunction(thing) and self._ours(thing, module) and name[0] != "_":
                yield Function(f"{module.__name__.rpartition('.')[2]}.{name}", _code(thing))

    def _methods(self, module: ModuleType) -> Iterator[Function]:
        """Of classes that no other public class of the package extends."""
        for name, cls in vars(module).items():
            if not (inspect.isclass(cls) and self._ours(cls, module)) or name[0] == "_":
                continue
            if any(self._inside(sub.__module__) for sub in cls.__subclasses__()):
                continue
            for attribute in dir(cls):
                static = inspect.getattr_static(cls, attribute)
                plain = getattr(static, "__func__", static)
                if attribute[0] != "_" and inspect.isfunction(plain) and self._at_home(plain):
                    owner = None if isinstance(static, staticmethod) else cls
                    yield Function(f"{name}.{attribute}", _code(plain), owner)

    def _inside(self, module: str) -> bool:
        root = self._package.__name__
        return (module == root or module.startswith(f"{root}.")) and module not in self._without

    def _at_home(self, function: Any) -> bool:
        home = Path(inspect.getfile(self._package)).parent
        return Path(_code(function).co_filename).is_relative_to(home)

    def _function(self, name: str) -> Function:
        if name not in self.functions:
            near = ", ".join(difflib.get_close_matches(name, self.names, 5)) or "nothing near"
            raise KeyError(f"no public function {name}: {near}")
        return self.functions[name]

    def _run(self, function: Function, call: Callable[[], Any]) -> tuple[Any, BaseException | None]:
        self._seen = set()
        sys.setprofile(self._note)
        try:
            return call(), None
        except (Exception, SystemExit) as error:
            return None, error
        finally:
            sys.setprofile(None)
            function.called |= function.seen_in(self._seen)

    def _note(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event != "call":
            return
        code = frame.f_code
        owner = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        self._seen.add((code, owner if isinstance(owner, type) else _type(owner)))

    def _check(self, function: Function, check: Callable[[Any], Any], result: Any) -> None:
        try:
            good = bool(check(result))
        except Exception as error:
            self._blame(function, f"the check raised {_short(error)}", error)
            return
        if not good:
            function.faults.append(f"unexpected {_short(result)}")

    def _blame(self, function: Function, what: str, error: BaseException) -> None:
        function.faults.append(what)
        print(f"{function.name}: {what}", file=sys.stderr)
        traceback.print_exception(error, file=sys.stderr)


def _code(function: Any) -> CodeType:
    code: CodeType = inspect.unwrap(function).__code__
    return code


def _type(owner: Any) -> type | None:
    return None if owner is None else type(owner)


def _short(thing: Any) -> str:
    text = " ".join(repr(thing).split())
    return text if len(text) <= 160 else f"{text[:157]}..."
