"""The client over TLS: nothing but the two variables of section 1.5 lets it trust the sandbox.

python flowthings_tls.py HOST:PORT TOKEN
"""

import json
import sys

import flowthings_shim  # noqa: F401  (it lets the client be imported)

# isort: split
import flowthings


def main(host: str, token: str) -> None:
    """One call, and one message over the socket."""
    api = flowthings.API(flowthings.Token("admin", token), host=host, ws_host=host)
    flow = api.flow.create({"path": "/admin/secure"})
    seen = []

    def opened(socket: flowthings.services.WebSocketClient) -> None:
        socket.subscribe(
            flow["id"], lambda *_reply: api.drop(flow["id"]).create({"elems": {"a": 1}})
        )

    def came(socket: flowthings.services.WebSocketClient, resource: str, value: dict) -> None:
        seen.append([resource == flow["id"], value["elems"]])
        socket._app.close()

    api.websocket.connect(on_open=opened, on_message=came).run()
    print(json.dumps(seen))  # noqa: T201


main(*sys.argv[1:])
