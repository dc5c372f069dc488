"""A user's notifications together: how many there are, and all of them read."""

from __future__ import annotations

from starlette.responses import Response

from connectors.sandbox.bemserver.analysis import tagged
from connectors.sandbox.bemserver.call import Call
from connectors.sandbox.bemserver.fields import Flag, Integer
from connectors.sandbox.bemserver.problems import forbidden


def counts(call: Call) -> Response:
    """How many notifications a user has, by campaign."""
    query = call.asked()
    user = query.one("user_id", Integer(), required=True)
    read = query.one("read", Flag())
    query.settle()
    _own(call, user)
    resource = call.store.catalogue["notifications"]
    counts: dict[int, int] = {}
    for row in call.store.where("notifications", user_id=user):
        campaign = call.store.ancestor(resource, row, "campaigns")
        if campaign is not None and read in (None, row["read"]):
            counts[campaign["id"]] = counts.get(campaign["id"], 0) + 1
    named = [
        {"campaign_id": key, "campaign_name": (call.store.get("campaigns", key) or {})["name"],
         "count": count}
        for key, count in counts.items()
    ]  # fmt: skip
    return tagged(call, {"total": sum(counts.values()), "campaigns": named})


def mark_all_read(call: Call) -> Response:
    """Marks a user's notifications as read, of one campaign or of all."""
    query = call.asked()
    user = query.one("user_id", Integer(), required=True)
    campaign = query.one("campaign_id", Integer())
    query.settle()
    _own(call, user)
    resource = call.store.catalogue["notifications"]
    for row in list(call.store.where("notifications", user_id=user, read=False)):
        found = call.store.ancestor(resource, row, "campaigns")
        if campaign is None or (found is not None and found["id"] == campaign):
            call.store.replace("notifications", {**row, "read": True})
    return call.done()


def _own(call: Call, user: int) -> None:
    if not call.actor.admin and user != call.actor.id:
        raise forbidden()
