"""Everything that BEMServer can do besides, gathered from the rooms that declare it.

Operations are named as the reference names them (section 7): `sites.getall`, `io.upload_sites_csv`.
"""

from __future__ import annotations

from connectors.bemserver.analysing import Analysing
from connectors.bemserver.climate import Climate
from connectors.bemserver.csvio import CsvIo
from connectors.bemserver.families import Families
from connectors.bemserver.notices import Notices
from connectors.bemserver.people import People
from connectors.bemserver.points import PointData
from connectors.bemserver.tasks import TaskWork
from connectors.bemserver.telling import Telling
from connectors.contract import Acts


class BEMServerOperations(
    People, Climate, PointData, Analysing, CsvIo, Notices, TaskWork, Telling, Families, Acts
):
    """Mixed into the service, which has the client."""
