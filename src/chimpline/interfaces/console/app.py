"""The application: its routes, who may use them, and how it says that something went wrong."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response

import chimpline
from chimpline.errors import Bug, ChimplineError
from chimpline.interfaces.console.api import (
    alerts,
    comparisons,
    connections,
    destinations,
    health,
    metadata,
    pipelines,
    runs,
)
from chimpline.interfaces.console.api import people as api_people
from chimpline.interfaces.console.api import tokens as api_tokens
from chimpline.interfaces.console.api.answers import document
from chimpline.interfaces.console.api.answers.problems import (
    invalid,
    problem_of_error,
    refused,
    scope_refused,
    status_of,
    token_refused,
)
from chimpline.interfaces.console.api.data import router as data_operations
from chimpline.interfaces.console.pages import overview, sign_in
from chimpline.interfaces.console.pages import pipelines as pipeline_pages
from chimpline.interfaces.console.pages.alerts import settings as alert_pages
from chimpline.interfaces.console.pages.connections import listed as connection_pages
from chimpline.interfaces.console.pages.connections import wizard
from chimpline.interfaces.console.pages.connections.listening import listen
from chimpline.interfaces.console.pages.data import routers as data_routers
from chimpline.interfaces.console.pages.defining import room as defining
from chimpline.interfaces.console.pages.destinations import defined as destination_pages
from chimpline.interfaces.console.pages.page import failed_page, is_part
from chimpline.interfaces.console.pages.runs import comparisons as comparison_pages
from chimpline.interfaces.console.pages.runs import listing as run_list
from chimpline.interfaces.console.pages.runs import one as run_pages
from chimpline.interfaces.console.pages.settings import home, people, tokens
from chimpline.interfaces.console.room import Room, room_of
from chimpline.interfaces.console.security.guard import Guard
from chimpline.interfaces.console.security.who import (
    Forbidden,
    FormRefused,
    ScopeRefused,
    SignInNeeded,
    TokenRefused,
)
from chimpline.interfaces.console.statics import Statics
from chimpline.service.sign_in.walking import SignIns

API = ("/api/", "/metrics", "/healthz")
"""What programs ask for: they are answered as programs."""


def create_app(room: Room, failed: Callable[[Exception], None] = lambda _: None) -> FastAPI:
    """The whole console, for a server to serve. `failed` is told of mistakes of ours."""
    app = FastAPI(
        title="chimpline",
        version=chimpline.__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.room = room
    app.add_middleware(
        Guard,
        address=room.address,
        broken=lambda request, error: _broken(request, error, failed),
    )
    app.mount("/static", Statics(), name="static")
    for part in (health, pipelines, runs, comparisons, sign_in, overview, pipeline_pages):
        app.include_router(part.router)
    for part in (run_list, comparison_pages, run_pages):
        app.include_router(part.router)
    app.include_router(defining.router)
    app.state.sign_ins = SignIns(room.desk, listen)
    for part in (connections, destinations, wizard, connection_pages, destination_pages):
        app.include_router(part.router)
    for part in (home, people, tokens, alert_pages):  # Settings
        app.include_router(part.router)
    for part in (api_people, api_tokens, alerts, metadata):
        app.include_router(part.router)
    for router in (data_operations, *data_routers):
        app.include_router(router)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.openapi = lambda: document.of(app)  # type: ignore[method-assign]
    return app


def _of_api(request: Request) -> bool:
    return request.url.path.startswith(API)


def _to_sign_in(request: Request, _error: SignInNeeded) -> Response:
    if is_part(request):  # htmx follows no redirect out of a part
        return Response(status_code=204, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse("/sign-in", 303)


def _forbidden(request: Request, _error: Forbidden) -> Response:
    return failed_page(request, "console-forbidden", 403)


def _form_refused(request: Request, _error: FormRefused) -> Response:
    return failed_page(request, "console-form-refused", 403)


def _token_refused(_request: Request, _error: TokenRefused) -> Response:
    return token_refused()


def _scope_refused(_request: Request, error: ScopeRefused) -> Response:
    return scope_refused(error.scope)


def _told(request: Request, error: ChimplineError) -> Response:
    if _of_api(request):
        return problem_of_error(error)
    return failed_page(request, error.problem, status_of(error))


def _invalid(request: Request, error: RequestValidationError) -> Response:
    if _of_api(request):
        return invalid(error)
    return failed_page(request, "console-form-invalid", 422)


def _http(request: Request, error: HTTPException) -> Response:
    if _of_api(request):
        answer: Response = refused(error)
    else:
        kind = _PAGES.get(error.status_code, "console-form-invalid")
        answer = failed_page(request, kind, error.status_code)
        answer.headers.update(error.headers or {})
    if error.status_code == 405:  # what was raised names the methods of one route of several
        answer.headers["Allow"] = ", ".join(document.methods_of(request.app, request.url.path))
    return answer


def _broken(request: Request, error: Exception, failed: Callable[[Exception], None]) -> Response:
    """A mistake of ours: the traceback goes, without secrets, into a log, and to nobody else."""
    log = None
    room = room_of(request)
    with contextlib.suppress(ChimplineError, OSError):
        log = room.desk.state.write_log("".join(traceback.format_exception(error)))
    failed(error)
    bug = Bug("console-bug", log=log.name) if log else Bug("console-bug-unlogged")
    try:
        return _told(request, bug)
    except Exception:  # noqa: BLE001  (where even the page fails, it is said all the same)
        return PlainTextResponse("chimpline met a mistake of its own; its log says more.\n", 500)


_PAGES = {404: "console-no-such-page", 405: "console-no-such-page", 413: "console-too-large"}


_HANDLERS: dict[type[Exception], Any] = {
    SignInNeeded: _to_sign_in,
    Forbidden: _forbidden,
    FormRefused: _form_refused,
    TokenRefused: _token_refused,
    ScopeRefused: _scope_refused,
    ChimplineError: _told,
    RequestValidationError: _invalid,
    HTTPException: _http,
}
