"""What a node is to files: a folder that takes them, one that can be saved, or deleted."""

from __future__ import annotations

from django import template

from dashboard.browse.models import Seen
from dashboard.connections.models import Connection
from dashboard.files import services

register = template.Library()


@register.filter
def takes(connection: Connection, node: Seen) -> bool:
    return services.takes_files(connection, node)


@register.filter
def gives(connection: Connection, node: Seen) -> bool:
    return services.gives_file(connection, node)


@register.filter
def loses(connection: Connection, node: Seen) -> bool:
    return services.loses_file(connection, node)
