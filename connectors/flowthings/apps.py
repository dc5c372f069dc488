from django.apps import AppConfig

from connectors.flowthings import LABEL


class FlowthingsConfig(AppConfig):
    name = "connectors.flowthings"
    label = "flowthings"
    verbose_name = LABEL
