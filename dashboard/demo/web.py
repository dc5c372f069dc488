"""gunicorn's settings in the demo; it says where to look once it listens."""

from __future__ import annotations

import os
import sys

worker_class = "gthread"
workers = 2
threads = 4
loglevel = "warning"
limit_request_line = 8190  # a chart of many series has a long address


def when_ready(server: object) -> None:
    sys.stdout.write(os.environ.get("TIELINE_BANNER", ""))
    sys.stdout.flush()
