"""What the published client reads: lists, single objects, drops, sums and counts.

    python flowthings_agreement.py HOST:PORT TOKEN FLOW START END

One JSON line: each function with what it gave. The times are milliseconds.
"""

import json
import sys

import flowthings_shim  # noqa: F401  (it lets the client be imported)

# isort: split
import flowthings
from flowthings import mem

SERVICES = (
    "flow", "track", "group", "identity", "api_task", "mqtt_task", "rss_task", "device", "token",
    "share",
)  # fmt: skip


def main(host: str, token: str, flow: str, start: str, end: str) -> None:
    """Everything that reads."""
    creds = flowthings.Token("admin", token)
    api = flowthings.API(creds, secure=False, host=host, ws_host=host)
    told = {}
    for name in SERVICES:
        service = getattr(api, name)
        rows = service.find_many(limit=10_000)
        ids = [row["id"] for row in rows]
        told[f"{name}.find_many"] = ids
        told[f"{name}.find"] = service.find(ids[0])["id"]
        told[f"{name}.read"] = service.read(ids[-1])
        told[f"{name}.read_or_else"] = service.read_or_else(ids[0][0] + "0" * 24, "none")
        told[f"{name}.read_many"] = sorted(service.read_many(ids[:3]))
    inside = (mem.creationDate >= int(start)).AND(mem.creationDate < int(end))
    drops = api.drop(flow).find_many(inside, limit=10_000, sort="creationDate", order="asc")
    told["drop.find_many"] = [[drop["creationDate"], drop["elems"]["value"]] for drop in drops]
    told["drop.read"] = api.drop(flow).read(drops[0]["id"])
    busy = inside.AND(mem.elems.value > drops[0]["elems"]["value"])
    told["filter"] = sorted(drop["id"] for drop in api.drop(flow).find_many(busy, limit=10_000))
    told["aggregate"] = api.drop(flow).aggregate(
        ["$avg:value", "$min:value", "$count"], group_by=["$hour"], filter=inside,
        sorts=["$year", "$month", "$day", "$hour"],
    )  # fmt: skip
    told["statistics"] = api.statistics.flow_drop_added(flow, 2026, 11)
    flows, references = api.flow.find(limit=3, refs=True)
    told["refs"] = [sorted(references), [each["id"] for each in flows]]
    print(json.dumps(told))  # noqa: T201


main(*sys.argv[1:])
