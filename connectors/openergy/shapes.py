"""What the platform's records are made of (section 2), as forms: titles, helps, bounds, defaults.

A default is sent with a new record, for the platform's own client sends all of them too.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from connectors.contract import NodeId
from connectors.openergy.values import (
    AnalyzeScript,
    CleanScript,
    Clock,
    Crontab,
    Extensivity,
    Freq,
    OutputExtensivity,
    ParseScript,
    Rule,
    Side,
    Zone,
)
from connectors.operations import Parameters

NAME = 255
TEXT = 100_000
SCRIPT = 1_000_000
_FCT = "Python text that defines fct(value); nothing for none."


class Named(Parameters):
    """Gates, importers, cleaners and analyses."""

    name: str = Field(title="Name", description="Its name.", min_length=1, max_length=NAME)
    comment: str = Field(
        default="", title="Comment", description="What it is for.", max_length=TEXT
    )


class Project(Named):
    """2.3."""

    display_buildings: bool = Field(
        default=False, title="Show buildings", description="Whether its buildings are shown."
    )


class Importer(Named):
    """2.7 and 3.3."""

    gate: NodeId | None = Field(
        default=None, title="Gate", description="The gate whose files are read."
    )
    crontab: Crontab = Field(
        default="", title="Crontab",
        description="Six fields, seconds first: when it runs by itself. Empty: never.",
        max_length=200,
    )  # fmt: skip
    parse_script: ParseScript | None = Field(
        default=None, title="Script",
        description="Python that defines parse(content_bytes, rel_path, **tools) and gives a "
        "data frame: its index the times, each column a series.",
        max_length=SCRIPT,
    )  # fmt: skip
    root_dir_path: str = Field(
        default="/", title="Folder", description="Where reading starts in the gate.",
        max_length=1000,
    )  # fmt: skip
    auto_partial_reset: bool = Field(
        default=False, title="Reset by itself", description="Reset in part where files changed."
    )
    re_run_last_file: bool = Field(
        default=False, title="Last file again", description="Read the last file at each run."
    )
    notify_missing_files_nb: int = Field(
        default=0, title="Missing files", description="Tell when fewer new files came.",
        ge=0, le=1_000_000,
    )  # fmt: skip
    max_ante_scanned_files_nb: int = Field(
        default=0, title="Late files", description="How many files before the last are looked at.",
        ge=0, le=1_000_000,
    )  # fmt: skip


class Unitcleaner(Parameters):
    """2.9: one input series becomes one output series."""

    external_name: str = Field(
        title="Input", description="The input series, by its external name.",
        min_length=1, max_length=NAME,
    )  # fmt: skip
    name: str = Field(
        title="Output", description="The name of the output series.", min_length=1, max_length=NAME
    )
    freq: Freq = Field(default="1H", title="Frequency", description="The step of the output.")
    input_unit_type: Extensivity = Field(
        default="instantaneous", title="Input extensivity",
        description="A reading at an instant, a quantity or a mean over the interval.",
    )  # fmt: skip
    unit_type: OutputExtensivity = Field(
        default="instantaneous", title="Output extensivity",
        description="The same for the output; mean_derivate is the rate of change.",
    )  # fmt: skip
    input_convention: Side = Field(
        default="left", title="Input convention",
        description="Whether a stamp opens (left) or closes (right) its interval.",
    )  # fmt: skip
    clock: Clock = Field(
        default="tzt", title="Input clock",
        description="gmt is UTC, tzt the local standard time, dst the legal local time.",
    )  # fmt: skip
    timezone: Zone = Field(
        default="Europe/Paris", title="Time zone", description="The zone of the input's clock."
    )
    unit: str = Field(default="", title="Unit", description="For information.", max_length=NAME)
    resample_rule: Rule = Field(
        default="mean", title="Resampled by", description="For an instantaneous output."
    )
    interpolate_limit: int = Field(
        default=0, title="Interpolation limit", description="The longest run of steps filled.",
        ge=0, le=1_000_000,
    )  # fmt: skip
    wait_offset: Freq = Field(
        default="6H", title="Wait offset", description="When missing data counts as late."
    )
    label: str = Field(default="", title="Label", description="For information.", max_length=NAME)
    input_expected_regular: bool = Field(
        default=False, title="Input is regular", description="The input comes at a steady step."
    )
    operation_fct: CleanScript | None = Field(
        default=None, title="Operation", description=_FCT, max_length=SCRIPT
    )
    filter_fct: CleanScript | None = Field(
        default=None, title="Filter", description=f"{_FCT} True removes the value.",
        max_length=SCRIPT,
    )  # fmt: skip
    derivative_filter_fct: CleanScript | None = Field(
        default=None, title="Derivative filter",
        description=f"{_FCT} It gets the change in units a second.", max_length=SCRIPT,
    )  # fmt: skip
    custom_delay: Freq | None = Field(
        default=None, title="Custom delay", description="For experts: a frequency."
    )
    custom_fct: CleanScript | None = Field(
        default=None, title="Custom function", description=f"{_FCT} Applied before all else.",
        max_length=SCRIPT,
    )  # fmt: skip
    custom_before_offset: Freq | None = Field(
        default=None, title="Before offset", description="History that the custom function needs."
    )
    custom_after_offset: Freq | None = Field(
        default=None, title="After offset", description="Future that the custom function needs."
    )


class AnalysisConfig(Parameters):
    """2.10."""

    input_freq: Freq = Field(
        title="Input frequency", description="The step of the frame that the script is given."
    )
    output_freq: Freq = Field(
        title="Output frequency", description="The step of what the script gives back."
    )
    script: AnalyzeScript = Field(
        title="Script", min_length=1, max_length=SCRIPT,
        description="Python that defines analyze(df, **tools) and gives a data frame whose "
        "columns are the outputs.",
    )  # fmt: skip
    clock: Clock = Field(default="tzt", title="Clock", description="The clock of the frame.")
    output_timezone: Zone = Field(
        default="Europe/Paris", title="Time zone", description="The zone of the outputs."
    )
    start_with_first: bool = Field(
        default=False, title="Start with the first", description="Ignore the offsets at the start."
    )
    wait_for_last: bool = Field(
        default=False, title="Wait for the last", description="Wait until all inputs have data."
    )
    custom_before_offset: Freq | None = Field(
        default=None, title="Before offset", description="History needed around a time."
    )
    custom_after_offset: Freq | None = Field(
        default=None, title="After offset", description="Future needed around a time."
    )
    before_offset_strict_mode: bool = Field(
        default=False, title="Strict history", description="Not before the history is complete."
    )
    with_tags: bool = Field(default=False, title="Tags", description="With tags.")
    wait_offset: Freq = Field(
        default="6H", title="Wait offset", description="When missing inputs count as late."
    )
    custom_delay: Freq | None = Field(
        default=None, title="Custom delay", description="For experts: a frequency."
    )


class AnalysisInput(Parameters):
    """2.10: which series becomes which column of the frame."""

    input_series_generator: NodeId = Field(
        title="Made by", description="The cleaner, importer or analysis that makes the series."
    )
    input_series_name: str = Field(
        title="Series", description="The name of the series there.", min_length=1, max_length=NAME
    )
    column_name: str = Field(
        title="Column", description="The column of the frame.", min_length=1, max_length=NAME
    )


class AnalysisOutput(Parameters):
    """2.10: a column that the script gives back."""

    name: str = Field(
        title="Name", description="The column, and the name of the series.",
        min_length=1, max_length=NAME,
    )  # fmt: skip
    resample_rule: Rule = Field(
        default="mean", title="Resampled by", description="How coarser steps are made."
    )
    label: str = Field(default="", title="Label", description="For information.", max_length=NAME)
    unit: str = Field(default="", title="Unit", description="For information.", max_length=NAME)


class BaseFeeder(Parameters):
    """2.6: fetches files into a gate."""

    timezone: Zone = Field(
        default="Europe/Paris", title="Time zone", description="The zone of the crontab."
    )
    crontab: Crontab = Field(
        default="0 0 0 * * *", title="Crontab", description="Six fields, seconds first.",
        max_length=200,
    )  # fmt: skip


class GenericFeeder(Parameters):
    """2.6: a feeder that runs a script."""

    script: str = Field(title="Script", description="Python text.", max_length=SCRIPT)


class ExternalAccount(Parameters):
    """2.5: somebody else's server as a gate."""

    custom_host: str | None = Field(
        default=None, title="Host", description="The server's name.", max_length=NAME
    )
    custom_port: int | None = Field(
        default=None, title="Port", description="Its port.", ge=1, le=65_535
    )
    custom_protocol: Literal["ftp", "ftps", "sftp"] | None = Field(
        default=None, title="Protocol", description="What it speaks."
    )
    custom_login: str | None = Field(
        default=None, title="Login", description="Who signs in there.", max_length=NAME
    )
    password: SecretStr | None = Field(
        default=None, title="Password", description="Sent, and never shown again."
    )


class Alerts(Parameters):
    """2.4."""

    mail_alerts_activated: bool = Field(
        title="Mail alerts", description="Whether the platform sends mails about this project."
    )


class Resolved(Parameters):
    """2.12."""

    resolved: bool = Field(title="Resolved", description="Whether it has been dealt with.")
