"""Every public function of AveniECA's client against the sandbox.

    python avenieca_judge.py URI HOST:PORT USERNAME PASSWORD

URI of the API, and the address of the broker.
"""

from __future__ import annotations

import sys

from avenieca_models import written
from avenieca_rest import Rest
from avenieca_streams import local, streams
from avenieca_transport import sign_in, transport
from judge import Judge


def main(uri: str, broker: str, username: str, password: str) -> None:
    judge = Judge(platform="avenieca", package="avenieca")
    eca = sign_in(judge, uri, username, password)
    Rest(judge, eca).run()
    transport(judge, uri, eca)
    streams(judge, eca, broker)
    local(judge)
    written(judge)
    judge.report()


main(*sys.argv[1:])
