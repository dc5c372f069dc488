"""The Celery application. Beat only ticks; what is due is computed from the database."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

app = Celery("tieline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
