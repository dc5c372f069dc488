"""Data stores: folders, files, and the way of bytes in and out (sections 2.2 and 3.1 to 3.3).

Bytes go to and come from addresses that the platform signs, without the token. A file's name is
kept in two parts, split at its first dot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from connectors.avista import ids
from connectors.avista.client import Client, Row, rows, words
from connectors.avista.ids import Place
from connectors.contract import File, Node, NodeId, Upload
from connectors.errors import BadAnswer, ConnectorError, Forbidden, NotFound, Rejected, Unavailable
from connectors.http import Http, Link, Stream

LONGEST = 255
"""Characters of a name: what file systems and the sandbox take [G]."""
EXPIRED = "The platform's link to the file no longer holds. Try again."
NO_FILE = "This is no file of the platform."
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A directory with what lies in it; the home directory stands for its data store."""

    place: Place
    row: Row

    @property
    def files(self) -> list[Row]:
        return self._held("dataStoreFile", "FILE")

    @property
    def directories(self) -> list[Row]:
        return self._held("dataStoreDirectory", "DIRECTORY")

    def file(self, name: str) -> Row | None:
        """The file with this whole name."""
        return next((row for row in self.files if full_name(row) == name), None)

    def directory(self, name: str) -> Row | None:
        return next((row for row in self.directories if row.get("name") == name), None)

    def _held(self, name: str, kind: str) -> list[Row]:
        held = rows(self.row.get("contents"))
        found = [one.get(name) for one in held if one.get("objectType") == kind]
        if any(not isinstance(one, dict) for one in found):
            raise BadAnswer("The platform listed something without saying what it is.")
        return [one for one in found if isinstance(one, dict)]


class Files:
    """The data stores of one account; `http` carries no token."""

    def __init__(self, client: Client, http: Http) -> None:
        self._client = client
        self._http = http

    # -- looking

    def store(self, key: str, *, again: bool = True) -> Row:
        return self._client.one("storage_getDataStore", again=again, dataStoreId=key)

    def folder(self, place: Place, *, again: bool = True) -> Folder:
        """A data store's home, or a directory. Raises NotFound."""
        key = place.key
        if place.sort == "store":
            home = self.store(key, again=again).get("homeDirectoryId")
            if not isinstance(home, str) or not home:
                return Folder(place=place, row={"dataStoreId": key, "contents": []})
            key = home
        elif place.sort != "directory":
            raise NotFound("This is no folder of a data store.")
        row = self._client.one(
            "storage_getDataStoreDirectory", again=again, dataStoreDirectoryId=key
        )
        if row.get("homeDirectory"):
            place = ids.of_row("store", row)
        return Folder(place=place, row=row)

    def under(self, place: Place) -> list[Node]:
        """Directories first, then files."""
        found = self.folder(place)
        inside = [directory_node(row, found.place.id) for row in found.directories]
        return inside + [file_node(row, found.place.id) for row in found.files]

    def node(self, place: Place) -> Node:
        """A directory or a file; what holds it is asked for, since home stands for its store."""
        if place.sort == "directory":
            found = self.folder(place)
            return directory_node(found.row, self._above(found.row))
        row = self.file(place.key)
        return file_node(row, self._holder(row.get("dataStoreDirectoryId")))

    def store_node(self, row: Row) -> Node:
        details = {"Description": row.get("description"), "Owner": row.get("ownerUserId")}
        return Node(
            id=ids.of_row("store", row).id, name=str(row.get("name")), type="store",
            role="folder", parent=NodeId("stores"), expandable=True,
            details={label: str(told) for label, told in details.items() if told},
        )  # fmt: skip

    def file(self, key: str, *, again: bool = True) -> Row:
        return self._client.one("storage_getDataStoreFile", again=again, dataStoreFileId=key)

    def path(self, place: Place) -> str:
        """From home, as the platform's client says it: `/`, `/docs/`, `/docs/sub/`."""
        names: list[str] = []
        row = self.folder(place).row
        seen = set()
        while row.get("parentDirectoryId"):
            if row["parentDirectoryId"] in seen:
                raise BadAnswer("The platform's folders lie in each other.")
            seen.add(row["parentDirectoryId"])
            names.insert(0, str(row.get("name")))
            row = self.folder(ids.of("directory", row["parentDirectoryId"])).row
        return "/" + "".join(f"{name}/" for name in names)

    def walked(self, place: Place, path: str) -> Folder:
        """The folder that a relative path leads to (section 3.3). Raises Rejected on `path`."""
        found = self.folder(place)
        if path.startswith("/"):
            raise _invalid("A path begins in the folder, not with a slash.")
        for step in path.split("/"):
            if step in ("", "."):
                continue
            if step == "..":
                above = found.row.get("parentDirectoryId")
                if not above:
                    raise _invalid("There is nothing above the home folder.")
                found = self.folder(ids.of("directory", above))
                continue
            inside = found.directory(step)
            if inside is None:
                raise _invalid(f"There is no folder {step!r} here.")
            found = self.folder(ids.of_row("directory", inside))
        return found

    def _above(self, row: Row) -> NodeId:
        """What a directory lies in."""
        if not row.get("parentDirectoryId"):
            return ids.of_row("store", row).id
        return self._holder(row["parentDirectoryId"])

    def _holder(self, key: object) -> NodeId:
        return self.folder(ids.of("directory", key)).place.id

    # -- bytes

    def open(self, key: str) -> File:
        row = self.file(key)
        signed = self._client.one("storage_getDataStoreFileDownloadUrl", dataStoreFileId=key)
        size = row.get("storageSizeBytes")
        return self.fetched(
            words(signed, "url"),
            full_name(row),
            size=size if isinstance(size, int) else None,
            type=row.get("contentType") or "application/octet-stream",
        )

    def fetched(
        self, url: str, name: str, *, size: int | None, type: str, promised: bool = False
    ) -> File:
        """What lies behind a signed address; its end is known to be its end."""
        stack = ExitStack()
        stream = stack.enter_context(self.stream(url, promised=promised))
        chunks = _measured(stream, size)
        return File(name=name, chunks=chunks, size=size, type=type, close=stack.close)

    def stream(self, url: str, *, promised: bool = False) -> Signed:
        """The bytes behind a signed address; `promised` where the platform said they are there."""
        return Signed(self._http, url, promised=promised)

    def put(self, folder: Place, upload: Upload, description: str | None = None) -> Node:
        """Raises Rejected on `name` for one that is there already, or cannot be kept as it is."""
        name, extension = split(upload.name)
        found = self.folder(folder, again=False)
        if not found.row.get("dataStoreDirectoryId"):
            raise NotFound("This data store has no folder that takes files.")
        if found.file(upload.name) or found.directory(upload.name):
            raise _unnamed("There is something of this name already.")
        made = self._client.one(
            "storage_createDataStoreFile",
            dataStoreDirectoryId=words(found.row, "dataStoreDirectoryId"),
            dataStoreId=words(found.row, "dataStoreId"),
            name=name,
            fileExtension=extension,
            description=description,
        )
        key = words(made, "itemId")
        try:
            self._sent(words(made, "url"), upload)
        except BaseException:
            with suppress(ConnectorError):  # else a record without bytes would stay
                self._client.call("storage_deleteDataStoreFile", dataStoreFileId=key)
            raise
        node = file_node(self.file(key, again=False), found.place.id)
        return node if node.size is not None else _sized(node, upload.size)

    def _sent(self, url: str, upload: Upload) -> None:
        try:
            self._http.request("PUT", Link(url), data=upload.content)
        except Forbidden:
            expired = Unavailable(EXPIRED)
        else:
            return
        raise expired

    def delete(self, key: str) -> Row:
        """The record as it was. Raises NotFound."""
        return self._client.one("storage_deleteDataStoreFile", dataStoreFileId=key)


class Signed:
    """A stream from a signed address, whose refusals are about the address, not the account."""

    def __init__(self, http: Http, url: str, *, promised: bool) -> None:
        self._streaming = http.stream("GET", Link(url))
        self._promised = promised

    def __enter__(self) -> Stream:
        try:
            return self._streaming.__enter__()
        except Forbidden:
            expired = Unavailable(EXPIRED)
        except NotFound:
            if not self._promised:
                raise
            expired = Unavailable(EXPIRED)
        raise expired

    def __exit__(self, *trouble: object) -> None:
        self._streaming.__exit__(None, None, None)


def _measured(stream: Stream, size: int | None) -> Iterator[bytes]:
    taken = 0
    for piece in stream:
        taken += len(piece)
        yield piece
    if size is not None and taken != size:
        raise Unavailable("The file did not arrive whole. Try again in a moment.")


def split(whole: str) -> tuple[str, str]:
    """Name and extension, at the first dot (section 3.1). Raises Rejected on `name`."""
    if not whole.strip(" .") or "/" in whole or "\\" in whole:
        raise _unnamed("A file needs a name of its own, without slashes.")
    if _CONTROLS.search(whole) or len(whole) > LONGEST:
        raise _unnamed(f"A name is one line of at most {LONGEST} characters.")
    name, _, extension = whole.partition(".")
    if joined(name, extension) != whole:
        raise _unnamed("The platform does not keep a dot at the end of a name.")
    return name, extension


def joined(name: str, extension: str | None) -> str:
    return f"{name}.{extension}" if extension else name


def full_name(row: Row) -> str:
    """As people see it: `name.ext`."""
    extension = row.get("fileExtension")
    return joined(str(row.get("name") or ""), str(extension) if extension else None)


def file_node(row: Row, parent: NodeId) -> Node:
    size = row.get("storageSizeBytes")
    details = {
        "Changed": row.get("lastModified"),
        "Content type": row.get("contentType"),
        "Description": row.get("description"),
        "Upload": None if row.get("s3ConfirmedUpload") else "not confirmed yet",
    }
    return Node(
        id=ids.of_row("file", row).id, name=full_name(row), type="file",
        role="file", parent=parent, size=size if isinstance(size, int) else None,
        details={label: str(told) for label, told in details.items() if told},
    )  # fmt: skip


def directory_node(row: Row, parent: NodeId) -> Node:
    return Node(
        id=ids.of_row("directory", row).id, name=str(row.get("name")),
        type="directory", role="folder", parent=parent, expandable=True,
    )  # fmt: skip


def _sized(node: Node, size: int) -> Node:
    """The platform learns the size a little after the bytes came (section 3.1)."""
    return Node(id=node.id, name=node.name, type=node.type, role=node.role, parent=node.parent,
                size=size, details=node.details)  # fmt: skip


def _unnamed(said: str) -> Rejected:
    return Rejected.on("name", said)


def _invalid(said: str) -> Rejected:
    return Rejected.on("path", said)
