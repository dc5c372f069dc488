"""What the parts of the flowthings judge share: client, accounts, fault switch."""

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flowthings
from judge import Judge


@dataclass
class Stage:
    """One run of the judge against one sandbox."""

    judge: Judge
    host: str
    token: str
    member_token: str

    def api(self, account: str = "admin", token: str | None = None, **options: Any) -> Any:
        """A client, as section 9.3 of the reference makes it."""
        creds = flowthings.Token(account, token or self.token)
        return flowthings.API(
            creds, secure=False, host=self.host, ws_host=self.host, version="0.1", **options
        )

    def fault(self, kind: str, **settings: Any) -> None:
        """Switches a fault on in the sandbox."""
        self._control("POST", json.dumps({"kind": kind, "times": 1, **settings}).encode())

    def _control(self, method: str, body: bytes | None = None) -> None:
        address = f"http://{self.host}/_control/faults"
        request = urllib.request.Request(address, body, method=method)
        urllib.request.urlopen(request).close()  # noqa: S310


def refusal(call: Callable[[], Any]) -> Any:
    """What the client raised, where the platform's right answer is a refusal."""
    try:
        return call()
    except flowthings.FlowThingsException as refused:
        return refused


def holds(wanted: dict[str, Any]) -> Callable[[Any], bool]:
    """A check that an object has these members."""
    return lambda found: all(found[name] == value for name, value in wanted.items())


NOWHERE = "f" + "0" * 24
