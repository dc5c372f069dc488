"""CSV files into BEMServer, on the wire (section 4.6)."""

from __future__ import annotations

from collections.abc import Mapping

from tests.official.wire import NOBODY, PEOPLE, Wire

Files = Mapping[str, str]
SITES = "Name,Description,IFC_ID\n"
SERIES = "Campaign scope,Name,Description,Unit,Site,Building,Storey,Space,Zone"


TREE = {
    "sites_csv": f"{SITES}A,a,\nB,,1234567890123456789012\n",
    "buildings_csv": "Site,Name,Description,IFC_ID\nA,H,h,\nB,H,,\n",
    "storeys_csv": "Site,Building,Name,Description,IFC_ID\nA,H,1,,\n",
    "spaces_csv": "Site,Building,Storey,Name,Description,IFC_ID\nA,H,1,R,,\n",
    "zones_csv": f"{SITES}Z,z,\n",
}
TREES: tuple[Files, ...] = (
    {},
    TREE,
    TREE,
    {"sites_csv": ""},
    {"sites_csv": "Name,IFC_ID\nX,\n"},
    {"nonsense": "x"},
    {"sites_csv": f"{SITES}X\n"},
    {"sites_csv": f"{SITES}X,y,z,w\n"},
    {"sites_csv": SITES},
    {"sites_csv": "Name,Description,IFC_ID,floor\nA,a,,12\n"},
    {"sites_csv": "Name,Description,IFC_ID,floor\nA,a,,word\n"},
    {"sites_csv": "Name,Description,IFC_ID,none\nA,a,,12\n"},
    {"sites_csv": "Name,Description,IFC_ID,floor\nC,a,,\n"},
    {"sites_csv": f"{SITES}{'x' * 90},a,\n"},
    {"sites_csv": f"{SITES}Q,a,{'x' * 30}\n"},
    {"sites_csv": f"{SITES},a,\n"},
    {"sites_csv": f"{SITES}D,d,\nD,dd,\n"},
    {"buildings_csv": "Site,Name,Description,IFC_ID\nnone,H,,\n"},
    {"storeys_csv": "Site,Building,Name,Description,IFC_ID\nA,none,1,,\n"},
    {"spaces_csv": "Site,Building,Storey,Name,Description,IFC_ID\nA,H,none,R,,\n"},
    {"sites_csv": f"{SITES}New,,\n", "buildings_csv": "Site,Name,Description,IFC_ID\nno,H,,\n"},
    {"zones_csv": "Name,Description\n"},
    {"sites_csv": f"{SITES}É,,\n"},
    {"sites_csv": f'{SITES}"X,,\n'},
)
ROWS: tuple[Files, ...] = tuple(
    {"timeseries_csv": text}
    for text in (
        "",
        SERIES,
        f"{SERIES}\n",
        f"{SERIES}\nS,T1,d,kWh,,,,,\n",
        f"{SERIES}\nS,T1,e,Wh,A,,,,Z\n",
        f"{SERIES}\nS,T2,,,A,H,,,\nS,T3,,°C,A,H,1,R,Z\n",
        f"{SERIES}\nnone,T4,,,,,,,\n",
        f"{SERIES}\nS,T4,,,none,,,,\n",
        f"{SERIES}\nS,T4,,,A,none,,,\n",
        f"{SERIES}\nS,T4,,,A,H,none,,\n",
        f"{SERIES}\nS,T4,,,A,H,1,none,\n",
        f"{SERIES}\nS,T4,,,,,,,none\n",
        f"{SERIES}\nS,T4,,,,H,,,\n",
        f"{SERIES}\nS,T4,,,A,,1,,\n",
        f"{SERIES}\nS,T4,,nonsense,,,,,\n",
        f"{SERIES},Interval,Min\nS,T5,,,,,,,,900,-1.5\n",
        f"{SERIES},Interval\nS,T5,,,,,,,,x\n",
        f"{SERIES},none\nS,T5,,,,,,,,x\n",
        f"{SERIES}\nS,{'x' * 90},,,,,,,\n",
        f"{SERIES}\nS,,,,,,,,\n",
        SERIES.replace(",Zone", "") + "\nx\n",
        f"{SERIES}\nS,T6\n",
        f"{SERIES}\nS,T6,,,,,,,,,,\n",
    )
)


def files(wire: Wire) -> None:
    """Section 4.6, in a campaign of its own."""
    wire.make("filed", "campaigns", {"name": "Filed", "timezone": "UTC"})
    wire.make("filed scope", "campaign_scopes", {"name": "S", "campaign_id": wire.ids["filed"]})
    for number, parts in enumerate(TREES):
        for who in PEOPLE if number < 2 else ("admin",):
            _send(wire, f"sites csv {number} {who}", "sites", parts, who)
    for number, parts in enumerate(({}, {"nonsense": "x"}, *ROWS)):
        _send(wire, f"series csv {number}", "timeseries", parts)
    for who in PEOPLE[1:]:
        _send(wire, f"series csv {who}", "timeseries", ROWS[3], who)
    for path in ("sites", "timeseries"):
        for number, campaign in enumerate((None, "x", NOBODY)):
            wire.ask(
                f"{path} csv campaign {number}",
                "POST",
                f"/io/{path}",
                params={} if campaign is None else {"campaign_id": campaign},
                files={f"{path}_csv": ("x.csv", b"x")},
            )
        wire.ask(
            f"{path} csv raw",
            "POST",
            f"/io/{path}",
            data=b"x",
            params={"campaign_id": wire.ids["filed"]},
        )
        wire.ask(
            f"{path} csv bytes",
            "POST",
            f"/io/{path}",
            params={"campaign_id": wire.ids["filed"]},
            files={f"{path}_csv": ("x.csv", b"\xff\xfe\xff")},
        )
    _imported(wire)


def _send(wire: Wire, step: str, path: str, parts: Files, who: str = "admin") -> None:
    files = {name: (f"{name}.csv", text.encode()) for name, text in parts.items()}
    wire.ask(
        step,
        "POST",
        f"/io/{path}",
        who,
        files=files or {"": ("", b"")},
        params={"campaign_id": wire.ids["filed"]},
    )


def _imported(wire: Wire) -> None:
    """What the files have made, by names only."""
    here = wire.ids["filed"]
    for path in ("sites", "buildings", "storeys", "spaces", "zones", "timeseries"):
        found = wire.send(
            "GET", f"/{path}/", params={"campaign_id": here, "sort": "name", "page_size": 100}
        )
        rows = [
            {k: v for k, v in row.items() if not k.endswith("id") or k == "ifc_id"}
            for row in found.json()
        ]
        wire.seen[f"imported {path}"] = found.status_code, {}, rows
    for kind in ("site", "building", "storey", "space", "zone"):
        ties = wire.send("GET", f"/timeseries_by_{kind}s/", params={"page_size": 100}).json()
        names = [tie[kind]["name"] for tie in ties if tie[kind].get("name") in "ABHRZ1"]
        wire.seen[f"imported ties {kind}"] = 200, {}, sorted(names)
