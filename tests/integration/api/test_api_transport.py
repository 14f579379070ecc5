"""The transport against servers that misbehave, and that no library's exception ever leaks."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import socket
import ssl
import struct
import subprocess
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from chimpline.api.transport import (
    BODY_LIMIT_BYTES,
    SHORT_LIMIT_BYTES,
    AiohttpTransport,
    Answer,
    TooLarge,
    TooSlow,
    Unreachable,
    is_loopback,
)
from chimpline.errors import BrokenAnswer, ConnectionFailure, SettingsError, TransientError
from chimpline.message import Message
from tests.words import refused, told_of

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEADERS = {"authorization": "Basic c2VjcmV0", "accept-encoding": "gzip"}
JSON = b"content-type: application/json\r\n"


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@contextlib.asynccontextmanager
async def raw_server(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://localhost:{port}/3.0/lists"
    finally:
        server.close()


@contextlib.asynccontextmanager
async def http_server(handler: Callable[[web.Request], Awaitable[Any]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def get(url: str, timeout_s: float = 5) -> Answer:
    transport = AiohttpTransport(connections=2)
    try:
        return await transport.get(url, headers=HEADERS, timeout_s=timeout_s)
    finally:
        await transport.close()


def sends(*parts: bytes, reset: bool = False, hang: bool = False) -> Serve:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if hang:
            await asyncio.sleep(5)
        if reset:
            linger = struct.pack("ii", 1, 0)  # close with RST
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    return serve


OK = b"HTTP/1.1 200 OK\r\n" + JSON
ZIPPED = gzip.compress(b'{"a": 1}' * 100)


def zipped(body: bytes) -> bytes:
    length = f"content-length: {len(body)}\r\n".encode()
    return OK + b"content-encoding: gzip\r\n" + length + b"\r\n" + body


MISBEHAVIOUR: dict[str, tuple[Serve, type[TransientError], str]] = {
    "closed before headers": (sends(), ConnectionFailure, "closed the connection"),
    "reset before headers": (sends(reset=True), ConnectionFailure, "connection"),
    "closed inside headers": (sends(OK), ConnectionFailure, "connection"),
    "cut by length": (sends(OK + b"content-length: 50\r\n\r\n{"), BrokenAnswer, "broke off"),
    "cut chunks": (
        sends(OK + b'transfer-encoding: chunked\r\n\r\n5\r\n{"a"\r\n'),
        BrokenAnswer,
        "broke off",
    ),
    "garbage chunks": (
        sends(OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        BrokenAnswer,
        "localhost",
    ),
    "reset in body": (
        sends(OK + b"content-length: 50\r\n\r\n{", reset=True),
        TransientError,
        "localhost",
    ),
    "no http": (sends(b"SSH-2.0-OpenSSH_9.9\r\n"), BrokenAnswer, "not HTTP"),
    "bad header": (sends(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), BrokenAnswer, "not HTTP"),
    "no gzip": (sends(zipped(b"{}")), BrokenAnswer, "damaged or cut"),
    "gzip cut": (sends(zipped(ZIPPED[:-9])), BrokenAnswer, "damaged or cut"),
    "gzip checksum": (sends(zipped(ZIPPED[:-8] + b"\0" * 8)), BrokenAnswer, "damaged or cut"),
    "gzip and more": (sends(zipped(ZIPPED + b"more")), BrokenAnswer, "damaged or cut"),
    "other encoding": (
        sends(OK + b"content-encoding: br\r\ncontent-length: 2\r\n\r\n{}"),
        BrokenAnswer,
        "encoding",
    ),
    "silent": (sends(hang=True), TooSlow, "within 0.2 s"),
    "slow body": (sends(OK + b"content-length: 50\r\n\r\n{", hang=True), TooSlow, "within 0.2 s"),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_a_misbehaving_server_is_a_transient_failure_in_our_words(name: str) -> None:
    serve, kind, words = MISBEHAVIOUR[name]

    async def main() -> None:
        async with raw_server(serve) as url:
            with refused(kind, words) as met:
                await get(url, timeout_s=0.2)
            assert "localhost" in told_of(met.value).what
            assert "aiohttp" not in str(met.value)
            assert met.value.__cause__ is None

    asyncio.run(main())


def test_a_refused_connection_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with refused(Unreachable, "refused") as met:
            asyncio.run(get(url))
    assert not met.value.no_such_host
    # In words of ours, so that each language says it.
    assert Message("network-refused") == met.value.problem.message.facts["reason"]


@pytest.mark.parametrize(("number", "unknown"), [("EAI_NONAME", True), ("EAI_AGAIN", False)])
def test_an_unknown_name_differs_from_a_name_server_that_fails(
    monkeypatch: pytest.MonkeyPatch, number: str, unknown: bool
) -> None:
    async def fails(*_: object, **__: object) -> Any:
        raise socket.gaierror(getattr(socket, number), "no")

    async def main() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fails)
        with refused(Unreachable, r"us6\.api\.example cannot be resolved") as met:
            await get("https://us6.api.example/3.0/")
        assert unknown == met.value.no_such_host

    asyncio.run(main())


def self_signed(tmp_path: Path) -> ssl.SSLContext:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            str(key),
            "-out",
            str(cert),
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context


def test_tls_is_verified(tmp_path: Path) -> None:
    async def main() -> None:
        asked = []

        async def serve(*streams: object) -> None:
            asked.append(streams)

        async with raw_server(serve, self_signed(tmp_path)) as url:
            with refused(Unreachable, r"certificate of localhost is not trusted \(self"):
                await get(url)
        assert [] == asked  # no secret was sent

    asyncio.run(main())


def test_a_server_that_speaks_no_tls_is_unreachable() -> None:
    async def main() -> None:
        async with raw_server(sends(b"HTTP/1.1 400 Bad\r\n\r\n")) as url:
            with refused(TransientError, "localhost"):
                await get(url.replace("http:", "https:"), timeout_s=1)

    asyncio.run(main())


def test_an_answer_comes_back_whole_whatever_its_status() -> None:
    async def handler(request: web.Request) -> web.Response:
        assert "a=%2B&b=x,y" == request.raw_path.partition("?")[2]
        assert "/3.0/lists/a%2Fb%7E" == request.raw_path.partition("?")[0]
        return web.Response(
            body=ZIPPED, status=418, headers={"Content-Encoding": "gzip", "X-Thing": "1"}
        )

    async def main() -> Answer:
        async with http_server(handler) as root:
            return await get(f"{root}/3.0/lists/a%2Fb%7E?a=%2B&b=x,y")

    answer = asyncio.run(main())
    assert (418, b'{"a": 1}' * 100) == (answer.status, answer.body)
    assert "1" == answer.headers["x-thing"]


@pytest.mark.parametrize("encoding", [None, "identity"])
def test_a_plain_body_is_taken_as_it_is(encoding: str | None) -> None:
    async def handler(_: web.Request) -> web.Response:
        headers = {"Content-Encoding": encoding} if encoding else {}
        return web.Response(body=b"{}", headers=headers)

    async def main() -> Answer:
        async with http_server(handler) as root:
            return await get(root)

    assert b"{}" == asyncio.run(main()).body


def endless(first: bytes, again: bytes) -> tuple[Serve, list[int]]:
    """A body without an end, and how many bytes of it were taken."""
    sent: list[int] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(again)
            await writer.drain()  # raises once nobody takes it any more
            sent.append(len(again))

    return serve, sent


def bomb() -> bytes:
    """10 GB of zeros, a thousandth of that as gzip, without the checksum that never comes."""
    return gzip.compress(bytes(10_000_000), 9)


LIMIT = 1_000_000
CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (OK + CHUNKED, CHUNK),
        (OK + b"\r\n", b" " * 0x10000),
        (OK + b"content-length: 99999999999\r\n\r\n", b" " * 0x10000),
        (OK + b"content-encoding: gzip\r\n\r\n", bomb()),
    ],
    ids=["chunks", "until it closes", "a length that is told", "gzip"],
)
def test_no_more_of_a_body_is_taken_than_its_limit(head: bytes, again: bytes) -> None:
    """The kind: bytes before or after decompression, told beforehand or not."""
    serve, sent = endless(head, again)

    async def main() -> None:
        async with raw_server(serve) as url:
            transport = AiohttpTransport(connections=1)
            try:
                with refused(TooLarge, r"more than 1,000,000 bytes"):
                    await transport.get(url, headers=HEADERS, timeout_s=20, limit_bytes=LIMIT)
            finally:
                await transport.close()

    asyncio.run(main())
    assert sum(sent) < 20 * LIMIT  # what lies in the buffers of the system counts too


def test_a_compression_bomb_is_held_to_the_limit_in_memory() -> None:
    once = bomb()
    assert len(once) < 20_000
    tracemalloc.start()
    with pytest.raises(TooLarge):
        asyncio.run(_sent(OK + b"content-encoding: gzip\r\n\r\n" + once))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * LIMIT


async def _sent(raw: bytes) -> Answer:
    async with raw_server(sends(raw)) as url:
        transport = AiohttpTransport(connections=1)
        try:
            return await transport.get(url, headers=HEADERS, timeout_s=20, limit_bytes=LIMIT)
        finally:
            await transport.close()


@pytest.mark.parametrize("packed", [False, True])
def test_no_more_of_a_body_is_taken_than_there_is_memory_for(*, packed: bool) -> None:
    """What nobody reads waits at the server, or in the buffers of the system."""
    part = os.urandom(LIMIT)
    head = OK + b"content-encoding: gzip\r\n\r\n" if packed else OK + b"\r\n"
    sent = 0

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        pack = zlib.compressobj(0, wbits=31)
        writer.write(head)
        while sent < 40:
            writer.write(pack.compress(part) if packed else part)
            await writer.drain()
            sent += 1
        writer.write(pack.flush() if packed else b"")
        writer.close()

    async def main() -> None:
        memory, came = asyncio.Event(), []

        async def more(size: int) -> None:
            came.append(size)
            if size > 3 * LIMIT:
                await memory.wait()

        async with raw_server(serve) as url:
            transport = AiohttpTransport(connections=1)
            try:
                getting = asyncio.create_task(
                    transport.get(url, headers=HEADERS, timeout_s=20, more=more)
                )
                await asyncio.sleep(0.5)
                assert 3 * LIMIT < came[-1] < 5 * LIMIT
                assert sent < 30
                memory.set()
                assert 40 * LIMIT == len((await getting).body) == came[-1]
            finally:
                await transport.close()

    asyncio.run(main())


def test_while_a_body_waits_for_memory_the_servers_time_does_not_run() -> None:
    """Else a page would be taken for too heavy, and the server for too slow, by what is ours."""

    async def main() -> None:
        async def more(_: int) -> None:
            await asyncio.sleep(0.3)

        async with raw_server(sends(OK + b"\r\n" + b" " * 10)) as url:
            transport = AiohttpTransport(connections=1)
            try:
                answer = await transport.get(url, headers=HEADERS, timeout_s=0.2, more=more)
                assert 10 == len(answer.body)
            finally:
                await transport.close()

    asyncio.run(main())


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT])
@pytest.mark.parametrize("packed", [False, True])
def test_a_body_up_to_the_limit_is_taken_whole(size: int, *, packed: bool) -> None:
    body = os.urandom(1000) * (size // 1000 + 1)
    body = body[:size]
    raw = zipped(gzip.compress(body)) if packed else OK + b"\r\n" + body
    assert body == asyncio.run(_sent(raw)).body


def test_a_page_of_fifty_megabytes_is_possible() -> None:
    assert BODY_LIMIT_BYTES >= 2 * 50_000_000


def test_an_error_that_explains_itself_at_length_keeps_its_status() -> None:
    head = OK.replace(b"200 OK", b"404 Not Found")
    answer = asyncio.run(_sent(head + b"\r\n" + b" " * (SHORT_LIMIT_BYTES + 1)))
    assert (404, b"") == (answer.status, answer.body)


def test_what_answers_a_form_is_short() -> None:
    async def main() -> None:
        async with raw_server(sends(OK + b"\r\n" + b" " * (SHORT_LIMIT_BYTES + 1))) as url:
            transport = AiohttpTransport(connections=1)
            try:
                with pytest.raises(TooLarge):
                    await transport.post_form(url, form={}, headers={}, timeout_s=20)
            finally:
                await transport.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.9.9.9", "::1"]
)
def test_a_loopback_address_is_one_by_what_it_is(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1.evil.example",
        "127.evil.example",
        "127.0.0.1e",
        "localhost.evil.example",
        "evil.localhost.example",
        "128.0.0.1",
        "0.0.0.0",  # noqa: S104 - a name, bound nowhere
        "::2",
        "",
    ],
)
def test_a_name_that_begins_like_one_is_none(host: str) -> None:
    assert not is_loopback(host)


def test_connections_are_kept_cookies_are_not_and_redirects_are_not_followed() -> None:
    ports, cookies, paths = set(), [], []

    async def handler(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername")[1])
        cookies.append(request.headers.get("Cookie"))
        paths.append(request.path)
        response = web.Response(status=302, headers={"Location": "/elsewhere"})
        response.set_cookie("session", "1")
        return response

    async def main() -> None:
        async with http_server(handler) as root:
            url = root.replace("127.0.0.1", "localhost")  # a cookie jar passes addresses over
            transport = AiohttpTransport(connections=1)
            for _ in range(3):
                assert 302 == (await transport.get(url, headers=HEADERS, timeout_s=5)).status
            await transport.close()
            await transport.close()

    asyncio.run(main())
    assert (1, [None] * 3, ["/"] * 3) == (len(ports), cookies, paths)


def test_a_form_is_posted_encoded() -> None:
    async def handler(request: web.Request) -> web.Response:
        assert ("POST", "application/x-www-form-urlencoded") == (
            request.method,
            request.content_type,
        )
        form = await request.post()
        return web.json_response(dict(form))

    async def main() -> Answer:
        async with http_server(handler) as root:
            transport = AiohttpTransport(connections=1)
            form = {"code": "a+b &c", "client_id": "1"}
            answer = await transport.post_form(f"{root}/t", form=form, headers={}, timeout_s=5)
            await transport.close()
            return answer

    assert b'{"code": "a+b &c", "client_id": "1"}' == asyncio.run(main()).body


def test_a_proxy_of_the_environment_is_used_but_not_towards_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.host, request.headers.get("Proxy-Authorization")))
        return web.Response(text="x")

    async def main() -> None:
        async with http_server(handler) as root:
            monkeypatch.setenv("http_proxy", root.replace("//", "//u:p@"))
            await get("http://mailchimp.example/3.0/")
            await get(root)
            monkeypatch.setenv("no_proxy", "other.example")
            monkeypatch.setattr("urllib.request.proxy_bypass", lambda host: host == "other.example")
            with pytest.raises(Unreachable):
                await get("http://other.example:1/")
        assert [("mailchimp.example", "Basic dTpw"), (root[7:], None)] == seen

    asyncio.run(main())


def test_a_proxy_of_another_kind_is_a_setting_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    with refused(SettingsError, "HTTPS_PROXY"):
        asyncio.run(get("http://mailchimp.example/"))


def test_a_netrc_does_not_fight_with_our_own_header(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=request.headers["Authorization"])

    async def main() -> Answer:
        async with http_server(handler) as root:
            return await get(root)

    assert HEADERS["authorization"].encode() == asyncio.run(main()).body


def every_library_exception() -> list[type[BaseException]]:
    found: list[type[BaseException]] = [aiohttp.ClientError]
    for kind in found:
        found.extend(sub for sub in kind.__subclasses__() if sub not in found)
    return [*found, TimeoutError, ConnectionResetError, OSError, ssl.SSLError, ValueError]


@pytest.mark.parametrize("kind", every_library_exception(), ids=lambda kind: kind.__name__)
def test_no_exception_of_the_library_leaks(
    kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is raised bare: even one without its usual arguments must be put into our words."""

    class Key:
        host, port, ssl, is_ssl = "h", 443, True, True

    arguments: dict[type[BaseException], tuple[Any, ...]] = {
        aiohttp.ClientConnectorError: (Key(), OSError(111, "secret")),
        aiohttp.ClientResponseError: (None, ()),
        aiohttp.ServerFingerprintMismatch: (b"", b"", "h", 1),
        aiohttp.InvalidURL: ("http://secret",),
    }
    given: tuple[Any, ...] = ("secret",)
    for base, values in arguments.items():
        if issubclass(kind, base):
            given = values
    if kind is aiohttp.ClientConnectorCertificateError:
        given = (Key(), ssl.SSLCertVerificationError(1, "secret"))
    if kind.__name__ == "UnixClientConnectorError":
        given = ("path", *given)

    def raises(*_: object, **__: object) -> Any:
        raise kind(*given)

    async def main() -> None:
        transport = AiohttpTransport(connections=1)
        monkeypatch.setattr(transport._session(), "request", raises)
        with pytest.raises(TransientError) as met:
            await transport.get("https://h/", headers=HEADERS, timeout_s=1)
        assert "secret" not in str(met.value)
        await transport.close()

    asyncio.run(main())
