"""The routes of BEMServer as an ASGI app, and the platform that answers them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from connectors.sandbox.bemserver import analysis, csvio, etags, resources, services, timeseries
from connectors.sandbox.bemserver.auth import Gate, Tokens
from connectors.sandbox.bemserver.call import Call, Platform, Settings, parsed
from connectors.sandbox.bemserver.catalogue import catalogue
from connectors.sandbox.bemserver.fields import Email, InvalidError, Text
from connectors.sandbox.bemserver.problems import Problem, answer, invalid_body
from connectors.sandbox.bemserver.query import MISSING
from connectors.sandbox.bemserver.samples import Samples
from connectors.sandbox.bemserver.seed import planted
from connectors.sandbox.bemserver.store import Store
from connectors.sandbox.bemserver.table import Resource
from connectors.sandbox.clock import Clock
from connectors.sandbox.world import Campaign

Handler = Callable[[Call], Response]
Endpoint = Callable[[Request], Awaitable[Response]]

CORE = {"0.24.3": "0.19.0", "0.26.0": "0.21.4", "0.27.0": "0.22.0"}
LONGEST_ID = 19  # digits; a longer number is no id
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"]
VERBS = {
    "GET": {"collection": "list", "item": "one"},
    "POST": {"collection": "create"},
    "PUT": {"item": "update"},
    "DELETE": {"item": "delete"},
}


def platform(settings: Settings, clock: Clock, world: tuple[Campaign, ...]) -> Platform:
    """A BEMServer that holds the world. Raises KeyError for an unknown flavour."""
    CORE[settings.flavour]
    store = Store(catalogue(settings.flavour))
    samples = Samples()
    planted(store, samples, world)
    tokens = Tokens(
        clock=clock,
        access_seconds=settings.access_seconds,
        refresh_seconds=settings.refresh_seconds,
    )
    schemes = ("Bearer", "Basic") if settings.basic else ("Bearer",)
    gate = Gate(store=store, tokens=tokens, schemes=schemes)
    return Platform(
        settings=settings, clock=clock, store=store, samples=samples, tokens=tokens, gate=gate
    )


def application(served: Platform) -> Starlette:
    """The platform's whole API. Every error has the platform's own body."""
    data = "/timeseries_data"
    routes = [
        Route("/about/", _about, methods=["GET"]),
        Route("/auth/token", _sign_in, methods=["POST"]),
        Route("/auth/token/refresh", _renew, methods=["POST"]),
        *_data_routes(data),
        *_data_routes(f"{data}/campaign/{{campaign:int}}"),
        *_action_routes(served.settings.flavour),
        Route("/{collection}", _slashless, methods=METHODS),
        Route("/{collection}/", _collection, methods=METHODS),
        Route("/{collection}/{row}", _item, methods=METHODS),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={Problem: _problem, HTTPException: _refused, Exception: _broken},
    )
    app.router.redirect_slashes = False
    app.state.platform = served
    return app


def _data_routes(root: str) -> list[Route]:
    return [
        Route(f"{root}/", _working(timeseries.download), methods=["GET"]),
        Route(f"{root}/", _working(timeseries.upload), methods=["POST"]),
        Route(f"{root}/", _working(timeseries.delete), methods=["DELETE"]),
        Route(f"{root}/aggregate", _working(timeseries.aggregate), methods=["GET"]),
        Route(f"{root}/stats", _working(timeseries.stats), methods=["GET"]),
    ]


def _action_routes(flavour: str) -> list[Route]:
    """The addresses that are no plain collection or item; none ends in a slash but /tasks/."""
    worked: list[tuple[str, Handler]] = [
        ("/analysis/completeness", analysis.completeness),
        ("/analysis/energy_consumption/{kind:element}/{row:int}", analysis.breakdown),
        ("/sites/{row:int}/degree_days", analysis.degree_days),
    ]
    table: list[tuple[str, str, Handler]] = [
        ("PUT", "/sites/{row:int}/download_weather_data", services.download_weather),
        ("GET", "/notifications/count_by_campaign", services.notification_counts),
        ("PUT", "/notifications/mark_all_as_read", services.mark_all_read),
        ("POST", "/io/sites", csvio.upload_sites),
        ("POST", "/io/timeseries", csvio.upload_series),
    ]
    if flavour < "0.26":
        table.append(("GET", "/{collection:service}/full", services.full))
    else:
        table += [("GET", "/tasks/", services.tasks), ("POST", "/tasks/run", services.run_task)]
    routes = [Route(path, _signed(handler), methods=[verb]) for verb, path, handler in table]
    routes += [Route(path, _working(handler), methods=["GET"]) for path, handler in worked]
    return [*routes, Route("/users/{row:int}/{flag:flag}", _flagged, methods=["PUT"])]


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
    )


async def _about(request: Request) -> Response:
    served: Platform = request.app.state.platform
    flavour = served.settings.flavour
    body = {"versions": {"bemserver_core": CORE[flavour], "bemserver_api": flavour}}
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
        return etags.not_modified(current)
    return call.json_answer(body, etag=current if served.settings.etags else None)


async def _sign_in(request: Request) -> Response:
    served: Platform = request.app.state.platform
    body = parsed(await request.body())
    errors: dict[str, list[str]] = {}
    for name, kind in (("email", Email()), ("password", Text(80, 1))):
        try:
            kind.load(body[name])
        except (KeyError, TypeError):
            errors[name] = [MISSING]
        except InvalidError as problem:
            errors[name] = [str(problem)]
    if errors:
        raise invalid_body(errors)
    return _plain(served.gate.sign_in(body["email"], body["password"]))


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
    if VERBS.get(method, {}).get(shape) not in resource.verbs:
        raise Problem(405)
    return resource


async def _collection(request: Request) -> Response:
    if request.method == "OPTIONS":
        return Response(headers={"Allow": "GET, HEAD, OPTIONS, POST"})
    resource = _resource(request, "collection")
    call = await _call(request)
    if request.method == "POST":
        return resources.create_row(call, resource)
    return resources.list_rows(call, resource)


async def _item(request: Request) -> Response:
    if request.method == "OPTIONS":
        return Response(headers={"Allow": "DELETE, GET, HEAD, OPTIONS, PUT"})
    resource = _resource(request, "item")
    row = request.path_params["row"]
    if not (row.isdecimal() and len(row) < LONGEST_ID):
        raise Problem(resource.odd_id)
    call = await _call(request)
    if request.method == "PUT":
        return resources.update_row(call, resource, int(row))
    if request.method == "DELETE":
        return resources.delete_row(call, resource, int(row))
    return resources.one_row(call, resource, int(row))


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
    return RedirectResponse(request.url.replace(path=f"{request.url.path}/"), 308)


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
