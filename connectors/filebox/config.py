"""The settings of one box."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from connectors.contract import Config
from connectors.egress import Endpoint
from connectors.filebox.zones import known_zone

Zone = Annotated[str, AfterValidator(known_zone)]


class BoxConfig(Config):
    """What the box is called, and where the clocks of its meters stand."""

    box: str = Field(
        title="Name of the box",
        description=(
            "What these files have in common, for example “Readings from the caretaker”. "
            "Each box of a workspace has a name of its own."
        ),
        min_length=1,
        max_length=100,
    )
    zone: Zone = Field(
        default="UTC",
        title="Usual time zone",
        description=(
            "Where the clocks of the meters stand, for example Europe/Paris, or UTC+01:00 for a "
            "meter that never changes to summer time. It is proposed for each file, and asked."
        ),
        max_length=60,
    )

    def endpoints(self) -> tuple[Endpoint, ...]:
        """None: the files lie with Tieline itself."""
        return ()
