"""The memory platform over real HTTP, with one token."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from tests.conformance.memory.live import LiveServer
from tests.conformance.memory.platform import Asked, Platform, Refused, Unknown
from tests.serving import Serving, Threads

TOKEN = "memory-token-7c1e9a"


class MemoryServer(Serving):
    """Serves from the moment it is made until `close`."""

    def __init__(self) -> None:
        self.platform = Platform()
        self.live = LiveServer(self.platform)
        server = _Server(("127.0.0.1", 0), _Handler)
        server.platform = self.platform
        super().__init__(server)
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {"url": self.url, "token": TOKEN}

    def close(self) -> None:
        self.live.close()
        super().close()


class _Server(Threads, HTTPServer):
    platform: Platform


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        asked = Asked(
            method=self.command,
            path=unquote(url.path).strip("/"),
            query={name: values[0] for name, values in parse_qs(url.query).items()},
            body=body,
        )
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._send(401, {"error": "unknown token"})
        try:
            return self._send(200, cast(_Server, self.server).platform.answer(asked))
        except Unknown:
            return self._send(404, {"error": "unknown"})
        except Refused as refused:
            return self._send(422, {"errors": refused.fields})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815

    def _send(self, status: int, found: object) -> None:
        plain = isinstance(found, bytes)
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if plain else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""
