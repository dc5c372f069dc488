from django.apps import AppConfig

from connectors.filebox import LABEL


class FileboxConfig(AppConfig):
    name = "connectors.filebox"
    label = "filebox"
    verbose_name = LABEL
