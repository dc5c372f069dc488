"""Trees of elements and lists of series from CSV files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.errors import Rejected, Unavailable
from connectors.operations import Progress, operations
from connectors.registry import load
from tests.functions.bemserver.ground import Ground, upload
from tests.functions.bemserver.shared import KIND, Ours, served
from tests.sandbox.server import MEMBER, SandboxServer

SITES = "io.upload_sites_csv"
SERIES = "io.upload_timeseries_csv"
TREE = {
    "sites_csv": "Name,Description,IFC_ID\nSîte,A site,\n",
    "buildings_csv": "Site,Name,Description,IFC_ID\nSîte,B1,,\nSîte,B2,,\n",
    "storeys_csv": "Site,Building,Name,Description,IFC_ID\nSîte,B1,St,,\n",
    "spaces_csv": "Site,Building,Storey,Name,Description,IFC_ID\nSîte,B1,St,Sp,,\n",
    "zones_csv": "Name,Description,IFC_ID\nZ,,\n",
}
HEAD = "Campaign scope,Name,Description,Unit,Site,Building,Storey,Space,Zone,Min"


@pytest.fixture(scope="module", params=["0.24.3", "0.26.0"])
def server(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    with served(flavour=request.param) as server:
        yield server


def tree(**changed: str) -> dict[str, Any]:
    return {part: upload(text, part) for part, text in {**TREE, **changed}.items()}


def names(ground: Ground, path: str) -> list[str]:
    """Of the elements of this ground."""
    rows = ground.bare.every(path, campaign_id=ground.campaign)
    return sorted(row["name"] for row in rows)


def updates(server: SandboxServer) -> bool:
    return server.bemserver.settings.flavour >= "0.25"


@pytest.mark.covers("bemserver.io.upload_sites_csv")
def test_five_files_make_the_tree_and_again_it_is_updated_or_said_to_exist(
    server: SandboxServer, ours: Ours, ground: Ground
) -> None:
    told = ours.do(SITES, campaign=ground.node, **tree()).fields
    assert list(told.items()) == [
        ("sites_csv", 1), ("buildings_csv", 2), ("storeys_csv", 1), ("spaces_csv", 1),
        ("zones_csv", 1),
    ]  # fmt: skip
    assert names(ground, "sites") == ["Sîte"]
    assert names(ground, "buildings") == ["B1", "B2"]
    assert names(ground, "storeys") == ["St"]
    assert names(ground, "spaces") == ["Sp"]
    assert names(ground, "zones") == ["Z"]
    again = {"sites_csv": upload("Name,Description,IFC_ID\nSîte,Another,\n")}
    if updates(server):
        ours.do(SITES, campaign=ground.node, **again)
    else:
        with pytest.raises(Rejected, match="already exists"):
            ours.do(SITES, campaign=ground.node, **again)
    (site,) = ground.bare.every("sites", campaign_id=ground.campaign)
    assert site["description"] == ("Another" if updates(server) else "A site")


@pytest.mark.covers("bemserver.io.upload_sites_csv")
def test_a_bad_column_shows_the_server_s_text_and_makes_nothing(ours: Ours, ground: Ground) -> None:
    wrong = tree(spaces_csv="Site,Building,Storey,Description,IFC_ID\nSîte,B1,St,,\n")
    with pytest.raises(Rejected, match=r"Missing columns: .*Name"):
        ours.do(SITES, campaign=ground.node, **wrong)
    assert names(ground, "sites") == []
    unknown = upload("Name,Description,IFC_ID,Colour\nS,,,blue\n")
    with pytest.raises(Rejected, match="Colour"):
        ours.do(SITES, campaign=ground.node, sites_csv=unknown)
    assert names(ground, "sites") == []


@pytest.mark.covers("bemserver.io.upload_sites_csv")
def test_no_file_at_all_one_that_is_no_text_and_a_strange_campaign_are_told_beside_their_fields(
    ours: Ours, ground: Ground
) -> None:
    with pytest.raises(Rejected) as wrong:
        ours.do(SITES, campaign=ground.node)
    assert set(wrong.value.fields) == {"sites_csv"}
    latin = upload("x")
    latin.content.write("Name,Description,IFC_ID\nSîte,,\n".encode("latin-1"))
    latin.content.seek(0)
    with pytest.raises(Rejected) as wrong:
        ours.do(SITES, campaign=ground.node, zones_csv=latin)
    assert set(wrong.value.fields) == {"zones_csv"}
    with pytest.raises(Rejected) as wrong:
        ours.do(SITES, campaign="campaign/99999", **tree())
    assert "campaign_id" in wrong.value.fields


@pytest.mark.covers("bemserver.io.upload_sites_csv")
def test_only_administrators_import_and_others_are_told_so(server: SandboxServer) -> None:
    with pytest.raises(Rejected, match="administrators"):
        Ours(server, MEMBER).do(SITES, campaign="campaign/3", sites_csv=upload(TREE["sites_csv"]))


@pytest.mark.covers("bemserver.io.upload_sites_csv")
@pytest.mark.covers("bemserver.io.upload_timeseries_csv")
def test_an_import_tells_how_much_is_on_its_way(ours: Ours, ground: Ground) -> None:
    declared = {one.name: one for one in operations(load(KIND))}
    series = {"timeseries_csv": upload(f"{HEAD}\nAll,Told,,kWh,,,,,,\n")}
    for name, files, rows in ((SITES, tree(), 6), (SERIES, series, 1)):
        assert declared[name].lasting
        told: list[Progress] = []
        values = {"campaign": ground.node, **files}
        declared[name].call(ours.opened, values, told=told.append)
        assert [progress.text for progress in told] == [f"{rows} rows on their way"]


@pytest.mark.covers("bemserver.io.upload_sites_csv")
def test_an_import_that_broke_is_never_sent_again(
    server: SandboxServer, ours: Ours, ground: Ground
) -> None:
    before = len(server.faults.injected)
    with server.faults.on("500", path="/io/sites"), pytest.raises(Unavailable):
        ours.do(SITES, campaign=ground.node, **tree())
    assert len(server.faults.injected) == before + 1


@pytest.mark.covers("bemserver.io.upload_timeseries_csv")
def test_series_are_made_and_tied_to_their_deepest_place_and_their_zone(
    server: SandboxServer, ours: Ours, ground: Ground
) -> None:
    ours.do(SITES, campaign=ground.node, **tree())
    lines = [HEAD, "All,Deep,In a space,kWh,Sîte,B1,St,Sp,Z,5", "All,Loose,,°C,,,,,,"]
    told = ours.do(SERIES, campaign=ground.node, timeseries_csv=upload("\n".join([*lines, ""])))
    assert told.fields == {"timeseries_csv": 2}
    rows = {row["name"]: row for row in ground.bare.every(
        "timeseries", campaign_id=ground.campaign)}  # fmt: skip
    deep, loose = rows["Deep"], rows["Loose"]
    assert (deep["unit_symbol"], deep["campaign_scope_id"]) == ("kWh", ground.scope)
    assert loose["unit_symbol"] == "°C"
    ties = {kind: ground.bare.every(f"timeseries_by_{kind}s", timeseries_id=deep["id"])
            for kind in ("site", "building", "storey", "space", "zone")}  # fmt: skip
    assert {kind: len(found) for kind, found in ties.items()} == {
        "site": 0, "building": 0, "storey": 0, "space": 1, "zone": 1,
    }  # fmt: skip
    (least,) = ground.bare.every("timeseries_property_data", timeseries_id=deep["id"])
    assert least["value"] == "5"


@pytest.mark.covers("bemserver.io.upload_timeseries_csv")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("No scope,Late,,kWh,,,,,,", "No scope"),
        ("All,Late,,euro,,,,,,", "Late"),
        ("All,Late,,kWh,,B1,,,,", "Missing site"),
    ],
)
def test_one_wrong_row_means_that_nothing_of_the_file_is_made(
    ours: Ours, ground: Ground, line: str, said: str
) -> None:
    text = "\n".join([HEAD, "All,First,,kWh,,,,,,", line, ""])
    with pytest.raises(Rejected, match=said):
        ours.do(SERIES, campaign=ground.node, timeseries_csv=upload(text))
    assert names(ground, "timeseries") == []
