"""A TCP proxy before PostgreSQL that counts what passes, and cuts the line or goes deaf."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import struct
import threading
from collections.abc import Callable
from typing import Self
from urllib.parse import parse_qsl, urlsplit

CHUNK = 65_536
STATEMENTS = (b"Q", b"P")
"""A simple query, or the parsing of one with bound values: what a driver calls a statement."""
PLAIN = ("before", "after")


@dataclasses.dataclass
class Trouble:
    """What happens once, and when.

    `kind`: *cut* closes both ends; *deaf* forwards nothing more either way, with both ends open;
    *deed* calls `deed`. `statement`: as the n-th statement comes; `when` says whether it still
    reaches the server (whose answer then does not come back). `byte`: once so many bytes have
    passed, both ways together.
    """

    kind: str
    statement: int | None = None
    byte: int | None = None
    when: str = "before"
    deed: Callable[[], object] | None = None


class Proxy:
    """`Proxy(url)` listens until the end of its `with` block; `url` is what a client takes.

    `accepted` counts connections; `struck_at` is the number, from 1, of the one that was struck.
    """

    def __init__(self, server_url: str, trouble: Trouble | None = None) -> None:
        parts = urlsplit(server_url)
        self._directory = dict(parse_qsl(parts.query))["host"]
        self._trouble = trouble
        self._gate = threading.Lock()
        self._counting = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.statements = 0
        self.bytes = 0
        self.accepted = 0
        self.struck_at = 0
        self.struck = threading.Event()
        self._deaf = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}?sslmode=disable"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._deaf.set()
        self._close(self._listener, *self._sockets)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                server = socket.socket(socket.AF_UNIX)
                server.connect(f"{self._directory}/.s.PGSQL.5432")
                self._sockets += [client, server]
                for work in (self._to_server, self._to_client):
                    threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        """Message by message: a type byte and a length; the first ones have no type."""
        begun = False
        with contextlib.suppress(OSError, struct.error):
            while True:
                kind = _exactly(client, 1) if begun else b""
                head = _exactly(client, 4)
                body = _exactly(client, struct.unpack("!I", head)[0] - 4)
                begun = begun or struct.unpack("!I", body[:4])[0] == 196_608  # protocol 3.0
                self.statements += kind in STATEMENTS
                if not self._passes(kind in STATEMENTS, kind + head + body, client, server):
                    break
        if not self._deaf.is_set():
            self._close(client, server)

    def _passes(
        self, is_statement: bool, message: bytes, client: socket.socket, server: socket.socket
    ) -> bool:
        trouble = self._trouble
        due = is_statement and trouble is not None and trouble.statement == self.statements
        if trouble is not None and due:
            if trouble.when == "after":
                self._gate.acquire()  # no answer passes any more
                server.sendall(message)
            self._strike(client, server)
            if trouble.kind != "deed":
                return False
            if trouble.when == "after":
                self._gate.release()
                return True
        server.sendall(message)
        return self._count(len(message), client, server)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(CHUNK):
                with self._gate:
                    if self._deaf.is_set():
                        return
                    client.sendall(data)
                if not self._count(len(data), client, server):
                    return
        if not self._deaf.is_set():
            self._close(client, server)

    def _count(self, passed: int, client: socket.socket, server: socket.socket) -> bool:
        with self._counting:
            self.bytes += passed
            trouble = self._trouble
            if trouble is None or trouble.byte is None or self.bytes < trouble.byte:
                return not self._deaf.is_set()
        self._strike(client, server)
        return trouble.kind == "deed"

    def _strike(self, client: socket.socket, server: socket.socket) -> None:
        trouble, self._trouble = self._trouble, None
        if trouble is None:
            return
        self.struck_at = self._sockets.index(client) // 2 + 1
        if trouble.deed is not None:
            trouble.deed()
        if trouble.kind == "deaf":
            self._deaf.set()
        # Told first: whoever waits for it may be the one who is cut off.
        self.struck.set()
        if trouble.kind == "cut":
            self._close(client, server)

    @staticmethod
    def _close(*ends: socket.socket) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                end.close()


def _exactly(end: socket.socket, wanted: int) -> bytes:
    data = b""
    while len(data) < wanted:
        more = end.recv(wanted - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data
