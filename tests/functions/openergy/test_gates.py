"""Gates: accounts, files over FTP, and feeders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.contract import NodeId
from connectors.errors import NotFound, Rejected
from connectors.openergy.files import named
from tests.conformance.calls_openergy import Plant
from tests.conformance.sandbox_openergy import NOBODY, id_of
from tests.functions.openergy.ground import Ground, ground, upload

IDLE = "# nothing to fetch\npass\n"


class Stage(Ground):
    plant: Plant


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with ground() as found:
        made = Stage(found.server)
        made.plant = Plant(made.bare)
        yield made


def gate(stage: Stage, name: str) -> tuple[NodeId, dict[str, Any]]:
    row = stage.bare.gate(stage.plant.data, name)
    return id_of("gate", row), row


@pytest.mark.covers("openergy.gate.get_ftp_account")
def test_an_account_is_read_from_its_id_or_the_record_itself(stage: Stage) -> None:
    which, row = gate(stage, "read")
    found = stage.record("gate.account", gate=which)
    assert found.fields["login"] == row["ftp_account"]["login"]
    assert found.id == id_of("gate_ftp_account", row["ftp_account"])


@pytest.mark.covers("openergy.gate_ftp_account.attach_new_oftp_account")
def test_a_new_account_has_host_port_and_login(stage: Stage) -> None:
    body = {"project": stage.plant.data, "name": "bare", "comment": ""}
    row = stage.bare("POST", "odata/gates", body)
    path = f"odata/gate_ftp_accounts/{row['ftp_account']}"
    assert stage.bare("GET", path)["host"] == ""
    found = stage.record(
        "gate_ftp_account.attach", account=f"gate_ftp_account/{row['ftp_account']}"
    )
    wire = stage.bare("GET", path)
    assert all(wire[name] for name in ("host", "port", "login"))
    assert found.fields["login"] == wire["login"]


@pytest.mark.covers("openergy.gate_ftp_account.get_password")
@pytest.mark.covers("openergy.user_ftp_account.get_password")
def test_a_password_is_shown_on_request_only_and_hidden_in_all_else(stage: Stage) -> None:
    which, row = gate(stage, "secret")
    path = f"odata/gate_ftp_accounts/{row['ftp_account']['id']}/password"
    secret = stage.bare("GET", path)["password"]
    shown = stage.record("ftp.password", area=which)
    found = shown.fields["password"]
    assert isinstance(found, SecretStr)
    assert found.get_secret_value() == secret
    assert secret not in f"{shown.fields} {stage.service.__dict__} {stage.service!r}"
    assert isinstance(stage.record("ftp.password", area="home").fields["password"], SecretStr)


@pytest.mark.covers("openergy.gate_ftp_account.list_dir")
def test_more_files_than_a_page_holds_are_all_listed(stage: Stage) -> None:
    which, row = gate(stage, "full")
    with stage.bare.ftp(row) as session:
        session.mkd("/inside")
    homes = stage.server.standin("openergy").platform.homes
    for number in range(230):
        homes.write(row["ftp_account"]["id"], f"/file {number:03}.csv", b"x")
    rows = stage.rows("folder.list", folder=which)
    assert len(rows) == len({entry["node"] for entry in rows}) == 231
    assert {entry["type"] for entry in rows} == {"file", "folder"}
    assert len(stage.children(which)) == 231


@pytest.mark.covers("openergy.gate_ftp_account.update")
def test_an_external_server_is_kept_and_its_password_is_never_shown(stage: Stage) -> None:
    which, row = gate(stage, "external")
    account = id_of("gate_ftp_account", row["ftp_account"])
    found = stage.record(
        "gate_ftp_accounts.update", which=account, custom_host="ftp.example.org",
        custom_port=2121, custom_protocol="sftp", custom_login="me", password="hidden-5b1c",
    )  # fmt: skip
    wire = stage.bare("GET", f"odata/gate_ftp_accounts/{row['ftp_account']['id']}")
    assert (wire["host"], wire["port"], wire["login"]) == ("ftp.example.org", 2121, "me")
    assert "hidden-5b1c" not in str(found.fields)
    with pytest.raises(Rejected, match="sftp"):
        stage.service.open(NodeId(f"file/{row['id']}/any.csv"))
    assert which


@pytest.mark.covers("openergy.gate.download_file")
def test_a_file_with_letters_of_all_kinds_comes_back_byte_for_byte(stage: Stage) -> None:
    which, row = gate(stage, "down")
    content = bytes(range(256)) * 3_000
    stage.bare.stored(row, "/Zähler №7.csv", content)
    with stage.service.open(NodeId(f"file/{row['id']}/Zähler №7.csv")) as file:
        assert b"".join(file) == content
    assert stage.names(which) == ["Zähler №7.csv"]


@pytest.mark.covers("openergy.gate.rename_file")
def test_a_renamed_file_has_its_new_name_and_no_other_is_replaced(stage: Stage) -> None:
    which, row = gate(stage, "renamed")
    for name in ("old.csv", "taken.csv"):
        stage.bare.stored(row, name, name.encode())
    told = stage.record("file.rename", file=f"file/{row['id']}/old.csv", name="new.csv")
    assert (told.id, told.fields["name"]) == (f"file/{row['id']}/new.csv", "new.csv")
    assert sorted(stage.bare.listed(row)) == ["new.csv", "taken.csv"]
    with pytest.raises(Rejected) as refused:
        stage.do("file.rename", file=f"file/{row['id']}/new.csv", name="taken.csv")
    assert "name" in refused.value.fields
    assert stage.bare.fetched(row, "taken.csv") == b"taken.csv"
    with pytest.raises(NotFound):
        stage.do("file.rename", file=f"file/{row['id']}/none.csv", name="x.csv")
    assert sorted(stage.names(which)) == ["new.csv", "taken.csv"]


@pytest.mark.covers("openergy.gate.delete_file")
def test_a_deleted_file_is_gone(stage: Stage) -> None:
    _, row = gate(stage, "deleted")
    stage.bare.stored(row, "gone.csv", b"x")
    stage.service.delete(NodeId(f"file/{row['id']}/gone.csv"))
    assert stage.bare.listed(row) == []


@pytest.mark.covers("openergy.gate.make_dir")
def test_a_new_folder_is_listed_and_can_be_entered(stage: Stage) -> None:
    which, row = gate(stage, "folders")
    made = stage.record("folder.make", folder=which, name="inside")
    assert made.fields["name"] == "inside"
    assert stage.bare.listed(row) == ["inside"]
    put = stage.service.put(NodeId(str(made.id)), upload("deep.csv", b"deep"))
    assert put.name == "deep.csv"
    assert stage.bare.fetched(row, "/inside/deep.csv") == b"deep"
    assert stage.names(NodeId(str(made.id))) == ["deep.csv"]
    with pytest.raises(Rejected) as refused:
        stage.do("folder.make", folder=which, name="inside")
    assert "name" in refused.value.fields


@pytest.mark.covers("openergy.user_ftp_account.get_ftputil_client")
@pytest.mark.covers("openergy.user_ftp_account.list_dir")
def test_the_accounts_own_files_are_listed_downloaded_and_removed(stage: Stage) -> None:
    account = stage.record("user.ftp_account").fields["id"]
    homes = stage.server.standin("openergy").platform.homes
    if homes.find(account, "/series_exports") is None:
        homes.make_directory(account, "/series_exports")
    for number in range(215):
        homes.write(account, f"/series_exports/old {number:03}.zip", b"PK")
    folder = NodeId("folder/home/series_exports")
    assert len(stage.children(folder)) == 215
    assert len(stage.rows("exports.list")) == 215
    file = NodeId("file/home/series_exports/old 007.zip")
    with stage.service.open(file) as found:
        assert b"".join(found) == b"PK"
    stage.service.delete(file)
    assert homes.find(account, "/series_exports/old 007.zip") is None
    assert len(stage.children(folder)) == 214


@pytest.mark.covers("openergy.gate.create_base_feeder")
@pytest.mark.covers("openergy.gate.get_base_feeder")
def test_a_gate_has_no_feeder_or_one_and_never_two(stage: Stage) -> None:
    which, row = gate(stage, "one feeder")
    assert stage.record("gate.feeder", gate=which).fields == {"feeder": None}
    made = stage.record(
        "base_feeders.create", parent=which, timezone="Europe/Paris", crontab="0 0 1 * * *"
    )
    wire = stage.bare("GET", f"odata/gates/{row['id']}")["base_feeder"]
    assert (wire["timezone"], wire["crontab"]) == ("Europe/Paris", "0 0 1 * * *")
    found = stage.record("gate.feeder", gate=which)
    assert found.id == made.id == id_of("base_feeder", wire)
    with pytest.raises(Rejected):
        stage.do("base_feeders.create", parent=which)


@pytest.mark.covers("openergy.generic_basic_feeder.create")
@pytest.mark.covers("openergy.base_feeder.get_child")
def test_a_feeders_child_of_either_sort_is_shown_and_its_script_kept(stage: Stage) -> None:
    which, _ = gate(stage, "script")
    feeder = stage.record("base_feeders.create", parent=which)
    assert stage.record("base_feeder.child", feeder=feeder.id).fields == {"child": None}
    made = stage.record("generic_basic_feeders.create", parent=feeder.id, script=IDLE)
    path = f"odata/generic_basic_feeders/{str(made.id).partition('/')[2]}"
    assert stage.bare("GET", path)["script"] == IDLE
    assert stage.record("base_feeder.child", feeder=feeder.id).id == made.id
    other, _ = gate(stage, "web")
    web = stage.record("base_feeders.create", parent=other)
    body = {"base_feeder": str(web.id).partition("/")[2]}
    child = stage.bare("POST", "odata/static_webservice_feeder", body)
    found = stage.record("base_feeder.child", feeder=web.id)
    assert found.id == id_of("static_webservice_feeder", child)


@pytest.mark.covers("openergy.gate.run")
@pytest.mark.covers("openergy.base_feeder.feed")
def test_a_feed_is_followed_to_its_end_and_no_feeder_is_told(stage: Stage) -> None:
    which, _ = gate(stage, "fed")
    with pytest.raises(Rejected, match="no feeder"):
        stage.do("gate.run", gate=which)
    feeder = stage.record("base_feeders.create", parent=which)
    with pytest.raises(Rejected, match=r"failed: The feeder has no child"):
        stage.do("gate.run", gate=which)
    stage.do("generic_basic_feeders.create", parent=feeder.id, script=IDLE)
    for name, values in (
        ("gate.run", {"gate": which}), ("base_feeder.feed", {"feeder": feeder.id})
    ):  # fmt: skip
        task = stage.record(name, **values)
        assert stage.task(task) == "finished"
        wire = stage.bare("GET", f"odata/base_feeder_tasks/{task.fields['id']}")
        assert wire["base"]["status"] == "finished"


@pytest.mark.covers("openergy.gate.activate")
@pytest.mark.covers("openergy.gate.deactivate")
@pytest.mark.covers("openergy.base_feeder.activate")
@pytest.mark.covers("openergy.base_feeder.deactivate")
def test_feeders_are_switched_on_and_off_and_no_feeder_is_harmless(stage: Stage) -> None:
    which, _ = gate(stage, "switched")
    assert stage.record("gate.deactivate", gate=which).fields == {"feeder": None}
    with pytest.raises(Rejected):
        stage.do("gate.activate", gate=which)
    feeder = stage.record("base_feeders.create", parent=which)
    path = f"odata/base_feeders/{str(feeder.id).partition('/')[2]}"
    for name, values in (("gate", {"gate": which}), ("base_feeder", {"feeder": feeder.id})):
        on = stage.record(f"{name}.activate", **values)
        assert on.fields["active"] is stage.bare("GET", path)["active"] is True
        off = stage.record(f"{name}.deactivate", **values)
        assert off.fields["active"] is stage.bare("GET", path)["active"] is False


@pytest.mark.covers("openergy.gate.delete")
def test_a_deleted_gate_is_gone_and_who_used_it_was_named_before(stage: Stage) -> None:
    which, row = gate(stage, "used")
    importer = stage.bare.importer(stage.plant.data, row, "user of the gate")
    assert stage.operation("gate.delete").preview == "gate.users"
    (user,) = stage.rows("gate.users", gate=which)
    assert user["node"] == id_of("importer", importer)
    stage.do("gate.delete", gate=which)
    assert stage.bare.status("GET", f"odata/gates/{row['id']}") == 404


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", " a", "a\n", "\x7f", "\ud800"])
def test_a_name_that_ftp_would_not_keep_is_refused(name: str) -> None:
    with pytest.raises(Rejected) as refused:
        named(name)
    assert "name" in refused.value.fields


@pytest.mark.parametrize(
    "id", [f"file/{NOBODY}/../x", f"file/{NOBODY}//x", f"folder/{NOBODY}/", "file/home/a\r\nb"]
)
def test_a_path_that_leads_elsewhere_is_nobodys_id(stage: Stage, id: str) -> None:
    with pytest.raises(NotFound):
        stage.service.node(NodeId(id))
