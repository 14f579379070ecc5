"""The seam to the network: one GET or one form POST, and failures in our own words.

Tests pass a fake; nothing above this module knows aiohttp. A GET on a kept-alive connection that
the server had already closed is sent once more by aiohttp itself, as HTTP allows.
"""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import ipaddress
import socket
import ssl
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from chimpline.api.body import (
    BODY_LIMIT_BYTES,
    SHORT_LIMIT_BYTES,
    More,
    TooLarge,
    read,
    read_error,
)
from chimpline.errors import BrokenAnswer, ConnectionFailure, SettingsError
from chimpline.message import Message

if TYPE_CHECKING:
    import aiohttp
    import yarl

__all__ = [
    "BODY_LIMIT_BYTES",
    "SHORT_LIMIT_BYTES",
    "AiohttpTransport",
    "Answer",
    "TooLarge",
    "TooSlow",
    "Transport",
    "Unreachable",
    "is_loopback",
]

CONNECT_TIMEOUT_S = 30.0


class Unreachable(ConnectionFailure):
    """No connection came about, so nothing was sent. `no_such_host` when the name is unknown."""

    def __init__(self, kind: str, /, *, no_such_host: bool = False, **facts: str | Message) -> None:
        super().__init__(kind, **facts)
        self.no_such_host = no_such_host


class TooSlow(ConnectionFailure):
    """We gave up waiting: the server may still be at work on the request."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; header names in lower case, the body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Raises `ConnectionFailure` (`Unreachable`, `TooSlow`) and `BrokenAnswer` (`TooLarge`) only.

    `limit_bytes`: of a body, before and after decompression. That of a form's answer is short.
    `more`: waits until there is memory for what came of a body so far.
    """

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout_s: float,
        limit_bytes: int = BODY_LIMIT_BYTES,
        more: More | None = None,
    ) -> Answer: ...

    async def post_form(
        self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer: ...

    async def close(self) -> None: ...


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine, so that neither a proxy nor TLS stands in between."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name: only this one is this machine's wherever it is asked for
        return host.lower().removesuffix(".") == "localhost"


class AiohttpTransport:
    """Keep-alive connections, verified TLS, proxies of the environment, no cookies, no redirects.

    A `.netrc` is never read: its entries would fight with our own header.
    """

    def __init__(self, *, connections: int) -> None:
        self._connections = connections
        self._opened: aiohttp.ClientSession | None = None
        self._proxies: dict[str, str] = {}

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout_s: float,
        limit_bytes: int = BODY_LIMIT_BYTES,
        more: More | None = None,
    ) -> Answer:
        return await self._send(
            "GET",
            url,
            headers=headers,
            form=None,
            timeout_s=timeout_s,
            limit_bytes=limit_bytes,
            more=more,
        )

    async def post_form(
        self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        return await self._send(
            "POST",
            url,
            headers=headers,
            form=form,
            timeout_s=timeout_s,
            limit_bytes=SHORT_LIMIT_BYTES,
        )

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def _send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
        timeout_s: float,
        limit_bytes: int,
        more: More | None = None,
    ) -> Answer:
        import aiohttp
        import yarl

        host = urlsplit(url).hostname or ""
        proxy = self._proxy(url, host)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S)
        try:
            async with (
                asyncio.timeout(timeout_s) as clock,
                self._session().request(
                    method,
                    yarl.URL(url, encoded=True),
                    headers=dict(headers),
                    data=None if form is None else dict(form),
                    allow_redirects=False,
                    timeout=timeout,
                    proxy=proxy,
                ) as response,
            ):
                received = {name.lower(): value for name, value in response.headers.items()}
                status = response.status
                if status == 200:
                    body = await read(response, host, limit_bytes, more and _paused(more, clock))
                else:
                    body = await read_error(response, host)
        except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as error:
            raise _in_our_words(error, host, timeout_s) from None
        return Answer(status=status, headers=received, body=body)

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            import aiohttp

            self._proxies = urllib.request.getproxies()
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._opened

    def _proxy(self, url: str, host: str) -> yarl.URL | None:
        import yarl

        self._session()
        proxy = self._proxies.get(urlsplit(url).scheme)
        if proxy is None or is_loopback(host) or urllib.request.proxy_bypass(host):
            return None
        if "://" not in proxy:
            proxy = f"http://{proxy}"
        if urlsplit(proxy).scheme not in {"http", "https"}:
            raise SettingsError("network-proxy-of-another-kind", host=host)
        return yarl.URL(proxy)


def _paused(more: More, clock: asyncio.Timeout) -> More:
    """The same; while it waits the clock stands still, since that is not the server's doing."""
    time = asyncio.get_running_loop().time

    async def paused(size: int) -> None:
        left = (clock.when() or time()) - time()
        clock.reschedule(None)
        try:
            await more(size)
        finally:
            clock.reschedule(time() + left)

    return paused


def _in_our_words(error: Exception, host: str, timeout_s: float) -> Exception:
    """The failure without any text of the library: its messages can hold URLs and headers."""
    import aiohttp

    if (unreached := _unreached(error, host)) is not None:
        return unreached
    if isinstance(error, TimeoutError):
        return TooSlow("network-too-slow", host=host, seconds=f"{timeout_s:g}")
    if isinstance(error, aiohttp.ClientPayloadError | asyncio.IncompleteReadError):
        return BrokenAnswer("network-broke-off", host=host)
    if isinstance(error, aiohttp.ClientResponseError):
        return BrokenAnswer("network-not-http", host=host)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return ConnectionFailure("network-closed", host=host)
    if isinstance(error, OSError):
        return ConnectionFailure("network-broke", host=host, reason=_errno_words(error))
    return ConnectionFailure("network-failed", host=host, reason=type(error).__name__)


def _unreached(error: Exception, host: str) -> Unreachable | None:
    """Where no connection came about, by the name, TLS, the proxy or the host; else None."""
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        why = getattr(error, "certificate_error", error)
        reason = getattr(why, "verify_message", "")
        return Unreachable(
            "network-certificate-not-trusted" if reason else "network-certificate-not-verified",
            host=host,
            reason=reason,
        )
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        unknown = error.os_error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)}
        return Unreachable("network-name-not-resolved", host=host, no_such_host=unknown)
    if isinstance(error, aiohttp.ClientConnectorSSLError | ssl.SSLError):
        return Unreachable("network-no-tls", host=host)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return Unreachable("network-proxy-not-reached", host=host)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return Unreachable("network-proxy-answered", host=host, status=str(error.status))
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return Unreachable(
            "network-no-connection-in-time", host=host, seconds=f"{CONNECT_TIMEOUT_S:.0f}"
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable("network-no-connection", host=host, reason=_errno_words(error.os_error))
    return None


def _errno_words(error: OSError) -> str | Message:
    import os

    if error.errno == errno.ECONNREFUSED:
        return Message.of("network-refused")
    return os.strerror(error.errno).lower() if error.errno else type(error).__name__
