"""Requests in the log (`-v`): method, path, status, size and time, for a report of a problem.

Left out is who it is about: the ids of members in paths (hashes of their addresses), addresses in
parameters, keys and bodies.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from chimpline.api.body import BODY_LIMIT_BYTES, More
from chimpline.api.transport import Answer, Transport

log = logging.getLogger(__name__)

_MEMBER = re.compile(r"\b[0-9a-f]{32}\b", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s=&/?]+@[^\s=&/?]+")
_FIELDS = re.compile(r"(?<=fields=)[^&]{20,}")


def logged(transport: Transport) -> Transport:
    """The same transport, telling each of its requests where the log asks for them."""
    return LoggedTransport(transport) if log.isEnabledFor(logging.DEBUG) else transport


class LoggedTransport:
    """A transport that logs what it does."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout_s: float,
        limit_bytes: int = BODY_LIMIT_BYTES,
        more: More | None = None,
    ) -> Answer:
        began = time.monotonic()
        try:
            answer = await self._transport.get(
                url, headers=headers, timeout_s=timeout_s, limit_bytes=limit_bytes, more=more
            )
        except Exception as error:
            log.debug("GET %s failed after %.2f s: %s", _shown(url), _since(began), error)
            raise
        size = len(answer.body)
        log.debug("GET %s: %s, %s bytes, %.2f s", _shown(url), answer.status, size, _since(began))
        return answer

    async def post_form(
        self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        began = time.monotonic()
        answer = await self._transport.post_form(
            url, form=form, headers=headers, timeout_s=timeout_s
        )
        log.debug("POST %s: %s, %.2f s", _shown(url), answer.status, _since(began))
        return answer

    async def close(self) -> None:
        await self._transport.close()


def _since(began: float) -> float:
    return time.monotonic() - began


def _shown(url: str) -> str:
    parts = urlsplit(url)
    text = unquote(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    text = _FIELDS.sub("...", _MEMBER.sub("<id>", text))
    return _ADDRESS.sub("<address>", text)
