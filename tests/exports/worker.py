"""A worker without a broker, to be killed: `python -m tests.exports.worker <run id>`.

Its settings come from the environment; it says `ready` once and then works until the run ends.
"""

from __future__ import annotations

import os
import sys
import time
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from connectors import registry  # noqa: E402
from dashboard.exports import claims, publish, runs  # noqa: E402
from dashboard.exports.models import Run  # noqa: E402


def main(run: UUID) -> None:
    registry.OURS["clockwork"] = "tests.series.clockwork"
    for module in (runs, publish):
        vars(module)["LEASE_SECONDS"] = 1  # not to wait a minute
    publish.REPORT_SECONDS = 0.0
    print("ready", flush=True)  # noqa: T201
    while Run.objects.get(pk=run).state in runs.LIVE:
        step(run)
        time.sleep(0.01)  # a lease of the killed one may be live for a second


def step(run: UUID) -> None:
    """What the tick would nudge."""
    work = claims.waiting_work(timezone.now())
    for pk in work.plans:
        runs.run_plan(pk, now=timezone.now())
    for part in work.reads:
        runs.slice_read(part, holder=str(os.getpid()))
    for pk in work.publishes:
        publish.run_publish(pk, holder=str(os.getpid()))


if __name__ == "__main__":
    main(UUID(sys.argv[1]))
