"""Settings on their way to becoming a connection: tested in stages, kept when all passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dashboard.accounts.models import Person, Workspace
from dashboard.activity.services import event_record
from dashboard.connections import vault
from dashboard.connections.models import Connection, Draft, Health
from dashboard.connections.probe import Outcome, Probe, next_stage

LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Finished:
    """What a test led to: a connection of its own, or the one that has the account already."""

    connection: Connection
    kept: bool


def draft_start(
    *,
    workspace: Workspace,
    person: Person,
    kind: str,
    name: str,
    plain: Mapping[str, object],
    secrets: Mapping[str, str],
    connection: Connection | None = None,
) -> Draft:
    """Keeps the settings for an hour, the secret ones sealed; no platform is asked yet."""
    drafts_sweep()
    return Draft.objects.create(
        workspace=workspace,
        person=person,
        connection=connection,
        kind=kind,
        name=name,
        settings=dict(plain),
        sealed=vault.seal(secrets),
    )


def drafts_sweep() -> None:
    Draft.objects.filter(at__lt=timezone.now() - LIFE).delete()


def draft_step(draft: Draft) -> None:
    """Runs the next stage, or the failed one again. Raises vault.Locked."""
    stage = next_stage(draft.outcomes)
    if stage is None:
        return
    probe = Probe(
        kind=draft.kind,
        values=draft.settings | vault.unseal(draft.sealed),
        seconds=settings.PAGE_SECONDS,
    )
    outcome = _judged(draft, probe.run(stage))
    draft.outcomes = [*(old for old in draft.outcomes if old["stage"] != stage), _row(outcome)]
    draft.save(update_fields=["outcomes", "account_id", "account_label", "facts"])


@transaction.atomic
def draft_finish(draft: Draft) -> Finished:
    """The connection, new or with its new settings. Raises ValueError before all stages passed."""
    if next_stage(draft.outcomes) is not None:
        raise ValueError("Not every stage of the test has passed.")
    was = draft.connection
    finished = _create(draft) if was is None else _replace(draft, was)
    draft.delete()
    return finished


def twin_of(draft: Draft) -> Connection | None:
    """Another connection of the workspace that has the draft's account already."""
    same = Connection.objects.filter(
        workspace=draft.workspace, kind=draft.kind, account_id=draft.account_id
    )
    if draft.connection is not None:
        same = same.exclude(pk=draft.connection.pk)
    return same.exclude(account_id="").first()


def _judged(draft: Draft, outcome: Outcome) -> Outcome:
    """A sign-in that works, and still is not this account's, has failed."""
    account = outcome.account
    if account is None:
        return outcome
    draft.account_id, draft.account_label = account.id[:200], account.label[:200]
    draft.facts = dict(account.facts)
    twin, was = twin_of(draft), draft.connection
    if twin is not None:
        return _refused(outcome, f"This account is connected here already, as “{twin.name}”.")
    if was is not None and was.account_id not in ("", draft.account_id):
        return _refused(
            outcome,
            f"This signs in as {account.label}, and the connection belongs to "
            f"{was.account_label}. Use that account here, or add a new connection.",
        )
    return outcome


def _refused(outcome: Outcome, says: str) -> Outcome:
    return replace(outcome, passed=False, says=says, account=None)


def _row(outcome: Outcome) -> dict[str, object]:
    return {
        "stage": outcome.stage,
        "passed": outcome.passed,
        "says": outcome.says,
        "fields": list(outcome.fields),
        "milliseconds": outcome.milliseconds,
        "warns": outcome.warns,
    }


def _create(draft: Draft) -> Finished:
    """Two drafts of one account, finished at once, make one connection: the constraint decides."""
    now = timezone.now()
    connection, created = Connection.objects.get_or_create(
        workspace=draft.workspace,
        kind=draft.kind,
        account_id=draft.account_id,
        defaults={
            **_found(draft),
            "created_by": draft.person,
            "checked_at": now,
            "healthy_at": now,
        },
    )
    if created:
        event_record(
            workspace=draft.workspace, person=draft.person, verb="connected", subject=draft.name
        )
    return Finished(connection, kept=created)


def _replace(draft: Draft, was: Connection) -> Finished:
    connection = Connection.objects.select_for_update().get(pk=was.pk)
    now = timezone.now()
    changes = _found(draft) | {"account_id": draft.account_id, "kept": b""}
    changes |= {"checked_at": now, "healthy_at": now}
    for name, value in changes.items():
        setattr(connection, name, value)
    connection.save(update_fields=list(changes))
    event_record(
        workspace=draft.workspace,
        person=draft.person,
        verb="replaced the settings of",
        subject=draft.name,
    )
    return Finished(connection, kept=True)


def _found(draft: Draft) -> dict[str, object]:
    return {
        "name": draft.name,
        "settings": draft.settings,
        "sealed": bytes(draft.sealed),
        "account_label": draft.account_label,
        "facts": draft.facts,
        "health": Health.OK,
        "trouble": "",
    }
