"""The page on a socket of this machine, for as long as somebody waits for a code.

It answers one path, to a browser that asks for it by its own name, and writes no log: addresses
hold codes. What it protects from: other sites that send a browser here (the `state` is checked by
whoever receives) and names that are made to point here. What not: other users of this machine, who
can reach the port too; without the client secret a code is of no use to them.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from chimpline.interfaces.messages.catalogue import accepted
from chimpline.interfaces.page import view
from chimpline.message import Message

if TYPE_CHECKING:
    from chimpline.service.connection.walks import Received

Receive = Callable[[str], "Received"]
_READ_TIMEOUT_S = 10.0
_LAST_ANSWER_S = 2.0
_TAKEN = {errno.EADDRINUSE}


def _is_here(host: str) -> bool:
    """Whether it is a loopback address, by what it is and not by how it begins."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class NoPage(Exception):
    """The page cannot be shown, and `why`; the walk goes on without it."""

    def __init__(self, why: Message) -> None:
        super().__init__(str(why))
        self.why = why


class Listener:
    """Listens between `with` and its end; entering raises `NoPage` where that cannot be."""

    def __init__(self, redirect_uri: str, receive: Receive) -> None:
        self.redirect_uri = redirect_uri
        self._receive = receive
        self._answering = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        parts = urlsplit(self.redirect_uri)
        host = parts.hostname or ""
        if parts.scheme != "http" or not _is_here(host):
            raise NoPage(Message.of("page-not-here", redirect_uri=self.redirect_uri))
        port = parts.port or 80
        try:
            self._server = _Server(
                host, port, _handler(self.redirect_uri, self._receive, self._answering)
            )
        except OSError as error:
            where = {"port": str(port), "host": host}
            if error.errno in _TAKEN:
                raise NoPage(Message.of("page-port-taken", **where)) from None
            raise NoPage(
                Message.of("page-port-unopenable", **where, reason=error.strerror)
            ) from None
        threading.Thread(target=self._server.serve_forever, name="page", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            if self._answering.acquire(timeout=_LAST_ANSWER_S):  # one that is under way is finished
                self._answering.release()


class _Server(ThreadingHTTPServer):
    # Browsers keep sockets open on which they ask nothing: nobody waits for those.
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), handler)

    def server_bind(self) -> None:
        # Without the look-up of this machine's name that HTTPServer does.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is no matter; a trace would show what it asked for."""


def _handler(
    redirect_uri: str, receive: Receive, answering: threading.Lock
) -> type[BaseHTTPRequestHandler]:
    parts = urlsplit(redirect_uri)
    path = parts.path or "/"

    class Handler(BaseHTTPRequestHandler):
        timeout = _READ_TIMEOUT_S
        server_version = "chimpline"
        sys_version = ""

        def do_GET(self) -> None:
            asked, _, query = self.path.partition("?")
            if self.headers.get("Host", "").lower() != parts.netloc.lower() or asked != path:
                self._answer(HTTPStatus.NOT_FOUND, "")
                return
            with answering:
                received = receive(f"{redirect_uri}?{query}")
                language = accepted(self.headers.get("Accept-Language", ""))
                self._answer(*view.show(received, language))

        def _answer(self, status: HTTPStatus, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in view.HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing: the request line holds the code."""

    return Handler
