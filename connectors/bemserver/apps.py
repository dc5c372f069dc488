from django.apps import AppConfig

from connectors.bemserver import LABEL


class BEMServerConfig(AppConfig):
    name = "connectors.bemserver"
    label = "bemserver"
    verbose_name = LABEL
