"""Numbers, times and spans as the chart's tables show them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template

from dashboard.accounts.templatetags.pieces import digits
from dashboard.charts.window import SPANS
from dashboard.charts.words import local_words

register = template.Library()

MEAN_DIGITS = 7
"""A mean of many readings has no more than these that mean anything."""


@register.filter
def number(value: float | None) -> str:
    """Every digit of a reading."""
    return "–" if value is None else digits(value)


@register.filter
def rounded(value: float | None) -> str:
    """A computed value, to seven digits."""
    return "–" if value is None else digits(float(f"{value:.{MEAN_DIGITS}g}"))


@register.filter
def local(instant: datetime, zone: ZoneInfo) -> str:
    """A local time with its offset: the table tells the two passes of a doubled hour apart."""
    return local_words(instant, zone)


@register.filter
def span_words(code: str) -> str:
    """`P7D` as `the last week`."""
    span = SPANS.get(code)
    return f"the last {span.label.lower()}" if span else "the last week"
