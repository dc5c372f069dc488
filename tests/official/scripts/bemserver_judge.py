"""Every public function of BEMServer's published client, with right and wrong input.

    python bemserver_judge.py HOST:PORT EMAIL PASSWORD

Reports with judge.py, a line a function.
"""

import json
import sys
from typing import Any

from bemserver_api_client import BEMServerApiClient
from bemserver_api_client.exceptions import (
    BEMServerAPIAuthenticationError,
    BEMServerAPIConflictError,
    BEMServerAPIInternalError,
    BEMServerAPINotFoundError,
    BEMServerAPINotModified,
    BEMServerAPIPreconditionError,
    BEMServerAPIValidationError,
    BEMServerAPIVersionError,
)
from bemserver_api_client.resources import RESOURCES_MAP
from bemserver_judge_data import Data
from bemserver_resources import Ids, listed, plans
from judge import Judge

NOBODY = 2_000_000_000
COMMON = ("getall", "getone", "create", "update", "delete")
TEXT = "any value becomes a part of the address"
PRESETS = {
    "energies": ["all", "electricity", "natural gas", "propane gas", "heating oil", "wood log",
                 "wood pellet", "wood chips", "heating network", "cooling network"],
    "energy_end_uses": ["all", "heating", "cooling", "ventilation", "lighting", "appliances"],
    "energy_prod_technologies": ["all", "PV panels", "wind turbines", "solar thermal collectors"],
    "tasks": ["CheckMissingData", "CheckOutliers", "Cleanup", "DownloadWeatherData"],
}  # fmt: skip


class Session:
    """The judge, a client that is signed in, and one that is not."""

    def __init__(self, host: str, email: str, password: str) -> None:
        self.judge = Judge("bemserver", "bemserver_api_client")
        self.host, self.email, self.password = host, email, password
        self.client = self.open()
        self.stranger = BEMServerApiClient(host, use_ssl=False)

    def open(self, keep: Any = None) -> Any:
        client = BEMServerApiClient(self.host, use_ssl=False)
        pair = client.auth.get_tokens(self.email, self.password).data
        bearer = client.make_bearer_token_auth(pair["access_token"], pair["refresh_token"], keep)
        client.set_authentication_method(bearer)
        return client

    def named(self, entry: str) -> str:
        """What the judge calls the class of an entry point."""
        return RESOURCES_MAP[entry].__name__


def disabled(run: Session) -> None:
    """Functions that the client itself refuses, and addresses."""
    calls = {
        "getall": lambda r: r.getall(), "getone": lambda r: r.getone(1),
        "create": lambda r: r.create({}), "update": lambda r: r.update(1, {}),
        "delete": lambda r: r.delete(1),
    }  # fmt: skip
    for entry, resource in RESOURCES_MAP.items():
        name, mine = run.named(entry), getattr(run.client, entry)
        for function in resource.disabled_endpoints:
            run.judge.broken(f"{name}.{function}", lambda f=function, r=mine: calls[f](r),
                             raises=NotImplementedError, section="1.6")  # fmt: skip
        run.judge.right(f"{name}.enpoint_uri_by_id", lambda r=mine: r.enpoint_uri_by_id(7),
                        lambda uri, r=resource: uri == f"{r.endpoint_base_uri}7")  # fmt: skip
        run.judge.nothing_wrong(f"{name}.enpoint_uri_by_id", TEXT)


def rows(run: Session) -> None:
    """Every resource: made, read, listed, changed; then taken away, children first."""
    ids, made = Ids(), []
    for number in range(sum(1 for _ in plans(ids))):
        plan = next(plan for at, plan in enumerate(plans(ids)) if at == number)
        entry, key, body, change = plan
        if entry not in RESOURCES_MAP:
            continue
        row = one_row(run, entry, body, change)
        made.append((entry, row))
        if key:
            ids[key] = row
    for entry, row in reversed(made):
        removed(run, entry, row)


def one_row(run: Session, entry: str, body: Any, change: Any) -> int:
    judge, resource, name = run.judge, getattr(run.client, entry), run.named(entry)
    created = judge.right(f"{name}.create", lambda: resource.create(body),
                          lambda r: r.status_code == 201 and holds(r.data, body))  # fmt: skip
    judge.wrong(f"{name}.create", lambda: resource.create({**body, "nonsense": 1}),
                lambda e: "nonsense" in e.errors, raises=BEMServerAPIValidationError)  # fmt: skip
    row = created.data["id"]
    one = judge.right(f"{name}.getone", lambda: resource.getone(row),
                      lambda r: r.data == created.data and r.etag == created.etag)  # fmt: skip
    judge.wrong(f"{name}.getone", lambda: resource.getone(NOBODY),
                raises=BEMServerAPINotFoundError)  # fmt: skip
    if one.etag:
        judge.wrong(f"{name}.getone", lambda: resource.getone(row, etag=one.etag),
                    raises=BEMServerAPINotModified)  # fmt: skip
    judge.right(f"{name}.getall", lambda: listed(resource, row), bool)
    stranger = getattr(run.stranger, entry)
    judge.wrong(f"{name}.getall", stranger.getall,
                lambda e: e.code == "missing_authentication",
                raises=BEMServerAPIAuthenticationError)  # fmt: skip
    if change is not None:
        changed(run, entry, row, change)
    return int(row)


def holds(data: Any, body: Any) -> bool:
    """Whether an answer holds what was sent, but for a password."""
    return all(data.get(key) == value for key, value in body.items() if key != "password")


def changed(run: Session, entry: str, row: int, change: Any) -> None:
    judge, resource, name = run.judge, getattr(run.client, entry), run.named(entry)
    tag = resource.getone(row).etag
    if entry == "notifications":  # the one that asks for no tag
        judge.wrong(f"{name}.update", lambda: resource.update(row, {}),
                    raises=BEMServerAPIConflictError)  # fmt: skip
    else:
        judge.wrong(
            f"{name}.update",
            lambda: resource.update(row, change),
            lambda e: e.status_code == 428,
            raises=BEMServerAPIPreconditionError,
        )
        judge.wrong(
            f"{name}.update",
            lambda: resource.update(row, change, etag='"0"'),
            lambda e: e.status_code == 412,
            raises=BEMServerAPIPreconditionError,
        )
    judge.right(
        f"{name}.update",
        lambda: resource.update(row, change, etag=tag),
        lambda r: holds(r.data, change) and r.data == resource.getone(row).data,
    )


def removed(run: Session, entry: str, row: int) -> None:
    judge, resource, name = run.judge, getattr(run.client, entry), run.named(entry)
    tag = resource.getone(row).etag or None
    judge.wrong(f"{name}.delete", lambda: resource.delete(NOBODY, etag='"0"'),
                raises=BEMServerAPINotFoundError)  # fmt: skip
    judge.right(f"{name}.delete", lambda: resource.delete(row, etag=tag),
                lambda r: r.status_code == 204 and not listed(resource, row))  # fmt: skip


def presets(run: Session) -> None:
    """Lists that nobody changes, and the versions."""
    for entry, names in PRESETS.items():
        if entry not in RESOURCES_MAP:
            continue
        name = f"{run.named(entry)}.getall"
        run.judge.right(name, getattr(run.client, entry).getall,
                        lambda r, n=names: [row["name"] for row in r.data] == n)  # fmt: skip
        run.judge.wrong(name, getattr(run.stranger, entry).getall,
                        raises=BEMServerAPIAuthenticationError)  # fmt: skip
    nowhere = BEMServerApiClient("127.0.0.1:1", use_ssl=False)
    run.judge.right(
        "AboutResources.getall",
        run.client.about.getall,
        lambda r: sorted(r.data["versions"]) == ["bemserver_api", "bemserver_core"],
    )
    run.judge.wrong("AboutResources.getall", nowhere.about.getall, raises=BEMServerAPIInternalError)


def services(run: Session) -> None:
    """What versions before 0.22 of the client have: states of the cleanup, and full lists."""
    judge, client = run.judge, run.client
    for entry in [entry for entry in RESOURCES_MAP if entry.startswith("st_")]:
        name = f"{run.named(entry)}.get_full"
        word = {"campaign": "campaign", "site": "site"}.get(entry.rpartition("_")[2], "timeseries")
        target = f"{word}_id"
        count = {"campaign": client.campaigns, "site": client.sites}.get(word)
        judge.right(name, getattr(client, entry).get_full, lambda r, t=target, c=count: (
            len(r.data) == len({row[t] for row in r.data})
            and (c is None or len(r.data) == len(c.getall().data))))  # fmt: skip
        judge.wrong(name, getattr(run.stranger, entry).get_full,
                    raises=BEMServerAPIAuthenticationError)  # fmt: skip
    if "st_cleanup_by_timeseries" not in RESOURCES_MAP:
        return
    states, name = client.st_cleanup_by_timeseries, run.named("st_cleanup_by_timeseries")
    found = judge.right(
        f"{name}.getall",
        states.getall,
        lambda r: all(row["last_timestamp"] for row in r.data) and r.data,
    )
    judge.wrong(f"{name}.getall", lambda: states.getall(timeseries_id="x"),
                raises=BEMServerAPIValidationError)  # fmt: skip
    judge.right(f"{name}.getone", lambda: states.getone(found.data[0]["id"]),
                lambda r: r.data == found.data[0])  # fmt: skip
    judge.wrong(f"{name}.getone", lambda: states.getone(NOBODY), raises=BEMServerAPINotFoundError)


def signing(run: Session) -> None:
    """Tokens, their renewal, and the ways to hand them over."""
    judge, client, kept = run.judge, run.client, []
    auth = client.auth
    pair = judge.right("AuthenticationResources.get_tokens",
                       lambda: auth.get_tokens(run.email, run.password),
                       lambda r: r.data["status"] == "success").data  # fmt: skip
    judge.wrong("AuthenticationResources.get_tokens", lambda: auth.get_tokens(run.email, "wrong"),
                lambda r: r.data == {"status": "failure"})  # fmt: skip
    judge.right("AuthenticationResources.refresh_tokens", auth.refresh_tokens,
                lambda r: r.data["access_token"] and r.data["status"] == "success")  # fmt: skip
    judge.wrong("AuthenticationResources.refresh_tokens", run.stranger.auth.refresh_tokens,
                lambda e: e.code == "missing_authentication",
                raises=BEMServerAPIAuthenticationError)  # fmt: skip
    make = "BEMServerApiClient.make_bearer_token_auth"
    bearer = judge.right(make, lambda: client.make_bearer_token_auth(
        pair["access_token"], pair["refresh_token"], lambda *tokens: kept.append(tokens)),
        lambda b: b.access_token == pair["access_token"])  # fmt: skip
    judge.nothing_wrong(make, "it keeps whatever it is given")
    after = "BearerTokenAuth.after_refresh_tokens_callback"
    judge.right(after, lambda: bearer.after_refresh_tokens_callback("a", "r"),
                lambda _: kept == [("a", "r")])  # fmt: skip
    judge.nothing_wrong(after, "it keeps whatever it is given")
    basic = "BEMServerApiClient.make_http_basic_auth"
    judge.right(basic, lambda: client.make_http_basic_auth("é", "p"),
                lambda b: b.username == "é".encode())  # fmt: skip
    judge.wrong(basic, lambda: client.make_http_basic_auth(None, "p"), raises=AttributeError)
    name = "BEMServerApiClient.set_authentication_method"
    other = BEMServerApiClient(run.host, use_ssl=False)
    good = other.make_bearer_token_auth(pair["access_token"], pair["refresh_token"])
    judge.right(name, lambda: other.set_authentication_method(good),
                lambda _: other.campaigns.getall().status_code == 200)  # fmt: skip
    bad = other.make_bearer_token_auth("x.y.z")
    judge.wrong(
        name,
        lambda: (other.set_authentication_method(bad), other.campaigns.getall()),
        lambda e: e.code == "invalid_token",
        raises=BEMServerAPIAuthenticationError,
    )
    version = client.about.getall().data["versions"]["bemserver_api"]
    judge.right("BEMServerApiClient.check_api_version",
                lambda: client.check_api_version(version), lambda r: r is None)  # fmt: skip
    for wrong in ("9.9.9", "new"):
        judge.wrong(
            "BEMServerApiClient.check_api_version",
            lambda v=wrong: client.check_api_version(v),
            raises=BEMServerAPIVersionError,
        )


def requests(run: Session) -> None:
    """The layer beneath the resources."""
    judge, req, name = run.judge, run.client._request_manager, "BEMServerApiClientRequest"
    lost = {"raises": BEMServerAPINotFoundError}
    judge.right(f"{name}.getall", lambda: req.getall("/campaigns/"), lambda r: r.data)
    judge.wrong(f"{name}.getall", lambda: req.getall("/nowhere/"), **lost)
    body = {"name": "Beneath", "timezone": "UTC"}
    made = judge.right(f"{name}.create", lambda: req.create("/campaigns/", body),
                       lambda r: holds(r.data, body))  # fmt: skip
    judge.wrong(f"{name}.create", lambda: req.create("/campaigns/", body),
                lambda e: "Unique" in e.message, raises=BEMServerAPIConflictError)  # fmt: skip
    here = f"/campaigns/{made.data['id']}"
    judge.right(f"{name}.getone", lambda: req.getone(here), lambda r: r.data == made.data)
    judge.wrong(f"{name}.getone", lambda: req.getone("/campaigns/x"), **lost)
    name_it = {"name": "Beneath 2", "timezone": "UTC"}
    judge.wrong(f"{name}.update", lambda: req.update(here, name_it, "x"),
                raises=BEMServerAPIPreconditionError)  # fmt: skip
    new = judge.right(f"{name}.update", lambda: req.update(here, name_it, made.etag),
                      lambda r: holds(r.data, name_it))  # fmt: skip
    judge.right(
        "BEMServerApiClientResponse.toJSON",
        new.toJSON,
        lambda told: (
            json.dumps(told)
            and told == {"status_code": 200, "data": new.data, "etag": new.etag, "pagination": {}}
        ),
    )
    judge.nothing_wrong("BEMServerApiClientResponse.toJSON", "takes no input")
    judge.wrong(f"{name}.delete", lambda: req.delete(here, made.etag),
                raises=BEMServerAPIPreconditionError)  # fmt: skip
    judge.right(f"{name}.delete", lambda: req.delete(here, new.etag),
                lambda r: r.status_code == 204)  # fmt: skip
    bearer = req._session.auth
    judge.right(f"{name}.set_authentication_method",
                lambda: req.set_authentication_method(bearer),
                lambda _: req.getall("/campaigns/").data)  # fmt: skip
    judge.wrong(f"{name}.set_authentication_method",
                lambda: (req.set_authentication_method(None), req.getall("/campaigns/")),
                raises=BEMServerAPIAuthenticationError)  # fmt: skip
    req.set_authentication_method(bearer)


def main(host: str, email: str, password: str) -> None:
    run = Session(host, email, password)
    for part in (disabled, presets, signing, requests, rows, services):
        part(run)
    Data(run.judge, run.client, run.stranger).run()
    run.judge.report()


main(*sys.argv[1:])
