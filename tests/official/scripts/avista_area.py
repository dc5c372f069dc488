"""What the areas of Avista's judge have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from avista_side import ERRORS

STORE = "dataStoreId.1"
FOREIGN = "dataStoreId.5"
"""The member's own, which the admin sees and the outsider does not."""
NAMES = "{ storage_listDataStores { dataStoreId name description ownerUserId homeDirectoryId } }"
FILE = "name fileExtension description storageSizeBytes s3ConfirmedUpload contentType ownerUserId"
ONE_FILE = f"query($id: ID!) {{ storage_getDataStoreFile(dataStoreFileId: $id) {{ {FILE} }} }}"
CONTENTS = """query($id: ID!) { storage_getDataStoreDirectory(dataStoreDirectoryId: $id) {
  name contents { dataStoreDirectory { name dataStoreDirectoryId }
                  dataStoreFile { name fileExtension dataStoreFileId } } } }"""
PIECES = b"one,two\n1,2\n"


class Area:
    """What the areas have in common."""

    def __init__(self, judge: Any, dx: Any, side: Any) -> None:
        self.judge_of, self.dx, self.side = judge, dx, side
        self.stores = dx.dataStores if side.new else dx
        self.owner = "DataStoreUtil" if side.new else "AvistaDigitalExchange"
        self.failed = ERRORS.MutationFailed if not side.new else ERRORS.Unauthorized
        """What a refused mutation raises; 0.0.24 knows no other error (section 6.2)."""
        self.refused = ERRORS.QueryFailed if not side.new else ERRORS.Unauthorized
        self.outside = side.connect("sandbox-avista-outsider")
        self.theirs = self.outside.dataStores if side.new else self.outside

    def right(self, *arguments: Any, **more: Any) -> Any:
        """See Judge.right."""
        return self.judge_of.right(*arguments, **more)

    def wrong(self, *arguments: Any, **more: Any) -> None:
        """See Judge.wrong."""
        self.judge_of.wrong(*arguments, **more)

    def local(self, name: str, content: bytes = PIECES) -> str:
        """A file on this machine."""
        path = self.side.folder / name
        path.write_bytes(content)
        return str(path)


def as_record(store: Any) -> dict[str, Any]:
    """A data store as the platform answers it."""
    keys = ("dataStoreId", "name", "description", "ownerUserId", "homeDirectoryId")
    return {key: getattr(store, key) for key in keys}


def same_file(file: Any, held: dict[str, Any]) -> bool:
    """Whether a file is as the platform has it."""
    keys = [key for key in held if key != "ownerUserId"]
    owner = file.ownerUserId if hasattr(file, "ownerUserId") else file.owner.userId
    return owner == held["ownerUserId"] and all(getattr(file, key) == held[key] for key in keys)


def listed(directory: Any) -> list[str]:
    """Names in a directory: directories, then files."""
    return [one.name for one in directory.directories] + [
        one.getFilename() for one in directory.files
    ]


def names(contents: list[dict[str, Any]]) -> list[str]:
    """The same of the platform's own answer."""
    return [name.rstrip("/") for name, _place in shown(contents)]


def shown(contents: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Names and ids as the client prints them."""
    found = []
    for one in contents:
        directory, file = one["dataStoreDirectory"], one["dataStoreFile"]
        if directory:
            found.append((f"{directory['name']}/", directory["dataStoreDirectoryId"]))
        else:
            found.append((f"{file['name']}.{file['fileExtension']}", file["dataStoreFileId"]))
    return found


def taken(path: Path) -> bytes:
    """The content of a file, which is gone then."""
    content = path.read_bytes()
    path.unlink()
    return content
