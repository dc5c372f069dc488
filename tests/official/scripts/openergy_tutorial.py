# ruff: noqa: T201, FBT003, DTZ001 - a script that prints, with naive times as the platform has
"""The vendor's tutorial, call by call in its order, with the client as it is published.

Prints a JSON line a step: what the tutorial prints at that point, or the record it shows. Its
waits are left out, since the sandbox has done the work when it answers; so is its call that
attaches an account to a gate, which cannot run in any release (3.2): the gate is there before.

Arguments: URL, organization, file with login and password, working folder.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sys
from typing import Any

import pandas as pd
from ovbpclient import Client, RecordDoesNotExistError

PROJECT, GATE, IMPORTER, ANALYSIS = "Ovbpclient documentation", "gate", "importer-a", "analysis-a"
PARSE = """
import pandas as pd

def parse(content_bytes, rel_path, **tools):
    return pd.read_json(content_bytes)

"""
ANALYZE = """
import pandas as pd

def analyze(df, **tools):
    return pd.DataFrame({"a-output": df.mean(axis=1)})

"""


def say(step: str, saw: Any) -> None:
    """One line; moments are told apart from texts."""
    print(json.dumps({"step": step, "saw": saw}, default=lambda moment: "moment"), flush=True)


class Wire:
    """The requests that a client sent; the client itself stays as it is."""

    def __init__(self, client: Client) -> None:
        self.sent: list[str] = []
        self._root = f"{client.rest_client.base_url}/"
        client.rest_client.session.hooks["response"].append(self._note)

    def _note(self, response: Any, *_arguments: Any, **_options: Any) -> None:
        path = response.url.removeprefix(self._root).partition("?")[0]
        self.sent.append(f"{response.request.method} {path}")

    def writes(self) -> list[str]:
        """What was sent since the last time, without what only reads."""
        sent, self.sent = self.sent, []
        return [line for line in sent if not line.startswith("GET ")]


def attach_call(project: Any) -> None:
    """The gate's own call fails before any request; the account's call works."""
    gate = project.create_gate("spare", comment="")
    wire = Wire(gate.client)
    try:
        gate.attach_internal_ftp_account()
    except AttributeError as error:
        say("attach", [str(error), wire.sent])
    gate.delete()


def prepared_gate(client: Client, organization_name: str) -> None:
    """The project, and its gate with an account, as the tutorial finds them."""
    organization = client.get_organization(organization_name)
    try:
        project = organization.get_project(PROJECT)
    except RecordDoesNotExistError:
        say("no project yet", True)
        project = organization.create_project(PROJECT)
    try:
        project.get_gate(GATE)
        return
    except RecordDoesNotExistError:
        say("no gate yet", True)
    attach_call(project)
    gate = project.create_gate(GATE, comment="documentation gate")
    account = client.gate_ftp_accounts.data_to_record({"id": gate.ftp_account})
    attached = account.detail_action("post", "attach_new_oftp_account")
    say("attached", [bool(attached[key]) for key in ("host", "port", "login")])


def the_project(client: Client, organization_name: str) -> Any:
    project = client.get_organization(organization_name).get_project(PROJECT)
    say("project", [repr(project), project.data])
    return client.get_project(organization_name, PROJECT)


def upload(project: Any) -> Any:
    gate = project.get_gate(GATE)
    frame = pd.DataFrame(
        {"a": [1] * 24, "b": [2] * 24, "c": [3] * 24},
        index=pd.date_range("01/01/2012", periods=24, freq="H"),
    )
    with gate.get_ftputil_client() as ftp, ftp.open("first.json", "w") as file:
        file.write(frame.to_json())
    say("uploaded", [[entry.name, entry.type] for entry in gate.get_ftp_account().list_dir()])
    return gate


def importing(project: Any, gate: Any) -> None:
    try:
        importer = project.get_importer(IMPORTER)
    except RecordDoesNotExistError:
        importer = project.create_importer(IMPORTER, comment="documentation importer")
        importer.configure(gate, parse_script=PARSE, crontab="0 0 0 1 1 *")
    say("importer", [repr(importer), importer.data])
    importer.run()
    if not importer.active:
        importer.activate()
    importer.deactivate()
    series = importer.list_all_output_series()
    say("importer series", [repr(each) for each in series])
    # The order of a listing is not defined (1.3): taken as the tutorial happened to get it.
    series.sort(key=lambda each: each.name, reverse=True)
    say("importer frame", str(in_order(project.client.series.select_data(
        series, start=dt.datetime(2012, 1, 1, 6), end=dt.datetime(2012, 1, 1, 12)
    ), "abc")))  # fmt: skip
    say("one series", str(series[0].select_data(end=dt.datetime(2012, 1, 1, 4))))


def in_order(frame: pd.DataFrame, names: Any) -> pd.DataFrame:
    """The columns as the tutorial happened to get them: theirs is the order of the answer."""
    return frame[list(names)]


def cleaning(project: Any, folder: str, wire: Wire) -> Any:
    cleaner = project.get_cleaner(IMPORTER)
    say("cleaner", [repr(cleaner), cleaner.data])
    for unitcleaner in cleaner.list_all_unitcleaners():
        unitcleaner.delete()
    say("unitcleaners left", len(cleaner.list_all_unitcleaners()))
    say("unlinked", [each.unitcleaner for each in cleaner.list_all_importer_series()])
    for each in cleaner.list_all_importer_series():
        cleaner.create_unitcleaner(each.name, name=f"{each.name}-cleaned", freq="1H")
    say("unitcleaners", [repr(each) for each in cleaner.list_all_unitcleaners()])
    path = os.path.join(folder, f"{IMPORTER}.xlsx")  # noqa: PTH118
    wire.writes()
    cleaner.export_configuration_to_excel(path)
    cleaner.configure_from_excel(path)
    say("excel writes", wire.writes())
    series = cleaner.list_all_output_series()
    say("cleaner series", [repr(each) for each in series])
    frame = project.client.series.select_data(series, end=dt.datetime(2012, 1, 1, 4))
    say("cleaner frame", str(in_order(frame, [f"{name}-cleaned" for name in "cba"])))
    return cleaner


def analysing(project: Any, cleaner: Any) -> None:
    try:
        analysis = project.get_analysis(ANALYSIS)
    except RecordDoesNotExistError:
        analysis = project.create_analysis(ANALYSIS, comment="documentation analysis")
    say("analysis", [repr(analysis), analysis.data])
    configured(analysis, cleaner)
    say("analysis inputs", [repr(each) for each in analysis.list_all_analysis_inputs()])
    say("analysis outputs", [repr(each) for each in analysis.list_all_analysis_outputs()])
    if analysis.get_analysis_config() is None:
        analysis.create_analysis_config("3H", "3H", ANALYZE)
    analysis.reload()
    say("analysis reloaded", analysis.data)
    analysis.run()
    if not analysis.active:
        analysis.activate()
    frame = project.client.series.select_data(analysis.list_all_output_series())
    say("analysis frame", str(frame))


def configured(analysis: Any, cleaner: Any) -> None:
    if not analysis.list_all_analysis_inputs():
        names = [each.name for each in cleaner.list_all_unitcleaners()]
        for name in sorted(name for name in names if name[0] in ("a", "b")):
            analysis.create_analysis_input(cleaner, name, name)
    if not analysis.list_all_analysis_outputs():
        analysis.create_analysis_output("a-output", "mean", unit="°C")


def overview(project: Any) -> None:
    say("gates", [repr(each) for each in project.list_all_gates()])
    say("importers", [repr(each) for each in project.list_all_importers()])
    say("cleaners", [repr(each) for each in project.list_all_cleaners()])
    say("analyses", [repr(each) for each in project.list_all_analyses()])
    open_ones = project.list_all_notifications(resolved=False)
    say("notifications", [repr(each) for each in open_ones])


def exporting(project: Any) -> None:
    series = project.list_all_series()
    found = project.client.series.export_download_and_parse_data(series)
    say("exported", sorted(each.name for each in found))
    frame = project.client.series.export_download_and_parse_data(
        series, out_mode="dataframe", out_freq="1H", clock="tzt"
    )
    say("exported frame", str(frame))
    say("exported columns", [list(frame.columns), frame.min().tolist(), frame.max().tolist()])


def walk(client: Client, organization_name: str, folder: str) -> None:
    """The tutorial from its first call to its last."""
    project = the_project(client, organization_name)
    wire = Wire(client)
    importing(project, upload(project))
    analysing(project, cleaning(project, folder, wire))
    overview(project)
    exporting(project)


def main(url: str, organization_name: str, auth_path: str, folder: str) -> None:
    """Twice: first on an empty project, then as the vendor printed it, where all was made before,
    had been cleared once, and another analysis stood beside."""
    Client.__init__.__defaults__ = (None, url, True)  # 6.2: the tutorial's own call names no URL
    client = Client(auth_path)
    prepared_gate(client, organization_name)
    walk(client, organization_name, folder)
    say("again", True)
    project = client.get_project(organization_name, PROJECT)
    for generator in (project.get_importer(IMPORTER), project.get_cleaner(IMPORTER)):
        generator.reset().wait_for_completion(period=100)
    project.get_analysis(ANALYSIS).reset().wait_for_completion(period=100)
    with contextlib.suppress(RecordDoesNotExistError):
        project.get_analysis("metadata-test").delete()
    project.create_analysis("metadata-test", comment="")
    walk(client, organization_name, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
