"""What the API can do: as OpenAPI, and as a page for people."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from connectors import registry
from connectors.operations import Operation
from dashboard.accounts.requests import SignedRequest
from dashboard.api.callers import ONCE
from dashboard.operations.services import offered

ROOT = "/api/v1/"
PLACE = f"{ROOT}connections/{{connection}}/operations/"
FORM = "multipart/form-data"


@require_safe
def openapi(request: HttpRequest, api: NinjaAPI) -> JsonResponse:
    """OpenAPI 3.1 with a path for each function of each platform."""
    schema: dict[str, Any] = api.get_openapi_schema(path_prefix=ROOT)
    for kind in registry.packages():
        for one in offered(kind):
            place = schema["paths"].setdefault(f"{PLACE}{one.name}", {"post": {}})
            place["post"] = _described(one, kind, place["post"])
    return JsonResponse(schema)


@require_safe
def docs(request: SignedRequest) -> HttpResponse:
    """The routes in a table, and how a program calls the first one."""
    return render(request, "api/docs.html", {"address": request.build_absolute_uri("/api/v1")})


def _described(one: Operation, kind: str, known: dict[str, Any]) -> dict[str, Any]:
    """Two platforms may have a function of one name: either body is right then."""
    schema = one.parameters.model_json_schema(ref_template="#/$defs/{model}")
    shapes = [*_shapes(known), schema]
    media = FORM if "binary" in str(schema) else "application/json"
    return {
        "operationId": f"{kind}.{one.name}",
        "summary": one.label,
        "description": one.help,
        "tags": [*known.get("tags", []), kind],
        "parameters": [
            {"name": "connection", "in": "path", "required": True, "schema": {"type": "string"}},
            ONCE,
        ],
        "requestBody": {
            "content": {media: {"schema": schema if len(shapes) == 1 else {"anyOf": shapes}}}
        },
        "responses": {"200": {"description": f"The result: {one.kind}"}},
    }


def _shapes(known: dict[str, Any]) -> list[Any]:
    content = known.get("requestBody", {}).get("content", {})
    found = [media["schema"] for media in content.values()]
    return [shape for one in found for shape in one.get("anyOf", [one])]
