"""Answers that are not a record: problem documents, the edge's HTML, broken connections."""

from __future__ import annotations

import contextlib
import functools
import socket
import struct
from collections.abc import Callable

import msgspec
from aiohttp import web
from isal import isal_zlib

from chimpline.sandbox.answers.problems import Problem

PROBLEM_TYPE = "application/problem+json; charset=utf-8"
PROBLEM_LINK = (
    "<https://us19.api.mailchimp.com/schema/3.0/Definitions/ProblemDetailDocument.json>; "
    'rel="describedBy"'
)


def problem_response(problem: Problem, instance: str) -> web.Response:
    return web.Response(
        status=problem.status,
        body=msgspec.json.encode(problem.document(instance)),
        headers={"Content-Type": PROBLEM_TYPE, "Link": PROBLEM_LINK, "Vary": "Accept-Encoding"},
    )


def html_page(status: int, text: str) -> web.Response:
    body = f"<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
    return web.Response(status=status, text=body, content_type="text/html")


def _problem(title: str) -> Callable[[], web.Response]:
    return lambda: problem_response(Problem(title), "00000000-0000-4000-8000-000000000000")


# Faults that replace the whole answer.
FAULTY: dict[str, Callable[[], web.Response]] = {
    "429": _problem("Too Many Requests"),
    "429-empty": lambda: web.Response(status=429),
    "500": _problem("Internal Server Error"),
    "502-html": lambda: html_page(502, "502 Bad Gateway"),
    "504-html": lambda: html_page(504, "504 Gateway Time-out"),
    "403-problem": _problem("Forbidden"),
    "403-html": lambda: html_page(403, "Access Denied"),
    "403-empty": lambda: web.Response(status=403),
}


def abort(
    request: web.BaseRequest, response: web.StreamResponse | None = None
) -> web.StreamResponse:
    """Resets the connection, so that the client sees exactly that."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                linger = struct.pack("ii", 1, 0)  # no FIN: RST, at once
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    return response or web.Response()


async def endless(request: web.BaseRequest) -> web.StreamResponse:
    """A 200 whose body goes on until the client has enough of it."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        while True:
            await response.write(b" " * 0x10000)
    return response


@functools.cache
def bomb() -> bytes:
    """A gibibyte of spaces, as gzip."""
    packer = isal_zlib.compressobj(1, wbits=31)
    parts = [packer.compress(b" " * 0x100000) for _ in range(1024)]
    return b"".join((*parts, packer.flush()))
