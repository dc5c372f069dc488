"""What people fill in: the members of each kind of object (section 3.3), in our spelling, and what
every listing understands (section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr

from connectors.flowthings import filters
from connectors.flowthings.problems import camel
from connectors.flowthings.reading import millis
from connectors.operations import Parameters

Path = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_:-]+){2,}$", max_length=128)]
FilterText = Annotated[str, AfterValidator(filters.checked)]
Rights = dict[str, dict[Literal["read", "write", "dropRead", "dropWrite"], bool]]
DropRights = dict[str, dict[Literal["dropRead", "dropWrite"], bool]]
Name = Annotated[str, Field(max_length=1000)]
MINUTE = 60_000
YEARS = 10**13


def _text(title: str, description: str) -> Any:
    return Field(default="", title=title, description=description, max_length=10_000)


def _off(title: str, description: str) -> Any:
    return Field(default=False, title=title, description=description)


def _needed(title: str, description: str, **more: Any) -> Any:
    return Field(title=title, description=description, **more)


class Named(Parameters):
    display_name: Name = _text("Name", "As people see it.")
    description: Name = _text("Description", "What it is for.")


class Flow(Named):
    path: Path = _needed("Path", "Begins with your account: /account/name.")
    filter: FilterText = _text("Filter", "Only drops that pass are let in. Empty: all.")
    capacity: int = Field(
        default=1000,
        title="Capacity",
        description="How many drops are kept; the oldest go first. None are kept with 0.",
        ge=0,
        le=100_000,
    )
    public: bool = _off("Public", "Everybody may read it.")


class Track(Named):
    source: Path = _needed("From", "The path of the flow that drops come from.")
    destination: list[Path] = _needed("To", "Paths of the flows they go to.", min_length=1)
    filter: FilterText = _text("Filter", "Only drops that pass are carried. Empty: all.")
    js: str = _text("Script", "A JavaScript function that changes each drop. Empty: none.")
    disabled: bool = _off("Switched off", "Carries nothing while it is off.")


class Group(Named):
    member_ids: list[str] = _needed("Members", "The ids of identities.")


class Identity(Parameters):
    salutation: Name = _text("Salutation", "Mr, Ms, Dr.")
    first_name: Name = _text("First name", "The given name.")
    middle_name: Name = _text("Middle name", "What stands between.")
    last_name: Name = _text("Last name", "The family name.")
    icon: Name = _text("Icon", "The address of a picture.")


def _period() -> Any:
    return Field(
        default=3_600_000,
        title="Period",
        description="Milliseconds between two runs, a minute at least.",
        ge=MINUTE,
        le=YEARS,
    )


class ApiTask(Named):
    destination: Path = _needed("To", "The path of the flow that drops are put into.")
    js: str = _needed("Script", "A JavaScript function that makes drops.", min_length=1)
    source: dict[str, Any] | None = Field(
        default=None,
        title="From",
        description="Where it reads: a type, http or dropFind, and more.",
    )
    periodicity: int = _period()
    disabled: bool = _off("Switched off", "Does not run while it is off.")


class MqttTask(Named):
    uri: Name = _needed("Broker", "Where it is: tcp://host:1883.", min_length=1)
    topic: Name = _needed("Topic", "What is heard or said there.", min_length=1)
    destination: Path | None = Field(
        default=None, title="To", description="The flow that messages become drops of."
    )
    source: Path | None = Field(
        default=None, title="From", description="The flow whose drops become messages."
    )
    client_id: Name = _text("Client", "The name it has at the broker.")
    username: Name = _text("User", "The account at the broker.")
    password: SecretStr | None = Field(
        default=None, title="Password", description="Of that account; never shown again."
    )
    qos: int = Field(default=0, title="Quality", description="0, 1 or 2.", ge=0, le=2)
    version: Name = _text("Version", "Of the protocol: 3.1.1.")
    report_frequency: int = Field(
        default=3_600_000,
        title="Report",
        description="Milliseconds between reports.",
        ge=0,
        le=YEARS,
    )
    input_format: Name = _text("Input", "How messages are written.")
    output_format: Name = _text("Output", "How messages are to be written.")


class RssTask(Named):
    destination: Path = _needed("To", "The path of the flow that news are put into.")
    url: Name = _needed("Address", "Where the news are.", min_length=1)
    periodicity: int = _period()
    favicon: Name = _text("Small icon", "The address of a small picture.")
    icon: Name = _text("Icon", "The address of a picture.")
    is_featured: bool = _off("Featured", "Stands out in lists.")
    category: Name = _text("Category", "What the news are about.")
    disabled: bool = _off("Switched off", "Does not run while it is off.")


class Device(Named):
    path: Path = _needed("Path", "Begins with your account; its flows come with it.")
    device_summary: dict[str, Any] | None = Field(
        default=None, title="Summary", description="What is known about it, as names and values."
    )
    report_periodicity: int = Field(
        default=3_600_000,
        title="Report",
        description="Milliseconds between reports.",
        ge=0,
        le=YEARS,
    )


def _lasts() -> Any:
    return Field(
        default=None,
        title="Duration",
        description="Milliseconds until it expires. Empty: never.",
        ge=1,
        le=YEARS,
    )


class Token(Parameters):
    paths: DropRights = _needed("Paths", "Each path with dropRead and dropWrite, true or false.")
    duration: int | None = _lasts()
    description: Name = _text("Description", "What it is for.")


class Share(Parameters):
    paths: Rights = _needed(
        "Paths", "Each path with read, write, dropRead and dropWrite, true or false."
    )
    issued_to: str = _needed("For", "The id of an identity or a group.", min_length=1)
    duration: int | None = _lasts()
    description: Name = _text("Description", "What it is for.")


class Drop(Parameters):
    elems: dict[str, Any] = _needed("Elems", 'Names and values, for example {"value": 21.5}.')
    location: dict[str, Any] | None = Field(
        default=None, title="Place", description="lat and lon in degrees."
    )
    fhash: Name = _text("Mark", "A drop whose mark the flow already has is not taken again.")
    creation_date: datetime | None = Field(
        default=None, title="Time", description="When it was. Empty: now."
    )


class Listing(Parameters):
    """What every list can be asked for."""

    filter: list[FilterText] = Field(
        default=[], title="Filter", description="What is listed passes all of them."
    )
    limit: int | None = Field(
        default=None, title="At most", description="So many. Empty: all of them.", ge=1, le=10**6
    )
    start: int = Field(default=0, title="Skip", description="So many first.", ge=0, le=10**9)
    sort: str = Field(
        default="", title="Sort by", description="A member, such as elems.value.", max_length=200
    )
    order: Literal["asc", "desc"] | None = Field(
        default=None, title="Order", description="Rising or falling. Empty: the newest first."
    )
    only: list[str] = Field(default=[], title="Only", description="The members that are wanted.")
    refs: bool = _off("Names", "Adds the names of what is mentioned.")
    hints: bool = _off("Types", "Values with their types, where drops are listed.")
    further: dict[str, str] = Field(
        default={}, title="Further", description="Other parameters, passed on as they are."
    )


class Asked(Parameters):
    """What one of several flows is asked for."""

    limit: int | None = Field(default=None, title="At most", description="So many.", ge=1)
    start: int | None = Field(default=None, title="Skip", description="So many first.", ge=0)
    filter: FilterText | None = Field(default=None, title="Filter", description="What passes.")


class Finding(Listing):
    """One, some or all that pass."""

    id: str = Field(default="", title="Id", description="Just this one.", max_length=100)
    ids: list[str] = Field(default=[], title="Ids", description="Just these.")


def wire(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the platform spells and writes them."""
    return {camel(name): _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return millis(value) if isinstance(value, datetime) else value


def query(values: Mapping[str, Any]) -> dict[str, str | int | bool | None]:
    """A listing's values as the parameters of a request; each part only where it was given."""
    given: dict[str, str | int | bool | None] = dict(values.get("further", {}))
    text = filters.both(*values.get("filter", []))
    parts = {"filter": text, "sort": values.get("sort"), "order": values.get("order")}
    given |= {name: part for name, part in parts.items() if part}
    if values.get("only"):
        given["only"] = ",".join(values["only"])
    if "hints" in values:
        given["hints"] = values["hints"]
    return given
