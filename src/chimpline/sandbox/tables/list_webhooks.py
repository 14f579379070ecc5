"""Addresses that are told what happens in an audience."""

from __future__ import annotations

from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.registry import Row, plain
from chimpline.sandbox.tables import lists

EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")
SOURCES = ("user", "admin", "api")


def _made(audience: Audience, id_: str, number: int) -> Row:
    return {
        "id": id_,
        "url": f"https://example.com/hook/{number}?liste=Käufer",
        "events": {event: place != number for place, event in enumerate(EVENTS)},
        "sources": {source: place <= number for place, source in enumerate(SOURCES)},
        "list_id": audience.id,
    }


COLLECTION = plain(
    "webhook",
    _made,
    name="list_webhooks",
    path="/lists/{list_id}/webhooks",
    array="webhooks",
    record="webhook_id",
    below=lists.COLLECTION,
    edited=lambda _, hook: hook.update(events={n: not told for n, told in hook["events"].items()}),
    pages=False,
)
