"""The body of an answer: decompressed while it comes, and never more of it than may be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, cast

from chimpline.errors import BrokenAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import aiohttp

More = Callable[[int], Awaitable[None]]
"""Waits until there is memory for a body of which so many bytes came so far."""


class Memory(Protocol):
    """Who lends the memory for one answer, over all its attempts."""

    def begins(self) -> None:
        """The request has a connection, and will be answered."""

    async def more(self, size: int) -> None:
        """See `More`."""

    def rests(self) -> None:
        """It has no connection any more."""


# Before and after decompression. The largest page known has some megabytes, and one of 50 MB has to
# be possible; more than this is a broken or hostile server.
BODY_LIMIT_BYTES = 128 * 1024 * 1024
# An error, and whatever the login service says, is one short document.
SHORT_LIMIT_BYTES = 1024 * 1024
# So much is unpacked at a time: given more room, isal takes all of it at once (measured: 215 MB for
# a body of 50).
_PIECE_BYTES = 1024 * 1024


class TooLarge(BrokenAnswer):
    """The body has more bytes than it may have; the rest of it was not read."""


async def read(
    response: aiohttp.ClientResponse, host: str, limit_bytes: int, more: More | None = None
) -> bytes:
    """The whole body, decompressed while it comes, so that no more than the limit is ever held.

    What is not read yet, `more` holds back.
    """
    too_large = TooLarge("network-too-large", host=host, limit=limit_bytes)
    if (response.content_length or 0) > limit_bytes:
        raise too_large
    plain = _decoder(response.headers.get("content-encoding", ""), host)
    parts, received, held = [], 0, 0
    async for chunk in response.content.iter_any():
        received += len(chunk)
        for part in plain.take(chunk):
            held += len(part)
            if max(received, held) > limit_bytes:
                raise too_large
            parts.append(part)
            if more is not None:
                await more(held)
    plain.end(received)
    return b"".join(parts)


async def read_error(response: aiohttp.ClientResponse, host: str) -> bytes:
    """What explains an error; one that explains itself at such length does not."""
    try:
        return await read(response, host, SHORT_LIMIT_BYTES)
    except TooLarge:
        return b""


def _decoder(encoding: str, host: str) -> _Plain:
    if encoding.lower() in {"", "identity"}:
        return _Plain()
    if encoding.lower() in {"gzip", "x-gzip"}:
        return _Gzip(host)
    raise BrokenAnswer("network-encoding", host=host)


class _Plain:
    """A body as it comes."""

    def take(self, chunk: bytes) -> Iterator[bytes]:
        """What a chunk of the answer holds, piece by piece."""
        yield chunk

    def end(self, received: int) -> None:
        """The body is over, after so many bytes as they came."""


class _Gzip(_Plain):
    """A body through isal, its checksum and its end verified."""

    def __init__(self, host: str) -> None:
        from isal import isal_zlib

        self._host = host
        self._inflate = isal_zlib.decompressobj(wbits=31)
        self._damaged = cast("type[Exception]", isal_zlib.error)  # its stub calls it an instance

    def take(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            try:
                part = self._inflate.decompress(chunk, _PIECE_BYTES)
            except self._damaged:
                raise self._broken() from None
            if not part:
                return
            yield part
            chunk = self._inflate.unconsumed_tail

    def end(self, received: int) -> None:
        if received and (not self._inflate.eof or self._inflate.unused_data):
            raise self._broken()

    def _broken(self) -> BrokenAnswer:
        return BrokenAnswer("network-gzip-damaged", host=self._host)
