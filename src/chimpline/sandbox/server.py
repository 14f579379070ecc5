"""The sandbox on a socket: the API at `/3.0`, OAuth at `/oauth2`, control at `/sandbox`."""

from __future__ import annotations

import asyncio
import email.utils
import sys
import uuid
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from isal import igzip

from chimpline.sandbox.answers import features
from chimpline.sandbox.answers.answer import Page, encode
from chimpline.sandbox.answers.problems import Problem, not_found, triggered
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.answers.responses import (
    FAULTY,
    abort,
    bomb,
    endless,
    html_page,
    problem_response,
)
from chimpline.sandbox.engine import OPERATIONS, Engine
from chimpline.sandbox.faults import Rule
from chimpline.sandbox.model.account import Options
from chimpline.sandbox.oauth import OAuthError
from chimpline.sandbox.routes.table import resolve

SMALLEST_GZIP = 500
DEEP = 100_000
R = TypeVar("R", bound=web.StreamResponse)
OTHER = "(unknown path)"


class Server:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._runner: web.ServerRunner | None = None

    async def listen(self, host: str, port: int) -> int:
        # A handler is never cancelled when its client goes away: such a request goes on counting
        # among the ten until it would have been answered.
        server = web.Server(self.handle, access_log=None, handler_cancellation=False)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, backlog=256)
        await site.start()
        bound = int(self._runner.addresses[0][1])
        self.engine.base_url = f"http://{host}:{bound}"
        return bound

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.path_qs.partition("?")
        if path == "/3.0" or path.startswith("/3.0/"):
            return await self._api(request, path[4:] or "/", query)
        if path.startswith("/oauth2/"):
            return await self._oauth(request, path)
        if path.startswith("/sandbox/"):
            return await self._control(request, path.removeprefix("/sandbox/"), query)
        if path == "/":
            return html_page(200, "chimpline sandbox: an emulated Mailchimp account")
        return self._problem(not_found())

    # The API

    async def _api(self, request: web.BaseRequest, path: str, query: str) -> web.StreamResponse:
        engine = self.engine
        found = resolve(path)
        template = found[0] if found else OTHER
        engine.statistics.request(template, request.method, path, query)
        for callback in engine.callbacks:
            callback(request.method, path, query)
        token = engine.oauth.valid(request.headers.get("Authorization"))
        if token is None:
            missing = "Authorization" not in request.headers
            return self._problem(Problem("API Key Missing" if missing else "API Key Invalid"))
        if engine.in_progress >= engine.account.options.connection_limit:
            engine.statistics.rejected_429 += 1
            if engine.account.options.problem_on_429:
                return self._problem(Problem("Too Many Requests"))
            return self._finish(web.Response(status=429))
        engine.in_progress += 1
        peak = max(engine.statistics.peak_connections, engine.in_progress)
        engine.statistics.peak_connections = peak
        try:
            return await self._counted(request, path, query, token)
        except Problem as problem:
            await asyncio.sleep(engine.latency_model.base_s)
            return self._problem(problem)
        finally:
            engine.in_progress -= 1

    async def _counted(
        self, request: web.BaseRequest, path: str, query: str, token: str
    ) -> web.StreamResponse:
        """A request that is one of the ten."""
        engine = self.engine
        found = resolve(path)
        template = found[0] if found else OTHER
        struck = engine.plan.hits(template, path, query) if engine.plan.rules else []
        for rule in struck:
            if rule.change is not None and rule.when == "before":
                engine.change(**rule.change)
        wanted = request.headers.get("X-Trigger-Error")
        problem = triggered(wanted) if wanted else None
        if problem is not None:
            raise problem
        kinds = {rule.kind: rule for rule in struck if rule.kind is not None}
        failed = await self._fault(request, kinds, token)
        if failed is not None:
            return failed
        if found is None:
            raise not_found()
        if request.method != "GET":
            raise Problem("Method Not Allowed")
        _check_access(engine, template)
        asked = _read(query, kinds)
        answer = found[2](engine.account, found[1], asked)
        if isinstance(answer, Page):
            _spoil(answer, kinds)
        root = f"{engine.base_url}/3.0"
        body = answer.body(asked, root)
        engine.statistics.rows += answer.rows
        if "repeated-page" in kinds:
            body = engine.last_bodies.get(path, body)
        if engine.plan.rules:
            engine.last_bodies[path] = body
        delay = engine.latency_model.seconds(answer.rows, answer.offset)
        if delay:
            await asyncio.sleep(delay)
        response = await self._json(request, body, kinds)
        if "wrong-date" in kinds:
            response.headers["Date"] = kinds["wrong-date"].date
        for rule in struck:
            if rule.change is not None and rule.when == "after":
                engine.change(**rule.change)
        return response

    async def _fault(
        self, request: web.BaseRequest, kinds: dict[str, Rule], token: str
    ) -> web.StreamResponse | None:
        """What comes in an answer's place; None where the request is answered."""
        engine = self.engine
        if "slow" in kinds:
            await asyncio.sleep(kinds["slow"].seconds)
        if "revoked" in kinds:
            engine.oauth.revoke(token)
            raise Problem("API Key Invalid")
        if "problem" in kinds:
            rule = kinds["problem"]
            raise Problem(rule.title, status=rule.status)
        if "html" in kinds:
            status = kinds["html"].status or 400
            return self._finish(html_page(status, f"{status} of the edge"))
        if "endless" in kinds:
            return await endless(request)
        for kind in kinds:
            if kind in FAULTY:
                await asyncio.sleep(engine.latency_model.base_s)
                return self._finish(FAULTY[kind]())
        if "reset" in kinds:
            return abort(request)
        return None

    async def _json(
        self, request: web.BaseRequest, body: bytes, kinds: dict[str, Rule]
    ) -> web.StreamResponse:
        content_type = "application/json; charset=utf-8"
        if "truncated" in kinds:
            body = body[: len(body) // 2]
        if "half-character" in kinds:
            body = body.replace(b'"full_name":"', rb'"full_name":"\ud83d')
        if "not-json" in kinds:
            body = b"<html><body>Something went wrong.</body></html>"
        if "deep-json" in kinds:
            body = body[:-1] + b',"deep":' + b"[" * DEEP + b"]" * DEEP + b"}"
        if "wrong-content-type" in kinds:
            content_type = "text/html; charset=utf-8"
        headers = {"Content-Type": content_type, "Vary": "Accept-Encoding"}
        accepted = request.headers.get("Accept-Encoding", "")
        self.engine.statistics.body_bytes += len(body)
        if "bomb" in kinds:
            body = bomb()
            headers["Content-Encoding"] = "gzip"
        elif "gzip" in accepted and len(body) >= SMALLEST_GZIP:
            body = igzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        if "reset-in-body" in kinds:
            headers["Content-Length"] = str(len(body))
            response = web.StreamResponse(headers=headers)
            self._finish(response)
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
            return abort(request, response)
        return self._finish(web.Response(body=body, headers=headers))

    def _finish(self, response: R, instance: str | None = None) -> R:
        """What every answer carries. `Date` follows the logical clock."""
        headers = response.headers
        headers["Date"] = email.utils.formatdate(self.engine.now(), usegmt=True)
        headers["Server"] = "openresty"
        headers["X-Request-Id"] = instance or str(uuid.uuid4())
        headers.setdefault(
            "Link", '<https://us19.api.mailchimp.com/schema/3.0/>; rel="describedBy"'
        )
        self.engine.statistics.by_status[response.status] += 1
        return response

    def _problem(self, problem: Problem) -> web.Response:
        instance = str(uuid.uuid4())
        return self._finish(problem_response(problem, instance), instance)

    # OAuth

    async def _oauth(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        engine = self.engine
        try:
            if path == "/oauth2/authorize" and request.method == "GET":
                query = dict(request.query)
                engine.oauth.check_authorize(query)
                return self._finish(
                    web.Response(text=engine.oauth.page(query), content_type="text/html")
                )
            form = {name: str(value) for name, value in (await request.post()).items()}
            if path == "/oauth2/authorize" and request.method == "POST":
                location = engine.oauth.decide(form)
                return self._finish(web.Response(status=302, headers={"Location": location}))
            if path == "/oauth2/token" and request.method == "POST":
                return self._plain_json(engine.oauth.token(form))
            if path == "/oauth2/metadata" and request.method == "GET":
                authorization = request.headers.get("Authorization")
                role = engine.account.role
                return self._plain_json(engine.oauth.metadata(authorization, engine.base_url, role))
        except OAuthError as error:
            return self._plain_json(error.document, 400)
        return self._problem(not_found())

    def _plain_json(self, document: Any, status: int = 200) -> web.Response:
        return self._finish(
            web.Response(body=encode(document), status=status, content_type="application/json")
        )

    # Control

    async def _control(
        self, request: web.BaseRequest, operation: str, query: str
    ) -> web.StreamResponse:
        """`/sandbox/<operation>`: arguments as a JSON object, or as a query where that will do."""
        try:
            if operation not in OPERATIONS:
                known = ", ".join(OPERATIONS)
                raise ValueError(f"No operation {operation!r}; there are: {known}.")  # noqa: TRY301
            arguments: dict[str, Any] = dict(parse_qsl(query, True))
            if request.can_read_body:
                arguments |= await request.json()
            result = getattr(self.engine, operation)(**arguments)
        except (ValueError, LookupError, TypeError) as error:
            return self._plain_json({"error": str(error)}, 400)
        return self._plain_json({"result": result})


def _check_access(engine: Engine, template: str) -> None:
    """Raises where the user's role may not read a path, or the account lacks what it is of."""
    if any(template.startswith(refused) for refused in engine.refused):
        raise Problem("Forbidden")
    if engine.account.lacks and features.lacks(engine.account, template):
        raise features.answer(engine.account)


def _read(query: str, kinds: dict[str, Rule]) -> Query:
    """The parameters of a request, less what a server with these faults does not read."""
    parameters, sizes = dict(parse_qsl(query, True)), {}
    if "offset-unread" in kinds:
        parameters.pop("offset", None)
    if "count-unread" in kinds:
        parameters.pop("count", None)
        size = kinds["count-unread"].rows
        sizes = dict.fromkeys(("default", "most"), sys.maxsize if size is None else size)
    if "page-capped" in kinds:
        sizes["most"] = kinds["page-capped"].rows or 1
    return Query(parameters, **sizes)


def _spoil(page: Page, kinds: dict[str, Rule]) -> None:
    if "empty-page" in kinds:
        page.items = []
    if "total-absent" in kinds or "total-null" in kinds:
        page.total, page.total_is_null = None, "total-null" in kinds
    if "next-absent" in kinds:
        page.around.pop("next_cursor", None)
    if "total-wrong" in kinds:
        told = kinds["total-wrong"].total
        page.total = len(page.items) if told is None else told


def serve(
    host: str = "127.0.0.1",
    port: int = 8190,
    *,
    ready: Callable[[dict[str, Any]], None] | None = None,
    **sizes: Any,
) -> None:
    """Serves an account until interrupted; `ready` is told where it is and what opens it."""
    engine = Engine(Options(**sizes))

    async def run() -> None:
        server = Server(engine)
        await server.listen(host, port)
        if ready is not None:
            ready(engine.info())
        try:
            await asyncio.Event().wait()
        finally:
            await server.close()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return
