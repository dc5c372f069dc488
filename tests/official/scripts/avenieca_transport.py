"""How AveniECA's client signs in, and its own HTTP verbs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from avenieca.api.auth import Auth
from avenieca.api.client import Client
from avenieca.api.eca import ECA
from avenieca.api.model import AuthLogin, AuthResponse, Config
from avenieca.api.utils.response import response_helper
from avenieca_rest import refused
from judge import Judge


def unreachable() -> Any:
    """A call to a server that is not there: nothing listens on port 1."""
    return ECA(Config(uri="http://127.0.0.1:1/v1", api_token="x")).response.get_all()


def sign_in(judge: Judge, uri: str, username: str, password: str) -> ECA:
    """The account, after the ways in which one cannot get in."""
    auth = Auth(Config(uri=uri))
    good = AuthLogin(username=username, password=password)
    judge.right("Auth.login", lambda: auth.login(good), lambda got: (
        got[1] == 200 and isinstance(got[0], AuthResponse) and got[0].username == username
        and got[0].role == "admin"
    ))  # fmt: skip
    judge.wrong("Auth.login", lambda: auth.login(replace(good, password="x")),
                refused(401))  # fmt: skip
    judge.wrong("Auth.login", lambda: auth.login(replace(good, password=None)), refused(400))
    bad = Config(uri=uri, username=username, password="x")
    judge.wrong("Auth.login", lambda: ECA(bad), raises=Exception,
                check=lambda error: error.args[0] == "login failed: %s")  # fmt: skip
    judge.wrong("Client.get_base_url", lambda: Client(Config()).get_base_url(), raises=Exception,
                check=lambda error: str(error) == "ECA URI not set")  # fmt: skip
    config = Config(uri=uri, username=username, password=password)
    eca = ECA(config)
    judge.right(
        "Client.get_authorization",
        eca.ess.client.get_authorization,
        lambda got: got == f"Bearer {config.api_token}" and len(got) > 20,
    )
    judge.wrong("Client.get_authorization", Client(Config(uri=uri)).get_authorization,
                raises=AttributeError)  # fmt: skip
    judge.right("Client.get_base_url", eca.ess.client.get_base_url, lambda got: got == uri)
    return eca


def transport(judge: Judge, uri: str, eca: ECA) -> None:
    """The client's own verbs. A path that it does not quote is an address that is not there."""
    client, stranger = eca.ess.client, Client(Config(uri=uri, api_token="x"))
    judge.right("Client.build_path", lambda: client.build_path("/ess"), lambda got: (
        got == f"{uri}/ess"
    ))  # fmt: skip
    judge.wrong("Client.build_path", lambda: client.http_get("/ess/a b/c?d", None),
                lambda got: got[1] == 404 and list(got[0]) == ["errors"])  # fmt: skip
    judge.right("Client.http_get", lambda: client.http_get("/response", None),
                lambda got: got[1] == 200)  # fmt: skip
    judge.right("Client.http_post", lambda: client.http_post("/retrieval", None, {"query": "x"}),
                lambda got: got[1] == 200 and list(got[0]) == ["response"])  # fmt: skip
    path = "/sequence/occupancy/1"
    judge.right("Client.http_patch", lambda: client.http_patch(path, None, {"status": "p"}),
                lambda got: got[1] == 200 and got[0]["status"] == "p")  # fmt: skip
    judge.right("Client.http_put", lambda: client.http_put("/ess/notes/upsert/1", None, None),
                lambda got: got == (True, 200))  # fmt: skip
    made = client.http_post("/document", None, {"doc_id": "d", "text": "t"})[0]
    judge.right("Client.http_delete",
                lambda: client.http_delete(f"/document/{made['id']}", None, None),
                lambda got: got == (True, 200))  # fmt: skip
    for verb in ("get", "post", "patch", "put", "delete"):
        call = getattr(stranger, f"http_{verb}")
        judge.wrong(f"Client.http_{verb}", lambda call=call: call("/response", None, None),
                    lambda got: got == ({"errors": ["unauthorized"]}, 401))  # fmt: skip
    stale = ECA(Config(uri=uri, api_token="stale"))
    judge.wrong("Document.get_all", stale.document.get_all, refused(401))
    judge.wrong("ECAResponse.get_all", stale.response.get_all, refused(401))
    judge.wrong("Client.http_delete", lambda: client.http_delete("/response", None, None),
                lambda got: got[1] == 405 and list(got[0]) == ["errors"])  # fmt: skip
    judge.wrong("response.response_helper", unreachable, raises=Exception)
    judge.right("response.response_helper", lambda: _helped(OSError("gone")),
                lambda got: isinstance(got.args[0], OSError))  # fmt: skip


def _helped(error: Exception) -> Exception:
    """What the client's helper makes of an error: a bare Exception around it."""
    try:
        response_helper(error)
    except Exception as raised:  # noqa: BLE001
        return raised
    raise AssertionError("nothing was raised")
