"""Every public function of the published client 1.0.5, judged against a sandbox.

python flowthings_judge.py HOST:PORT TOKEN MEMBER_TOKEN
"""

import sys

import flowthings_shim  # noqa: F401  (it lets the others import the client)

# isort: split
from flowthings_filters import judge_filters
from flowthings_live import judge_live
from flowthings_numbers import judge_numbers
from flowthings_objects import judge_objects
from flowthings_stage import Stage
from judge import Judge


def main(host: str, token: str, member_token: str) -> None:
    """All parts; the order matters, later ones read what earlier ones wrote."""
    judge = Judge(platform="flowthings", package="flowthings")
    stage = Stage(judge=judge, host=host, token=token, member_token=member_token)
    judge_objects(stage)
    judge_filters(stage)
    judge_numbers(stage)
    judge_live(stage)
    judge.report()


main(*sys.argv[1:])
