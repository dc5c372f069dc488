"""How exports speak: a schedule, a span, a duration, a state in words."""

from __future__ import annotations

from datetime import timedelta

from django import template

from dashboard.exports import schedule as rules
from dashboard.exports import span as spans
from dashboard.exports.models import Export, Run

register = template.Library()

TONES = {
    Run.State.WAITING: "calm",
    Run.State.RUNNING: "accent",
    Run.State.DONE: "good",
    Run.State.FAILED: "bad",
    Run.State.CANCELLED: "warn",
}


@register.filter
def cron_words(cron: str) -> str:
    """`0 6 * * *` as “Every morning at 06:00”; a rule of one's own as it is."""
    return rules.words(cron)


@register.filter
def span_words(span: str) -> str:
    return spans.words(span)


@register.filter
def tone(state: str) -> str:
    """The colour of a state's pill."""
    return TONES[Run.State(state)]


@register.filter
def about(left: timedelta | None) -> str:
    """A duration as people say it: “about 3 min”."""
    if left is None:
        return ""
    seconds = left.total_seconds()
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds / 10) * 10} s"
    return f"about {round(seconds / 60)} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


@register.filter
def took(run: Run) -> str:
    """How long an ended run took."""
    if run.started_at is None or run.ended_at is None:
        return ""
    seconds = (run.ended_at - run.started_at).total_seconds()
    return f"{seconds:.1f} s" if seconds < 90 else f"{round(seconds / 60)} min"


@register.filter
def seen_by(export: Export) -> str:
    """Who sees the runs and files of an export."""
    return f"every member of {export.workspace}"
