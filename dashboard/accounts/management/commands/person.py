"""`manage.py person add EMAIL`: somebody who may sign in, with a workspace of their own."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from dashboard.accounts.models import Person
from dashboard.accounts.services import person_create


class Command(BaseCommand):
    help = "Adds a person who may sign in, with a workspace of their own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["add"])
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        given = parser.add_mutually_exclusive_group()
        given.add_argument("--password", help="seen by others in the list of processes")
        given.add_argument("--password-file", type=Path, help="its first line is the password")
        parser.add_argument("--staff", action="store_true", help="may use the admin site")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        if Person.objects.filter(email=email).exists():
            raise CommandError(f"{email} has an account already.")
        person_create(
            email=_checked_email(email),
            password=_checked_password(_password(options)),
            name=options["name"],
            staff=options["staff"],
        )
        self.stdout.write(f"{email} can sign in now.")


def _password(options: dict[str, Any]) -> str:
    if options["password"] is not None:
        return str(options["password"])
    if options["password_file"] is None:
        return getpass.getpass("Password: ")
    try:
        lines = options["password_file"].read_text(encoding="utf-8").splitlines()
    except OSError as wrong:
        raise CommandError(f"The password file cannot be read: {wrong.strerror}.") from None
    return lines[0] if lines else ""


def _checked_email(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(f"{email} is not an e-mail address.") from None
    return email


def _checked_password(password: str) -> str:
    try:
        validate_password(password)
    except ValidationError as wrong:
        raise CommandError(" ".join(wrong.messages)) from None
    return password
