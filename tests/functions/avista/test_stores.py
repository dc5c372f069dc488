"""Data stores, folders and files, over a real socket, read back by the bare wire."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import NodeId
from connectors.errors import Forbidden, NotFound, Rejected, Unavailable
from connectors.sandbox.accounts import OUTSIDER
from tests.conformance.sandbox_avista import CREATE, FILE, KIND, inbox, node, stored
from tests.functions.avista.shared import Ours, asked, fresh, upload
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

FOLDER = """mutation($store: ID!, $dir: ID!, $name: String!) {
  storage_createDataStoreDirectory(dataStoreId: $store, parentDirectoryId: $dir, name: $name) {
    dataStoreDirectoryId } }"""
CONTENTS = """query($id: ID!) { storage_getDataStoreDirectory(dataStoreDirectoryId: $id) {
  contents { objectType dataStoreFile { dataStoreFileId name fileExtension description
    storageSizeBytes } dataStoreDirectory { dataStoreDirectoryId name } } } }"""
STORES = """query { storage_listDataStores {
  dataStoreId name description ownerUserId homeDirectoryId } }"""
ODD = 'say "hi"\nand a \\ backslash'


@pytest.fixture
def store(wire: Wire) -> dict[str, Any]:
    """A new one, with a folder `docs` that has a folder `sub`, and two files."""
    made = inbox(wire)
    docs = folder(wire, made, made["homeDirectoryId"], "docs")
    sub = folder(wire, made, docs, "sub")
    kept = stored(wire, made, "kept.tar.gz", b"packed")
    return {**made, "docs": docs, "sub": sub, "kept": kept, "node": node("store",
            made["dataStoreId"])}  # fmt: skip


def folder(wire: Wire, store: dict[str, Any], parent: str, name: str) -> str:
    made = wire.data(FOLDER, store=store["dataStoreId"], dir=parent, name=name)
    return str(made["dataStoreDirectoryId"])


def held(wire: Wire, directory: str) -> dict[str, dict[str, Any]]:
    """The files of a folder by their whole names."""
    found = wire.data(CONTENTS, id=directory)["contents"]
    files = [one["dataStoreFile"] for one in found if one["objectType"] == "FILE"]
    return {f"{one['name']}.{one['fileExtension']}".strip("."): one for one in files}


@pytest.mark.covers("avista.list_data_stores")
def test_stores_are_rows_of_five_properties_got_in_one_request(
    ours: Ours, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="connectors.http")
    found = ours.rows("stores.list")
    assert asked(caplog) == ["POST graphql"]
    told = wire.data(STORES)
    assert len(told) > 2
    assert [{name: row[name] for name in told[0]} for row in found] == told
    nodes = ours.opened.children(NodeId("stores")).items
    assert asked(caplog) == ["POST graphql"]
    assert [one.id for one in nodes] == [row["node"] for row in found]


@pytest.mark.covers("avista.get_data_store")
def test_a_store_is_the_same_by_its_id_and_a_foreign_one_is_forbidden(
    server: SandboxServer, ours: Ours, wire: Wire
) -> None:
    for row in wire.data(STORES):
        record = ours.do("store.get", store=node("store", row["dataStoreId"]))
        assert record.fields == row
    with pytest.raises(Forbidden):
        Ours(server, OUTSIDER).do("store.get", store=node("store", "dataStoreId.1"))
    with pytest.raises(NotFound):
        ours.do("store.get", store=node("store", "dataStoreId.0"))


@pytest.mark.covers("avista.type.data_store")
def test_a_store_without_a_home_is_an_empty_store(
    server: SandboxServer, ours: Ours, store: dict[str, Any]
) -> None:
    kept = server.standin(KIND).platform.store.records("dataStores")
    kept[store["dataStoreId"]] = {**kept[store["dataStoreId"]], "homeDirectoryId": None}
    fields = ours.do("store.get", store=store["node"]).fields
    assert set(fields) == {
        "dataStoreId", "name", "description", "ownerUserId", "homeDirectoryId",
    }  # fmt: skip
    assert fields["homeDirectoryId"] is None
    assert ours.opened.node(store["node"]).name == "Inbox"
    assert ours.opened.children(store["node"]).items == ()
    assert ours.rows("store.ls", folder=store["node"]) == []


@pytest.mark.covers("avista.get_data_store_directory")
@pytest.mark.covers("avista.type.data_store_directory")
def test_a_folder_lists_folders_and_files_and_only_home_has_no_parent(
    ours: Ours, store: dict[str, Any]
) -> None:
    home = ours.do("directory.get", directory=node("directory", store["homeDirectoryId"]))
    assert (home.fields["homeDirectory"], home.fields["parentDirectoryId"]) == (True, None)
    assert [one["name"] for one in home.fields["directories"]] == ["docs"]
    assert [one["dataStoreFileId"] for one in home.fields["files"]] == [store["kept"]]
    assert home.id == store["node"]
    docs = ours.do("directory.get", directory=node("directory", store["docs"])).fields
    assert (docs["homeDirectory"], docs["parentDirectoryId"]) == (False, store["homeDirectoryId"])
    assert [one["name"] for one in docs["directories"]] == ["sub"]
    assert docs["files"] == []
    tree = ours.opened
    assert [(one.name, one.role) for one in tree.children(store["node"]).items] == [
        ("docs", "folder"),
        ("kept.tar.gz", "file"),
    ]
    assert tree.node(node("directory", store["docs"])).parent == store["node"]
    assert tree.node(node("directory", store["sub"])).parent == node("directory", store["docs"])


@pytest.mark.covers("avista.get_data_store_file_meta")
def test_a_files_nine_properties_are_those_of_the_platform(
    ours: Ours, wire: Wire, store: dict[str, Any]
) -> None:
    fields = ours.do("file.get", file=node("file", store["kept"])).fields
    told = wire.data(FILE, id=store["kept"])
    assert {name: fields[name] for name in told} == told
    assert fields["storageSizeBytes"] == 6
    unsent = wire.data(CREATE, dir=store["homeDirectoryId"], store=store["dataStoreId"],
                       name="unsent", ext="csv")["itemId"]  # fmt: skip
    assert ours.do("file.get", file=node("file", unsent)).fields["storageSizeBytes"] is None
    shown = ours.opened.node(node("file", unsent))
    assert (shown.size, shown.details["Upload"]) == (None, "not confirmed yet")
    with pytest.raises(NotFound):
        ours.opened.open(shown.id)


@pytest.mark.covers("avista.type.data_store_file")
def test_a_files_name_and_extension_part_at_the_first_dot(
    ours: Ours, store: dict[str, Any]
) -> None:
    for whole, name, extension in (
        ("a.tar.gz", "a", "tar.gz"),
        ("README", "README", ""),
        (".env", "", "env"),
    ):
        fields = ours.do("store.upload", folder=store["node"], file=upload(whole, b"x")).fields
        assert (fields["name"], fields["fileExtension"]) == (name, extension)
        assert ours.opened.node(node("file", fields["dataStoreFileId"])).name == whole
        nine = {"dataStoreFileId", "name", "description", "fileExtension", "storageSizeBytes",
                "lastModified", "contentType", "dataStoreId", "dataStoreDirectoryId"}  # fmt: skip
        assert nine <= set(fields)


@pytest.mark.covers("avista.download_data_store_file")
def test_a_download_is_byte_for_byte_and_an_expired_link_is_an_error(
    server: SandboxServer, ours: Ours, wire: Wire, store: dict[str, Any]
) -> None:
    content = bytes(range(256)) * 9_000
    key = stored(wire, store, "big.bin", content)
    with ours.do("file.download", file=node("file", key)) as file:
        assert (file.name, file.size) == ("big.bin", len(content))
        assert b"".join(file) == content
    platform = server.standin(KIND).platform
    before = platform.settings
    platform.settings = replace(before, url_seconds=-10)
    try:
        with pytest.raises(Unavailable, match="no longer holds"):
            ours.do("file.download", file=node("file", key))
    finally:
        platform.settings = before
    with (
        server.faults.on("lying_total"),
        ours.do("file.download", file=node("file", key)) as file,
        pytest.raises(Unavailable, match="whole"),
    ):
        list(file)


@pytest.mark.covers("avista.upload_file_to_data_store")
def test_an_upload_is_listed_and_a_failed_one_leaves_no_record(
    server: SandboxServer, ours: Ours, wire: Wire, store: dict[str, Any]
) -> None:
    home = store["homeDirectoryId"]
    made = ours.do("store.upload", folder=store["node"], file=upload("a.b.csv", b"1,2\n"),
                   description=ODD)  # fmt: skip
    found = held(wire, home)["a.b.csv"]
    assert (found["name"], found["fileExtension"], found["storageSizeBytes"]) == ("a", "b.csv", 4)
    assert found["description"] == made.fields["description"] == ODD
    inline = Ours(server, style="inline")
    inline.do("store.upload", folder=store["node"], file=upload("odd.csv", b"1"), description=ODD)
    assert held(wire, home)["odd.csv"]["description"] == ODD
    ours.do("store.upload", folder=store["node"], file=upload("empty.csv", b""))
    assert held(wire, home)["empty.csv"]["storageSizeBytes"] == 0
    before = held(wire, home)
    with server.faults.on("503", path="/objects/"), pytest.raises(Unavailable):
        ours.do("store.upload", folder=store["node"], file=upload("lost.csv", b"1"))
    assert held(wire, home) == before
    with pytest.raises(Rejected) as taken:
        ours.do("store.upload", folder=store["node"], file=upload("empty.csv", b"1"))
    assert "name" in taken.value.fields
    assert held(wire, home) == before


@pytest.mark.covers("avista.upload_file_to_data_store")
def test_an_upload_that_times_out_is_not_sent_again_and_leaves_no_record(
    server: SandboxServer, ours: Ours, wire: Wire, store: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG, logger="connectors.http")
    with server.faults.on("reset", path="/objects/"), pytest.raises(Unavailable):
        ours.opened.put(store["node"], upload("late.csv", b"1"))
    sent = asked(caplog)
    assert sent.count("PUT objects") == 1
    assert "late.csv" not in held(wire, store["homeDirectoryId"])
    late = ours.opened.put(store["node"], upload("late.csv", b"1"))
    with ours.opened.open(late.id) as file:
        assert (late.name, b"".join(file)) == ("late.csv", b"1")


@pytest.mark.covers("avista.delete_data_store_file")
def test_a_deleted_file_is_told_gone_and_not_deleted_twice(
    ours: Ours, wire: Wire, store: dict[str, Any]
) -> None:
    record = ours.do("file.delete", file=node("file", store["kept"]))
    assert (record.fields["dataStoreFileId"], record.fields["name"]) == (store["kept"], "kept")
    assert held(wire, store["homeDirectoryId"]) == {}
    with pytest.raises(NotFound):
        ours.do("file.delete", file=node("file", store["kept"]))


@pytest.mark.covers("avista.data_store.cd")
def test_paths_are_relative_and_lead_nowhere_above_home(ours: Ours, store: dict[str, Any]) -> None:
    docs, sub = node("directory", store["docs"]), node("directory", store["sub"])
    keys = {store["node"]: store["homeDirectoryId"], docs: store["docs"], sub: store["sub"]}
    for begin, path, end in (
        (store["node"], "docs/sub", sub),
        (store["node"], "./docs", docs),
        (store["node"], "", store["node"]),
        (sub, "..", docs),
        (sub, "../../docs/.", docs),
        (docs, "../", store["node"]),
    ):
        verb = "store.cd" if begin == store["node"] else "directory.cd"
        there = ours.do(verb, folder=begin, path=path)
        assert (there.id, there.fields["dataStoreDirectoryId"]) == (end, keys[end])
    for begin, path in (
        (store["node"], ".."), (store["node"], "nowhere"), (store["node"], "/docs"),
        (sub, "../../.."), (store["node"], "kept.tar.gz"),
    ):  # fmt: skip
        verb = "store.cd" if begin == store["node"] else "directory.cd"
        with pytest.raises(Rejected) as refused:
            ours.do(verb, folder=begin, path=path)
        assert "path" in refused.value.fields


@pytest.mark.covers("avista.data_store.ls")
@pytest.mark.covers("avista.data_store_directory.print_contents")
def test_a_list_has_folders_then_files_with_ids_of_the_path_that_is_given(
    ours: Ours, wire: Wire, store: dict[str, Any]
) -> None:
    here = [("docs/", store["docs"]), ("kept.tar.gz", store["kept"])]
    for verb in ("store.ls", "store.contents"):
        found = ours.rows(verb, folder=store["node"])
        assert [(row["name"], row["id"]) for row in found] == here
    inside = ours.rows("store.ls", folder=store["node"], path="docs")
    assert [(row["name"], row["id"]) for row in inside] == [("sub/", store["sub"])]
    docs = node("directory", store["docs"])
    assert ours.rows("directory.contents", folder=docs) == inside
    assert ours.rows("directory.ls", folder=docs, path="..") == ours.rows(
        "store.ls", folder=store["node"]
    )
    assert wire.data(CONTENTS, id=store["docs"])["contents"][0]["dataStoreDirectory"]["name"] == (
        "sub"
    )


@pytest.mark.covers("avista.data_store.pwd")
def test_a_folder_knows_its_path_from_home(ours: Ours, store: dict[str, Any]) -> None:
    assert ours.do("store.pwd", folder=store["node"]) == "/"
    assert ours.do("directory.pwd", folder=node("directory", store["docs"])) == "/docs/"
    assert ours.do("directory.pwd", folder=node("directory", store["sub"])) == "/docs/sub/"


@pytest.mark.covers("avista.data_store.upload_file")
def test_a_file_lands_in_the_folder_one_is_in(
    ours: Ours, wire: Wire, store: dict[str, Any]
) -> None:
    sub = node("directory", store["sub"])
    made = ours.do("directory.upload", folder=sub, file=upload("here.csv", b"1"))
    assert {name: one["dataStoreFileId"] for name, one in held(wire, store["sub"]).items()} == {
        "here.csv": made.fields["dataStoreFileId"]
    }
    (row,) = ours.rows("directory.ls", folder=sub)
    assert (row["node"], row["name"]) == (made.id, "here.csv")
    assert ours.opened.node(made.id).parent == sub


@pytest.mark.covers("avista.data_store.download_file")
def test_a_file_is_downloaded_by_its_name_and_an_unknown_name_is_not_found(
    ours: Ours, store: dict[str, Any]
) -> None:
    with ours.do("store.download", folder=store["node"], name="kept.tar.gz") as file:
        assert (file.name, b"".join(file)) == ("kept.tar.gz", b"packed")
    for name in ("kept", "docs", "kept.tar"):
        with pytest.raises(NotFound):
            ours.do("store.download", folder=store["node"], name=name)


@pytest.mark.covers("avista.data_store.delete_file")
def test_a_file_is_deleted_by_its_name(ours: Ours, wire: Wire, store: dict[str, Any]) -> None:
    name = f"{fresh('gone')}.csv"
    key = stored(wire, store, name, b"1")
    gone = ours.do("store.delete_file", folder=store["node"], name=name).fields
    assert (gone["dataStoreFileId"], f"{gone['name']}.{gone['fileExtension']}") == (key, name)
    assert set(held(wire, store["homeDirectoryId"])) == {"kept.tar.gz"}
    assert name not in [row["name"] for row in ours.rows("store.ls", folder=store["node"])]
    with pytest.raises(NotFound):
        ours.do("store.delete_file", folder=store["node"], name=name)


def test_a_folder_is_made_and_deleted(ours: Ours, wire: Wire, store: dict[str, Any]) -> None:
    made = ours.do("store.make_folder", folder=store["node"], name="new")
    names = [row["name"] for row in ours.rows("store.ls", folder=store["node"])]
    assert "new/" in names
    ours.do("directory.delete", directory=made.id)
    with pytest.raises(NotFound):
        ours.opened.node(made.id)
