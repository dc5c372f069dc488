"""Every sort of record (section 2.1): its verbs, filters and form, and what it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field, create_model

from connectors.contract import NodeId
from connectors.openergy import shapes
from connectors.operations import Parameters, Resource, changes

LOOK = frozenset({"list", "get"})
EDIT = LOOK | {"update"}
FULL = EDIT | {"create"}
OWN = FULL | {"find"}

_WORDS: Mapping[str, tuple[Any, str, str]] = {
    "project": (NodeId | None, "Project", "Of this project only."),
    "organization": (NodeId | None, "Organization", "Of this organization only."),
    "generator": (NodeId | None, "Made by", "Of this importer, cleaner or analysis only."),
    "cleaner": (NodeId | None, "Cleaner", "Of this cleaner only."),
    "analysis": (NodeId | None, "Analysis", "Of this analysis only."),
    "importer": (NodeId | None, "Importer", "Of this importer only."),
    "gate": (NodeId | None, "Gate", "Of this gate only."),
    "base_feeder": (NodeId | None, "Feeder", "Of this feeder only."),
    "name": (str | None, "Name", "With exactly this name."),
    "external_name": (str | None, "Input", "With exactly this external name."),
    "resolved": (bool | None, "Resolved", "Only those, or only open ones."),
}


@dataclass(frozen=True, kw_only=True)
class Sort(Resource):
    """One sort of record."""

    word: str
    """Its type: what its ids begin with."""
    made: type[Parameters] = Parameters
    above: str = ""
    """The type of what a new one belongs to; `belongs` is the wire's field for it."""
    belongs: str = ""
    naming: str = "name"
    """What it is looked up by."""
    filters: tuple[str, ...] = ()
    fixed: Mapping[str, object] = field(default_factory=dict)
    """What a new one has besides, whatever the form says."""
    whole: bool = True
    """A new one is sent with every field, those left out with their defaults."""
    stays: frozenset[str] = frozenset()
    """What cannot be changed afterwards."""

    @property
    def filtered(self) -> type[Parameters]:
        """The form of a list."""
        given: dict[str, Any] = {
            name: (kind, Field(default=None, title=title, description=says))
            for name in self.filters
            for kind, title, says in (_WORDS[name],)
        }
        return create_model(f"{self.name}Filter", __base__=Parameters, **given)

    @property
    def changed(self) -> type[Parameters]:
        """The form of an update: what is left out stays."""
        return changes(self.made, fixed=self.stays)


def _in_project(word: str, one: str, many: str, made: type[Parameters]) -> Sort:
    return Sort(
        name=many.replace(" ", "_"), one=one, many=many, verbs=OWN, word=word, made=made,
        above="project", belongs="project", filters=("project", "name"), whole=word != "importer",
    )  # fmt: skip


def _of_analysis(
    word: str,
    words: tuple[str, str],
    made: type[Parameters],
    verbs: frozenset[str],
    fixed: Mapping[str, object],
) -> Sort:
    return Sort(
        name=words[1].replace(" ", "_"), one=words[0], many=words[1], verbs=verbs, word=word,
        made=made, above="analysis", belongs="analysis", filters=("analysis",), fixed=fixed,
    )  # fmt: skip


def _task(word: str, one: str, *filters: str) -> Sort:
    return Sort(
        name=f"{word}s", one=f"{one} task", many=f"{one} tasks", verbs=LOOK, word=word,
        filters=filters,
    )  # fmt: skip


SORTS: tuple[Sort, ...] = (
    Sort(name="organizations", one="organization", many="organizations", word="organization",
         verbs=LOOK, filters=("name",)),
    Sort(name="projects", one="project", many="projects", word="project", verbs=OWN,
         made=shapes.Project, above="organization", belongs="organization",
         filters=("name", "organization")),
    Sort(name="users", one="user", many="users", word="user", verbs=LOOK),
    Sort(name="odata_users", one="data user", many="data users", word="odata_user", verbs=LOOK),
    Sort(name="user_ftp_accounts", one="user FTP account", many="user FTP accounts",
         word="user_ftp_account", verbs=LOOK),
    Sort(name="odata_projects", one="data project", many="data projects", word="odata_project",
         verbs=EDIT, made=shapes.Alerts, filters=("name",)),
    _in_project("gate", "gate", "gates", shapes.Named),
    Sort(name="gate_ftp_accounts", one="gate FTP account", many="gate FTP accounts",
         word="gate_ftp_account", verbs=EDIT, made=shapes.ExternalAccount),
    Sort(name="base_feeders", one="feeder", many="feeders", word="base_feeder",
         verbs=FULL | {"delete"}, made=shapes.BaseFeeder, above="gate", belongs="gate",
         filters=("gate",)),
    Sort(name="generic_basic_feeders", one="script feeder", many="script feeders",
         word="generic_basic_feeder", verbs=FULL | {"delete"}, made=shapes.GenericFeeder,
         above="base_feeder", belongs="base_feeder", filters=("base_feeder",)),
    Sort(name="static_webservice_feeders", one="web service feeder", many="web service feeders",
         word="static_webservice_feeder", verbs=LOOK, filters=("base_feeder",)),
    _task("base_feeder_task", "feeder", "base_feeder"),
    _in_project("importer", "importer", "importers", shapes.Importer),
    _task("importer_task", "importer", "importer"),
    Sort(name="importer_series", one="importer series", many="importer series",
         word="importer_series", verbs=LOOK, filters=("generator", "external_name")),
    _in_project("cleaner", "cleaner", "cleaners", shapes.Named),
    Sort(name="unitcleaners", one="unit cleaner", many="unit cleaners", word="unitcleaner",
         verbs=OWN | {"delete"}, made=shapes.Unitcleaner, above="cleaner", belongs="cleaner",
         naming="external_name", filters=("cleaner", "external_name"),
         stays=frozenset({"external_name"})),
    _task("cleaner_task", "cleaner", "cleaner"),
    _in_project("analysis", "analysis", "analyses", shapes.Named),
    _of_analysis("analysis_config", ("analysis configuration", "analysis configs"),
                 shapes.AnalysisConfig, FULL, {"script_method": "array"}),
    _of_analysis("analysis_input", ("analysis input", "analysis inputs"),
                 shapes.AnalysisInput, LOOK | {"create", "delete"}, {}),
    _of_analysis("analysis_output", ("analysis output", "analysis outputs"),
                 shapes.AnalysisOutput, FULL | {"delete"}, {"numerical_filter": None}),
    _task("analysis_task", "analysis", "analysis"),
    Sort(name="series", one="series", many="series", word="series", verbs=LOOK,
         filters=("generator", "project", "name")),
    _task("series_export_task", "export"),
    Sort(name="notifications", one="notification", many="notifications", word="notification",
         verbs=EDIT, made=shapes.Resolved, filters=("project", "resolved")),
)  # fmt: skip
"""In the order of section 2.1."""
