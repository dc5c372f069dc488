"""One analysis and two notifications for each organization of the first state."""

from __future__ import annotations

from connectors.sandbox.openergy.call import Platform
from connectors.sandbox.openergy.names import identity

SCRIPT = """\
def analyze(df, **tools):
    return df.resample("D").mean().rename(columns={"reading": "daily mean"})
"""


def added(platform: Platform, words: tuple[str, str, str], meter: str) -> None:
    """For the place with these words: the daily mean of one of its clean series, not run yet."""
    project, importer, cleaner = (
        identity("data", *words[:2]), identity("importer", *words), identity("cleaner", *words)
    )  # fmt: skip
    analysis, config = identity("analysis", *words), identity("config", *words)
    platform.add("odata/analyses", id=analysis, project=project, analysisconfig=config,
                 name="Daily mean", comment=f"Of {meter}; needs scripts to be on.")  # fmt: skip
    platform.add("odata/analysis_configs", id=config, analysis=analysis, input_freq="1H",
                 output_freq="1D", script=SCRIPT)  # fmt: skip
    platform.add("odata/analysis_inputs", id=identity("analysis input", *words), analysis=analysis,
                 input_series_generator=cleaner, input_series_name=f"{meter} cleaned",
                 column_name="reading")  # fmt: skip
    platform.add("odata/analysis_outputs", id=identity("output", *words), analysis=analysis,
                 name="daily mean")  # fmt: skip
    for name, text, resolved in (
        ("Importer failed", "yesterday.csv: line 1: a header is missing", True),
        ("Missing files", "No new file was found.", False),
    ):
        platform.add("odata/notifications", id=identity(name, *words), project=project, name=name,
                     source=f"importer:{importer}", text=text, resolved=resolved,
                     creation_date=platform.now())  # fmt: skip
