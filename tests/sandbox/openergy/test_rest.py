"""The rules of OpenergyVBP's wire: sign-in, lists, bodies, check order, rights, tasks."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from connectors.sandbox.accounts import ADMIN, MEMBER, OUTSIDER
from connectors.sandbox.openergy.catalogue import CATALOGUE
from tests.sandbox.openergy.wire import TUTORIAL, Api, basic
from tests.sandbox.server import SandboxServer

NOBODY = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, "Authentication credentials were not provided."),
        ("Bearer x", "Authentication credentials were not provided."),
        ("Basic", "Invalid basic header. No credentials provided."),
        ("Basic a b", "Invalid basic header. Credentials string should not contain spaces."),
        ("Basic a", "Invalid basic header. Credentials not correctly base64 encoded."),
        (basic(ADMIN.email, "wrong"), "Invalid username/password."),
        (basic("nobody", ""), "Invalid username/password."),
    ],
)
def test_a_wrong_sign_in_is_a_401_that_names_basic(
    server: SandboxServer, header: str | None, detail: str
) -> None:
    stranger = Api(server, None)
    reply = stranger("GET", "odata/gates/", headers={"Authorization": header} if header else None)
    assert (reply.status, reply.data) == (401, {"detail": detail})
    assert reply.headers["www-authenticate"] == 'Basic realm="api"'
    assert "set-cookie" not in reply.headers


def test_the_checks_come_in_the_order_of_the_framework(server: SandboxServer, reader: Api) -> None:
    stranger, outsider = Api(server, None), Api(server, OUTSIDER)
    gate = reader.rows("odata/gates")[0]["id"]
    broken = {"Content-Type": "text/plain"}
    assert stranger("PATCH", "odata/nowhere/", b"{").status == 404
    assert stranger("DELETE", "odata/gates/", b"{").status == 401
    assert outsider("DELETE", "odata/gates/", b"{").status == 405
    assert outsider("PATCH", f"odata/gates/{gate}/", b"{", headers=broken).status == 404
    member = Api(server, MEMBER)
    assert member("PATCH", f"odata/gates/{gate}/", b"{", headers=broken).status == 403
    assert reader("PATCH", f"odata/gates/{gate}/", b"{", headers=broken).status == 415
    assert reader("PATCH", f"odata/gates/{gate}/", b"{").status == 400


def test_every_error_has_the_platforms_own_body(reader: Api) -> None:
    gate = reader.rows("odata/gates")[0]["id"]
    asked: list[tuple[tuple[Any, ...], int, str]] = [
        (("GET", "odata/gates/no-uuid/"), 404, "Not found."),
        (("GET", f"odata/gates/{NOBODY}/"), 404, "Not found."),
        (("GET", "odata/gates"), 404, "Not found."),
        (("PUT", f"odata/gates/{gate}/", {}), 403, "update action forbidden, use partial_update"),
        (("PUT", "odata/gates/", {}), 405, 'Method "PUT" not allowed.'),
        (("POST", "odata/series/", {}), 405, 'Method "POST" not allowed.'),
        (("POST", "odata/gates/", b"{]"), 400, "JSON parse error - Expecting property name"),
        (("POST", "odata/gates/", b'{"name": NaN}'), 400, "JSON parse error - Out of range"),
        (("POST", "odata/gates/", b"[" * 100_000), 400, "JSON parse error - nested too deep"),
        (("POST", "odata/gates/", b"\xff"), 400, "JSON parse error - 'utf-8' codec"),
    ]
    for request, status, detail in asked:
        reply = reader(*request)
        assert (reply.status, list(reply.data)) == (status, ["detail"]), request
        assert reply.data["detail"].startswith(detail)
        assert reply.headers["content-type"] == "application/json"


def test_a_wrong_body_is_named_field_by_field(reader: Api) -> None:
    project = reader.project()["odata"]
    made = reader.make("odata/gates", project=project, name="gate")
    cases: list[tuple[str, Any, dict[str, list[str]]]] = [
        ("odata/gates", [], {"non_field_errors": [
            "Invalid data. Expected a dictionary, but got list."]}),
        ("odata/gates", {}, {"name": ["This field is required."],
                             "project": ["This field is required."]}),
        ("odata/gates", {"name": "", "project": None}, {
            "name": ["This field may not be blank."], "project": ["This field may not be null."]}),
        ("odata/gates", {"name": [1], "project": "x"}, {
            "name": ["Not a valid string."], "project": ["“x” is not a valid UUID."]}),
        ("odata/gates", {"name": "x" * 256, "project": NOBODY}, {
            "name": ["Ensure this field has no more than 255 characters."],
            "project": [f'Invalid pk "{NOBODY}" - object does not exist.']}),
        ("odata/importers", {"name": "x", "project": project, "crontab": "0 0 * * *"}, {
            "crontab": ["Enter a valid crontab of six fields."]}),
        ("odata/importers", {"name": "a\0b", "project": project, "re_run_last_file": "maybe",
                             "notify_missing_files_nb": -1}, {
            "name": ["Null characters are not allowed."],
            "re_run_last_file": ["Must be a valid boolean."],
            "notify_missing_files_nb": [
                "Ensure this value is greater than or equal to 0."]}),
        ("odata/base_feeders", {"gate": made["id"], "timezone": "Mars/Olympus"}, {
            "timezone": ['"Mars/Olympus" is not a valid timezone.']}),
    ]  # fmt: skip
    for path, body, errors in cases:
        reply = reader("POST", f"{path}/", body)
        assert (reply.status, reply.data) == (400, errors)


def test_a_listing_honours_start_length_and_exact_filters(reader: Api) -> None:
    everything = reader("GET", "odata/series/").data
    assert len(everything["data"]) == 200
    assert everything["recordsTotal"] == everything["recordsFiltered"] > 200
    assert (everything["draw"], everything["start"]) == (None, 0)
    page = reader("GET", "odata/series/", query={"start": 5, "length": 3}).data
    assert page["data"] == everything["data"][5:8]
    assert len(reader("GET", "odata/series/", query={"length": 5000}).data["data"]) == 200
    assert reader("GET", "odata/series/", query={"start": 100_000}).data["data"] == []
    assert reader("GET", "odata/series/", query={"empty": "True"}).data["data"] == []
    assert reader("GET", "odata/series/", query={"start": "two"}).data == {
        "start": ["A valid integer is required."]
    }
    name = everything["data"][0]["name"]
    assert {row["name"] for row in reader.rows("odata/series", name=name)} == {name}
    assert reader.rows("odata/series", name=name[:-1]) == []


def test_booleans_arrive_capitalised_and_spaces_as_plus(reader: Api) -> None:
    organization = reader.one("oteams/organizations", name=TUTORIAL)
    project = reader.make("oteams/projects", organization=organization["id"], name="a b")
    importer = reader.make("odata/importers", project=project["odata"], name="x")
    reader.act("odata/importers", importer, name="run")
    assert reader.one("oteams/projects", name="a b")["id"] == project["id"]
    note = reader.one("odata/notifications", resolved="False", project=project["odata"])
    assert note["source"] == f"importer:{importer['id']}"
    changed = reader("PATCH", f"odata/notifications/{note['id']}/", {"resolved": True})
    assert changed.data["resolved"] is True
    assert reader.rows("odata/notifications", resolved="False", project=project["odata"]) == []
    assert (
        reader.one("odata/notifications", resolved="True", project=project["odata"]) == changed.data
    )


def test_the_datatables_keys_search_and_order(reader: Api) -> None:
    query = {"draw": 7, "search[value]": "HOME 1", "order[0][column]": 0,
             "order[0][dir]": "desc", "columns[0][data]": "name"}  # fmt: skip
    found = reader("GET", "odata/series/", query=query).data
    names = [row["name"] for row in found["data"]]
    assert found["draw"] == 7
    assert found["recordsFiltered"] < found["recordsTotal"]
    assert names == sorted(names, reverse=True)
    assert all("home 1" in name.lower() for name in names)


def test_lists_are_flat_and_a_retrieve_has_rights_and_children(reader: Api) -> None:
    project = reader.rows("oteams/projects")[0]
    assert list(project) == [
        "id", "rights", "odata", "obuildings", "is_visible", "organization", "name", "comment",
        "private_comment", "creation_date", "display_buildings",
    ]  # fmt: skip
    assert (project["rights"], project["organization"]["rights"]) == (None, None)
    gate = reader.one("odata/gates", project=project["odata"])
    assert {"id", "protocol", "host", "port", "login"} <= set(gate["ftp_account"])
    assert not {"password", "gate"} & set(gate["ftp_account"])
    importer = reader.rows("odata/importers", project=project["odata"])[0]
    assert importer["gate"] == gate["id"]
    retrieved = reader("GET", f"odata/importers/{importer['id']}/").data
    assert retrieved["gate"]["id"] == gate["id"]
    assert retrieved["rights"] == {
        "can_delete": True, "can_read": True, "can_admin": True, "can_write": True
    }  # fmt: skip


def test_moments_have_six_digits_where_the_client_parses_them(reader: Api) -> None:
    importer = reader.rows("odata/importers")[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", importer["last_run"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", importer["latest_imported_mdate"])


def test_a_patch_answers_every_key_that_it_changed(api: Api) -> None:
    gate = api.rows("odata/gates")[0]
    body = {"custom_host": "ftp.example.org", "custom_port": "990", "custom_protocol": "ftps",
            "custom_login": "", "password": "secret"}  # fmt: skip
    reply = api("PATCH", f"odata/gate_ftp_accounts/{gate['ftp_account']['id']}/", body)
    assert set(body) <= set(reply.data)
    assert (reply.data["host"], reply.data["port"]) == ("ftp.example.org", 990)
    assert (reply.data["custom_login"], reply.data["password"]) == (None, None)
    assert b"secret" not in reply.body


def test_unknown_and_read_only_fields_are_passed_over(reader: Api) -> None:
    importer = reader.rows("odata/importers")[0]
    body = {"model": "cleaner", "nonsense": 1, "last_run": None, "active": False, "id": NOBODY}
    reply = reader("PATCH", f"odata/importers/{importer['id']}/", body)
    assert reply.data == importer


def test_a_script_is_kept_byte_for_byte_but_for_tabs(reader: Api) -> None:
    project = reader.project()["odata"]
    importer = reader.make("odata/importers", project=project, name="x")
    text = "\nimport json\n\n\ndef parse(content, path, **tools):\n    return 'é'\n\n"
    path = f"odata/importers/{importer['id']}/"
    assert reader("PATCH", path, {"parse_script": text}).data["parse_script"] == text
    tabbed = reader("PATCH", path, {"parse_script": text.replace("    ", "\t")})
    assert tabbed.data["parse_script"] == text
    assert reader("PATCH", path, {"parse_script": ""}).data["parse_script"] is None
    for bad in ("def parse(", "x = 1", "\x00"):
        assert list(reader("PATCH", path, {"parse_script": bad}).data) == ["parse_script"]


def test_a_project_has_a_data_side_that_goes_with_it(reader: Api) -> None:
    project = reader.project()
    data = reader("GET", f"odata/projects/{project['odata']}/").data
    assert (data["base"], data["name"]) == (project["id"], project["name"])
    for path in ("gates", "importers", "analyses"):
        reader.make(f"odata/{path}", project=data["id"], name="x")
    assert reader.one("odata/cleaners", project=data["id"])["name"] == "x"
    reply = reader("DELETE", f"oteams/projects/{project['id']}/")
    assert (reply.status, reply.body) == (204, b"")
    assert reader("GET", f"odata/projects/{data['id']}/").status == 404
    for path in ("gates", "importers", "analyses", "cleaners"):
        assert reader.rows(f"odata/{path}", project=data["id"]) == []


def test_a_cleaner_goes_with_its_importer_and_not_alone(api: Api) -> None:
    cleaner = api.rows("odata/cleaners")[0]
    assert api("DELETE", f"odata/cleaners/{cleaner['id']}/").status == 403
    importer = cleaner["related_importer"]
    assert api.rows("odata/unitcleaners", cleaner=cleaner["id"])
    assert api("DELETE", f"odata/importers/{importer}/").status == 204
    for path, filters in (
        ("cleaners", {"related_importer": importer}),
        ("unitcleaners", {"cleaner": cleaner["id"]}),
        ("importer_series", {"generator": importer}),
        ("series", {"generator": importer}),
        ("series", {"generator": cleaner["id"]}),
    ):
        assert api.rows(f"odata/{path}", **filters) == []


def test_one_feeder_for_a_gate_and_one_child_for_a_feeder(reader: Api) -> None:
    gate = reader.make("odata/gates", project=reader.project()["odata"], name="x")
    feeder = reader.make("odata/base_feeders", gate=gate["id"])
    assert (feeder["active"], feeder["child_model"]) == (False, None)
    again = reader("POST", "odata/base_feeders/", {"gate": gate["id"]})
    assert again.data == {"gate": ["This field must be unique."]}
    child = reader.make("odata/static_webservice_feeder", base_feeder=feeder["id"])
    held = reader("GET", f"odata/gates/{gate['id']}/").data["base_feeder"]
    assert (held["child_id"], held["child_model"]) == (child["id"], "staticwebservicefeeder")
    reader("DELETE", f"odata/static_webservice_feeder/{child['id']}/")
    held = reader("GET", f"odata/gates/{gate['id']}/").data["base_feeder"]
    assert (held["child_id"], held["child_model"]) == (None, None)


def test_a_member_sees_a_part_and_an_outsider_nothing(server: SandboxServer, reader: Api) -> None:
    member, outsider = Api(server, MEMBER), Api(server, OUTSIDER)
    for path in CATALOGUE:
        own = outsider.rows(path)
        if path in ("oteams/users", "odata/users", "odata/user_ftp_accounts"):
            assert len(own) == 1
            assert own[0] in reader.rows(path)
        else:
            assert own == []
    seen = {row["name"] for row in member.rows("oteams/organizations")}
    assert seen < {row["name"] for row in reader.rows("oteams/organizations")}
    roles = {}
    for row in member.rows("oteams/organizations"):
        rights = member("GET", f"oteams/organizations/{row['id']}/").data["rights"]
        assert rights["can_write"] is False
        body = {"organization": row["id"], "name": "mine"}
        roles[row["name"]] = member("POST", "oteams/projects/", body).status
    assert set(roles.values()) == {201, 403}
    gate = reader.rows("odata/gates")[0]["ftp_account"]["id"]
    assert member("GET", f"odata/gate_ftp_accounts/{gate}/password/").status == 403


def test_only_the_account_of_oneself_tells_its_password(server: SandboxServer, reader: Api) -> None:
    accounts = {row["login"]: row["id"] for row in reader.rows("odata/user_ftp_accounts")}
    member = Api(server, MEMBER)
    mine, other = accounts["user-member"], accounts["user-admin"]
    assert member("GET", f"odata/user_ftp_accounts/{mine}/password/").data["password"]
    assert member("GET", f"odata/user_ftp_accounts/{other}/password/").status == 404
    assert b"ftp-sandbox" not in reader("GET", "odata/user_ftp_accounts/").body


def test_a_head_and_an_options_are_answered_too(reader: Api) -> None:
    head = reader("HEAD", "odata/gates/")
    assert (head.status, head.body) == (200, b"")
    options = reader("OPTIONS", "odata/gates/")
    assert options.headers["allow"] == "GET, POST, OPTIONS"
    assert options.data["name"] == "Gates"


def test_a_form_is_understood_as_well_as_json(reader: Api) -> None:
    importer = reader.rows("odata/importers")[0]["id"]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = reader("POST", f"odata/importers/{importer}/action/", b"name=run", headers=headers)
    assert (reply.status, reply.data["name"]) == (200, "run")
    assert json.loads(reply.body)["base"]["status"] == "finished"
