"""The people of the sandbox: the same three on every platform."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who has an account everywhere, with a password that is no secret."""

    slug: str
    first_name: str
    last_name: str
    about: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        """Where a platform asks for an e-mail address or a login."""
        return f"{self.slug}@sandbox.example"

    @property
    def password(self) -> str:
        """The same on every platform that has passwords."""
        return f"sandbox-{self.slug}"


PEOPLE = (
    Person(slug="admin", first_name="Ada", last_name="Admin", about="sees and changes everything"),
    Person(slug="member", first_name="Max", last_name="Member", about="sees a part"),
    Person(slug="outsider", first_name="Olga", last_name="Outsider",
           about="has an account and sees nothing"),
)  # fmt: skip
ADMIN, MEMBER, OUTSIDER = PEOPLE


def token(kind: str, person: Person) -> str:
    """What a platform that has tokens gave this person: stable, and no secret."""
    return f"sandbox-{kind}-{person.slug}"
