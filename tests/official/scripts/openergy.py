"""The official client 1.5.2 judges the stand-in: every public function, in one run.

Arguments: URL of the API, login, password.
"""

from __future__ import annotations

import io
import sys

import openergy_data
import openergy_records
import ovbpclient
from judge import Judge

url, login, password = sys.argv[1:4]
judge = Judge("openergy", "ovbpclient")
client = ovbpclient.Client(io.StringIO(f"{login}\n{password}\n"), url=url)
openergy_records.judge_all(judge, client)
openergy_data.judge_all(judge, client)
judge.report()
