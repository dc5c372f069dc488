from django.apps import AppConfig


class BEMServerConfig(AppConfig):
    name = "connectors.bemserver"
    label = "bemserver"
    verbose_name = "BEMServer"
