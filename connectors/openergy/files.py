"""The FTP areas: each gate has one, and so does the account (sections 2.5, 2.13, 6.3).

Folders are listed over HTTP, in pages; bytes go over FTP, whose login is fetched for each session
and kept nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.contract import Door, File, Node, Page, Upload
from connectors.errors import BadAnswer, NotFound, Rejected
from connectors.ftp import Ftp
from connectors.openergy import cursors
from connectors.openergy.client import Client, Row
from connectors.openergy.ids import HOME, LONGEST, Ref, Spot, key, ref_of

GATE_ACCOUNT = "gate_ftp_account"
USER_ACCOUNT = "user_ftp_account"
FTP_PORT = 21
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
NO_FILE = "This is no file on OpenergyVBP."
UNREADY = (
    "This gate has no FTP account yet. Attach one of the platform's own, or name your own server."
)


class Files:
    """Listing, opening, putting and deleting in every area."""

    def __init__(self, client: Client, door: Door) -> None:
        self._client = client
        self._door = door
        self._accounts: dict[str, Ref] = {}

    # -- accounts

    def account(self, area: str) -> Ref:
        """The FTP account of an area. Raises NotFound."""
        if area not in self._accounts:
            self._accounts[area] = self._own() if area == HOME else self._of_gate(area)
        return self._accounts[area]

    def _of_gate(self, gate: str) -> Ref:
        found = key(self._client.one(Ref("gate", gate)).get("ftp_account"))
        if found is None:
            raise NotFound("This gate has no FTP account.")
        return ref_of(GATE_ACCOUNT, {"id": found})

    def _own(self) -> Ref:
        user = key(self._client.me().get("odata"))
        if user is None:
            raise NotFound("This account has no files on OpenergyVBP.")
        found = key(self._client.one(ref_of("odata_user", {"id": user})).get("ftp_account"))
        if found is None:
            raise NotFound("This account has no files on OpenergyVBP.")
        return ref_of(USER_ACCOUNT, {"id": found})

    def session(self, account: Ref) -> Ftp:
        """Signed in. Raises Rejected where the account cannot be spoken to."""
        row = self._client.one(account)
        host, port = row.get("host"), row.get("port")
        if not isinstance(host, str) or not host:
            raise Rejected(UNREADY)
        if row.get("protocol", "ftp") != "ftp":
            raise Rejected(
                f"This account's server speaks {row['protocol']}, which is not supported here: "
                "use a client of its own."
            )
        password = self._client.password(account)
        self._door.hide([password] if password else [])
        return Ftp(
            self._door.socket,
            host,
            port if isinstance(port, int) else FTP_PORT,
            login=str(row.get("login", "")),
            password=password,
        )

    # -- listing

    def children(self, spot: Spot, cursor: str | None) -> Page[Node]:
        """One page of a folder."""
        at = cursors.read(cursor)
        account = self.account(spot.area)
        turn = self._client.files(account, spot.path, at.start, after=at.last, again=True)
        items = tuple(self.node_of(spot, row) for row in turn.rows)
        return Page(items=items, next=cursors.following(turn))

    def rows(self, account: Ref, path: str, *, again: bool = True) -> Iterator[Row]:
        """Everything in a folder, page by page."""
        start: int | None = 0
        last: str | None = None
        while start is not None:
            turn = self._client.files(account, path, start, after=last, again=again)
            yield from turn.rows
            start, last = turn.next, turn.last

    def node(self, spot: Spot) -> Node:
        """Raises NotFound when it is not (or no longer) there."""
        if spot.path == "/":
            return Node(
                id=spot.id, name="My files", type="home", role="folder", expandable=True,
                details={"Description": "This account's own FTP area, where exports arrive."},
            )  # fmt: skip
        return self.node_of(spot.above, self._row(spot, again=True))

    def node_of(self, folder: Spot, row: Row) -> Node:
        """An entry of a folder's list."""
        name = row.get("name")
        if not isinstance(name, str) or not name or "/" in name:
            raise BadAnswer("OpenergyVBP listed a file without a usable name.")
        file = row.get("type") == "file"
        kind = "file" if file else "folder"
        spot = Spot(folder.area, f"{folder.path.rstrip('/')}/{name}", kind)
        size = row.get("size")
        return Node(
            id=spot.id, name=name, type=kind, role="file" if file else "folder",
            parent=folder.id, expandable=not file,
            size=size if file and isinstance(size, int) else None,
            details={"Changed": str(row["mdate"])} if row.get("mdate") else {},
        )  # fmt: skip

    def _row(self, spot: Spot, *, again: bool) -> Row:
        folder = spot.above
        for row in self.rows(self.account(spot.area), folder.path, again=again):
            if row.get("name") == spot.name and (row.get("type") == "file") == (
                spot.type == "file"
            ):
                return row
        raise NotFound("OpenergyVBP no longer has this file or folder.")

    # -- bytes

    def open(self, file: Spot) -> File:
        if file.type != "file":
            raise NotFound(NO_FILE)
        session = self.session(self.account(file.area))
        try:
            chunks = session.chunks(file.path)
        except BaseException:
            session.close()
            raise
        return File(name=file.name, chunks=chunks, close=session.close)

    def put(self, folder: Spot, upload: Upload) -> Node:
        """Replaces a file of the name. Looks at the folder first: FTP would not tell why."""
        name = named(upload.name)
        path = _inside(folder, name)
        account = self.account(folder.area)
        present = {row.get("name"): row for row in self.rows(account, folder.path, again=False)}
        if name in present and present[name].get("type") != "file":
            raise Rejected.on("name", "There is a folder of this name.")
        with self.session(account) as session:
            session.store(path, upload.content)
        return self.node_of(folder, {"name": name, "type": "file", "size": upload.size})

    def delete(self, file: Spot) -> None:
        if file.type != "file":
            raise NotFound(NO_FILE)
        self._row(file, again=False)
        with self.session(self.account(file.area)) as session:
            session.remove(file.path)

    def rename(self, old: Spot, name: str) -> Node:
        """Within its folder. Raises Rejected where the name is taken: FTP would replace."""
        folder = old.above
        account, path = self._free(folder, name)
        row = self._row(old, again=True)
        with self.session(account) as session:
            session.rename(old.path, path)
        return self.node_of(folder, {**row, "name": name})

    def make_folder(self, folder: Spot, name: str) -> Node:
        account, path = self._free(folder, name)
        with self.session(account) as session:
            session.make_folder(path)
        return self.node_of(folder, {"name": name, "type": "dir"})

    def _free(self, folder: Spot, name: str) -> tuple[Ref, str]:
        """The folder's account, and the path of a new name in it. Raises Rejected on `name`."""
        path, account = _inside(folder, named(name)), self.account(folder.area)
        if any(row.get("name") == name for row in self.rows(account, folder.path)):
            raise Rejected.on("name", "There is something of this name already.")
        return account, path


def _inside(folder: Spot, name: str) -> str:
    """The path of a name in a folder. Raises Rejected on `name`."""
    path = f"{folder.path.rstrip('/')}/{name}"
    if len(Spot(folder.area, path, "folder").id) > LONGEST:
        raise Rejected.on("name", "This name is too long, together with its folder.")
    return path


def named(name: str) -> str:
    """A name that FTP keeps exactly as it is. Raises Rejected on `name`."""
    said = ""
    if not name or name in {".", ".."} or "/" in name or "\\" in name:
        said = "A file needs a name of its own, without slashes."
    elif _CONTROLS.search(name) or name != name.strip():
        said = "The name must not hold line breaks, nor begin or end with a space."
    elif not name.isascii() and not _utf8(name):
        said = "The name holds letters that cannot be written."
    if said:
        raise Rejected.on("name", said)
    return name


def _utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
