"""What the server does by itself, as declared functions: its tasks, and its services (2.6)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from connectors.bemserver import asking, ids
from connectors.bemserver.asking import Campaign, End, Start
from connectors.bemserver.background import (
    SERVICES,
    TASKS,
    TASKS_LISTED,
    Service,
    Switched,
    Tasked,
    Tasks,
)
from connectors.bemserver.cleaned import Cleaned
from connectors.bemserver.client import Client
from connectors.bemserver.families import Id
from connectors.bemserver.resources import Sort
from connectors.bemserver.states import States
from connectors.bemserver.versions import Versions
from connectors.contract import Acts
from connectors.errors import Rejected
from connectors.operations import Parameters, Record, Table, family, operation

OWN: tuple[Sort, ...] = (TASKS, *SERVICES)
QUEUED = (
    "Queued. BEMServer does not tell what becomes of it: look for new events, or for Clean data."
)
UNKNOWN = "Unknown task"
NO_TASKS = (
    "This BEMServer (API {}) has no tasks, which came with API 0.26. What it does by itself is "
    "switched on and off by its services, the functions that begin with st_."
)


def _listed(row: Sort) -> type[Parameters]:
    return TASKS_LISTED if row is TASKS else row.listed


class TaskWork(Acts):
    """Mixed into the service, which has the client."""

    _client: Client
    _states: States
    _versions: Versions

    @operation(name="tasks.getall", label="All tasks", danger="reads",
               help="What the server can do by itself, with default parameters and "
                    "schedule.")  # fmt: skip
    def list_tasks(self) -> Table:
        self._need_tasks()
        rows = ((one.name, one.default_parameters, one.schedule) for one in self._client.tasks())
        return Table(columns=("name", "default_parameters", "schedule"), rows=tuple(rows))

    @operation(name="tasks.run_async", label="Run a task now", on="campaign", danger="writes",
               help="Queues one run of a task over a window; nobody is told how it ends.",
               )  # fmt: skip
    def run_task(
        self,
        campaign_id: Campaign,
        task_name: Annotated[
            str,
            Field(title="Task", description="Such as Cleanup.", min_length=1, max_length=80),
        ],
        start_time: Start,
        end_time: End,
        parameters: Annotated[
            dict[str, Any],
            Field(title="Parameters", description="Those that differ from the defaults."),
        ] = {},  # noqa: B006  never changed
    ) -> str:
        self._need_tasks()
        window = asking.window(start_time, end_time)
        body = {
            "campaign_id": ids.number(campaign_id, "campaign"),
            "task_name": task_name,
            "start_time": window.start.isoformat(),
            "end_time": window.end.isoformat(),
            "parameters": parameters,
        }
        try:
            self._client.run(body)
        except Rejected as wrong:
            refusal = wrong
        else:
            return QUEUED
        if refusal.message.startswith(UNKNOWN):
            raise Rejected(UNKNOWN, {"task_name": f"{UNKNOWN}: tasks.getall names all of them."})
        raise refusal

    @family(OWN, "getall", label="All {many}", danger="reads", fields=_listed,
            help="The {many} that this account may see and that pass.")  # fmt: skip
    def list_services(self, row: Sort, /, **values: Any) -> Table:
        return self._desk(row).table(values)

    @family(OWN, "getone", label="The {one}", danger="reads", fields=lambda row: row.looked,
            on=lambda row: row.kind, help="The {one} with all that is known of it.")  # fmt: skip
    def show_service(self, row: Sort, /, id: Id, **values: Any) -> Record:
        return self._desk(row).record(id, values.get("version"))

    @family(OWN, "create", label="New {one}", danger="writes", fields=lambda row: row.made,
            on=lambda row: row.under,
            help="A new {one}; on a server of API 0.26 or newer a row of its task.")  # fmt: skip
    def create_service(self, row: Sort, /, **values: Any) -> Record:
        return self._changing(row).create(values)

    @family(OWN, "update", label="Change the {one}", danger="writes", prefill="getone",
            fields=lambda row: row.changed, on=lambda row: row.kind,
            help="What is left out stays as it is.")  # fmt: skip
    def update_service(self, row: Sort, /, id: Id, **values: Any) -> Record:
        return self._changing(row).update(id, values)

    @family(OWN, "delete", label="Delete the {one}", danger="destroys", preview="getone",
            fields=lambda row: row.guarded, on=lambda row: row.kind,
            help="The server does it no longer by itself.")  # fmt: skip
    def delete_service(self, row: Sort, /, id: Id, **values: Any) -> None:
        self._changing(row).delete(id, values.get("version"))

    @family(SERVICES, "get_full", label="All {many}, on or off", danger="reads",
            fields=lambda row: row.whole,
            help="Every target that this account may see; those without a row are off.",
            )  # fmt: skip
    def list_targets(self, row: Service, /, **values: Any) -> Table:
        return self._kept(row).full(values)

    def _desk(self, row: Sort) -> Switched | Tasks | Tasked | Cleaned:
        """Who keeps the rows on a server of this generation."""
        return self._kept(row) if isinstance(row, Service) else self._tasks()

    def _changing(self, row: Sort) -> Switched | Tasks | Tasked:
        """The same for changes, which rows that the server keeps itself do not know."""
        return self._service(row) if isinstance(row, Service) else self._tasks()

    def _kept(self, row: Service) -> Switched | Tasked | Cleaned:
        """The rows of a service, also those that the server keeps itself."""
        if row.target == "timeseries" and self._versions.background == "tasks":
            return Cleaned(client=self._client, states=self._states, sort=row)
        return self._service(row)

    def _service(self, row: Service) -> Switched | Tasked:
        if self._versions.background == "services":
            return Switched(client=self._client, states=self._states, sort=row)
        return Tasked(tasks=self._rows_of_tasks, sort=row)

    def _tasks(self) -> Tasks:
        self._need_tasks()
        return self._rows_of_tasks

    @property
    def _rows_of_tasks(self) -> Tasks:
        return Tasks(client=self._client, states=self._states, sort=TASKS)

    def _need_tasks(self) -> None:
        """Raises Rejected on a server of the older generation."""
        if self._versions.background == "services":
            raise Rejected(NO_TASKS.format(self._versions.api))
