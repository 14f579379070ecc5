"""Sends one message to one address, by Apprise; no attachment, no redirect, nothing kept."""

from __future__ import annotations

import dataclasses
import io
import logging
import re
from typing import Protocol

from chimpline.service.alerts.library import LOGGER, apprise

_ERROR = re.compile(r"error=(\d{3})\b")


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """`status`: how the service answered, where it refused and that is known."""

    ok: bool
    status: int | None = None


class Sends(Protocol):
    def __call__(self, address: str, title: str, body: str) -> Sent: ...


def send(address: str, title: str, body: str) -> Sent:
    """Whether the service took it. It takes some seconds where a server does not answer."""
    library = apprise()
    asset = library.AppriseAsset(
        app_id="chimpline",
        app_desc="chimpline",
        app_url="",
        image_url_mask="",
        async_mode=False,
        http_redirects=False,
        plugin_paths=[],
        storage_mode=library.PersistentStoreMode.MEMORY,
        secure_logging=True,
    )
    heard = io.StringIO()
    listener = logging.StreamHandler(heard)
    LOGGER.addHandler(listener)
    try:
        # Not `add` of the text: it takes a comma for the end of an address, and what follows for
        # another one, of any service and with any parameter, which nobody has checked.
        service = library.Apprise.instantiate(address, asset=asset)
        if service is None:
            return Sent(ok=False)
        to = library.Apprise(service, asset=asset)
        ok = bool(to.notify(body=body, title=title, body_format=library.NotifyFormat.TEXT))
    finally:
        LOGGER.removeHandler(listener)
    found = _ERROR.search(heard.getvalue())
    return Sent(ok, int(found[1]) if found and not ok else None)
