# ruff: noqa: FBT003, E731
"""Data stores, directories and files, as the client sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
from avista_area import (
    CONTENTS,
    FOREIGN,
    NAMES,
    ONE_FILE,
    PIECES,
    STORE,
    Area,
    as_record,
    listed,
    names,
    same_file,
    taken,
)
from avista_kinds import kind
from avista_side import ERRORS


def judge_all(judge: Any, dx: Any, side: Any) -> None:
    """Everything of this area."""
    Storage(judge, dx, side).judge()


class Storage(Area):
    """Stores, directories, files, and their bytes."""

    def judge(self) -> None:
        """In the order of a person who looks around, then works."""
        self.stores_and_directories()
        self.files()
        self.bytes_out()
        self.bytes_in()
        self.deletion()
        self.objects()

    def stores_and_directories(self) -> None:
        held = self.side.data(NAMES)
        home = held[0]["homeDirectoryId"]
        inside = self.side.data(CONTENTS, id=home)["contents"]
        same = lambda found: (
            [one.dataStoreId for one in found] == [one["dataStoreId"] for one in held]
        )
        for name in (f"{self.owner}.listDataStores", "storage_listDataStores.performQuery"):
            self.right(name, self.stores.listDataStores, same)
            self.wrong(
                name, self.side_of("nonsense").listDataStores, raises=ERRORS.UnauthorizedException
            )
        for name in (f"{self.owner}.getDataStore", "storage_getDataStore.performQuery"):
            self.right(
                name,
                lambda: self.stores.getDataStore(STORE),
                lambda found: as_record(found) == held[0],
            )
            self.wrong(name, lambda: self.theirs.getDataStore(STORE), raises=self.refused)
            self.wrong(
                name,
                lambda: self.stores.getDataStore("dataStoreId.none"),
                raises=ERRORS.MissingDataInResultException,
            )
        for name in (
            f"{self.owner}.getDataStoreDirectory",
            "storage_getDataStoreDirectory.performQuery",
            "DataStoreDirectory.getDirectory",
        ):
            self.right(
                name,
                lambda: self.directory(home),
                lambda found: (
                    listed(found) == names(inside)
                    and found.homeDirectory is True
                    and found.parentDirectoryId is None
                ),
            )
            self.wrong(name, lambda: self.directory(home, self.outside), raises=self.refused)

    def side_of(self, token: str) -> Any:
        dx = self.side.connect(token)
        return dx.dataStores if self.side.new else dx

    def directory(self, place: str, dx: Any = None) -> Any:
        dx = dx or self.dx
        return (dx.dataStores if self.side.new else dx).getDataStoreDirectory(place)

    def files(self) -> None:
        held = self.side.data(ONE_FILE, id="dataStoreFileId.1")
        for name in (
            f"{self.owner}.getDataStoreFileMeta",
            "storage_getDataStoreFile.performQuery",
            "DataStoreFile.getDataStoreFile",
        ):
            self.right(
                name,
                lambda: self.stores.getDataStoreFileMeta("dataStoreFileId.1"),
                lambda found: same_file(found, held) and found.storageSizeBytes > 0,
            )
            self.wrong(
                name,
                lambda: self.theirs.getDataStoreFileMeta("dataStoreFileId.1"),
                raises=self.refused,
            )
        file = self.stores.getDataStoreFileMeta("dataStoreFileId.1")
        self.right("DataStoreFile.getFilename", file.getFilename, lambda name: name == "README.txt")
        self.judge_of.nothing_wrong("DataStoreFile.getFilename", "takes no input")
        for name in (
            "DataStoreFile.getFileUrl",
            "storage_getDataStoreFileDownloadUrl.performQuery",
        ):
            self.right(
                name,
                lambda: file.getFileUrl("dataStoreFileId.1"),
                lambda got: (
                    requests.get(got.url, timeout=10).content == self.content(held)
                    and got.itemId == "dataStoreFileId.1"
                ),
            )
            self.wrong(
                name,
                lambda: file.getFileUrl("dataStoreFileId.none"),
                raises=ERRORS.MissingDataInResultException,
            )

    def content(self, held: dict[str, Any]) -> bytes:
        """The README that the sandbox put there; its size must be the one told."""
        url = self.side.data(
            '{ storage_getDataStoreFileDownloadUrl(dataStoreFileId: "dataStoreFileId.1") { url } }'
        )
        content = requests.get(url["url"], timeout=10).content
        assert len(content) == held["storageSizeBytes"]
        assert content.startswith(b"Illinois homes")
        return content

    def bytes_out(self) -> None:
        folder = self.side.folder / "downloads"
        folder.mkdir()
        target = folder / "README.txt"
        wanted = self.content(self.side.data(ONE_FILE, id="dataStoreFileId.1"))
        for name in (
            f"{self.owner}.downloadDataStoreFile",
            "DataStoreFile.downloadDataStoreFile",
            "DataStoreFile.downloadAndWriteFile",
        ):
            self.right(
                name,
                lambda: self.stores.downloadDataStoreFile("dataStoreFileId.1", str(folder)),
                lambda _file: taken(target) == wanted,
            )
            self.wrong(
                name,
                lambda: self.stores.downloadDataStoreFile("dataStoreFileId.1", "/no/such/folder/x"),
                raises=FileNotFoundError,
            )
        file = kind("data_types.data_store_file", "DataStoreFile")
        self.right(
            "DataStoreFile.createWritePath",
            lambda: file.createWritePath(str(folder), "a.b"),
            lambda path: path == str(folder.resolve() / "a.b"),
        )
        self.leaving(file, folder)
        self.right(
            "DataStoreFile.getFilenameSegments",
            lambda: file.getFilenameSegments("a.tar.gz"),
            lambda parts: parts == ("a", "tar.gz"),
        )
        self.wrong(
            "DataStoreFile.getFilenameSegments",
            lambda: file.getFilenameSegments(None),
            raises=AttributeError,
        )

    def leaving(self, file: Any, folder: Path) -> None:
        """A name from the server that leads out of the folder: 1.2.1 cuts it, 0.0.24 follows it."""
        inside = str(folder.resolve() / "passwd")
        self.wrong(
            "DataStoreFile.createWritePath",
            lambda: file.createWritePath(str(folder), "../../etc/passwd"),
            lambda path: path == (inside if self.side.new else f"{folder}/../../etc/passwd"),
        )

    def bytes_in(self) -> None:
        local = self.local("piece.tar.gz")
        home = self.stores.getDataStore(FOREIGN).homeDirectoryId
        names = [
            f"{self.owner}.uploadFileToDataStore",
            "DataStoreFile.createAndUploadFile",
            "DataStoreFile.uploadFile",
        ]
        if self.side.new:
            names.append("storage_createDataStoreFile.performMutation")
        for name in names:
            self.right(
                name,
                lambda: self.stores.uploadFileToDataStore(
                    FOREIGN, home, local, description="Two columns"
                ),
                lambda file: (
                    same_file(file, self.side.data(ONE_FILE, id=file.dataStoreFileId))
                    and (file.name, file.fileExtension, file.storageSizeBytes)
                    == ("piece", "tar.gz", len(PIECES))
                    and file.s3ConfirmedUpload
                    and requests.get(file.getFileUrl(file.dataStoreFileId).url, timeout=10).content
                    == PIECES
                ),
            )
        for name in names[:2]:
            self.wrong(
                name,
                lambda: self.stores.uploadFileToDataStore(FOREIGN, home, "/no/such/file"),
                raises=ERRORS.FileNotFoundException,
            )
        if self.side.new:
            self.wrong(
                names[3],
                lambda: self.theirs.uploadFileToDataStore(FOREIGN, home, local),
                raises=self.failed,
            )
        file = kind("data_types.data_store_file", "DataStoreFile")
        unsigned = self.side.url.replace("/graphql", "/objects/nothing")
        self.wrong(
            names[2],
            lambda: file.uploadFile(unsigned, local, False),
            raises=ERRORS.FileUploadException,
        )
        self.odd_uploads(home)

    def odd_uploads(self, home: str) -> None:
        """An empty file; and text that must be escaped, which 0.0.24 cannot send (section 9)."""
        empty = self.local("empty.bin", b"")
        name = f"{self.owner}.uploadFileToDataStore"
        self.right(
            name,
            lambda: self.stores.uploadFileToDataStore(FOREIGN, home, empty, "nothing.bin"),
            lambda file: (file.storageSizeBytes, file.name) == (0, "nothing"),
        )
        odd = 'a "quoted"\nline \\ and ü'
        send = lambda: self.stores.uploadFileToDataStore(FOREIGN, home, empty, "odd.bin", odd)
        if self.side.new:
            self.right(name, send, lambda file: file.description == odd)
        else:
            self.wrong(name, send, raises=ERRORS.MutationFailed)

    def deletion(self) -> None:
        home = self.stores.getDataStore(FOREIGN).homeDirectoryId
        local = self.local("gone.txt")
        names = [f"{self.owner}.deleteDataStoreFile", "DataStoreFile.deleteDataStoreFile"]
        if self.side.new:
            names.append("storage_deleteDataStoreFile.performMutation")
        for name in names:
            made = self.stores.uploadFileToDataStore(FOREIGN, home, local)
            self.wrong(
                name,
                lambda made=made: self.theirs.deleteDataStoreFile(made.dataStoreFileId),
                raises=self.failed,
            )
            self.right(
                name,
                lambda made=made: self.stores.deleteDataStoreFile(made.dataStoreFileId),
                lambda file, made=made: (
                    file.dataStoreFileId == made.dataStoreFileId
                    and self.side.data(ONE_FILE, id=made.dataStoreFileId) is None
                ),
            )
            self.wrong(
                name,
                lambda made=made: self.stores.deleteDataStoreFile(made.dataStoreFileId),
                raises=ERRORS.MissingDataInResultException,
            )

    def objects(self) -> None:
        """What a store, a directory and a file are made from."""
        for name, module in (
            ("DataStore", "data_store"),
            ("DataStoreDirectory", "data_store_directory"),
            ("DataStoreFile", "data_store_file"),
        ):
            cls = kind(f"data_types.{module}", name)
            get = {
                "DataStore": lambda: self.stores.getDataStore(FOREIGN),
                "DataStoreDirectory": lambda: self.directory("dataStoreDirectoryId.2"),
                "DataStoreFile": lambda: self.stores.getDataStoreFileMeta("dataStoreFileId.1"),
            }[name]
            for build in ("buildFromDictionary", "buildFromDictionaryRoot"):
                self.right(f"{name}.{build}", get, lambda made: made.name)
                self.wrong(
                    f"{name}.{build}",
                    lambda cls=cls: cls(None, self.dx._client, False),
                    raises=ERRORS.MissingDataInResultException,
                )
                self.wrong(
                    f"{name}.{build}",
                    lambda cls=cls, build=build: getattr(cls.__new__(cls), build)(None),
                    raises=ERRORS.MissingDataInResultException,
                )
