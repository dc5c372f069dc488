"""The routes of BEMServer as an ASGI app, and the platform that answers them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from html import escape

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.bemserver import (
    analysis,
    csvio,
    etags,
    notices,
    resources,
    services,
    tasks,
    timeseries,
    weather,
)
from connectors.sandbox.bemserver.auth import Gate, Tokens
from connectors.sandbox.bemserver.call import Call, Platform, Settings, json_object
from connectors.sandbox.bemserver.catalogue import catalogue
from connectors.sandbox.bemserver.fields import LARGEST_ID
from connectors.sandbox.bemserver.problems import Problem, answer
from connectors.sandbox.bemserver.seed import ACCOUNTS, attached, planted
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Resource, email, password
from connectors.sandbox.clock import Clock
from connectors.sandbox.samples import Samples
from connectors.sandbox.spoiling import spoiled
from connectors.sandbox.store import Store as Kept
from connectors.sandbox.world import Campaign

Handler = Callable[[Call], Response]
Endpoint = Callable[[Request], Awaitable[Response]]

FUTURE = ("9.9.0", "9.9.0")
CORE = {"0.24.3": "0.19.0", "0.26.0": "0.21.4", "0.27.0": "0.22.0"}
LONGEST_ID = 30  # digits that are read: far beyond what the database can hold
SIGN_IN = Resource(path="auth/token", fields=(email(), replace(password(), secret=False)))
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"]
VERBS = {
    "GET": {"collection": "list", "item": "one"},
    "POST": {"collection": "create"},
    "PUT": {"item": "update"},
    "DELETE": {"item": "delete"},
}


def platform(settings: Settings, clock: Clock, world: tuple[Campaign, ...], kept: Kept) -> Platform:
    """A BEMServer that holds the world. Raises KeyError for an unknown flavour."""
    CORE[settings.flavour]
    fresh = not kept.records("users")
    if fresh:
        kept.clear()  # a request that was under way may have written after a reset
    store = Store(catalogue(settings.flavour), kept, settings.flavour)
    samples = Samples(kept.journal("samples"))
    if fresh:
        planted(store, () if settings.bare else world, ACCOUNTS[:1] if settings.bare else ACCOUNTS)
    attached(store, samples, world)
    tokens = Tokens(
        clock=clock,
        access_seconds=settings.access_seconds,
        refresh_seconds=settings.refresh_seconds,
    )
    schemes = ("Bearer", "Basic") if settings.basic else ("Bearer",)
    gate = Gate(store=store, tokens=tokens, schemes=schemes)
    return Platform(
        settings=settings,
        clock=clock,
        store=store,
        samples=samples,
        tokens=tokens,
        gate=gate,
        world=world,
    )


def application(served: Platform) -> Starlette:
    """The platform's whole API. Every error has the platform's own body."""
    app = Starlette(
        routes=routes(served.settings.flavour),
        exception_handlers={Problem: _problem, HTTPException: _refused, Exception: _broken},
    )
    app.router.redirect_slashes = False
    app.state.platform = served
    return app


def routes(flavour: str) -> list[Route]:
    """The addresses of a version."""
    data = "/timeseries_data"
    return [
        *_one("/about/", GET=_about),
        *_one("/auth/token", POST=_sign_in),
        *_one("/auth/token/refresh", POST=_renew),
        *_data_routes(data),
        *_data_routes(f"{data}/campaign/{{campaign:int}}"),
        *_action_routes(flavour),
        Route("/{collection}", _slashless, methods=METHODS),
        Route("/{collection}/", _collection, methods=METHODS),
        Route("/{collection}/{row}", _item, methods=METHODS),
    ]


def _data_routes(root: str) -> list[Route]:
    return [
        *_one(f"{root}/", GET=_working(timeseries.download), POST=_working(timeseries.upload),
              DELETE=_working(timeseries.delete)),
        *_one(f"{root}/aggregate", GET=_working(timeseries.aggregate)),
        *_one(f"{root}/stats", GET=_working(timeseries.stats)),
    ]  # fmt: skip


def _action_routes(flavour: str) -> list[Route]:
    """The addresses that are no plain collection or item; none ends in a slash but /tasks/."""
    found = [
        *_one("/analysis/completeness", GET=_working(analysis.completeness)),
        *_one("/analysis/energy_consumption/{kind:element}/{row:int}",
              GET=_working(analysis.breakdown)),
        *_one("/sites/{row:int}/degree_days", GET=_working(analysis.degree_days)),
        *_one("/sites/{row:int}/download_weather_data", PUT=_working(weather.download)),
        *_one("/notifications/count_by_campaign", GET=_signed(notices.counts)),
        *_one("/notifications/mark_all_as_read", PUT=_signed(notices.mark_all_read)),
        *_one("/io/sites", POST=_signed(csvio.upload_sites)),
        *_one("/io/timeseries", POST=_signed(csvio.upload_series)),
        *_one("/users/{row:int}/{flag:flag}", PUT=_flagged),
    ]  # fmt: skip
    if flavour < "0.26":
        return [*found, *_one("/{collection:service}/full", GET=_signed(services.full))]
    return [
        *found,
        *_one("/tasks/", GET=_signed(tasks.listed)),
        *_one("/tasks/run", POST=_working(tasks.run)),
    ]


def _one(path: str, **endpoints: Endpoint) -> Iterator[Route]:
    """An address with its verbs; OPTIONS tells them, and any other is a 405."""
    for verb, endpoint in endpoints.items():
        yield Route(path, endpoint, methods=[verb])
    head = ["HEAD"] if "GET" in endpoints else []
    allow = ", ".join(sorted([*endpoints, *head, "OPTIONS"]))

    async def offered(request: Request) -> Response:
        if request.method != "OPTIONS":
            raise Problem(405)
        return Response(headers={"Allow": allow}, media_type="text/html")

    yield Route(path, offered, methods=METHODS)


class _Word(Convertor[str]):
    """A part of a path that must match `regex`."""

    def convert(self, value: str) -> str:
        """The word."""
        return value

    def to_string(self, value: str) -> str:
        """The word."""
        return value


class _Element(_Word):
    regex = "site|building"


class _Service(_Word):
    regex = "st_[a-z_]+"


class _Flag(_Word):
    regex = "set_admin|set_active"


register_url_convertor("element", _Element())
register_url_convertor("service", _Service())
register_url_convertor("flag", _Flag())


def _signed(handler: Handler) -> Endpoint:
    """An endpoint for a signed-in user. Rows are changed on the event loop only: no locks."""

    async def endpoint(request: Request) -> Response:
        return handler(await _call(request))

    return endpoint


def _working(handler: Handler) -> Endpoint:
    """An endpoint that reads or keeps samples, off the event loop because it takes a while."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(handler, await _call(request))

    return endpoint


async def _call(request: Request) -> Call:
    served: Platform = request.app.state.platform
    return Call(
        platform=served,
        actor=served.gate.actor(request.headers.get("authorization")),
        method=request.method,
        path={name: str(value) for name, value in request.path_params.items()},
        params=request.query_params,
        headers=request.headers,
        body=b"" if request.method in ("GET", "HEAD") else await request.body(),
        spoilt=spoiled(request.scope),
    )


async def _about(request: Request) -> Response:
    served: Platform = request.app.state.platform
    flavour = served.settings.flavour
    told = FUTURE if "future_version" in spoiled(request.scope) else (CORE[flavour], flavour)
    body = {"versions": {"bemserver_core": told[0], "bemserver_api": told[1]}}
    return _open_answer(request, body)


def _open_answer(request: Request, body: Mapping[str, object]) -> Response:
    """An answer to anybody, with the ETag rules."""
    served: Platform = request.app.state.platform
    call = Call(
        platform=served, actor=None, method=request.method, path={},  # type: ignore[arg-type]
        params=request.query_params, headers=request.headers, body=b"",
    )  # fmt: skip
    current = etags.tag(body)
    if etags.unchanged(call, current):
        return etags.not_modified()
    return call.json_answer(body, etag=current if served.settings.etags else None)


async def _sign_in(request: Request) -> Response:
    served: Platform = request.app.state.platform
    body = json_object(request.headers, await request.body())
    values = resources.loaded(SIGN_IN, body)
    return _plain(served.gate.sign_in(values["email"], values["password"]))


async def _renew(request: Request) -> Response:
    served: Platform = request.app.state.platform
    return _plain(served.gate.renew(request.headers.get("authorization")))


def _plain(body: Mapping[str, str]) -> Response:
    text = "{" + ", ".join(f'"{name}": "{value}"' for name, value in body.items()) + "}"
    return Response(text, media_type="application/json")


def _resource(request: Request, shape: str) -> Resource:
    """The resource of a URL. Raises Problem 404 or 405."""
    served: Platform = request.app.state.platform
    resource = served.store.catalogue.get(request.path_params["collection"])
    if resource is None or (shape == "item" and "one" not in resource.verbs):
        raise Problem(404)
    method = "GET" if request.method == "HEAD" else request.method
    if method != "OPTIONS" and VERBS.get(method, {}).get(shape) not in resource.verbs:
        raise Problem(405)
    return resource


def _offered(resource: Resource, shape: str) -> Response:
    """OPTIONS: the verbs of a URL."""
    verbs = [verb for verb, shapes in VERBS.items() if shapes.get(shape) in resource.verbs]
    allow = ", ".join(sorted([*verbs, "HEAD", "OPTIONS"]))
    return Response(headers={"Allow": allow}, media_type="text/html")


async def _collection(request: Request) -> Response:
    resource = _resource(request, "collection")
    if request.method == "OPTIONS":
        return _offered(resource, "collection")
    call = await _call(request)
    if request.method == "POST":
        return resources.create_row(call, resource)
    return resources.list_rows(call, resource)


async def _item(request: Request) -> Response:
    resource = _resource(request, "item")
    row = _row_id(request.path_params["row"], resource)
    if request.method == "OPTIONS":
        return _offered(resource, "item")
    call = await _call(request)
    if row is None or row > LARGEST_ID:
        raise Problem(500)
    if request.method == "PUT":
        return resources.update_row(call, resource, row)
    if request.method == "DELETE":
        return resources.delete_row(call, resource, row)
    return resources.one_row(call, resource, row)


def _row_id(text: str, resource: Resource) -> int | None:
    """The number in a URL; None for what the database stumbles over. Raises Problem 404."""
    if not resource.loose_ids:
        if not (text.isascii() and text.isdigit()):
            raise Problem(404)
        return int(text[:LONGEST_ID])
    try:
        return int(text[:LONGEST_ID])
    except ValueError:
        return None


async def _flagged(request: Request) -> Response:
    flag = {"set_admin": "is_admin", "set_active": "is_active"}[request.path_params["flag"]]
    call = await _call(request)
    users = call.store.catalogue["users"]
    return resources.set_flag(call, users, request.path_params["row"], flag)


async def _slashless(request: Request) -> Response:
    """A collection without its slash is sent on; the method and the body survive a 308."""
    served: Platform = request.app.state.platform
    name = request.path_params["collection"]
    if name not in served.store.catalogue and name not in ("about", "timeseries_data"):
        raise Problem(404)
    where = request.url.replace(path=f"{request.url.path}/")
    link = f'<a href="{escape(str(where))}">its address with a slash</a>'
    page = f"<!doctype html>\n<title>Moved</title>\n<p>It is at {link}.\n"
    return Response(page, 308, {"Location": str(where)}, "text/html")


async def _problem(_request: Request, problem: Exception) -> Response:
    return answer(problem if isinstance(problem, Problem) else Problem(500))


async def _refused(_request: Request, refusal: Exception) -> Response:
    return answer(Problem(refusal.status_code if isinstance(refusal, HTTPException) else 500))


async def _broken(_request: Request, _fault: Exception) -> Response:
    return answer(Problem(500))


class Dialect:
    """BEMServer's voice for the fault switch."""

    def __init__(self, served: Platform) -> None:
        self._served = served

    def account(self, headers: Headers) -> str | None:
        """The e-mail of a bearer token."""
        return self._served.tokens.peek(headers.get("authorization"))

    def refusal(self, status: int, *, expired: bool) -> tuple[Mapping[str, str], bytes]:
        """The platform's error body for a status."""
        errors = {"authentication": "expired_token" if expired else "invalid_token"}
        message = "Authorization error" if status == 403 else None
        response = answer(
            Problem(status, message=message, errors=errors if status == 401 else None)
        )
        return dict(response.headers), bytes(response.body)
