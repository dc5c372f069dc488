"""Avista's data stores, files, presigned URLs and sharing, beyond what the client calls."""

from __future__ import annotations

import io
import socket
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile

from connectors.sandbox.avista.objects import PART
from connectors.sandbox.avista.state import Settings
from tests.sandbox.avista.wire import Wire
from tests.sandbox.server import SandboxServer

HOME = "dataStoreDirectoryId.1"
STORE = "dataStoreId.1"
CREATE = """mutation($place: ID!, $store: ID!, $name: String!, $extension: String!) {
  storage_createDataStoreFile(dataStoreDirectoryId: $place, dataStoreId: $store, name: $name,
    fileExtension: $extension) { url uploadId itemId } }"""
FILE = """query($id: ID!) { storage_getDataStoreFile(dataStoreFileId: $id) {
  name fileExtension storageSizeBytes s3ConfirmedUpload contentType lastModified dataViewIds
  dataStoreDirectoryId description } }"""
URL = "query($id: ID!) { storage_getDataStoreFileDownloadUrl(dataStoreFileId: $id) { url } }"
MAKE_DIRECTORY = """mutation($parent: ID!, $store: ID!, $name: String!) {
  storage_createDataStoreDirectory(parentDirectoryId: $parent, dataStoreId: $store, name: $name) {
    dataStoreDirectoryId parentDirectoryId homeDirectory } }"""
CHANGE_DIRECTORY = """mutation($id: ID!, $parent: ID, $name: String) {
  storage_updateDataStoreDirectory(dataStoreDirectoryId: $id, parentDirectoryId: $parent,
    name: $name) { name parentDirectoryId } }"""
DROP_DIRECTORY = """mutation($id: ID!) { storage_deleteDataStoreDirectory(
  dataStoreDirectoryId: $id) { name contents { objectType } } }"""
DIRECTORY = """query($id: ID!) { storage_getDataStoreDirectory(dataStoreDirectoryId: $id) {
  name contents { objectType dataStoreDirectory { name } dataStoreFile { name } } } }"""
SHARE = """mutation($to: ID!, $kind: ServiceType!, $id: ID!) {
  collaborative_addServiceToCollaborative(collaborativeId: $to, serviceType: $kind, serviceId: $id)
    { serviceId dataStore { name } ocsAdapter { ocsAdapterId } } }"""
SERVICES = """query($id: ID!) { collaborative_listCollaborativeServices(collaborativeId: $id) {
  serviceType serviceId ocsAdapter { ocsAdapterId } dataStore { name } timeSeriesDb { name }
  iotEndpointGroup { name } dataCapture { captureId } } }"""
DECIDE = """mutation($in: ID!, $who: ID!, $state: CollaborativeMemberOrganizationState!) {
  collaborative_updateCollaborativeMemberOrganization(collaborativeId: $in, organizationId: $who,
    memberState: $state) { memberState accessApprovedByUserId
    usersInCollaborative { permission user { userId } } } }"""


def created(wire: Wire, name: str = "a", extension: str = "csv") -> Any:
    return wire.data(CREATE, place=HOME, store=STORE, name=name, extension=extension)


def test_an_upload_completes_its_record(admin: Wire) -> None:
    made = created(admin, extension="tar.gz")
    waiting = admin.data(FILE, id=made["itemId"])
    assert (waiting["s3ConfirmedUpload"], waiting["storageSizeBytes"]) == (False, None)
    assert admin.file("GET", admin.data(URL, id=made["itemId"])["url"]).status == 404
    stored = admin.file("PUT", made["url"], b"bytes")
    assert (stored.status, stored.body) == (200, b"")
    held = admin.data(FILE, id=made["itemId"])
    assert (held["storageSizeBytes"], held["contentType"]) == (5, "application/gzip")
    got = admin.file("GET", admin.data(URL, id=made["itemId"])["url"])
    assert (got.body, got.headers["etag"]) == (b"bytes", stored.headers["etag"])


def test_a_large_file_comes_in_pieces_and_goes_out_whole(admin: Wire) -> None:
    made = created(admin)
    pieces = [bytes([n]) * (PART // 3 + n) for n in range(10)]
    assert admin.file("PUT", made["url"], iter(pieces)).status == 200
    assert admin.file("GET", admin.data(URL, id=made["itemId"])["url"]).body == b"".join(pieces)
    assert admin.file("PUT", made["url"], b"shorter").status == 200
    assert admin.file("GET", admin.data(URL, id=made["itemId"])["url"]).body == b"shorter"


def test_an_upload_that_breaks_off_changes_nothing(admin: Wire) -> None:
    made = created(admin)
    admin.file("PUT", made["url"], b"whole")
    parts = urlsplit(made["url"])
    head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", admin.server.port)) as half:
        half.sendall(head.encode() + b"x" * (2 * PART))
    assert admin.file("GET", admin.data(URL, id=made["itemId"])["url"]).body == b"whole"


def test_a_url_holds_for_its_method_its_key_and_its_time(admin: Wire) -> None:
    made = created(admin)
    put = made["url"]
    get = admin.data(URL, id="dataStoreFileId.1")["url"]
    path, _, query = get.partition("?")
    expected = {
        get.replace("Expires=900", "Expires=90000"): "SignatureDoesNotMatch",
        get.replace("/objects/", "/objects/0"): "SignatureDoesNotMatch",
        path: "AccessDenied",
        put: "SignatureDoesNotMatch",
        f"{path}?{query}é": "SignatureDoesNotMatch",
    }
    for url, code in expected.items():
        reply = admin.file("GET", url.replace("é", "%C3%A9"))
        assert (reply.status, reply.headers["content-type"]) == (403, "application/xml")
        assert f"<Code>{code}</Code>".encode() in reply.body
    assert admin.file("HEAD", get).status == 403
    assert b"MethodNotAllowed" in admin.file("DELETE", get).body


def test_a_url_expires() -> None:
    with SandboxServer("avista", settings={"avista": Settings(url_seconds=-1)}) as server:
        wire = Wire(server)
        reply = wire.file("GET", wire.data(URL, id="dataStoreFileId.1")["url"])
    assert reply.status == 403
    assert b"<Message>Request has expired</Message>" in reply.body


def test_an_upload_has_a_largest_size() -> None:
    with SandboxServer("avista", settings={"avista": Settings(largest_upload=1000)}) as server:
        wire = Wire(server)
        made = created(wire)
        reply = wire.file("PUT", made["url"], b"x" * 1001)
        assert (reply.status, b"EntityTooLarge" in reply.body) == (400, True)
        assert wire.data(FILE, id=made["itemId"])["s3ConfirmedUpload"] is False
        assert wire.file("PUT", made["url"], b"x" * 1000).status == 200


def test_directories_are_made_moved_and_emptied(admin: Wire) -> None:
    outer = admin.data(MAKE_DIRECTORY, parent=HOME, store=STORE, name="outer")
    assert (outer["parentDirectoryId"], outer["homeDirectory"]) == (HOME, False)
    place = outer["dataStoreDirectoryId"]
    inner = admin.data(MAKE_DIRECTORY, parent=place, store=STORE, name="inner")
    below = inner["dataStoreDirectoryId"]
    assert admin.refusal(CHANGE_DIRECTORY, id=place, parent=below) == (None, "BadRequest")
    assert admin.refusal(CHANGE_DIRECTORY, id=HOME, parent=below) == (None, "BadRequest")
    elsewhere = admin.data(
        '{ storage_getDataStore(dataStoreId: "dataStoreId.2") { homeDirectoryId } }'
    )
    parent = elsewhere["homeDirectoryId"]
    assert admin.refusal(CHANGE_DIRECTORY, id=place, parent=parent) == (None, "BadRequest")
    moved = admin.data(CHANGE_DIRECTORY, id=below, parent=HOME, name="renamed")
    assert moved == {"name": "renamed", "parentDirectoryId": HOME}
    assert admin.data(DROP_DIRECTORY, id=place) == {"name": "outer", "contents": []}
    assert admin.data(DIRECTORY, id=place) is None
    assert admin.refusal(DROP_DIRECTORY, id=HOME) == (None, "BadRequest")
    assert admin.refusal(MAKE_DIRECTORY, parent=HOME, store=STORE, name=" ") == (None, "BadRequest")
    assert (
        admin.refusal(MAKE_DIRECTORY, parent=HOME, store="dataStoreId.2", name="x")[1]
        == "BadRequest"
    )


def test_a_store_goes_with_everything_in_it(admin: Wire, member: Wire) -> None:
    drop = "mutation($id: ID!) { storage_deleteDataStore(dataStoreId: $id) { name } }"
    assert member.refusal(drop, id=STORE) == (None, "Unauthorized")
    assert admin.data(drop, id=STORE) == {"name": "Illinois homes"}
    assert admin.data(FILE, id="dataStoreFileId.1") is None
    assert admin.data(DIRECTORY, id=HOME) is None
    listed = admin.data(SERVICES, id="collaborativeId.1")
    assert STORE not in [one["serviceId"] for one in listed]
    assert admin.data(drop, id=STORE) is None


def test_a_store_and_a_file_are_described_anew(admin: Wire) -> None:
    store = """mutation($id: ID!, $name: String) { storage_updateDataStore(dataStoreId: $id,
      name: $name) { name description } }"""
    before = admin.data(
        '{ storage_getDataStore(dataStoreId: "dataStoreId.1") { name description } }'
    )
    assert admin.data(store, id=STORE, name="Homes") == {**before, "name": "Homes"}
    file = """mutation($id: ID!, $place: ID) { storage_updateDataStoreFile(dataStoreFileId: $id,
      dataStoreDirectoryId: $place, description: "new") {
      name description dataStoreDirectoryId } }"""
    changed = admin.data(file, id="dataStoreFileId.1", place="dataStoreDirectoryId.2")
    assert changed == {
        "name": "README", "description": "new", "dataStoreDirectoryId": "dataStoreDirectoryId.2",
    }  # fmt: skip
    assert (
        admin.refusal(file, id="dataStoreFileId.1", place="dataStoreDirectoryId.20")[1]
        == "BadRequest"
    )


def test_an_archive_holds_the_files_and_no_name_that_leads_out(admin: Wire) -> None:
    made = created(admin, name="../../etc/passwd", extension="")
    admin.file("PUT", made["url"], b"root")
    archive = """query($of: [DataStoreObjectIdInput]!) {
      storage_getDataStoreZipDownloadUrl(dataStoreObjectIds: $of) { url itemId } }"""
    chosen = [
        {"objectType": "DIRECTORY", "dataStoreDirectoryId": HOME},
        {"objectType": "FILE", "dataStoreFileId": "dataStoreFileId.1"},
    ]
    packed = admin.file("GET", admin.data(archive, of=chosen)["url"]).body
    names = ZipFile(io.BytesIO(packed)).namelist()
    assert {"README.txt", "home/README.txt", "home/.._.._etc_passwd."} <= set(names)
    assert not [name for name in names if ".." in name.split("/")]
    assert admin.data(archive, of=[{"objectType": "FILE", "dataStoreFileId": "none"}]) is None


def test_a_view_hangs_on_its_file(admin: Wire) -> None:
    add = """mutation { storage_createDataStoreFileDataView(
      dataStoreFileId: "dataStoreFileId.1") { dataViewIds } }"""
    (view,) = admin.data(add)["dataViewIds"]
    drop = """mutation($view: ID!) { storage_deleteDataStoreFileDataView(
      dataStoreFileId: "dataStoreFileId.1", dataViewId: $view) { dataViewIds } }"""
    assert admin.data(drop, view=view) == {"dataViewIds": []}
    assert admin.data(drop, view=view) is None


def test_who_may_read_only_changes_nothing(admin: Wire, member: Wire, outsider: Wire) -> None:
    admin.data(SHARE, to="collaborativeId.2", kind="DATA_STORE", id="dataStoreId.4")
    home = admin.data('{ storage_getDataStore(dataStoreId: "dataStoreId.4") { homeDirectoryId } }')
    place = home["homeDirectoryId"]
    make = {"place": place, "store": "dataStoreId.4", "name": "n", "extension": "x"}
    assert member.data(DIRECTORY, id=place)["name"] == "home"
    assert member.refusal(CREATE, **make) == (None, "Unauthorized")
    assert outsider.refusal(DIRECTORY, id=place) == (None, "Unauthorized")
    assert created(member)["itemId"]  # the portfolio is shared with him to write


def test_one_shares_what_one_owns_and_where_one_is(
    admin: Wire, member: Wire, outsider: Wire
) -> None:
    assert (
        member.refusal(SHARE, to="collaborativeId.1", kind="DATA_STORE", id=STORE)[1]
        == "Unauthorized"
    )
    own = {"kind": "DATA_STORE", "id": "dataStoreId.5"}
    assert member.refusal(SHARE, to="collaborativeId.3", **own) == (None, "Unauthorized")
    assert member.data(SHARE, to="collaborativeId.2", **own)["dataStore"] == {"name": "Drafts"}
    assert member.data(SHARE, to="collaborativeId.2", **own)["dataStore"] == {"name": "Drafts"}
    listed = [one["serviceId"] for one in admin.data(SERVICES, id="collaborativeId.2")]
    assert listed.count("dataStoreId.5") == 1
    assert member.data(SHARE, to="collaborativeId.2", kind="DATA_STORE", id="none") is None
    assert member.data(SHARE, to="none", **own) is None
    assert outsider.data("{ collaborative_listCollaboratives { name } }") == []


def test_a_service_fills_the_field_of_its_kind_only(admin: Wire) -> None:
    filled = {
        one["serviceType"]: [key for key, value in one.items() if isinstance(value, dict)]
        for place in ("collaborativeId.1", "collaborativeId.2")
        for one in admin.data(SERVICES, id=place)
    }
    assert filled == {
        "DATA_STORE": ["dataStore"],
        "TIME_SERIES_DB": ["timeSeriesDb"],
        "IOT_GROUP": ["iotEndpointGroup"],
        "DATA_CAPTURE": ["dataCapture"],
        "OCS_ADAPTER": ["ocsAdapter"],
    }


def test_an_organization_that_is_let_in_reads_from_then_on(admin: Wire, outsider: Wire) -> None:
    requests = """query($denied: Boolean) {
      collaborative_listCollaborativeMemberOrganizationRequests(includeDeniedRequests: $denied) {
        name memberOrganizations { memberState organization { name } } } }"""
    waiting = admin.data(requests)
    assert [one["memberOrganizations"] for one in waiting] == [
        [],
        [{"memberState": "PENDING_APPROVAL", "organization": {"name": "Elsewhere Limited"}}],
        [],
    ]
    assert len(admin.data(requests, denied=True)[2]["memberOrganizations"]) == 1
    assert outsider.data(requests) == []
    decision = {"in": "collaborativeId.2", "who": "organizationId.3"}
    assert outsider.refusal(DECIDE, **decision, state="APPROVED") == (None, "Unauthorized")
    assert admin.data(DECIDE, **decision, state="APPROVED") == {
        "memberState": "APPROVED",
        "accessApprovedByUserId": "userId.1",
        "usersInCollaborative": [{"permission": "READ_ONLY", "user": {"userId": "userId.3"}}],
    }
    assert outsider.data("{ collaborative_listCollaboratives { name } }") == [
        {"name": "Field devices"}
    ]
    assert admin.data(DECIDE, **decision, state="DENIED_ACCESS")["accessApprovedByUserId"] is None
    assert outsider.refusal(SERVICES, id="collaborativeId.2") == (None, "Unauthorized")


def test_the_host_of_a_collaborative_stays(admin: Wire) -> None:
    host = {"in": "collaborativeId.2", "who": "organizationId.1", "state": "DENIED_ACCESS"}
    assert admin.refusal(DECIDE, **host) == (None, "BadRequest")
    second = {"in": "collaborativeId.2", "who": "organizationId.2", "state": "HOST_ORGANIZATION"}
    assert admin.refusal(DECIDE, **second) == (None, "BadRequest")
    nobody = {"in": "collaborativeId.2", "who": "none", "state": "APPROVED"}
    assert admin.data(DECIDE, **nobody) is None
