"""Raw requests to a BEMServer and what came back, with ids replaced by the names of their rows.

Two servers on which the same walk was walked can then be compared step by step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from connectors.sandbox.bemserver.catalogue import KINDS

ADMIN = ("admin@sandbox.example", "sandbox-admin")
REFERENCES = {
    "campaign_id": "campaigns", "campaign_scope_id": "campaign_scopes", "user_id": "users",
    "user_group_id": "user_groups", "event_id": "events", "category_id": "event_categories",
    "timeseries_id": "timeseries", "property_id": "timeseries_properties",
    "structural_element_property_id": "structural_element_properties",
    **{f"{kind}_id": f"{kind}s" for kind in KINDS},
    **{f"{kind}_property_id": f"{kind}_properties" for kind in KINDS},
}  # fmt: skip
KEPT = ("content-type", "x-pagination", "location", "www-authenticate", "allow")
PRESET = ("timeseries_properties", "timeseries_data_states", "event_categories", "energies",
          "energy_end_uses", "energy_production_technologies")  # fmt: skip
"""Lists of which some rows are there from the start, with the same ids everywhere."""
SECONDS = 60
NOBODY = 2_000_000_000
"""An id that no row has."""
PEOPLE = ("admin", "member", "outsider")
PARIS = "Europe/Paris"
SPRING = {"start_time": "2025-03-29T00:00:00Z", "end_time": "2025-03-31T00:00:00Z"}

Saw = tuple[int, Mapping[str, str], Any]


@dataclass(slots=True)
class Wire:
    """One server, the people signed in there, and the rows that were made."""

    url: str
    tokens: dict[str, str] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    names: dict[tuple[str, int], str] = field(default_factory=dict)
    """The name of each row made here, by its list and id."""
    ids: dict[str, int] = field(default_factory=dict)
    seen: dict[str, Saw] = field(default_factory=dict)
    _http: requests.Session = field(default_factory=requests.Session)

    def sign_in(self, who: str, email: str, password: str) -> None:
        """Keeps the tokens of somebody. Raises when the server refuses."""
        body = {"email": email, "password": password}
        pair = self._http.post(f"{self.url}/auth/token", json=body, timeout=SECONDS).json()
        self.tokens[who], self.refresh[who] = pair["access_token"], pair["refresh_token"]

    def send(
        self, method: str, path: str, who: str | None = "admin", **how: Any
    ) -> requests.Response:
        """One request. `{name}` in the path stands for the id of the row made under that name."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        headers |= {"Connection": "close", **how.pop("headers", {})}
        return self._http.request(
            method,
            self.url + path.format_map(self.ids),
            headers=headers,
            allow_redirects=False,
            timeout=SECONDS,
            **how,
        )

    def ask(self, step: str, method: str, path: str, who: str | None = "admin", **how: Any) -> Saw:
        """One request whose answer is remembered under `step`."""
        if step in self.seen:
            raise ValueError(f"two steps are called {step}")
        answer = self.send(method, path, who, **how)
        self.seen[step] = self.saw(path, answer)
        if method == "GET" and isinstance(self.seen[step][2], list) and not sorted_by(how):
            self.seen[step][2].sort(key=json.dumps)
        return self.seen[step]

    def try_to_make(self, step: str, path: str, who: str = "admin", **how: Any) -> None:
        """A POST that may be refused; when it was not, the row is named `new` and taken away."""
        answer = self.send("POST", path, who, **how)
        self.seen[step] = self.saw(path, answer)
        if answer.status_code == 201:
            self.seen[step][2]["id"] = "new"
            number = answer.json()["id"]
            self.send("DELETE", f"{path}{number}", headers={"If-Match": "*"})

    def saw(self, path: str, answer: requests.Response) -> Saw:
        """An answer without what differs from one run to the next."""
        headers = {
            name: answer.headers[name].replace(self.url, "")
            for name in KEPT
            if name in answer.headers
        }
        headers |= {"etag": "yes"} if "ETag" in answer.headers else {}
        if "allow" in headers:
            headers["allow"] = ", ".join(sorted(headers["allow"].split(", ")))
        listed = path.strip("/").partition("/")[0].partition("?")[0]
        body = None if answer.status_code == 308 else self._named(listed, body_of(answer))
        if isinstance(body, dict) and "access_token" in body:
            body = sorted(body)
        return answer.status_code, headers, body

    def make(self, name: str, path: str, body: Mapping[str, Any], **how: Any) -> int:
        """A row, remembered by its name. Raises with the server's words."""
        answer = self.send("POST", f"/{path}/", json=body, **how)
        if answer.status_code != 201:
            raise RuntimeError(f"{path} {name}: {answer.status_code} {answer.text[:500]}")
        number = int(answer.json()["id"])
        self.ids[name] = number
        self.names[path, number] = name
        return number

    def etag(self, path: str) -> str:
        """The ETag of a row now."""
        return self.send("GET", path).headers.get("ETag", "")

    def _named(self, path: str, body: Any) -> Any:
        if isinstance(body, list):
            return [self._named(path, item) for item in body]
        if not isinstance(body, dict):
            return body
        return {key: self._value(path, key, value) for key, value in body.items()}

    def _value(self, path: str, key: str, value: Any) -> Any:
        if key.isdigit():
            return value
        if isinstance(value, int) and (key == "id" or key in REFERENCES):
            listed = path if key == "id" else REFERENCES[key]
            known = value if listed in PRESET or value >= NOBODY else "another"
            return self.names.get((listed, value), known)
        return self._named(key, value)


def cases(given: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Variations of a request, numbered."""
    return enumerate(given)


def sorted_by(how: Mapping[str, Any]) -> bool:
    """Whether the order of a list was asked for: no other order is promised."""
    return bool(how.get("params", {}).get("sort"))


def body_of(answer: requests.Response) -> Any:
    """JSON where it is JSON, and text otherwise."""
    try:
        return json.loads(answer.content, parse_constant=str)
    except ValueError:
        return answer.content.decode(errors="replace")


def unlike(real: Mapping[str, Saw], sandbox: Mapping[str, Saw]) -> Iterator[tuple[str, str]]:
    """Each step that differs, and where: status, a header, or the place in the body."""
    for step in {**real, **sandbox}:
        mine, theirs = real.get(step), sandbox.get(step)
        if mine is None or theirs is None:
            yield step, f"only {'real' if theirs is None else 'sandbox'}"
            continue
        if mine[0] != theirs[0]:
            yield step, f"status {mine[0]} {theirs[0]}: {shorter(mine[2])} | {shorter(theirs[2])}"
            continue
        for name in sorted({*mine[1], *theirs[1]}):
            if mine[1].get(name) != theirs[1].get(name):
                yield step, f"{name}: {mine[1].get(name)} | {theirs[1].get(name)}"
        if mine[2] != theirs[2]:
            yield step, f"body: {shorter(mine[2])} | {shorter(theirs[2])}"


def shorter(body: Any) -> str:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return re.sub(r"\s+", " ", text)[:400]
