"""FTP accounts of gates and users: attach, password, directory listing (section 2.5)."""

from __future__ import annotations

import uuid
from typing import Any

from connectors.sandbox.openergy.actions import ACTIONS
from connectors.sandbox.openergy.call import Call, Event, Platform, Record
from connectors.sandbox.openergy.homes import Entry, tidy
from connectors.sandbox.openergy.lists import LONGEST_PAGE, envelope, number
from connectors.sandbox.openergy.moments import wire_second
from connectors.sandbox.openergy.problems import Problem, invalid, json_answer
from connectors.sandbox.openergy.resources import show

GATE = "odata/gate_ftp_accounts"
USER = "odata/user_ftp_accounts"
ACCOUNTS = (GATE, USER)


def account_of(platform: Platform, login: str, password: str) -> str | None:
    """The id of the account that these open, for the FTP server."""
    for path in ACCOUNTS:
        for row in platform.where(path, login=login, attached=True):
            if row["password"] == password:
                return str(row["id"])
    return None


def attached(platform: Platform, row: Record, login: str, password: str) -> Record:
    """A gate's account on the platform's own FTP server; what was there stays there."""
    plain = {"custom_host": None, "custom_port": None, "custom_protocol": None,
             "custom_login": None}  # fmt: skip
    return platform.change(GATE, row["id"], attached=True, login=login, password=password, **plain)


@ACTIONS.after("odata/gates")
def _follow_gate(platform: Platform, event: Event, gate: Record) -> None:
    """A gate is made with an account that is not configured yet."""
    if event == "created":
        account = platform.add(GATE, gate=gate["id"])
        platform.change("odata/gates", gate["id"], ftp_account=account["id"])


@ACTIONS.after(GATE)
def _follow_account(platform: Platform, event: Event, account: Record) -> None:
    """The files go with the account."""
    if event == "deleted":
        platform.homes.drop(account["id"])


@ACTIONS.detail(GATE, "attach_new_oftp_account")
def attach(call: Call, row: Record) -> Any:
    """An account on the platform's own server, with a new login and password."""
    login = f"gate-{uuid.uuid4().hex[:12]}"
    held = attached(call.platform, row, login, uuid.uuid4().hex)
    return json_answer(show(call, call.platform.catalogue[GATE], held))


def _password(_call: Call, row: Record) -> Any:
    """`{"password": …}`; empty for an account that is not configured [G]."""
    return {"password": row["password"] or ""}


ACTIONS.detail(GATE, "password", methods=("GET",), need="write")(_password)
ACTIONS.detail(USER, "password", methods=("GET",), need="write")(_password)


def _list_dir(call: Call, row: Record) -> Any:
    """One page of a directory; GET takes the path from the query, as the older client asked."""
    given = call.json() if call.method == "POST" else dict(call.params)
    path = _path(given)
    if row.get("custom_host"):
        raise Problem(400, "The server of this account cannot be reached.")
    if not row["attached"]:
        raise Problem(400, "This account is not configured.")
    try:
        found = call.platform.homes.inside(row["id"], path)
    except OSError:
        raise invalid("path", "No such directory.") from None
    start, length = number(call, "start", 0), number(call, "length", LONGEST_PAGE)
    kept = found[start : start + min(length, LONGEST_PAGE)]
    shown = [_shown(entry) for entry in kept]
    return envelope(call, total=len(found), filtered=len(found), start=start, found=shown)


ACTIONS.detail(GATE, "list_dir", methods=("GET", "POST"), need="read")(_list_dir)
ACTIONS.detail(USER, "list_dir", methods=("GET", "POST"), need="read")(_list_dir)


def _path(given: Record) -> str:
    """`path` below `root_dir_path`; neither leaves the home. Raises Problem 400."""
    texts = {name: given.get(name, "/") for name in ("root_dir_path", "path")}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise invalid(name, "Not a valid string.")
        try:
            tidy(text)
        except OSError:
            raise invalid(name, "Not a valid path.") from None
    return tidy(texts["path"].lstrip("/"), tidy(texts["root_dir_path"]))


def _shown(entry: Entry) -> Record:
    """An entry; its path starts at the home, which is how a download names it (6.3)."""
    return {
        "name": entry.name,
        "path": entry.path,
        "type": "dir" if entry.directory else "file",
        "size": None if entry.directory else entry.size,
        "mdate": wire_second(entry.modified),
    }
