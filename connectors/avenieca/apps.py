from django.apps import AppConfig

from connectors.avenieca import LABEL


class AveniECAConfig(AppConfig):
    name = "connectors.avenieca"
    label = "avenieca"
    verbose_name = LABEL
