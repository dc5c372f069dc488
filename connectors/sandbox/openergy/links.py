"""What is made together: a project and its data project, an importer and its cleaner, and so on."""

from __future__ import annotations

import uuid
from typing import Any

from connectors.sandbox.openergy import tasks
from connectors.sandbox.openergy.actions import ACTIONS
from connectors.sandbox.openergy.call import Call, Event, Platform, Record
from connectors.sandbox.openergy.problems import json_answer
from connectors.sandbox.openergy.resources import show_one, task_answer

FEEDERS = "odata/base_feeders"
TASKS = "odata/base_feeder_tasks"
CHILDREN = ("odata/generic_basic_feeders", "odata/static_webservice_feeder")


@ACTIONS.after("oteams/projects")
def _follow_project(platform: Platform, event: Event, project: Record) -> None:
    """The data project has the team project's name."""
    if event == "created":
        data = platform.add("odata/projects", name=project["name"], base=project["id"])
        platform.change("oteams/projects", project["id"], odata=data["id"],
                        obuildings=str(uuid.uuid4()),
                        creation_date=platform.clock.now().date().isoformat())  # fmt: skip
    if event == "changed":
        platform.change("odata/projects", project["odata"], name=project["name"])


@ACTIONS.after("odata/importers")
def _follow_importer(platform: Platform, event: Event, importer: Record) -> None:
    """An importer is made with a cleaner of the same name (section 2.7)."""
    if event == "created":
        platform.add("odata/cleaners", name=importer["name"], project=importer["project"],
                     related_importer=importer["id"])  # fmt: skip


@ACTIONS.after("odata/analysis_configs")
def _follow_config(platform: Platform, event: Event, config: Record) -> None:
    if event == "created":
        platform.change("odata/analyses", config["analysis"], analysisconfig=config["id"])


@ACTIONS.after(FEEDERS)
def _follow_feeder(platform: Platform, event: Event, feeder: Record) -> None:
    if event == "created":
        platform.change("odata/gates", feeder["gate"], base_feeder=feeder["id"])


def _follow_child(platform: Platform, event: Event, child: Record) -> None:
    if event == "created":
        platform.change(FEEDERS, child["base_feeder"], child_id=child["id"])


for _path in CHILDREN:
    ACTIONS.after(_path)(_follow_child)


def idle(script: str) -> bool:
    """Whether a Python text has nothing but comments and `pass`."""
    lines = (line.partition("#")[0].strip() for line in script.splitlines())
    return all(line in ("", "pass") for line in lines)


@ACTIONS.detail(FEEDERS, "feed")
def feed(call: Call, row: Record) -> Any:
    """A feeder fetches from elsewhere, and a sandbox has no elsewhere: its task says so [G].

    A script that does nothing at all fetches nothing, and ends well.
    """

    def work() -> None:
        if row["child_id"] is None:
            raise tasks.TaskFailed("The feeder has no child that says what to fetch.")
        child = call.platform.get(CHILDREN[0], row["child_id"])
        if child is not None and idle(child["script"] or ""):
            return
        raise tasks.TaskFailed("A sandbox fetches nothing from other servers.", status="refused")

    started = tasks.start(call.platform, TASKS, {"base_feeder": row["id"]},
                          name="feed", work=work)  # fmt: skip
    return task_answer(call, TASKS, started)


@ACTIONS.listing("oteams/users", "me", methods=("GET",))
def me(call: Call) -> Any:
    """Whoever asks."""
    resource = call.platform.catalogue["oteams/users"]
    return json_answer(show_one(call, resource, call.actor.user))
