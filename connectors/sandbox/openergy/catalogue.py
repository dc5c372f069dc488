"""Every resource of the platform, declared (section 2 of the reference)."""

from __future__ import annotations

from connectors.sandbox.openergy import shown
from connectors.sandbox.openergy.cleaning_fields import UNITCLEANERS
from connectors.sandbox.openergy.fields import (
    Kind,
    anything,
    choice,
    flag,
    freq,
    integer,
    key,
    name,
    nullable,
    offset,
    port,
    schedule,
    script,
    text,
    zone,
)
from connectors.sandbox.openergy.table import LOOK, Field, Resource

EDIT = LOOK | {"patch"}
PROJECT = "odata/projects"
GENERATORS = ("odata/importers", "odata/cleaners", "odata/analyses")
CHILDREN = ("odata/generic_basic_feeders", "odata/static_webservice_feeder")
PROTOCOLS = choice("ftp", "ftps", "sftp")
CLOCKS = choice("gmt", "tzt", "dst")
RULES = choice("mean", "sum", "first")


def _ref(field: str, *to: str, null: bool = False, keeps: bool = False) -> Field:
    """The id of another record; given once, at creation, unless it may be emptied."""
    return Field(name=field, kind=key, to=to, required=not null, null=null, frozen=not null,
                 keeps=keeps)  # fmt: skip


def _own(*names: str, to: tuple[str, ...] = ()) -> tuple[Field, ...]:
    """Fields that only the platform sets."""
    return tuple(Field(name=each, default=None, to=to) for each in names)


def _text(field: str, kind: Kind = text) -> Field:
    return Field(name=field, kind=kind, default="")


NAME = Field(name="name", kind=name, required=True)
COMMENT = _text("comment")
IN_PROJECT = _ref("project", PROJECT)
RUNS = _own("last_run", "last_clear")
ACTIVE = Field(name="active", default=False)


def _switch(field: str) -> Field:
    return Field(name=field, kind=flag, default=False)


ORGANIZATIONS = Resource(
    path="oteams/organizations", owner="id", verbs=EDIT, editors=frozenset(("admin",)),
    fields=(NAME, COMMENT, _switch("control_affiliations"), _switch("log_activity"),
            *_own("ftp_account")),
)  # fmt: skip
PROJECTS = Resource(
    path="oteams/projects", owner="organization", filters=("name", "organization"),
    fields=(*_own("odata", to=(PROJECT,)), *_own("obuildings"),
            Field(name="is_visible", default=True),
            _ref("organization", "oteams/organizations"), NAME, COMMENT,
            _text("private_comment"), *_own("creation_date"), _switch("display_buildings")),
    in_list=("organization",), in_one=("organization",),
)  # fmt: skip
USERS = Resource(
    path="oteams/users", owner="id", verbs=EDIT, filters=("login", "email"),
    fields=(*_own("login", "email"), Field(name="first_name", kind=text),
            Field(name="last_name", kind=text), *_own("odata"),
            Field(name="is_staff", default=False), Field(name="password", hidden=True)),
)  # fmt: skip
ODATA_USERS = Resource(
    path="odata/users", owner="base", verbs=LOOK, filters=("base",),
    fields=(*_own("base", to=("oteams/users",)), *_own("ftp_account")),
)  # fmt: skip
ODATA_PROJECTS = Resource(
    path=PROJECT, owner="base", verbs=EDIT,
    filters=("name", "base"),
    fields=(*_own("name"), *_own("base", to=("oteams/projects",)),
            _switch("mail_alerts_activated")),
)  # fmt: skip
ACCOUNT = (
    Field(name="login", default="", hidden=True), Field(name="attached", default=False, hidden=True)
)  # fmt: skip
USER_FTP = Resource(
    path="odata/user_ftp_accounts", owner="user", verbs=LOOK, filters=("login",),
    fields=(*ACCOUNT, Field(name="password", hidden=True), *_own("user", to=("odata/users",))),
    shown=shown.account,
)  # fmt: skip
GATE_FTP = Resource(
    path="odata/gate_ftp_accounts", owner="gate", filters=("login",),
    verbs=EDIT,
    fields=(*ACCOUNT, Field(name="password", kind=text, hidden=True),
            Field(name="gate", to=("odata/gates",), hidden=True),
            Field(name="custom_host", kind=nullable, null=True),
            Field(name="custom_port", kind=port, null=True),
            Field(name="custom_protocol", kind=PROTOCOLS, null=True),
            Field(name="custom_login", kind=nullable, null=True)),
    shown=shown.account,
)  # fmt: skip
GATES = Resource(
    path="odata/gates", owner="project", filters=("project", "name"),
    fields=(NAME, COMMENT, IN_PROJECT,
            Field(name="ftp_account", to=("odata/gate_ftp_accounts",), keeps=True),
            Field(name="base_feeder", to=("odata/base_feeders",), keeps=True)),
    in_list=("ftp_account",), in_one=("ftp_account", "base_feeder"),
)  # fmt: skip
FEEDERS = Resource(
    path="odata/base_feeders", owner="gate", filters=("gate",), unique=(("gate",),),
    fields=(_ref("gate", "odata/gates"), Field(name="timezone", kind=zone, default="Europe/Paris"),
            _text("crontab", schedule), ACTIVE, Field(name="child_id", to=CHILDREN, keeps=True)),
    shown=shown.child_model,
)  # fmt: skip
BASE_FEEDER = _ref("base_feeder", "odata/base_feeders")
GENERIC_FEEDERS = Resource(
    path="odata/generic_basic_feeders", owner="base_feeder", filters=("base_feeder",),
    unique=(("base_feeder",),),
    fields=(BASE_FEEDER, Field(name="script", kind=script(), null=True)),
)  # fmt: skip
WEB_FEEDERS = Resource(
    path="odata/static_webservice_feeder", owner="base_feeder", filters=("base_feeder",),
    unique=(("base_feeder",),),
    fields=(BASE_FEEDER, Field(name="configuration", kind=anything, null=True)),
)  # fmt: skip
IMPORTERS = Resource(
    path="odata/importers", owner="project", filters=("project", "name"),
    fields=(ACTIVE, NAME, COMMENT, Field(name="model", default="importer"),
            _text("crontab", schedule), _switch("auto_partial_reset"),
            Field(name="parse_script", kind=script("parse"), null=True),
            Field(name="root_dir_path", kind=text, default="/"), _switch("re_run_last_file"),
            Field(name="notify_missing_files_nb", kind=integer, default=0),
            Field(name="max_ante_scanned_files_nb", kind=integer, default=0), *RUNS,
            Field(name="last_imported_path", kind=nullable, null=True),
            *_own("latest_imported_mdate"), IN_PROJECT,
            _ref("gate", "odata/gates", null=True, keeps=True)),
    in_one=("gate",), computed=shown.warnings,
)  # fmt: skip
IMPORTER_SERIES = Resource(
    path="odata/importer_series", owner="generator", verbs=LOOK,
    filters=("generator", "external_name", "name", "unitcleaner"),
    fields=(*_own("name", "external_name"), *_own("generator", to=("odata/importers",)),
            Field(name="unitcleaner", to=("odata/unitcleaners",), keeps=True)),
)  # fmt: skip
CLEANERS = Resource(
    path="odata/cleaners", owner="project", filters=("project", "name", "related_importer"),
    fields=(NAME, COMMENT, Field(name="model", default="cleaner"), *RUNS, IN_PROJECT,
            *_own("related_importer", to=("odata/importers",))),
    computed=shown.warnings,
)  # fmt: skip
ANALYSES = Resource(
    path="odata/analyses", owner="project", filters=("project", "name"),
    fields=(Field(name="analysisconfig", to=("odata/analysis_configs",), keeps=True), ACTIVE, NAME,
            COMMENT, Field(name="model", default="analysis"), *RUNS, IN_PROJECT,
            Field(name="is_obsolete", default=False, hidden=True)),
    in_one=("analysisconfig",), computed=shown.obsolescence,
)  # fmt: skip
OF_ANALYSIS = _ref("analysis", "odata/analyses")
CONFIGS = Resource(
    path="odata/analysis_configs", owner="analysis", filters=("analysis",),
    unique=(("analysis",),),
    fields=(Field(name="output_tags", default=[]),
            Field(name="clock", kind=CLOCKS, default="tzt"),
            Field(name="output_timezone", kind=zone, default="Europe/Paris"),
            _switch("start_with_first"), _switch("wait_for_last"),
            Field(name="input_freq", kind=freq, required=True),
            Field(name="output_freq", kind=freq, required=True),
            Field(name="custom_before_offset", kind=offset, null=True),
            Field(name="custom_after_offset", kind=offset, null=True),
            _switch("before_offset_strict_mode"), _switch("with_tags"),
            Field(name="script", kind=script("analyze"), required=True),
            Field(name="script_method", kind=choice("array"), default="array"),
            Field(name="wait_offset", kind=freq, default="6H"),
            Field(name="custom_delay", kind=offset, null=True), OF_ANALYSIS),
)  # fmt: skip
INPUTS = Resource(
    path="odata/analysis_inputs", owner="analysis", filters=("analysis",),
    unique=(("analysis", "column_name"),),
    fields=(OF_ANALYSIS, _ref("input_series_generator", *GENERATORS),
            Field(name="input_series_name", kind=name, required=True),
            Field(name="column_name", kind=name, required=True)),
    shown=shown.input_generator,
)  # fmt: skip
OUTPUTS = Resource(
    path="odata/analysis_outputs", owner="analysis", filters=("analysis", "name"),
    unique=(("analysis", "name"),),
    fields=(OF_ANALYSIS, NAME, Field(name="resample_rule", kind=RULES, default="mean"),
            _text("label"), _text("unit"), Field(name="numerical_filter", kind=anything,
                                                 null=True)),
)  # fmt: skip
SERIES = Resource(
    path="odata/series", owner="generator", verbs=LOOK,
    filters=("generator", "project", "id", "name", "otsdb_pk", "project_name", "generator_model",
             "generator_name"),
    fields=(*_own("name", "otsdb_pk"), Field(name="generator", to=GENERATORS),
            *_own("project", to=(PROJECT,)), *_own("freq"),
            Field(name="native_clock", default="tzt"),
            Field(name="timezone", default="Europe/Paris"),
            Field(name="default_resample_rules", default="mean")),
    shown=shown.generator_and_extent,
)  # fmt: skip
NOTIFICATIONS = Resource(
    path="odata/notifications", owner="project", filters=("project", "resolved", "source", "name"),
    verbs=EDIT,
    fields=(*_own("name"), _switch("resolved"), *_own("project", to=(PROJECT,)),
            *_own("source", "text", "creation_date")),
)  # fmt: skip


def _tasks(path: str, field: str, target: str) -> Resource:
    """Tasks of one kind; what their `base` shows depends on the time."""
    return Resource(
        path=path, owner=field, verbs=LOOK, filters=(field,),
        fields=(*_own(field, to=(target,)), *_own("name"), Field(name="begun", hidden=True),
                Field(name="outcome", hidden=True), Field(name="message", hidden=True)),
        shown=shown.task_base,
    )  # fmt: skip


TASKS = (
    _tasks("odata/base_feeder_tasks", "base_feeder", "odata/base_feeders"),
    _tasks("odata/importer_tasks", "importer", "odata/importers"),
    _tasks("odata/cleaner_tasks", "cleaner", "odata/cleaners"),
    _tasks("odata/analysis_tasks", "analysis", "odata/analyses"),
    _tasks("odata/series_export_tasks", "user", "oteams/users"),
)
CATALOGUE = {
    resource.path: resource
    for resource in (
        ORGANIZATIONS, PROJECTS, USERS, ODATA_USERS, USER_FTP, ODATA_PROJECTS, GATES, GATE_FTP,
        FEEDERS, GENERIC_FEEDERS, WEB_FEEDERS, IMPORTERS, IMPORTER_SERIES, CLEANERS, UNITCLEANERS,
        ANALYSES, CONFIGS, INPUTS, OUTPUTS, SERIES, NOTIFICATIONS, *TASKS,
    )
}  # fmt: skip
