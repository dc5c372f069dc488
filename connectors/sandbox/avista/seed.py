"""The first state of this side: people, organizations, tokens, data stores, collaboratives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from connectors.sandbox.accounts import ADMIN, MEMBER, OUTSIDER, PEOPLE, Person, token
from connectors.sandbox.avista import collaboratives, folders, storage, tokens
from connectors.sandbox.avista.state import Platform
from connectors.sandbox.avista.users import user_id
from connectors.sandbox.clock import microseconds
from connectors.sandbox.store import Record
from connectors.sandbox.world import Campaign, Meter, Place
from connectors.sandbox.zones import DAY, SECOND

KIND = "avista"
TOKEN_DAYS = 3650
EXPIRED = "sandbox-avista-expired"
"""A token of the admin's that ended the day before the sandbox began."""
ORGANIZATIONS = {
    ADMIN.slug: ("organizationId.1", "Sandbox Utility"),
    MEMBER.slug: ("organizationId.2", "Campus Partners"),
    OUTSIDER.slug: ("organizationId.3", "Elsewhere Limited"),
}
ROLES = {
    ADMIN.slug: ["PLATFORM_ADMIN", "DATA_PROVIDER"],
    MEMBER.slug: ["DATA_PROVIDER", "DATA_CONSUMER"],
    OUTSIDER.slug: ["DATA_CONSUMER"],
}
PORTFOLIO = "collaborativeId.1"
"""Data stores and databases only, which the old client can list."""
FIELD = "collaborativeId.2"
"""All other kinds of services."""
INTERNAL = "collaborativeId.3"
"""The admin's organization alone."""


def plant(platform: Platform) -> None:
    """Fills an empty platform."""
    for person in PEOPLE:
        _enrol(platform, person)
    tokens.issue(platform, user_id=user_id(ADMIN), name="Ended", days=-1, value=EXPIRED)
    for campaign in platform.world:
        _campaign(platform, campaign)
    folders.add_store(platform, "Drafts", "Of the member alone.", user_id(MEMBER))
    adapter: Record = {"ocsAdapterId": "ocsAdapterId.1", "ownerUserId": user_id(ADMIN)}
    platform.store.records("ocsAdapters")["ocsAdapterId.1"] = adapter
    for collaborative in _collaboratives(platform):
        place = collaborative["collaborativeId"]
        collaboratives.collaboratives(platform)[place] = collaborative


def share_out(platform: Platform) -> None:
    """Shares with the member all but the last data store and database, and all field devices."""
    for kind, table in collaboratives.TABLES.items():
        held = platform.store.records(table).all()
        mine = [
            key
            for key, record in zip(platform.store.records(table), held, strict=True)
            if record["ownerUserId"] == user_id(ADMIN)
        ]
        portfolio = kind in ("DATA_STORE", "TIME_SERIES_DB")
        for key in mine[:-1] if portfolio else mine:
            collaboratives.share(platform, PORTFOLIO if portfolio else FIELD, kind, key)


def _enrol(platform: Platform, person: Person) -> None:
    organization_id, name = ORGANIZATIONS[person.slug]
    platform.store.records("organizations")[organization_id] = {
        "organizationId": organization_id,
        "name": name,
        "hostOrganization": person is ADMIN,
    }
    platform.store.records("users")[user_id(person)] = {
        "userId": user_id(person),
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": person.email,
        "mobile": "+1 555 0100" if person is ADMIN else None,
        "lastActive": platform.now_text(),
        "userAccountState": "ACTIVE",
        "userRoles": ROLES[person.slug],
        "organizationId": organization_id,
    }
    tokens.issue(
        platform,
        user_id=user_id(person),
        name="Sandbox",
        days=TOKEN_DAYS,
        value=token(KIND, person),
    )


def _collaboratives(platform: Platform) -> Iterator[Record]:
    host = _membership(platform, ADMIN, "HOST_ORGANIZATION", "READ_WRITE")
    yield _collaborative(
        PORTFOLIO, "Portfolio", "Files and databases of the buildings.",
        [host, _membership(platform, MEMBER, "APPROVED", "READ_WRITE")],
    )  # fmt: skip
    yield _collaborative(
        FIELD, "Field devices", None,
        [host, _membership(platform, MEMBER, "APPROVED", "READ_ONLY"),
         _membership(platform, OUTSIDER, "PENDING_APPROVAL")],
    )  # fmt: skip
    yield _collaborative(
        INTERNAL, "Internal", "Shared with nobody else.",
        [host, _membership(platform, OUTSIDER, "DENIED_ACCESS")],
    )  # fmt: skip


def _collaborative(
    place: str, name: str, description: str | None, members: Sequence[Record]
) -> Record:
    return {
        "collaborativeId": place,
        "name": name,
        "description": description,
        "hostOrganizationId": ORGANIZATIONS[ADMIN.slug][0],
        "memberOrganizations": [{"collaborativeId": place, **member} for member in members],
    }


def _membership(
    platform: Platform, person: Person, state: str, permission: str | None = None
) -> Record:
    inside = [{"userId": user_id(person), "permission": permission}] if permission else []
    return {
        "organizationId": ORGANIZATIONS[person.slug][0],
        "memberState": state,
        "usersInCollaborative": inside,
        "accessApprovedByUserId": user_id(ADMIN) if state == "APPROVED" else None,
        "submittedByUserId": user_id(person),
        "submittedTimestamp": platform.now_text(),
    }


def _campaign(platform: Platform, campaign: Campaign) -> None:
    """A data store with a directory a site, and one a building inside."""
    store = folders.add_store(platform, campaign.name, campaign.about, user_id(ADMIN))
    home = storage.directories(platform)[store["homeDirectoryId"]]
    about = f"{campaign.name}\nTime zone: {campaign.zone}\n\n{campaign.about}\n"
    _file(platform, home, "README", "txt", about, "What is in here.")
    for site in (*campaign.sites, *campaign.zones):
        directory = _place(platform, home, site)
        for inside in site.inside:
            _place(platform, directory, inside)


def _place(platform: Platform, parent: Record, place: Place) -> Record:
    owner = user_id(ADMIN)
    parent_id = parent["dataStoreDirectoryId"]
    made = folders.add_directory(platform, parent["dataStoreId"], parent_id, place.name, owner)
    if place.meters:
        _file(platform, made, "meters", "csv", _listing(place.meters), "The meters of this place.")
        first = place.meters[0]
        about = f"One day of readings in {first.unit}."
        _file(platform, made, first.name, "csv", _day(platform, first), about)
    return made


def _file(
    platform: Platform, directory: Record, name: str, extension: str, text: str, about: str
) -> None:
    """A file with its bytes, as if somebody had uploaded it."""
    file = storage.add_file(platform, directory, name, extension, about, user_id(ADMIN))
    filling = platform.objects.filling(platform.objects.get(file["objectKey"]))
    filling.add(text.encode())
    stored = filling.done(storage.content_type(file))
    storage.uploaded(platform, file["dataStoreFileId"], stored)


def _listing(meters: Sequence[Meter]) -> str:
    rows = [
        ",".join(_quoted(part) for part in (meter.name, meter.unit, meter.about))
        + f",{meter.source.step // SECOND}"
        for meter in meters
    ]
    return "\n".join(("name,unit,about,step in seconds", *rows, ""))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _day(platform: Platform, meter: Meter) -> str:
    """The last whole UTC day that the series has, up to the sandbox's first."""
    extent = meter.source.extent()
    end = min(extent[1] if extent else 0, microseconds(platform.clock.now())) // DAY * DAY
    times, values = meter.source.read(end - DAY, end)
    stamps = np.datetime_as_string(times.astype("datetime64[us]"), unit="s")
    rows = [f"{stamp}Z,{value!r}" for stamp, value in zip(stamps, values.tolist(), strict=True)]
    return "\n".join(("timestamp,value", *rows, ""))
