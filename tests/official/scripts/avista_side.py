"""The sandbox as the judge sees it: clients pointed at it, and plain questions without a client."""

from __future__ import annotations

import importlib
import json
import ssl
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path
from typing import Any

from avista_digital_exchange_sdk import AvistaDigitalExchange

ERRORS = importlib.import_module("avista_digital_exchange_sdk.exceptions")
"""The client's own errors; as an attribute of the package 1.2.1 hides them behind others."""

ADMIN, MEMBER, OUTSIDER = (f"sandbox-avista-{name}" for name in ("admin", "member", "outsider"))


class Side:
    """One sandbox, reached by TLS."""

    def __init__(self, url: str, authority: str, folder: Path) -> None:
        self.url = url
        self.authority = authority
        self.folder = folder
        self.version = version("avista-digital-exchange-sdk")
        self.new = self.version != "0.0.24"
        self._trust = ssl.create_default_context(cafile=authority)

    def connect(self, token: str = ADMIN, **more: Any) -> Any:
        """A client with this token, pointed here by its attributes (method C)."""
        if not self.new:
            dx = AvistaDigitalExchange(token, **more)
            if self.url != dx._client.APPSYNC_API_ENDPOINT_URL:  # else a proxy leads here
                dx._client.APPSYNC_API_ENDPOINT_URL = self.url
            return dx
        dx = AvistaDigitalExchange(token, **{"verify": self.authority, **more})
        dx._client.APPSYNC_API_ENDPOINT_URL = self.url
        dx._client.APPSYNC_API_WS_URL = self.url.replace("https", "wss")
        dx._client.APPSYNC_HOST = self.url.removeprefix("https://").removesuffix("/graphql")
        dx._client.setupUpdatedGqlClient()
        return dx

    def ask(self, query: str, variables: dict[str, Any] | None = None, token: str = ADMIN) -> Any:
        """What the platform answers to a document, whole, by no client at all."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        headers = {"Authorization": token, "Content-Type": "application/json"}
        request = urllib.request.Request(self.url, body, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, context=self._trust) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)

    def data(self, query: str, **variables: Any) -> Any:
        """The value of the only root field."""
        (value,) = self.ask(query, variables)["data"].values()
        return value
