from django.apps import AppConfig

from connectors.avista import LABEL


class AvistaConfig(AppConfig):
    name = "connectors.avista"
    label = "avista"
    verbose_name = LABEL
