"""The three people as users, each with an FTP account of their own (section 2.13)."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sandbox.accounts import ADMIN, PEOPLE, Person
from connectors.sandbox.openergy.auth import ROLES
from connectors.sandbox.openergy.call import Platform
from connectors.sandbox.openergy.exports import FOLDER
from connectors.sandbox.openergy.names import identity


def enrolled(platform: Platform, roles: Mapping[str, Mapping[str, str]]) -> None:
    """Adds everybody; `roles` are by person and organization."""
    for person in PEOPLE:
        _enrol(platform, person, roles.get(person.slug, {}))


def _enrol(platform: Platform, person: Person, roles: Mapping[str, str]) -> None:
    user, data, account = (identity(kind, person.slug) for kind in ("user", "odata", "ftp"))
    platform.add("oteams/users", id=user, login=person.email, email=person.email,
                 first_name=person.first_name, last_name=person.last_name, odata=data,
                 is_staff=person is ADMIN, password=person.password)  # fmt: skip
    platform.add("odata/users", id=data, base=user, ftp_account=account)
    platform.add("odata/user_ftp_accounts", id=account, user=data, attached=True,
                 login=f"user-{person.slug}", password=f"ftp-{person.password}")  # fmt: skip
    platform.homes.make_directory(account, FOLDER)
    platform.records(ROLES)[user] = dict(roles)
