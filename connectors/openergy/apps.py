from django.apps import AppConfig

from connectors.openergy import LABEL


class OpenergyConfig(AppConfig):
    name = "connectors.openergy"
    label = "openergy"
    verbose_name = LABEL
