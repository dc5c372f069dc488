"""FTP homes, importers that read them, and exports that land in them."""

from __future__ import annotations

import ftplib
import io
import zipfile
from ftplib import FTP
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.accounts import ADMIN, MEMBER
from connectors.sandbox.openergy.settings import Settings
from tests.sandbox.openergy.files import fetched, gate_with_files, put, session
from tests.sandbox.openergy.wire import FILE, Api
from tests.sandbox.server import SandboxServer

GATES = "odata/gate_ftp_accounts"
USERS = "odata/user_ftp_accounts"


@pytest.fixture
def api(server: SandboxServer) -> Api:
    """The admin; every test has a project of its own."""
    return Api(server)


@pytest.fixture
def project(api: Api) -> str:
    """An empty data project."""
    return str(api.project()["odata"])


def imported(api: Api, project: str, **files: str) -> dict[str, Any]:
    """An importer that has read these files."""
    gate = gate_with_files(api, project, **files)
    importer = api.make("odata/importers", project=project, name="imp", gate=gate["id"])
    assert api.act("odata/importers", importer, name="run")["base"]["status"] == "finished"
    row: dict[str, Any] = api("GET", f"odata/importers/{importer['id']}/").data
    return row


def my_account(api: Api) -> str:
    """The id of one's own FTP account."""
    user = api("GET", "oteams/users/me/").data
    return str(api("GET", f"odata/users/{user['odata']}/").data["ftp_account"])


def exported(api: Api, **body: Any) -> dict[str, str]:
    """The files of an export, by name."""
    task = api("POST", "odata/series/export/", body)
    assert task.status == 200, task.body
    assert api.ended("odata/series_export_tasks", task.data)["base"]["status"] == "finished"
    account = my_account(api)
    with session(api, USERS, account) as ftp:
        box = zipfile.ZipFile(io.BytesIO(fetched(ftp, f"/series_exports/{archive(api)[-1]}")))
    return {name: box.read(name).decode() for name in box.namelist()}


def archive(api: Api) -> list[str]:
    """The names of one's earlier exports."""
    path = f"{USERS}/{my_account(api)}/list_dir/"
    entries = api("POST", path, {"path": "series_exports"}).data["data"]
    return sorted(entry["name"] for entry in entries)


def test_an_account_is_attached_and_then_opens_its_own_home_only(api: Api, project: str) -> None:
    gate = api.make("odata/gates", project=project, name="gate")
    account = gate["ftp_account"]
    assert isinstance(account, str)
    held = api("GET", f"{GATES}/{account}/").data
    assert (held["host"], held["login"]) == ("", "")
    unset = api("POST", f"{GATES}/{account}/list_dir/", {"path": "/"})
    assert (unset.status, unset.data) == (400, {"detail": "This account is not configured."})
    attached = api("POST", f"{GATES}/{account}/attach_new_oftp_account/").data
    assert attached["login"].startswith("gate-")
    with session(api, GATES, account) as ftp:
        assert ftp.pwd() == "/"
        for path in ("..", "../../..", "/../x", "//etc"):
            assert_refused(lambda path=path: ftp.cwd(f"{path}/passwd"))
        assert ftp.nlst() == []


def assert_refused(call: Any) -> None:
    """An FTP refusal for good."""
    with pytest.raises(ftplib.error_perm):
        call()


def test_every_command_that_the_client_uses_works(api: Api, project: str) -> None:
    account = gate_with_files(api, project)["ftp_account"]
    with session(api, GATES, account) as ftp:
        ftp.mkd("år")
        ftp.storbinary("STOR år/über.csv", io.BytesIO(b"one"))
        ftp.storbinary("APPE år/über.csv", io.BytesIO(b"two"))
        assert fetched(ftp, "/år/über.csv") == b"onetwo"
        assert ftp.size("/år/über.csv") == 6
        lines: list[str] = []
        ftp.cwd("/år")
        ftp.retrlines("LIST -a", lines.append)
        assert len(lines) == 1
        assert lines[0].split()[4] == "6"
        assert lines[0].endswith(" über.csv")
        ftp.rename("/år", "/år 2")
        assert ftp.nlst("/år 2") == ["über.csv"]
        assert_refused(lambda: ftp.rmd("/år 2"))
        assert_refused(lambda: ftp.delete("/år 2"))
        assert_refused(lambda: ftp.rename("/år 2", "/år 2/below"))
        assert_refused(lambda: ftp.storbinary("STOR /none/x", io.BytesIO(b"")))
        ftp.delete("/år 2/über.csv")
        ftp.rmd("/år 2")
        assert ftp.nlst("/") == []


def test_two_sessions_of_one_login_see_the_same_files(api: Api, project: str) -> None:
    account = gate_with_files(api, project)["ftp_account"]
    with session(api, GATES, account) as one, session(api, GATES, account) as two:
        one.storbinary("STOR x", io.BytesIO(b"1" * 300_000))
        assert fetched(two, "x") == b"1" * 300_000
    with session(api, USERS, my_account(api)) as own:
        assert own.nlst("/") == ["series_exports"]


def test_a_wrong_password_opens_nothing(server: SandboxServer) -> None:
    host, _, port = server.address("openergy", "ftp").rpartition(":")
    ftp = FTP(timeout=20)  # noqa: S321 - it is what the platform speaks
    ftp.connect(host, int(port))
    assert_refused(lambda: ftp.login("user-admin", ADMIN.password))
    assert_refused(lambda: ftp.login("user-admin", ""))
    ftp.login("user-admin", f"ftp-{ADMIN.password}")
    ftp.close()


def test_an_older_password_is_no_good_after_a_new_attachment(api: Api, project: str) -> None:
    account = gate_with_files(api, project, a_csv=FILE)["ftp_account"]
    with session(api, GATES, account) as ftp:
        old = api("GET", f"{GATES}/{account}/password/").data["password"]
        login = api("GET", f"{GATES}/{account}/").data["login"]
        api("POST", f"{GATES}/{account}/attach_new_oftp_account/")
        assert_refused(lambda: ftp.login(login, old))
    with session(api, GATES, account) as ftp:
        assert ftp.nlst() == ["a.csv"]


def test_the_listing_over_http_shows_what_ftp_holds(api: Api, project: str) -> None:
    account = gate_with_files(api, project)["ftp_account"]
    with session(api, GATES, account) as ftp:
        ftp.mkd("d")
        for number in range(205):
            ftp.storbinary(f"STOR d/{number:03d}", io.BytesIO(b"x"))
    path = f"{GATES}/{account}/list_dir/"
    page = api("POST", path, {"path": "d", "root_dir_path": "/"}).data
    assert (len(page["data"]), page["recordsTotal"]) == (200, 205)
    entry = page["data"][0]
    assert (entry["name"], entry["path"], entry["type"], entry["size"]) == (
        "000", "/d/000", "file", 1
    )  # fmt: skip
    rest = api("POST", path, {"path": "/", "root_dir_path": "d"}, query={"start": 200}).data
    assert [each["name"] for each in rest["data"]] == ["200", "201", "202", "203", "204"]
    (folder,) = api("GET", path, query={"path": "/"}).data["data"]
    assert (folder["name"], folder["type"]) == ("d", "dir")
    assert api("POST", path, {"path": "../../d"}).data["recordsTotal"] == 205
    assert api("POST", path, {"path": "none"}).data == {"path": ["No such directory."]}
    assert api("POST", path, {"path": 5}).data == {"path": ["Not a valid string."]}
    assert api("POST", path, {"path": "a\r\nb"}).data == {"path": ["Not a valid path."]}


def test_files_and_accounts_survive_a_restart_and_a_reset_empties_them(tmp_path: Path) -> None:
    with SandboxServer("openergy", folder=tmp_path) as server:
        api = Api(server)
        account = gate_with_files(api, api.project()["odata"], a_csv=FILE)["ftp_account"]
    with SandboxServer("openergy", folder=tmp_path) as server:
        api = Api(server)
        with session(api, GATES, account) as ftp:
            assert fetched(ftp, "a.csv") == FILE.encode()
        server.reset()
        assert api("GET", f"{GATES}/{account}/").status == 404


def test_the_files_go_with_the_gate(api: Api, server: SandboxServer, project: str) -> None:
    gate = gate_with_files(api, project, a_csv=FILE)
    homes = server.standin("openergy").platform.homes
    assert list(homes.files(gate["ftp_account"], "/"))
    importer = api.make("odata/importers", project=project, name="imp", gate=gate["id"])
    api("DELETE", f"odata/gates/{gate['id']}/")
    assert not list(homes.files(gate["ftp_account"], "/"))
    assert api("GET", f"odata/importers/{importer['id']}/").data["gate"] is None


def test_the_passive_ports_can_be_named_beforehand() -> None:
    settings = Settings(passive_ports=(42_100, 42_109))
    with SandboxServer("openergy", settings={"openergy": settings}) as server:
        api = Api(server)
        with session(api, USERS, my_account(api)) as ftp:
            ports = {ftp.makepasv()[1] for _ in range(5)}
        assert ports <= set(range(42_100, 42_110))
        assert set(server.standin("openergy").ports()) == set(range(42_100, 42_110))


def test_the_passive_ports_are_known_even_when_nobody_named_them(
    server: SandboxServer, api: Api
) -> None:
    with session(api, USERS, my_account(api)) as ftp:
        used = {ftp.makepasv()[1] for _ in range(20)}
    assert used <= set(server.standin("openergy").ports())


def test_an_importer_reads_new_files_in_the_order_of_their_paths(api: Api, project: str) -> None:
    importer = imported(api, project, b_csv=FILE)
    assert importer["last_imported_path"] == "b.csv"
    series = {row["name"]: row for row in api.rows("odata/series", generator=importer["id"])}
    assert sorted(series) == ["a", "b"]
    assert (api.values(series["a"]), api.values(series["b"])) == ([1, 2], [10])
    inputs = api.rows("odata/importer_series", generator=importer["id"])
    assert [(row["name"], row["external_name"], row["unitcleaner"]) for row in inputs] == [
        ("a", "a", None), ("b", "b", None)
    ]  # fmt: skip
    account = importer["gate"]["ftp_account"]
    later = FILE.replace("2024-01-01 00", "2024-01-01 09").replace(",1,", ",7,")
    put(api, account, a_csv=later, c_csv=later.replace("date,a", "date;a").replace(",", ";"))
    api.act("odata/importers", importer, name="run")
    assert api.values(series["a"]) == [1, 2, 7]
    held = api("GET", f"odata/importers/{importer['id']}/").data
    assert held["last_imported_path"] == "c.csv"


def test_the_last_file_and_late_ones_are_read_again_when_asked(api: Api, project: str) -> None:
    importer = imported(api, project, b_csv=FILE)
    (series,) = api.rows("odata/series", generator=importer["id"], name="a")
    account = importer["gate"]["ftp_account"]
    put(api, account, b_csv=FILE.replace(",1,", ",5,"))
    api.act("odata/importers", importer, name="run")
    assert api.values(series) == [1, 2]
    api("PATCH", f"odata/importers/{importer['id']}/", {"re_run_last_file": True})
    api.act("odata/importers", importer, name="run")
    assert api.values(series) == [5, 2]


def test_clear_and_reset_empty_and_read_again(api: Api, project: str) -> None:
    importer = imported(api, project, b_csv=FILE)
    (series,) = api.rows("odata/series", generator=importer["id"], name="a")
    api.act("odata/importers", importer, name="clear", partial_instant="2024-01-01T01:00:00")
    assert api.values(series) == [1]
    assert api("GET", f"odata/importers/{importer['id']}/").data["last_clear"] is None
    api.act("odata/importers", importer, name="clear")
    assert api.values(series) == []
    assert api("GET", f"odata/importers/{importer['id']}/").data["last_clear"] is not None
    api.act("odata/importers", importer, name="run")
    assert api.values(series) == []
    api.act("odata/importers", importer, name="reset")
    assert api.values(series) == [1, 2]


def test_another_gate_makes_the_outputs_void(api: Api, project: str) -> None:
    importer = imported(api, project, b_csv=FILE)
    (series,) = api.rows("odata/series", generator=importer["id"], name="a")
    other = gate_with_files(api, project, a_csv=FILE.replace(",1,", ",3,"))
    api("PATCH", f"odata/importers/{importer['id']}/", {"comment": "no change"})
    assert api.values(series) == [1, 2]
    api("PATCH", f"odata/importers/{importer['id']}/", {"gate": other["id"]})
    assert api.values(series) == []
    api.act("odata/importers", importer, name="run")
    assert api.values(series) == [3, 2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "line 1: a header with a stamp column and a value column is missing"),
        ("date\n", "line 1: a header with a stamp column and a value column is missing"),
        ("date,a\nyesterday,1\n", "line 2: no stamp in the first column"),
        ("date,a\n2024-01-01,1\n2024-01-02,x\n", "line 3: 'x' is no number"),
        ('date,a\n2024-01-01,"1\n', "no CSV file: unexpected end of data"),
    ],
)
def test_a_broken_file_fails_the_task_and_raises_a_notification(
    api: Api, project: str, content: str, reason: str
) -> None:
    gate = gate_with_files(api, project, x_csv=content)
    importer = api.make("odata/importers", project=project, name="imp", gate=gate["id"])
    base = api.act("odata/importers", importer, name="run")["base"]
    assert (base["status"], base["message"]) == ("failed", f"x.csv: {reason}")
    note = api.one("odata/notifications", project=project)
    assert (note["name"], note["resolved"]) == ("Importer failed", False)
    assert api("GET", f"odata/importers/{importer['id']}/").data["unresolved_notifications_nb"] == 1


def test_a_script_is_refused_where_scripts_are_off(api: Api, project: str) -> None:
    gate = gate_with_files(api, project, x_csv=FILE)
    script = "def parse(content, path, **tools):\n    return None\n"
    importer = api.make("odata/importers", project=project, name="imp", gate=gate["id"],
                        parse_script=script)  # fmt: skip
    base = api.act("odata/importers", importer, name="run")["base"]
    assert base["status"] == "failed"
    assert "switched off" in base["message"]


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({}, "name"),
        ({"name": "jump"}, "name"),
        ({"name": ["run"]}, "name"),
        ({"name": "clear", "partial_instant": "soon"}, "partial_instant"),
        ({"name": "clear", "partial_instant": 5}, "partial_instant"),
    ],
)
def test_a_wrong_order_is_refused_beside_its_field(
    api: Api, order: dict[str, Any], field: str
) -> None:
    importer = api.rows("odata/importers")[0]["id"]
    reply = api("POST", f"odata/importers/{importer}/action/", order)
    assert (reply.status, list(reply.data)) == (400, [field])


def test_an_export_has_a_file_for_each_series_with_its_generator(api: Api, project: str) -> None:
    importer = imported(api, project, b_csv=FILE)
    series = [row["id"] for row in api.rows("odata/series", generator=importer["id"])]
    files = exported(api, series=series, out_mode="series")
    assert sorted(files) == ["a [importer=imp].csv", "b [importer=imp].csv"]
    assert files["a [importer=imp].csv"] == (
        "date,a [importer=imp]\n2024-01-01 00:00:00,1.0\n2024-01-01 01:00:00,2.0\n"
    )


def test_a_frame_export_has_the_common_range_on_the_asked_steps(api: Api, project: str) -> None:
    importer = imported(api, project, b_csv=FILE)
    series = [row["id"] for row in api.rows("odata/series", generator=importer["id"])]
    body = {"series": series, "out_mode": "dataframe", "out_freq": "30T", "sep": ";",
            "decimal": ",", "in_end_mode": "right"}  # fmt: skip
    ((_, text),) = exported(api, **body).items()
    assert text.splitlines() == [
        "date;a [importer=imp];b [importer=imp]",
        "2024-01-01 00:00:00;1,0;10,0",
        "2024-01-01 00:30:00;1,0;",
        "2024-01-01 01:00:00;2,0;",
    ]
    ((_, cut),) = exported(api, **{**body, "in_end_mode": "left"}).items()
    assert len(cut.splitlines()) == 2


def test_an_export_can_be_cut_turned_grouped_and_tagged(api: Api, project: str) -> None:
    text = "date,a\n" + "".join(f"2024-07-0{day} 12:00:00,{day}\n" for day in range(1, 6))
    importer = imported(api, project, b_csv=text)
    series = [api.one("odata/series", generator=importer["id"])["id"]]
    files = exported(api, series=series, start="2024-07-02T00:00:00", end="2024-07-03T12:00:00",
                     clock="gmt", time_grouper="D", with_tags=True)  # fmt: skip
    assert sorted(files.values()) == [
        "date,a [importer=imp],tags\n2024-07-02 11:00:00,2.0,\n",
        "date,a [importer=imp],tags\n2024-07-03 11:00:00,3.0,\n",
    ]


def test_exports_of_two_people_lie_in_their_own_homes(server: SandboxServer, api: Api) -> None:
    member = Api(server, MEMBER)
    series = member.rows("odata/series")[0]
    body = {"series": [series["id"]], "start": "2016-01-01T00:00:00", "end": "2016-01-01T05:00:00"}
    before = len(archive(api))
    assert len(exported(member, **body)) == 1
    assert len(archive(api)) == before


def test_a_wrong_export_names_every_field_that_is_wrong(api: Api) -> None:
    body = {"series": ["x"], "start": "soon", "out_mode": "table", "out_freq": "1X", "clock": "utc",
            "sep": ",,", "decimal": 5, "with_tags": "maybe", "in_start_mode": "up"}  # fmt: skip
    before = archive(api)
    reply = api("POST", "odata/series/export/", body)
    assert archive(api) == before
    assert (reply.status, set(reply.data)) == (400, set(body))
    assert api("POST", "odata/series/export/", {}).data == {"series": ["This field is required."]}


def test_export_names_sort_by_time(api: Api) -> None:
    series = api.rows("odata/series")[0]["id"]
    body = {"series": [series], "start": "2016-01-01T00:00:00", "end": "2016-01-01T01:00:00"}
    before = archive(api)
    begun = [api("POST", "odata/series/export/", body).data["base"]["creation_date"]
             for _ in range(3)]  # fmt: skip
    names = archive(api)[len(before) :]
    seconds = [name.split("_")[1][:15] for name in names]
    assert len(set(names)) == 3
    assert all(
        second >= start.replace("-", "").replace(":", "")[:15]
        for second, start in zip(seconds, begun, strict=True)
    )
