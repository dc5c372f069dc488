"""The Django project: people, pages, schedules. Knows the contract, names no platform."""

from dashboard.celery import app as celery_app

__all__ = ["celery_app"]
