"""The Celery application. Beat only ticks; what is due is computed from the database."""

from __future__ import annotations

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

app = Celery("tieline")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Ours only: a platform may have a word `tasks`, and its connector is loaded when it is asked for.
app.autodiscover_tasks(lambda: [one for one in settings.INSTALLED_APPS if "dashboard." in one])
