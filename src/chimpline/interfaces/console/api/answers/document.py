"""The API, as OpenAPI tells it: what FastAPI knows, and what every operation has in common.

An operation states its own answers only. That it wants a token of a scope, and what it is answered
where something stands in the way, follows from what it depends on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import BaseRoute, Route

from chimpline.interfaces.console.security.who import TokenFor
from chimpline.service.people.tokens import Scope

PROBLEM_TYPE = "application/problem+json"
_SCHEMA = "#/components/schemas/Problem"
_WHY = {
    400: "The request cannot be read.",
    401: "No token was given, or it is wrong, revoked or expired.",
    403: "The token does not have the scope.",
    404: "There is none of this name.",
    409: "It cannot be done now.",
    412: "It was changed meanwhile.",
    413: "The request is too large.",
    422: "Something in the request is missing or has the wrong form.",
    503: "Many read at the moment, or what chimpline keeps its state in cannot be used now.",
}
_LINKS = {
    "RunOf": ("get_run", "run_id"),
    "EventsOf": ("run_events", "run_id"),
    "CancelOf": ("cancel_run", "run_id"),
}
"""What can be done with the run of an answer: operation, parameter."""


class Place(BaseModel):
    """Where in a request something does not fit."""

    place: str
    why: str


class Problem(BaseModel):
    """What stands in the way (RFC 9457), with our three parts: `title`, `kept`, `do`."""

    model_config = ConfigDict(extra="allow")

    type: str
    status: int
    kind: str = Field(description="The name of the message; it stays the same in all languages.")
    title: str = Field(description="What happened.")
    kept: str = Field(description="What was kept.")
    do: str = Field(description="What to do.")
    errors: list[Place] = Field(default=[], description="Of 422: each place that does not fit.")


def every_route(app: FastAPI) -> Iterator[BaseRoute]:
    """Pages, operations, and what is none of these, such as the files."""
    for context in iter_route_contexts(app.routes):
        yield context.original_route


def routes_of(app: FastAPI) -> Iterator[APIRoute]:
    """The operations of the API."""
    for route in every_route(app):
        if isinstance(route, APIRoute) and route.include_in_schema:
            yield route


def methods_of(app: FastAPI, path: str) -> list[str]:
    """What can be done at an address, page or operation."""
    found: set[str] = set()
    for route in every_route(app):
        if isinstance(route, Route) and route.path_regex.match(path):
            found |= route.methods or set()
    return sorted(found)


def scope_of(route: APIRoute) -> Scope | None:
    """The scope that an operation wants; None: it wants no token."""
    return next((one.scope for one in _called(route.dependant) if isinstance(one, TokenFor)), None)


def of(app: FastAPI) -> dict[str, Any]:
    """Made once; the same each time."""
    if app.openapi_schema is None:
        app.openapi_schema = _made(app)
    return app.openapi_schema


def _made(app: FastAPI) -> dict[str, Any]:
    whole = get_openapi(
        title=app.title, version=app.version, routes=app.routes, summary="The API of chimpline."
    )
    schemas = whole.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, Place):
        made = model.model_json_schema(ref_template="#/components/schemas/{model}")
        made.pop("$defs", None)
        schemas[model.__name__] = made
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for route in routes_of(app):
        for method in route.methods or ():
            operation = whole["paths"][route.path_format][method.lower()]
            operation["operationId"] = route.name
            _answered(operation, route, method)
    return whole


def _answered(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    scope = scope_of(route)
    statuses = set()
    if scope is not None:
        operation["description"] = (
            f"{operation.get('description', '')}\n\nNeeds a token with the scope `{scope.value}`."
        ).strip()
        operation["x-scope"] = scope.value
        statuses |= {401, 403, 503}
    if "{" in route.path:
        statuses |= {404, 422}
    if route.dependant.query_params or route.dependant.header_params:
        statuses |= {422}
    if method != "GET":
        statuses |= {400, 409, 413, 422}
    if method in {"PUT", "DELETE"}:
        statuses |= {412}
    if scope is Scope.DATA:  # a run has the file, or nothing has landed
        statuses |= {409}
    for status in sorted(statuses - {int(one) for one in answers if one.isdigit()}):
        answers[str(status)] = {
            "description": _WHY[status],
            "content": {PROBLEM_TYPE: {"schema": {"$ref": _SCHEMA}}},
        }
    for answer in answers.values():
        shape = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if shape.get("$ref", "").endswith("/Run") and method == "POST":
            answer["links"] = {
                name: {"operationId": operation_id, "parameters": {name_: "$response.body#/id"}}
                for name, (operation_id, name_) in _LINKS.items()
            }


def _called(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for below in dependant.dependencies:
        yield from _called(below)
