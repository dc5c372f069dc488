# ruff: noqa: T201 - a script that prints
"""What the published client reads of one project, as JSON: a line a function.

Arguments: URL, login, password, organization, project, importer, folder, our workbook's path.
The index of a frame is printed as milliseconds of the naive stamps, as they came over the wire.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
from typing import Any

from ovbpclient import Client


def say(name: str, saw: Any) -> None:
    """One line."""
    print(json.dumps({"name": name, "saw": saw}, default=str), flush=True)


def pairs(series: Any) -> list[list[float]]:
    """Stamps in milliseconds and values, without gaps."""
    stamps = series.index.values.astype("datetime64[ms]").astype("int64").tolist()
    values = [float(value) for value in series.tolist()]
    return [[t, v] for t, v in zip(stamps, values) if not math.isnan(v)]  # noqa: B905


def ids(records: Any) -> list[list[str]]:
    """Ids and names; inputs have no name."""
    return sorted([row.id, row.data.get("name", "")] for row in records)


def lists(client: Any, project: Any) -> None:
    """Everything that is listed, by the function that lists it."""
    say("organizations.list_all", ids(client.organizations.list_all()))
    say("projects.list_all", ids(client.projects.list_all()))
    for name in ("gates", "importers", "cleaners", "analyses", "series", "notifications"):
        say(f"project.list_all_{name}", ids(getattr(project, f"list_all_{name}")()))
    analysis = project.list_all_analyses()[0]
    say("analysis.list_all_analysis_inputs", ids(analysis.list_all_analysis_inputs()))
    say("analysis.list_all_analysis_outputs", ids(analysis.list_all_analysis_outputs()))


def points(client: Any, project: Any) -> None:
    """Every series of the project by itself, and by an export."""
    found = project.list_all_series()
    for series in found:
        say(f"select {series.id}", pairs(series.select_data(clock="gmt")))
    exported = client.series.export_download_and_parse_data(found, clock="gmt")
    say("export", sorted([each.name, pairs(each)] for each in exported))


def workbooks(client: Any, cleaner: Any, folder: str, ours: str) -> None:
    """Its own workbook goes out; ours comes in, unmarked, which must change nothing."""
    cleaner.export_configuration_to_excel(os.path.join(folder, "theirs.xlsx"))  # noqa: PTH118
    before = [row.data for row in cleaner.list_all_unitcleaners()]
    cleaner.configure_from_excel(ours)
    after = [row.data for row in cleaner.list_all_unitcleaners()]
    say("workbook changed", [row for row in after if row not in before])


def main(url: str, login: str, password: str, *rest: str) -> None:
    """All of it."""
    organization, name, importer, folder, ours = rest
    client = Client(io.StringIO(f"{login}\n{password}\n"), url=url)
    project = client.get_project(organization, name)
    lists(client, project)
    points(client, project)
    cleaner = project.get_cleaner(importer)
    say("cleaner.list_all_unitcleaners", ids(cleaner.list_all_unitcleaners()))
    workbooks(client, cleaner, folder, ours)


if __name__ == "__main__":
    main(*sys.argv[1:])
