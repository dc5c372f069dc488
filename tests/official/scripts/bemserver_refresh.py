# ruff: noqa: T201
"""One call whose access token the server calls expired.

python bemserver_refresh.py HOST:PORT EMAIL PASSWORD
"""

import json
import sys
from typing import Any

from bemserver_api_client import BEMServerApiClient


def main(host: Any, email: Any, password: Any) -> None:
    client = BEMServerApiClient(host, use_ssl=False)
    pair = client.auth.get_tokens(email, password).data
    pairs = []
    keep = lambda access, refresh: pairs.append((access, refresh))  # noqa: E731
    access, refresh = pair["access_token"], pair["refresh_token"]
    client.set_authentication_method(client.make_bearer_token_auth(access, refresh, keep))
    found = client.campaigns.getall().data
    print(json.dumps({"pairs": len(pairs), "campaigns": len(found)}))


main(*sys.argv[1:])
