"""The vendor's tutorial by our functions: each row of its calls does what the row says."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from connectors.contract import NodeId
from connectors.errors import AuthFailed, NotFound, Rejected
from tests.conformance.sandbox_openergy import TUTORIAL, id_of
from tests.functions.openergy.ground import (
    ANALYZE,
    DAY,
    FRAME,
    PARSE,
    Tutorial,
    at,
    stored,
    tutorial,
)

SEVEN = [
    "a [importer=importer a]",
    "a cleaned [cleaner=importer a]",
    "a output [analysis=analysis a]",
    "b [importer=importer a]",
    "b cleaned [cleaner=importer a]",
    "c [importer=importer a]",
    "c cleaned [cleaner=importer a]",
]
FIELDS = {
    "id", "rights", "odata", "obuildings", "is_visible", "name", "comment", "private_comment",
    "creation_date", "display_buildings",
}  # fmt: skip


@pytest.fixture(scope="module")
def done() -> Iterator[Tutorial]:
    with tutorial() as found:
        yield found


@pytest.mark.covers("openergy.auth.connect")
def test_login_and_password_sign_every_call_and_a_wrong_pair_is_told_at_once(
    done: Tutorial,
) -> None:
    assert done.service.check().label == "Ada Admin (admin@sandbox.example)"
    wrong = type(done.subject)(
        kind="openergy", settings={**done.subject.settings, "password": "wrong"}
    )
    with pytest.raises(AuthFailed):
        wrong.open().check()


@pytest.mark.covers("openergy.organization.get")
@pytest.mark.covers("openergy.type.record_does_not_exist")
def test_an_organization_is_found_by_its_whole_name_and_none_is_not_found(done: Tutorial) -> None:
    assert done.saw["organization"].fields["name"] == TUTORIAL
    with pytest.raises(NotFound):
        done.do("organizations.find", name="Nobody's")


@pytest.mark.covers("openergy.organization.get_project")
def test_a_project_is_found_inside_its_organization_only(done: Tutorial) -> None:
    asked = {"name": "Ovbpclient documentation"}
    found = done.record("projects.find", parent=done.ids["organization"], **asked)
    assert found.id == done.ids["project"]
    other = done.bare.one("oteams/organizations", name="UK homes")
    with pytest.raises(NotFound):
        done.do("projects.find", parent=id_of("organization", other), **asked)


@pytest.mark.covers("openergy.organization.create_project")
def test_a_new_project_is_listed_and_has_its_data_project(done: Tutorial) -> None:
    row = done.bare.one("oteams/projects", name="Ovbpclient documentation")
    assert row["id"] == done.uuid("project")
    assert done.bare("GET", f"odata/projects/{row['odata']}")["base"] == row["id"]


@pytest.mark.covers("openergy.project.get")
@pytest.mark.covers("openergy.record.data")
def test_a_project_shows_its_eleven_fields_and_its_organization_opened(done: Tutorial) -> None:
    found = done.record("projects.get", which=done.ids["project"])
    wire = done.bare("GET", f"oteams/projects/{done.uuid('project')}")
    assert set(wire) == FIELDS | {"organization"}
    assert {name.partition(".")[0] for name in found.fields} == set(wire)
    assert found.fields["organization.name"] == TUTORIAL
    assert found.fields["creation_date"] == wire["creation_date"]
    importer = done.record("importers.get", which=done.ids["importer"]).fields
    assert importer["last_run"] == done.wire("importer")["last_run"]
    assert importer["latest_imported_mdate"].count(":") == 2  # type: ignore[attr-defined]


@pytest.mark.covers("openergy.project.get_gate")
def test_a_gate_is_found_by_name_with_its_account(done: Tutorial) -> None:
    found = done.record("gates.find", parent=done.ids["project"], name="gate")
    assert found.id == done.ids["gate"]
    assert found.fields["ftp_account.login"]


@pytest.mark.covers("openergy.project.create_gate")
@pytest.mark.covers("openergy.gate.attach_internal_ftp_account")
def test_a_new_gate_has_no_account_until_one_is_attached(done: Tutorial) -> None:
    assert done.saw["before attach"].fields["host"] == ""
    attached = done.bare("GET", f"odata/gates/{done.uuid('gate')}")["ftp_account"]
    assert all(attached[name] for name in ("host", "port", "login"))
    assert done.saw["attached"].fields["login"] == attached["login"]
    assert "gate" in done.names(done.ids["project"])


@pytest.mark.covers("openergy.gate.upload_file")
@pytest.mark.covers("openergy.gate.get_ftputil_client")
def test_a_file_goes_over_ftp_and_is_listed_and_no_password_is_shown(done: Tutorial) -> None:
    gate = done.bare("GET", f"odata/gates/{done.uuid('gate')}")
    assert done.bare.fetched(gate, "/first.json") == FRAME
    assert done.names(done.ids["gate"]) == ["first.json"]
    account = f"odata/gate_ftp_accounts/{gate['ftp_account']['id']}"
    secret = done.bare("GET", f"{account}/password")["password"]
    shown = f"{done.saw['uploaded']} {done.record('gate.account', gate=done.ids['gate']).fields}"
    assert secret not in shown


@pytest.mark.covers("openergy.importer.parse_script")
@pytest.mark.covers("openergy.importer.configure")
def test_a_script_is_kept_byte_for_byte_and_only_what_was_given_is_sent(done: Tutorial) -> None:
    row = done.wire("importer")
    assert (row["parse_script"], row["crontab"]) == (PARSE, "0 0 0 1 1 *")
    assert row["gate"]["id"] == done.uuid("gate")
    assert row["comment"] == "documentation importer"
    for script in ("def parse(:", "x = 1"):
        with pytest.raises(Rejected) as refused:
            done.do("importers.update", which=done.ids["importer"], parse_script=script)
        assert "parse_script" in refused.value.fields
    with pytest.raises(Rejected) as refused:
        done.do("importers.update", which=done.ids["importer"], crontab="0 0 * * *")
    assert "crontab" in refused.value.fields
    assert done.wire("importer")["parse_script"] == PARSE


@pytest.mark.covers("openergy.project.get_importer")
def test_an_importer_is_found_by_name(done: Tutorial) -> None:
    found = done.record("importers.find", parent=done.ids["project"], name="importer-a")
    assert found.id == done.ids["importer"]


@pytest.mark.covers("openergy.project.create_importer")
@pytest.mark.covers("openergy.project.get_cleaner")
def test_an_importer_comes_with_a_cleaner_of_its_name(done: Tutorial) -> None:
    assert done.wire("cleaner")["related_importer"] == done.uuid("importer")
    assert done.saw["cleaner"].fields["name"] == "importer-a"


@pytest.mark.covers("openergy.importer.run")
def test_a_run_finishes_and_leaves_three_series(done: Tutorial) -> None:
    assert done.task(done.saw["importer run"]) == "finished"
    row = done.wire("importer")
    assert row["last_run"]
    assert row["last_imported_path"] == "first.json"
    assert sorted(done.series_of("importer")) == ["a", "b", "c"]


@pytest.mark.covers("openergy.importer.activate")
@pytest.mark.covers("openergy.importer.deactivate")
def test_an_importer_is_switched_on_and_off(done: Tutorial) -> None:
    on = done.record("importer.activate", which=done.ids["importer"])
    assert on.fields["active"] is done.wire("importer")["active"] is True
    off = done.record("importer.deactivate", which=done.ids["importer"])
    assert off.fields["active"] is done.wire("importer")["active"] is False


@pytest.mark.covers("openergy.importer.list_all_output_series")
def test_an_importers_series_are_told_apart_by_their_keys(done: Tutorial) -> None:
    rows = done.rows("importer.outputs", which=done.ids["importer"])
    assert {row["name"]: row["node"] for row in rows} == done.series_of("importer")
    assert len({row["otsdb_pk"] for row in rows}) == 3


@pytest.mark.covers("openergy.series.select_data_many")
def test_seven_rows_of_three_series_come_at_once(done: Tutorial) -> None:
    ids = done.series_of("importer")
    found = done.points(
        "series.select_many", series=list(ids.values()), start=at(6).isoformat(),
        end=at(12).isoformat(),
    )  # fmt: skip
    for name, value in (("a", 1.0), ("b", 2.0), ("c", 3.0)):
        assert found[ids[name]] == [(at(hour), value) for hour in range(6, 13)]


@pytest.mark.covers("openergy.series.select_data")
def test_five_rows_of_one_series_are_the_right_instants(done: Tutorial) -> None:
    one = done.series_of("importer")["c"]
    found = done.points("series.select", series=one, end=at(4).isoformat())
    assert found[one] == [(at(hour), 3.0) for hour in range(5)]
    assert stored(done.service.read([one], DAY))[one] == [(at(hour), 3.0) for hour in range(24)]


@pytest.mark.covers("openergy.cleaner.list_all_unitcleaners")
@pytest.mark.covers("openergy.cleaner.create_unitcleaner")
def test_three_unit_cleaners_have_all_settings_and_their_series_come_by_themselves(
    done: Tutorial,
) -> None:
    rows = done.rows("unitcleaners.list", cleaner=done.ids["cleaner"])
    assert sorted(row["name"] for row in rows) == ["a-cleaned", "b-cleaned", "c-cleaned"]
    form = done.operation("unitcleaners.create").parameters.model_fields
    wire = done.wire("unitcleaner a")
    assert len(set(form) - {"parent"}) == 21
    defaults = {n: f.default for n, f in form.items() if not f.is_required()}
    assert {name: wire[name] for name in defaults} == defaults
    assert sorted(done.series_of("cleaner")) == ["a-cleaned", "b-cleaned", "c-cleaned"]


@pytest.mark.covers("openergy.cleaner.list_all_importer_series")
def test_a_cleaners_three_inputs_say_whether_they_are_configured(done: Tutorial) -> None:
    rows = done.rows("importer_series.list", generator=done.ids["importer"])
    assert sorted(row["external_name"] for row in rows) == ["a", "b", "c"]
    assert {row["unitcleaner"] for row in rows} == {
        done.uuid(f"unitcleaner {name}") for name in "abc"
    }


@pytest.mark.covers("openergy.cleaner.list_all_output_series")
def test_cleaned_series_have_rows_from_one_to_four(done: Tutorial) -> None:
    ids = done.series_of("cleaner")
    rows = done.rows("cleaner.outputs", which=done.ids["cleaner"])
    assert {row["node"] for row in rows} == set(ids.values())
    found = done.points(
        "series.select_many", series=list(ids.values()), end=at(4).isoformat(), dropna=True
    )
    assert found[ids["a-cleaned"]] == [(at(hour), 1.0) for hour in range(1, 5)]


@pytest.mark.covers("openergy.project.get_analysis")
@pytest.mark.covers("openergy.project.create_analysis")
def test_an_analysis_is_found_and_had_no_configuration_at_first(done: Tutorial) -> None:
    found = done.record("analyses.find", parent=done.ids["project"], name="analysis-a")
    assert found.id == done.ids["analysis"]
    assert done.saw["analysis"].fields["analysisconfig"] is None
    assert "analysis-a" in done.names(done.ids["project"])


@pytest.mark.covers("openergy.analysis.list_all_analysis_inputs")
@pytest.mark.covers("openergy.analysis.create_analysis_input")
def test_two_inputs_are_listed_though_they_have_no_name(done: Tutorial) -> None:
    rows = done.rows("analysis_inputs.list", analysis=done.ids["analysis"])
    wire = done.bare.rows("odata/analysis_inputs", analysis=done.uuid("analysis"))
    assert sorted(row["column_name"] for row in rows) == ["a-cleaned", "b-cleaned"]
    assert {row["input_series_generator"]["id"] for row in wire} == {done.uuid("cleaner")}
    assert sorted(row["input_series_name"] for row in wire) == ["a-cleaned", "b-cleaned"]


@pytest.mark.covers("openergy.analysis.list_all_analysis_outputs")
@pytest.mark.covers("openergy.analysis.create_analysis_output")
def test_an_output_keeps_its_rule_and_the_degree_sign(done: Tutorial) -> None:
    (row,) = done.rows("analysis_outputs.list", analysis=done.ids["analysis"])
    (wire,) = done.bare.rows("odata/analysis_outputs", analysis=done.uuid("analysis"))
    for shown in (row, wire):
        assert (shown["name"], shown["resample_rule"], shown["unit"]) == ("a-output", "mean", "°C")


@pytest.mark.covers("openergy.analysis.get_analysis_config")
@pytest.mark.covers("openergy.analysis.create_analysis_config")
@pytest.mark.covers("openergy.analysis.analyze_script")
def test_a_configuration_is_none_before_and_kept_after(done: Tutorial) -> None:
    assert done.saw["no config"].fields == {"analysisconfig": None}
    found = done.record("analysis.config", analysis=done.ids["analysis"]).fields
    wire = done.wire("analysis")["analysisconfig"]
    for shown in (found, wire):
        assert (shown["input_freq"], shown["output_freq"]) == ("3H", "3H")
        assert shown["script"] == ANALYZE
    for field, value in (("input_freq", "3 hours"), ("script", "def analyze(")):
        values = {"input_freq": "3H", "output_freq": "3H", "script": ANALYZE, field: value}
        with pytest.raises(Rejected) as refused:
            done.do("analysis_configs.create", parent=done.ids["analysis"], **values)
        assert field in refused.value.fields


@pytest.mark.covers("openergy.analysis.reload")
def test_an_analysis_shows_rights_configuration_and_what_is_open(done: Tutorial) -> None:
    found = done.record("analyses.get", which=done.ids["analysis"]).fields
    wire = done.wire("analysis")
    assert found["rights.can_write"] is True
    assert found["analysisconfig.input_freq"] == "3H"
    assert found["is_obsolete"] == wire["is_obsolete"]
    assert found["unresolved_notifications_nb"] == wire["unresolved_notifications_nb"]


@pytest.mark.covers("openergy.analysis.run")
@pytest.mark.covers("openergy.analysis.list_all_output_series")
def test_an_analysis_gives_six_rows_of_one_and_a_half(done: Tutorial) -> None:
    assert done.task(done.saw["analysis run"]) == "finished"
    (row,) = done.rows("analysis.outputs", which=done.ids["analysis"])
    assert row["name"] == "a-output"
    found = stored(done.service.read([NodeId(row["node"])], DAY))[row["node"]]
    assert found == [(at(hour), 1.5) for hour in range(3, 19, 3)]


@pytest.mark.covers("openergy.analysis.activate")
@pytest.mark.covers("openergy.analysis.deactivate")
def test_an_analysis_is_switched_on_and_off(done: Tutorial) -> None:
    on = done.record("analysis.activate", which=done.ids["analysis"])
    assert on.fields["active"] is done.wire("analysis")["active"] is True
    off = done.record("analysis.deactivate", which=done.ids["analysis"])
    assert off.fields["active"] is done.wire("analysis")["active"] is False


@pytest.mark.covers("openergy.series.export_series_mode")
def test_seven_series_come_by_an_export(done: Tutorial) -> None:
    rows = done.rows("series.export_table", series=_all(done))
    assert sorted({row["series"] for row in rows}) == SEVEN
    assert {row["value"] for row in rows if row["series"] == SEVEN[2]} == {1.5}
    wire = [done.bare("GET", f"odata/series/{one.split('/')[1]}/select") for one in _all(done)]
    assert len(rows) == sum(len(one["data"]) for one in wire)


@pytest.mark.covers("openergy.series.export_dataframe_mode")
def test_one_frame_of_eighteen_rows_comes_by_an_export(done: Tutorial) -> None:
    found = done.do("series.export_frame", series=_all(done), out_freq="1H", clock="tzt")
    rows = list(found.rows)
    assert sorted(found.columns[1:]) == SEVEN
    assert [row[0] for row in rows] == [f"2012-01-01 {hour:02}:00:00" for hour in range(3, 21)]
    assert all(None not in row for row in rows)


@pytest.mark.covers("openergy.series.export_archive")
@pytest.mark.covers("openergy.series.export_to_directory")
def test_earlier_exports_are_listed_and_downloaded_and_a_csv_is_handed_over(done: Tutorial) -> None:
    one = done.series_of("importer")["a"]
    text = done.bytes("series.export_file", series=[one]).decode()
    lines = list(csv.reader(text.splitlines()))
    assert lines[0] == ["date", SEVEN[0]]
    assert len(lines) == 25
    row = done.rows("exports.list")[0]
    with done.service.open(row["node"]) as file:
        assert b"".join(file)[:2] == b"PK"


@pytest.mark.covers("openergy.project.list_all_series")
def test_a_project_has_seven_series(done: Tutorial) -> None:
    rows = done.rows("series.list", project=done.ids["project"])
    assert {row["node"] for row in rows} == set(_all(done))
    assert len(rows) == 7


def _all(done: Tutorial) -> list[NodeId]:
    makers = ("importer", "cleaner", "analysis")
    return [one for maker in makers for one in done.series_of(maker).values()]
