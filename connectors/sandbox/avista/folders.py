"""Making, changing and removing data stores, directories and what hangs on files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from connectors.sandbox.avista import access, collaboratives
from connectors.sandbox.avista.objects import PART
from connectors.sandbox.avista.resolvers import Call, Resolvers, refused
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.avista.storage import (
    below,
    checked_name,
    contents,
    directories,
    drop_file,
    files,
    readable,
    shown,
    stores,
    writable,
)
from connectors.sandbox.store import Record

RESOLVERS = Resolvers()
HELD = 8 << 20
"""Bytes of an archive that are kept in memory; a larger one goes to a temporary file."""


def add_store(platform: Platform, name: str, description: str | None, owner_id: str) -> Record:
    """A data store with its home directory."""
    place = platform.new_id("dataStoreId")
    home = add_directory(platform, place, None, "home", owner_id)
    made: Record = {
        "dataStoreId": place,
        "name": name,
        "description": description,
        "ownerUserId": owner_id,
        "homeDirectoryId": home["dataStoreDirectoryId"],
    }
    stores(platform)[place] = made
    return made


def add_directory(
    platform: Platform, store_id: str, parent_id: str | None, name: str, owner_id: str
) -> Record:
    """A directory; without a parent it is the home of its store."""
    made: Record = {
        "dataStoreDirectoryId": platform.new_id("dataStoreDirectoryId"),
        "dataStoreId": store_id,
        "name": name,
        "homeDirectory": parent_id is None,
        "ownerUserId": owner_id,
        "parentDirectoryId": parent_id,
    }
    directories(platform)[made["dataStoreDirectoryId"]] = made
    return made


@RESOLVERS.field("Mutation", "storage_createDataStore")
def create_store(call: Call, *, name: str, description: str | None = None) -> Record:
    """A data store of the caller's."""
    return add_store(call.platform, checked_name(name), description, call.actor.user_id)


@RESOLVERS.field("Mutation", "storage_updateDataStore")
def update_store(
    call: Call,
    *,
    dataStoreId: str,  # noqa: N803
    name: str | None = None,
    description: str | None = None,
) -> Record | None:
    """Renames it or words its description anew; what is not given stays."""
    found = stores(call.platform).get(dataStoreId)
    if found is None:
        return None
    access.must_own(call, found["ownerUserId"])
    changed = _changed(found, name=name, description=description)
    stores(call.platform)[dataStoreId] = changed
    return changed


def _changed(record: Record, *, name: str | None, **others: str | None) -> Record:
    """A record with the given values; None leaves what was there. Raises Fault."""
    given = {key: value for key, value in others.items() if value is not None}
    return {**record, **given, "name": record["name"] if name is None else checked_name(name)}


@RESOLVERS.field("Mutation", "storage_deleteDataStore")
def delete_store(call: Call, *, dataStoreId: str) -> Record | None:  # noqa: N803
    """The data store as it was; everything in it goes too, and its shares [G]."""
    found = stores(call.platform).get(dataStoreId)
    if found is None:
        return None
    access.must_own(call, found["ownerUserId"])
    _empty(call.platform, directories(call.platform)[found["homeDirectoryId"]])
    del stores(call.platform)[dataStoreId]
    collaboratives.unshare_everywhere(call.platform, dataStoreId)
    return found


def _empty(platform: Platform, directory: Record) -> None:
    """Forgets a directory with all that is inside."""
    places = [directory, *below(platform, directory["dataStoreDirectoryId"])]
    gone = {place["dataStoreDirectoryId"] for place in places}
    for file in files(platform).all():
        if file["dataStoreDirectoryId"] in gone:
            drop_file(platform, file)
    for place in gone:
        del directories(platform)[place]


@RESOLVERS.field("Mutation", "storage_createDataStoreDirectory")
def create_directory(
    call: Call,
    *,
    dataStoreId: str,  # noqa: N803
    parentDirectoryId: str,  # noqa: N803
    name: str,
) -> Record | None:
    """A directory inside another one."""
    parent = directories(call.platform).get(parentDirectoryId)
    if parent is None or dataStoreId not in stores(call.platform):
        return None
    if writable(call, parent)["dataStoreId"] != dataStoreId:
        raise refused("The parent directory is not in the data store.")
    return add_directory(
        call.platform, dataStoreId, parentDirectoryId, checked_name(name), call.actor.user_id
    )


@RESOLVERS.field("Mutation", "storage_updateDataStoreDirectory")
def update_directory(
    call: Call,
    *,
    dataStoreDirectoryId: str,  # noqa: N803
    name: str | None = None,
    parentDirectoryId: str | None = None,  # noqa: N803
) -> Record | None:
    """Renames it, or moves it within its store."""
    found = directories(call.platform).get(dataStoreDirectoryId)
    if found is None:
        return None
    writable(call, found)
    if parentDirectoryId is not None:
        _must_fit(call.platform, found, parentDirectoryId)
    changed = _changed(found, name=name, parentDirectoryId=parentDirectoryId)
    directories(call.platform)[dataStoreDirectoryId] = changed
    return changed


def _must_fit(platform: Platform, moved: Record, parent_id: str) -> None:
    """Raises Fault for a move out of the store, of a home, or into the directory itself."""
    own = moved["dataStoreDirectoryId"]
    parent = directories(platform).get(parent_id)
    inside = {own, *(one["dataStoreDirectoryId"] for one in below(platform, own))}
    if parent is None or parent["dataStoreId"] != moved["dataStoreId"]:
        raise refused("The parent directory is not in the data store.")
    if moved["homeDirectory"] or parent_id in inside:
        raise refused("The directory cannot be moved there.")


@RESOLVERS.field("Mutation", "storage_deleteDataStoreDirectory")
def delete_directory(call: Call, *, dataStoreDirectoryId: str) -> Record | None:  # noqa: N803
    """The directory as it was; what is inside goes too [G]. A home stays as long as its store."""
    found = directories(call.platform).get(dataStoreDirectoryId)
    if found is None:
        return None
    if writable(call, found)["homeDirectory"]:
        raise refused("A home directory cannot be deleted.")
    kept = {**found, "contents": []}
    _empty(call.platform, found)
    return kept


@RESOLVERS.field("Mutation", "storage_updateDataStoreFile")
def update_file(
    call: Call,
    *,
    dataStoreFileId: str,  # noqa: N803
    dataStoreDirectoryId: str | None = None,  # noqa: N803
    name: str | None = None,
    description: str | None = None,
) -> Record | None:
    """Renames a file, describes it anew, or moves it within its store."""
    found = files(call.platform).get(dataStoreFileId)
    if found is None:
        return None
    writable(call, found)
    target = directories(call.platform).get(dataStoreDirectoryId or found["dataStoreDirectoryId"])
    if target is None or target["dataStoreId"] != found["dataStoreId"]:
        raise refused("The directory is not in the data store.")
    changed = _changed(
        found, name=name, description=description, dataStoreDirectoryId=dataStoreDirectoryId
    )
    files(call.platform)[dataStoreFileId] = changed
    return shown(call, changed)


@RESOLVERS.field("Mutation", "storage_createDataStoreFileDataView")
def create_view(call: Call, *, dataStoreFileId: str) -> Record | None:  # noqa: N803
    """The file with one more view; what a view holds is known by nobody outside [G]."""
    found = files(call.platform).get(dataStoreFileId)
    if found is None:
        return None
    return _with_views(call, found, [*found["dataViewIds"], call.platform.new_id("dataViewId")])


@RESOLVERS.field("Mutation", "storage_deleteDataStoreFileDataView")
def delete_view(
    call: Call,
    *,
    dataStoreFileId: str,  # noqa: N803
    dataViewId: str,  # noqa: N803
) -> Record | None:
    """The file without that view."""
    found = files(call.platform).get(dataStoreFileId)
    if found is None or dataViewId not in found["dataViewIds"]:
        return None
    return _with_views(call, found, [view for view in found["dataViewIds"] if view != dataViewId])


def _with_views(call: Call, file: Record, views: list[str]) -> Record:
    changed = {**writable(call, file), "dataViewIds": views}
    files(call.platform)[file["dataStoreFileId"]] = changed
    return shown(call, changed)


@RESOLVERS.field("Query", "storage_getDataStoreZipDownloadUrl")
def zip_url(call: Call, *, dataStoreObjectIds: Iterable[Record | None]) -> Record | None:  # noqa: N803
    """A ZIP archive of files and whole directories; None when one of them does not exist."""
    chosen = [_chosen(call, one) for one in dataStoreObjectIds if one]
    if not all(chosen):
        return None
    with tempfile.SpooledTemporaryFile(HELD) as archive:
        with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
            for place, file in _members(call, [one for one in chosen if one]):
                _pack(call.platform, packed, place, file)
        archive.seek(0)
        seconds = call.platform.settings.url_seconds
        stored = call.platform.objects.put(
            _pieces(archive), "files.zip", content_type="application/zip", seconds=seconds
        )
    url = call.platform.objects.url(call, stored.key, "GET", seconds)
    return {"url": url, "uploadId": None, "itemId": None}


def _chosen(call: Call, wanted: Record) -> Record | None:
    """An entry of a directory's contents, for what `DataStoreObjectIdInput` names."""
    if wanted["objectType"] == "FILE":
        file = files(call.platform).get(wanted.get("dataStoreFileId") or "")
        return file and {"dataStoreFile": readable(call, file)}
    directory = directories(call.platform).get(wanted.get("dataStoreDirectoryId") or "")
    return directory and {"dataStoreDirectory": readable(call, directory)}


def _members(call: Call, entries: Iterable[Record]) -> Iterator[tuple[str, Record]]:
    """Each uploaded file with its place in the archive, which no name leads out of."""
    waiting = [("", entry) for entry in entries]
    while waiting:
        path, entry = waiting.pop()
        file, directory = entry.get("dataStoreFile"), entry.get("dataStoreDirectory")
        if file and file["s3ConfirmedUpload"]:
            yield path + _flat(f"{file['name']}.{file['fileExtension']}"), file
        if directory:
            inside = f"{path}{_flat(directory['name'])}/"
            waiting += [(inside, one) for one in contents(call, directory)]


def _flat(name: str) -> str:
    return name.replace("/", "_").replace("\\", "_")


def _pack(platform: Platform, packed: ZipFile, place: str, file: Record) -> None:
    with packed.open(place, "w") as member:
        for part in platform.objects.read(platform.objects.get(file["objectKey"])):
            member.write(part)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(PART):
        yield piece
