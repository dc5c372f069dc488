"""Recording what happened, and telling once per change of state."""

from __future__ import annotations

from dashboard.accounts.models import Person, Workspace
from dashboard.activity.models import Event, Notice


def event_record(*, workspace: Workspace, person: Person | None, verb: str, subject: str) -> Event:
    return Event.objects.create(
        workspace=workspace, person=person, verb=verb, subject=subject[:200]
    )


def notice_tell(*, workspace: Workspace, topic: str, state: str, text: str) -> Notice | None:
    """A notice, unless the topic's last notice already told this state (None then)."""
    last = Notice.objects.filter(workspace=workspace, topic=topic).first()
    if last is not None and last.state == state:
        return None
    return Notice.objects.create(workspace=workspace, topic=topic, state=state, text=text)


def notices_unseen(workspace: Workspace) -> int:
    return Notice.objects.filter(workspace=workspace, seen=False).count()


def notices_see(workspace: Workspace) -> int:
    """Marks every notice of the workspace as seen; gives how many were new."""
    return Notice.objects.filter(workspace=workspace, seen=False).update(seen=True)
