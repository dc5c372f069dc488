"""Data stores, their directories and files, and the way of bytes in and out."""

from __future__ import annotations

from mimetypes import MimeTypes
from typing import Any

from connectors.sandbox.avista import access, users
from connectors.sandbox.avista.objects import BINARY, StoredObject
from connectors.sandbox.avista.resolvers import Call, Resolvers, refused
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.store import Record, Records

RESOLVERS = Resolvers()
UPLOAD = "dataStoreFile"
LONGEST_NAME = 255
"""Characters of a name. A choice: the platform tells no limit [G]."""
TYPES = MimeTypes(filenames=())  # what the machine knows beside Python's own table differs


def stores(platform: Platform) -> Records:
    """Every data store by its id, in the shape of DataStore."""
    return platform.store.records("dataStores")


def directories(platform: Platform) -> Records:
    """Every directory by its id, in the shape of DataStoreDirectory without its contents."""
    return platform.store.records("dataStoreDirectories")


def files(platform: Platform) -> Records:
    """Every file by its id, in the shape of DataStoreFile, with its `objectKey` and `uploadId`."""
    return platform.store.records("dataStoreFiles")


def readable(call: Call, item: Record) -> Record:
    """The store, directory or file, when the caller may see its store. Raises Fault."""
    access.must_read(call, _owner(call.platform, item), item["dataStoreId"])
    return item


def writable(call: Call, item: Record) -> Record:
    """The same, when the caller may change what is in the store. Raises Fault."""
    access.must_write(call, _owner(call.platform, item), item["dataStoreId"])
    return item


def _owner(platform: Platform, item: Record) -> str:
    return str(stores(platform)[item["dataStoreId"]]["ownerUserId"])


def checked_name(name: str) -> str:
    """Raises Fault for a name that nothing can have."""
    if not name.strip() or len(name) > LONGEST_NAME:
        raise refused(f"A name has 1 to {LONGEST_NAME} characters.")
    return name


@RESOLVERS.field("Query", "storage_listDataStores")
def list_stores(
    call: Call,
    *,
    organizationId: str | None = None,  # noqa: N803
    userId: str | None = None,  # noqa: N803
) -> list[Record]:
    """All that the caller may see, his own and those shared with him [G]."""
    return [
        store
        for store in stores(call.platform).all()
        if access.may_read(call, store["ownerUserId"], store["dataStoreId"])
        and userId in (None, store["ownerUserId"])
        and organizationId in (None, _organization(call.platform, store))
    ]


def _organization(platform: Platform, store: Record) -> str:
    return str(platform.store.records("users")[store["ownerUserId"]]["organizationId"])


@RESOLVERS.field("Query", "storage_getDataStore")
def get_store(call: Call, *, dataStoreId: str) -> Record | None:  # noqa: N803
    """One data store."""
    found = stores(call.platform).get(dataStoreId)
    return readable(call, found) if found else None


@RESOLVERS.field("Query", "storage_getDataStoreDirectory")
def get_directory(call: Call, *, dataStoreDirectoryId: str) -> Record | None:  # noqa: N803
    """One directory; its contents are read when they are asked for."""
    found = directories(call.platform).get(dataStoreDirectoryId)
    return readable(call, found) if found else None


@RESOLVERS.field("Query", "storage_getDataStoreFile")
def get_file(call: Call, *, dataStoreFileId: str) -> Record | None:  # noqa: N803
    """What is known of one file."""
    found = files(call.platform).get(dataStoreFileId)
    return shown(call, readable(call, found)) if found else None


def shown(call: Call, file: Record) -> Record:
    """A file as the caller sees it."""
    if "lying_total" in call.spoiled and file["storageSizeBytes"] is not None:
        return {**file, "storageSizeBytes": file["storageSizeBytes"] + 1}
    return file


@RESOLVERS.nested("DataStoreDirectory", "contents")
def contents(call: Call, parent: Record) -> list[Record]:
    """Directories first, then files, each in the order of their making."""
    place = parent["dataStoreDirectoryId"]
    below = [
        {"objectType": "DIRECTORY", "dataStoreDirectory": one}
        for one in directories(call.platform).all()
        if one["parentDirectoryId"] == place
    ]
    held = [
        {"objectType": "FILE", "dataStoreFile": shown(call, one)}
        for one in files(call.platform).all()
        if one["dataStoreDirectoryId"] == place
    ]
    return below + held


@RESOLVERS.nested("DataStoreDirectory", "owner")
def directory_owner(call: Call, parent: Record) -> Record | None:
    """The owner whole, as client 0.0.24 asks for it."""
    return users.user(call.platform, parent["ownerUserId"])


@RESOLVERS.nested("DataStoreFile", "owner")
def file_owner(call: Call, parent: Record) -> Record | None:
    """The owner whole, as client 0.0.24 asks for it."""
    return users.user(call.platform, parent["ownerUserId"])


@RESOLVERS.field("Query", "storage_getDataStoreFileDownloadUrl")
def download_url(
    call: Call,
    *,
    dataStoreFileId: str,  # noqa: N803
    dataStoreId: str | None = None,  # noqa: N803
) -> Record | None:
    """Where the bytes lie. A file that was never uploaded has a URL too, that leads nowhere."""
    found = files(call.platform).get(dataStoreFileId)
    if found is None or dataStoreId not in (None, found["dataStoreId"]):
        return None
    key = readable(call, found)["objectKey"]
    seconds = call.platform.settings.url_seconds
    url = call.platform.objects.url(call, key, "GET", seconds)
    return {"url": url, "uploadId": None, "itemId": dataStoreFileId}


@RESOLVERS.field("Mutation", "storage_createDataStoreFile")
def create_file(
    call: Call,
    *,
    dataStoreDirectoryId: str,  # noqa: N803
    dataStoreId: str,  # noqa: N803
    name: str,
    fileExtension: str,  # noqa: N803
    description: str | None = None,
) -> Record | None:
    """A record that an upload will complete, and where to put the bytes."""
    directory = directories(call.platform).get(dataStoreDirectoryId)
    if directory is None or dataStoreId not in stores(call.platform):
        return None
    if writable(call, directory)["dataStoreId"] != dataStoreId:
        raise refused("The directory is not in the data store.")
    checked_name(f"{name}.{fileExtension}".strip("."))
    made = add_file(call.platform, directory, name, fileExtension, description, call.actor.user_id)
    seconds = call.platform.settings.url_seconds
    url = call.platform.objects.url(call, made["objectKey"], "PUT", seconds)
    return {"url": url, "uploadId": made["uploadId"], "itemId": made["dataStoreFileId"]}


def add_file(
    platform: Platform,
    directory: Record,
    name: str,
    extension: str,
    description: str | None,
    owner_id: str,
) -> Record:
    """A file without bytes yet. Two files of one directory may have the same name [G]."""
    place = platform.new_id("dataStoreFileId")
    made: Record = {
        "dataStoreFileId": place,
        "dataStoreId": directory["dataStoreId"],
        "dataStoreDirectoryId": directory["dataStoreDirectoryId"],
        "name": name,
        "fileExtension": extension,
        "description": description,
        "storageSizeBytes": None,
        "lastModified": None,
        "contentType": None,
        "ownerUserId": owner_id,
        "s3ConfirmedUpload": False,
        "dataViewIds": [],
        "uploadId": platform.new_id("uploadId"),
        "objectKey": platform.objects.reserve(name, kind=UPLOAD, owner=place).key,
    }
    files(platform)[place] = made
    return made


@RESOLVERS.uploaded(UPLOAD)
def uploaded(platform: Platform, owner: str, stored: StoredObject) -> None:
    """The bytes are there: the record tells so at once, and so do the listeners."""
    file = files(platform).get(owner)
    if file is None:
        return
    files(platform)[owner] = {
        **file,
        "storageSizeBytes": stored.size,
        "lastModified": platform.now_text(),
        "contentType": content_type(file),
        "s3ConfirmedUpload": True,
    }
    upload = {"uploadId": file["uploadId"]}
    notice = {**upload, "httpStatusCode": 200, "errorMessage": None}
    platform.hub.publish("onNotifyUploadComplete", upload, notice, keep=True)


def content_type(file: Record) -> str:
    """By the extension, as the official client sends no type."""
    found, packed = TYPES.guess_type(f"x.{file['fileExtension']}")
    return f"application/{packed}" if packed else found or BINARY


@RESOLVERS.field("Mutation", "storage_deleteDataStoreFile")
def delete_file(call: Call, *, dataStoreFileId: str) -> Record | None:  # noqa: N803
    """The record as it was."""
    found = files(call.platform).get(dataStoreFileId)
    if found is None:
        return None
    drop_file(call.platform, writable(call, found))
    return found


def drop_file(platform: Platform, file: Record) -> None:
    """Forgets a file with its bytes."""
    platform.objects.delete(file["objectKey"])
    del files(platform)[file["dataStoreFileId"]]


def below(platform: Platform, directory_id: str) -> list[Record]:
    """Every directory inside, at any depth."""
    every = directories(platform).all()
    found: list[Record] = []
    level = {directory_id}
    while level:
        inside = [one for one in every if one["parentDirectoryId"] in level]
        found += inside
        level = {one["dataStoreDirectoryId"] for one in inside}
    return found


@RESOLVERS.field("Mutation", "notifications_notifyUploadComplete")
def notify_upload(call: Call, *, uploadId: str) -> dict[str, Any] | None:  # noqa: N803
    """Whether an upload has come; the listeners hear it too."""
    file = _of_upload(call, uploadId)
    if file is None:
        return None
    if file["s3ConfirmedUpload"]:
        return {"uploadId": uploadId, "httpStatusCode": 200, "errorMessage": None}
    missing = "The file was not uploaded yet."
    return {"uploadId": uploadId, "httpStatusCode": 404, "errorMessage": missing}


@RESOLVERS.subscription("onNotifyUploadComplete")
def on_upload(call: Call, *, uploadId: str) -> None:  # noqa: N803
    """For whoever may see the file."""
    _of_upload(call, uploadId)


RESOLVERS.fan_out("notifications_notifyUploadComplete", "onNotifyUploadComplete", "uploadId")


def _of_upload(call: Call, upload_id: str) -> Record | None:
    """The file that an upload belongs to. Raises Fault when it is not the caller's to see."""
    for file in files(call.platform).all():
        if file["uploadId"] == upload_id:
            return readable(call, file)
    return None
