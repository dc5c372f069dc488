"""Data stores as the platform's client has them: by id, and like a shell (sections 3.1 to 3.3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from connectors.avista import ids, shown
from connectors.avista.client import Client
from connectors.avista.files import Files, Folder, full_name
from connectors.avista.ids import Place
from connectors.contract import Acts, File, NodeId, Upload
from connectors.errors import NotFound
from connectors.operations import Record, Resource, Table, family, operation

COLUMNS = ("dataStoreId", "name", "description", "ownerUserId", "homeDirectoryId")
VERBS = frozenset(
    {"contents", "cd", "ls", "pwd", "upload", "download", "delete_file", "make_folder"}
)
SHELLS = (
    Resource(name="store", one="data store", many="data stores", verbs=VERBS),
    Resource(name="directory", one="folder", many="folders", verbs=VERBS),
)
"""Where one can be: at a data store's home, or in a folder."""

Where = Annotated[NodeId, Field(title="Folder", description="Where one is.")]
StoreId = Annotated[NodeId, Field(title="Data store", description="Which one.")]
FolderId = Annotated[NodeId, Field(title="Folder", description="Which one.")]
FileId = Annotated[NodeId, Field(title="File", description="Which one.")]
FileName = Annotated[
    str, Field(title="Name", description="Of a file here, with its extension.", min_length=1)
]
Path = Annotated[
    str,
    Field(title="Path", description="From here: docs/sub, .. for what is above. Empty: here."),
]
Content = Annotated[Upload, Field(title="File", description="What to store.")]
About = Annotated[str | None, Field(title="Description", description="What the file holds.")]


class StoreOperations(Acts):
    """Mixed into the service, which has the client and the files."""

    _client: Client
    _files: Files

    @operation(name="stores.list", label="Data stores", danger="reads",
               help="All data stores that the account sees, in one request.")  # fmt: skip
    def list_stores(self) -> Table:
        return shown.table("store", self._client.many("storage_listDataStores"), COLUMNS)

    @operation(name="store.get", label="Data store", on="store", danger="reads",
               help="What the platform knows of it.")  # fmt: skip
    def get_store(self, store: StoreId) -> Record:
        return shown.record("store", self._files.store(ids.key(store, "store")))

    @operation(name="directory.get", label="Folder", on="directory", danger="reads",
               help="What the platform knows of it, its folders and its files.")  # fmt: skip
    def get_directory(self, directory: FolderId) -> Record:
        place = Place("directory", (ids.key(directory, "directory"),))
        return _contents(self._files.folder(place))

    @operation(name="file.get", label="File", on="file", danger="reads",
               help="What the platform knows of it: name, size, type, owner.")  # fmt: skip
    def get_file(self, file: FileId) -> Record:
        return shown.record("file", self._files.file(ids.key(file, "file")))

    @operation(name="file.download", label="Download", on="file", danger="reads",
               help="The file, under its name with its extension.")  # fmt: skip
    def download(self, file: FileId) -> File:
        return self._files.open(ids.key(file, "file"))

    @operation(name="file.delete", label="Delete", on="file", danger="destroys", preview="file.get",
               help="Deletes the file for good, and says what it was.")  # fmt: skip
    def delete_file(self, file: FileId) -> Record:
        return shown.record("file", self._files.delete(ids.key(file, "file")))

    @operation(name="directory.delete", label="Delete folder", on="directory",
               danger="destroys", preview="directory.get",
               help="Deletes the folder for good.")  # fmt: skip
    def delete_directory(self, directory: FolderId) -> None:
        key = ids.key(directory, "directory")
        self._client.one("storage_deleteDataStoreDirectory", dataStoreDirectoryId=key)

    # -- like a shell

    @family(SHELLS, "contents", label="Contents", danger="reads", on=lambda row: row.name,
            help="Name and id of everything in the {one}, folders first.")  # fmt: skip
    def contents(self, row: Resource, /, folder: Where) -> Table:
        return _listed(self._files.folder(_place(folder)))

    @family(SHELLS, "ls", label="List a path", danger="reads", on=lambda row: row.name,
            help="Folders, then files, with their ids, of a path within the {one}.")  # fmt: skip
    def ls(self, row: Resource, /, folder: Where, path: Path = "") -> Table:
        return _listed(self._files.walked(_place(folder), path))

    @family(SHELLS, "cd", label="Go to a path", danger="reads", on=lambda row: row.name,
            help="The folder that a path leads to, beginning in the {one}.")  # fmt: skip
    def cd(self, row: Resource, /, folder: Where, path: Path) -> Record:
        return _contents(self._files.walked(_place(folder), path))

    @family(SHELLS, "pwd", label="Path from home", danger="reads", on=lambda row: row.name,
            help="Where in its data store the {one} lies.")  # fmt: skip
    def pwd(self, row: Resource, /, folder: Where) -> str:
        return self._files.path(_place(folder))

    @family(SHELLS, "upload", label="Upload a file", danger="writes", on=lambda row: row.name,
            help="Stores a file in the {one}, with a description if there is one.")  # fmt: skip
    def upload(
        self, row: Resource, /, folder: Where, file: Content, description: About = None
    ) -> Record:
        node = self._files.put(_place(folder), file, description)
        return shown.record("file", self._files.file(ids.key(node.id, "file")))

    @family(SHELLS, "download", label="Download by name", danger="reads", on=lambda row: row.name,
            help="A file of the {one}, by its name with its extension.")  # fmt: skip
    def download_named(self, row: Resource, /, folder: Where, name: FileName) -> File:
        return self._files.open(self._named(folder, name))

    @family(SHELLS, "delete_file", label="Delete by name", danger="destroys",
            on=lambda row: row.name,
            help="Deletes a file of the {one}, by its name with its extension.")  # fmt: skip
    def delete_named(self, row: Resource, /, folder: Where, name: FileName) -> Record:
        return shown.record("file", self._files.delete(self._named(folder, name)))

    @family(SHELLS, "make_folder", label="New folder", danger="writes", on=lambda row: row.name,
            help="Makes a folder in the {one}.")  # fmt: skip
    def make_folder(
        self,
        row: Resource,
        /,
        folder: Where,
        name: Annotated[
            str, Field(title="Name", description="Of the new one.", min_length=1, max_length=255)
        ],
    ) -> Record:
        here = self._files.folder(_place(folder)).row
        made = self._client.one(
            "storage_createDataStoreDirectory",
            dataStoreId=here.get("dataStoreId"),
            parentDirectoryId=here.get("dataStoreDirectoryId"),
            name=name,
        )
        return shown.record("directory", made)

    def _named(self, folder: NodeId, name: str) -> str:
        """The id of a file in a folder. Raises NotFound."""
        row = self._files.folder(_place(folder)).file(name)
        if row is None:
            raise NotFound("There is no file of this name in this folder.")
        return ids.of_row("file", row).key


def _place(folder: NodeId) -> Place:
    """Also of the platform's own id, which tells what it is of (section 4.1)."""
    if "/" not in folder:
        sort = "store" if "dataStoreId" in folder else "directory"
        return Place(sort, (ids.key(folder, sort),))
    return ids.parse(folder)


def _contents(folder: Folder) -> Record:
    """A folder with what lies in it, in two lists."""
    fields = {name: value for name, value in folder.row.items() if name != "contents"}
    held = {"directories": folder.directories, "files": folder.files}
    return Record(fields={**fields, **held}, id=folder.place.id)


def _listed(folder: Folder) -> Table:
    inside = [
        ("directory", f"{row.get('name')}/", row.get("dataStoreDirectoryId"))
        for row in folder.directories
    ]
    inside += [("file", full_name(row), row.get("dataStoreFileId")) for row in folder.files]
    listed = [(ids.of(sort, key).id, sort, name, key) for sort, name, key in inside]
    return Table(columns=("node", "kind", "name", "id"), rows=listed)
