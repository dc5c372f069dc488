# ruff: noqa: FBT003, E731
"""The methods of a data store that look like a shell."""

from __future__ import annotations

from typing import Any

import requests
from avista_area import CONTENTS, NAMES, ONE_FILE, PIECES, STORE, Area, shown, taken
from avista_side import ERRORS


def judge_all(judge: Any, dx: Any, side: Any) -> None:
    """Everything of this area."""
    Shell(judge, dx, side).judge()


class Shell(Area):
    """A store's methods that look like a shell."""

    def judge(self) -> None:
        """From its home down and up again; then files."""
        self.store = self.stores.getDataStore(STORE)
        self.home = self.store.currentDirectory
        self.first = self.home.directories[0]
        self.moving()
        self.looking()
        self.working()
        self.leftovers()

    def moving(self) -> None:
        first = self.first.name
        for path, there in (
            (first, first),
            ("..", "home"),
            (f"./{first}/", first),
            ("../", "home"),
        ):
            self.right(
                "DataStore.cd",
                lambda path=path: self.store.cd(path),
                lambda _nothing, there=there: self.store.currentDirectory.name == there,
            )
        for path in ("/", "..", "no such directory"):
            self.wrong("DataStore.cd", lambda path=path: self.store.cd(path), raises=Exception)
        self.right(
            "DataStoreDirectory.cd", lambda: self.home.cd(first), lambda got: got is self.first
        )
        self.wrong("DataStoreDirectory.cd", lambda: self.home.cd("/"), raises=Exception)
        self.right(
            "DataStoreDirectory.getPath", self.first.getPath, lambda path: path == f"/{first}/"
        )
        self.right(
            "DataStore.getWorkingDirectoryPath",
            self.store.getWorkingDirectoryPath,
            lambda path: path == "/",
        )
        self.right(
            "DataStore.pwd",
            self.store.pwd,
            lambda _nothing: self.store.getWorkingDirectoryPath() == "/",
        )
        for name in (
            "DataStoreDirectory.getPath",
            "DataStore.getWorkingDirectoryPath",
            "DataStore.pwd",
        ):
            self.judge_of.nothing_wrong(name, "takes no input")

    def looking(self) -> None:
        inside = self.side.data(CONTENTS, id=self.home.dataStoreDirectoryId)["contents"]
        lines = [f"{name} | id: {place}" for name, place in shown(inside)]
        listing = lambda text: text.strip().splitlines() == [".", *lines]
        self.right("DataStoreDirectory.getLsString", self.home.getLsString, listing)
        self.right(
            "DataStoreDirectory.ls", lambda: self.home.ls(self.first.name), listing
        )  # section 3.3
        self.wrong("DataStoreDirectory.ls", lambda: self.home.ls("no such"), raises=Exception)
        self.right("DataStore.ls", self.store.ls, lambda nothing: nothing is None)
        self.wrong("DataStore.ls", lambda: self.store.ls("no such"), raises=Exception)
        self.right(
            "DataStoreDirectory.printContents",
            self.home.printContents,
            lambda text: [line.strip() for line in text.splitlines()] == lines,
        )
        self.right("DataStore.help", self.store.help, lambda nothing: nothing is None)
        for name in (
            "DataStoreDirectory.getLsString",
            "DataStoreDirectory.printContents",
            "DataStore.help",
        ):
            self.judge_of.nothing_wrong(name, "takes no input")

    def working(self) -> None:
        local, target = self.local("shell.csv"), self.side.folder / "from-shell.csv"
        self.store.cd(self.first.name)
        here = self.store.currentDirectory.dataStoreDirectoryId
        for name in ("DataStore.uploadFile", "DataStore.updateCurrentDirectoryContents"):
            self.right(
                name,
                lambda: self.store.uploadFile(local, "from.shell.csv"),
                lambda file: (
                    file.dataStoreDirectoryId == here
                    and "from.shell.csv"
                    in [one.getFilename() for one in self.store.currentDirectory.files]
                ),
            )
        self.wrong(
            "DataStore.uploadFile",
            lambda: self.store.uploadFile("/no/such/file"),
            raises=ERRORS.FileNotFoundException,
        )
        self.judge_of.nothing_wrong("DataStore.updateCurrentDirectoryContents", "takes no input")
        for name in ("DataStore.downloadFile", "DataStoreDirectory.downloadFile"):
            self.right(
                name,
                lambda: self.store.downloadFile("from.shell.csv", str(target)),
                lambda _file: taken(target) == PIECES,
            )
            self.wrong(
                name, lambda: self.store.downloadFile("no such", str(target)), raises=Exception
            )
        for name in ("DataStore.deleteFile", "DataStoreDirectory.deleteFile"):
            self.right(
                name,
                lambda: self.store.deleteFile("from.shell.csv"),
                lambda file: self.side.data(ONE_FILE, id=file.dataStoreFileId) is None,
            )
            self.wrong(name, lambda: self.store.deleteFile("no such"), raises=Exception)
        self.store.cd("..")

    def leftovers(self) -> None:
        """What a store has and does not use itself."""
        service = {"serviceType": "OCS_ADAPTER"}
        url = self.home.files[0].getFileUrl(self.home.files[0].dataStoreFileId).url
        target = self.side.folder / "plain.txt"
        fetch = self.store.downloadAndWriteFile
        self.right(
            "DataStore.downloadAndWriteFile",
            lambda: fetch(url, str(target)),
            lambda _nothing: taken(target).startswith(b"Illinois homes"),
        )
        if self.side.new:
            self.wrong(
                "DataStore.downloadAndWriteFile",
                lambda: fetch(f"{url}0", str(target)),
                raises=requests.HTTPError,
            )
        else:  # it keeps the error's body as if it were the file (section 9)
            self.wrong(
                "DataStore.downloadAndWriteFile",
                lambda: fetch(f"{url}0", str(target)),
                lambda _nothing: b"SignatureDoesNotMatch" in taken(target),
            )
        self.judge_of.broken(
            "DataStore.getFileUrl",
            lambda: self.store.getFileUrl("dataStoreFileId.1"),
            raises=TypeError,
            section="not in the reference: one argument is not passed on",
        )
        kept = {"serviceType": "DATA_STORE", "dataStore": self.side.data(NAMES)[-1]}
        make = self.store.getCorrectServiceTypeFromServiceObject
        name = "DataStore.getCorrectServiceTypeFromServiceObject"
        self.right(
            name, lambda: make(kept, self.dx._client, False), lambda store: store.name == "Drafts"
        )
        self.wrong(
            name,
            lambda: make(service, self.dx._client, False),
            raises=ERRORS.ServiceTypeNotAvailable,
        )
