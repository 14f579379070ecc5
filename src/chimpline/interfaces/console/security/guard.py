"""Around every request: whom it was meant for, where it came from, and what its answer allows."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Sent

from chimpline.errors import UserError
from chimpline.interfaces.console.language import language_of
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.message import Message, Problem

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # without it a browser sends `Origin: null`
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE = {"GET", "HEAD", "OPTIONS"}


MOST_BYTES = 1_000_000
"""Of the body of a request; a whole settings file is not larger."""
OPEN_TO_ANY_HOST = {"/healthz"}
"""Asked by whatever watches over it, by whatever name; it says nothing of what is here."""
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}

Broken = Callable[[Request, Exception], Response]
"""What is answered where the application failed: a mistake of ours."""


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """Where the console is reached. `public_url`: what stands in a browser, behind a proxy."""

    host: str
    port: int
    public_url: str | None = None

    @property
    def url(self) -> str:
        if self.public_url:
            return self.public_url.rstrip("/")
        named = f"[{self.host}]" if ":" in self.host else self.host
        shown = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else named  # noqa: S104  (compared)
        return f"http://{shown}:{self.port}"

    @property
    def is_secure(self) -> bool:
        return self.url.startswith("https://")

    def cookie(self, name: str) -> str:
        """A cookie's name. Behind TLS no other host and no page without TLS can set such a one."""
        return f"__Host-{name}" if self.is_secure else name

    def is_ours(self, host: str) -> bool:
        """Whether a Host header names us.

        A page elsewhere can let its own name lead to this machine (DNS rebinding), and a browser
        then sends that name. It cannot do so with an address.
        """
        given = _HOST.fullmatch(host)
        if given is None:
            return False
        name, port = given["name"].strip("[]").lower(), given["port"]
        if self.public_url:
            public = urlsplit(self.public_url)
            default = _DEFAULT_PORTS.get(public.scheme)
            return name == public.hostname and (int(port) if port else default) == (
                public.port or default
            )
        if name in {"localhost", self.host.lower()}:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def sent_by_us(self, origin: str, host: str) -> bool:
        """Whether a page of ours sent this; `host` is the one that it was sent to."""
        ours = self.public_url or f"http://{host}"
        try:
            return _origin(origin) == _origin(ours)
        except ValueError:
            return False


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)


def check_public_url(url: str) -> None:
    """Raises `UserError` for what is no address of a whole host."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in _DEFAULT_PORTS and bool(_HOST.fullmatch(parts.netloc))
        fine = fine and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise UserError("serve-public-url", url=url)


def check_network(network: str) -> None:
    """Raises `UserError` for what names neither an address nor a network."""
    try:
        ipaddress.ip_network(network)
    except ValueError:
        raise UserError("serve-trusted-proxy", network=network) from None


def own_path(address: str) -> str:
    """A page of ours to go back to; what leads elsewhere leads to the first page."""
    return address if re.fullmatch(r"/(?![/\\])[!-~]*", address) and "\\" not in address else "/"


class Guard:
    """Refuses what was meant for another host or sent by another page, and sets the headers.

    What the application does not catch ends here, with `broken`, so that this has the headers too.
    """

    def __init__(self, app: ASGIApp, address: Address, broken: Broken) -> None:
        self._app = app
        self._address = address
        self._broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # no other kind of connection is served
        begun = False
        left = MOST_BYTES

        async def guarded(message: Sent) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer.setdefault(name, value)
                answer.setdefault("Cache-Control", "no-store")
                if self._address.is_secure:
                    answer.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        async def counted() -> Sent:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413)
            return message

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        try:
            await self._app(scope, counted, guarded)
        except Exception as error:  # noqa: BLE001  (the last resort: a bug is told, not thrown)
            answer = self._broken(Request(scope), error)
            if not begun:
                await answer(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if scope["path"] not in OPEN_TO_ANY_HOST and not self._address.is_ours(host):
            return _refused(scope, 421, Message.of("guard-other-host", url=self._address.url))
        origin = headers.get("origin")
        if (
            scope["method"] not in _SAFE
            and origin is not None
            and not self._address.sent_by_us(origin, host)
        ):
            return _refused(scope, 403, Message("guard-other-page"))
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length[:20]) > MOST_BYTES:
            return _refused(scope, 413, Message("console-too-large"))
        return None


def _refused(scope: Scope, status: int, happened: Message) -> Response:
    """Without a page, which would ask for more."""
    words = catalogue(language_of(Request(scope)))
    told = words.told(Problem(happened, Message("kept-nothing-changed")))
    return PlainTextResponse(f"{told.what} {told.kept}\n{told.do}\n", status)
