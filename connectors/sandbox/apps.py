"""Makes `manage.py sandbox` known; nothing else here is Django's."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The sandbox has a command and no models."""

    name = "connectors.sandbox"
    label = "sandbox"
