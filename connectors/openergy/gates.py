"""Gates: their FTP accounts, their files, and the feeders that fetch for them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Annotated

from pydantic import Field, SecretStr

from connectors.contract import Node, NodeId
from connectors.errors import Rejected
from connectors.openergy import ids, shown
from connectors.openergy.client import Client
from connectors.openergy.files import GATE_ACCOUNT, Files
from connectors.openergy.following import follow
from connectors.openergy.ids import Ref, key, ref_of
from connectors.operations import Acts, Progress, Record, Table, operation

Gate = Annotated[NodeId, Field(title="Gate", description="The gate.")]
Feeder = Annotated[NodeId, Field(title="Feeder", description="The feeder of a gate.")]
Area = Annotated[
    NodeId, Field(title="Area", description="A gate, or this account's own files (home).")
]
Folder = Annotated[NodeId, Field(title="Folder", description="A gate or a folder in one.")]
Thing = Annotated[NodeId, Field(title="File", description="A file or folder.")]
NewName = Annotated[
    str, Field(title="Name", description="The name, without slashes.", min_length=1, max_length=255)
]
CHILDREN = {
    "genericbasicfeeder": "generic_basic_feeder",
    "staticwebservicefeeder": "static_webservice_feeder",
}
NO_FEEDER = "This gate has no feeder."


class Gates(Acts):
    """Mixed into the service, which has the client and the files."""

    _client: Client
    _files: Files

    # -- accounts

    @operation(
        name="gate.account", label="FTP account", on="gate", danger="reads",
        help="Protocol, host, port and login of the gate's FTP account; never its password.",
    )  # fmt: skip
    def gate_account(self, gate: Gate) -> Record:
        account = self._files.account(ids.ref(gate, "gate").uuid)
        return shown.record(GATE_ACCOUNT, self._client.one(account))

    @operation(
        name="gate.attach", label="Attach an internal FTP account", on="gate", danger="writes",
        help="Gives the gate an FTP account on the platform's own server.",
    )  # fmt: skip
    def attach(self, gate: Gate) -> Record:
        account = self._files.account(ids.ref(gate, "gate").uuid)
        return self._attached(account)

    @operation(
        name="gate_ftp_account.attach", label="Attach", on="gate_ftp_account", danger="writes",
        help="Makes an FTP account one on the platform's own server.",
    )  # fmt: skip
    def attach_account(
        self, account: Annotated[NodeId, Field(title="Account", description="The FTP account.")]
    ) -> Record:
        return self._attached(ids.ref(account, GATE_ACCOUNT))

    def _attached(self, account: Ref) -> Record:
        self._client.act("POST", f"{account.path}attach_new_oftp_account/")
        return shown.record(GATE_ACCOUNT, self._client.one(account))

    @operation(
        name="ftp.password", label="FTP password", danger="reads",
        help="Login and password of an area, for an FTP program; kept nowhere.",
    )  # fmt: skip
    def ftp_password(self, area: Area) -> Record:
        account = self._files.account(ids.spot(area).area)
        row = self._client.one(account)
        secret = self._client.password(account)
        if not secret:
            raise Rejected("This FTP account has no password yet: it is not configured.")
        fields = {name: row.get(name) for name in ("protocol", "host", "port", "login")}
        return Record(fields={**fields, "password": SecretStr(secret)})

    @operation(
        name="user.ftp_account", label="My FTP account", danger="reads",
        help="The FTP account of this user, where exports arrive.",
    )  # fmt: skip
    def own_account(self) -> Record:
        account = self._files.account(ids.HOME)
        return shown.record(account.type, self._client.one(account))

    # -- files

    @operation(
        name="folder.list", label="List a folder", danger="reads",
        help="Every file and folder in a folder of a gate, or of this account's own files.",
    )  # fmt: skip
    def list_folder(self, folder: Folder) -> Table:
        spot = ids.spot(folder)
        rows = self._files.rows(self._files.account(spot.area), spot.path)
        nodes = (self._files.node_of(spot, row) for row in rows)
        found = tuple((node.id, node.name, node.type, node.size) for node in nodes)
        return Table(columns=("node", "name", "type", "size"), rows=found)

    @operation(
        name="folder.make", label="New folder", danger="writes",
        help="Makes a folder in a gate or in one of its folders.",
    )  # fmt: skip
    def make_folder(self, folder: Folder, name: NewName) -> Record:
        return _told(self._files.make_folder(ids.spot(folder), name))

    @operation(
        name="file.rename", label="Rename", danger="writes",
        help="Gives a file or folder another name, where that is free.",
    )  # fmt: skip
    def rename(self, file: Thing, name: NewName) -> Record:
        return _told(self._files.rename(ids.spot(file), name))

    # -- feeders

    @operation(
        name="gate.feeder", label="Feeder", on="gate", danger="reads",
        help="The feeder that fetches files for the gate, or that there is none.",
    )  # fmt: skip
    def feeder(self, gate: Gate) -> Record:
        found = self._feeder_of(gate)
        if found is None:
            return Record(fields={"feeder": None})
        return shown.record("base_feeder", self._client.one(found))

    @operation(
        name="gate.run", label="Fetch now", on="gate", danger="writes",
        help="Lets the gate's feeder fetch, and follows its task to the end.",
    )  # fmt: skip
    def run_gate(self, gate: Gate) -> Generator[Progress, None, Record]:
        return (yield from self._fed(self._needed_feeder(gate)))

    @operation(
        name="gate.activate", label="Activate", on="gate", danger="writes",
        help="Lets the gate's feeder fetch by itself.",
    )  # fmt: skip
    def activate_gate(self, gate: Gate) -> Record:
        return self._fetching(self._needed_feeder(gate), value=True)

    @operation(
        name="gate.deactivate", label="Deactivate", on="gate", danger="writes",
        help="The gate's feeder, if there is one, no longer fetches by itself.",
    )  # fmt: skip
    def deactivate_gate(self, gate: Gate) -> Record:
        found = self._feeder_of(gate)
        if found is None:
            return Record(fields={"feeder": None})
        return self._fetching(found, value=False)

    @operation(
        name="base_feeder.activate", label="Activate", on="base_feeder", danger="writes",
        help="Lets the feeder fetch by itself.",
    )  # fmt: skip
    def activate_feeder(self, feeder: Feeder) -> Record:
        return self._fetching(ids.ref(feeder, "base_feeder"), value=True)

    @operation(
        name="base_feeder.deactivate", label="Deactivate", on="base_feeder", danger="writes",
        help="The feeder no longer fetches by itself.",
    )  # fmt: skip
    def deactivate_feeder(self, feeder: Feeder) -> Record:
        return self._fetching(ids.ref(feeder, "base_feeder"), value=False)

    @operation(
        name="base_feeder.feed", label="Fetch now", on="base_feeder", danger="writes",
        help="Lets the feeder fetch, and follows its task to the end.",
    )  # fmt: skip
    def feed(self, feeder: Feeder) -> Generator[Progress, None, Record]:
        return (yield from self._fed(ids.ref(feeder, "base_feeder")))

    @operation(
        name="base_feeder.child", label="What it runs", on="base_feeder", danger="reads",
        help="The script or web service behind a feeder, or that there is none.",
    )  # fmt: skip
    def child(self, feeder: Feeder) -> Record:
        row = self._client.one(ids.ref(feeder, "base_feeder"))
        found, model = key(row.get("child_id")), row.get("child_model")
        if found is None:
            return Record(fields={"child": None})
        if model not in CHILDREN:
            return Record(fields={"child": found, "model": f"{model}, which is not known here"})
        ref = ref_of(CHILDREN[str(model)], {"id": found})
        return shown.record(ref.type, self._client.one(ref))

    def _feeder_of(self, gate: NodeId) -> Ref | None:
        row = self._client.one(ids.ref(gate, "gate"))
        found = key(row.get("base_feeder"))
        return None if found is None else ref_of("base_feeder", {"id": found})

    def _needed_feeder(self, gate: NodeId) -> Ref:
        found = self._feeder_of(gate)
        if found is None:
            raise Rejected(NO_FEEDER)
        return found

    def _fetching(self, feeder: Ref, *, value: bool) -> Record:
        return shown.record("base_feeder", self._client.switched(feeder, value=value))

    def _fed(self, feeder: Ref) -> Generator[Progress, None, Record]:
        task = yield from follow(self._client, "base_feeder_task", self._client.feed(feeder))
        return shown.record("base_feeder_task", task)


def _told(node: Node) -> Record:
    return Record(id=node.id, fields={"name": node.name, "type": node.type})
