"""A Celery application with the product's own settings and one task whose effect can be counted."""

from __future__ import annotations

import os
import sqlite3

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

app = Celery("effects")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(name="effects.leave")
def leave(number: int) -> None:
    """Leaves one row; doing it twice leaves one row."""
    with sqlite3.connect(os.environ["EFFECTS"], timeout=30) as ledger:
        ledger.execute("INSERT OR IGNORE INTO effects VALUES (?)", (number,))
