"""Addresses that are told when a batch job has ended."""

from __future__ import annotations

from chimpline.sandbox.registry import plain

COLLECTION = plain(
    "batch_webhook",
    lambda id_, number: {
        "id": id_,
        "url": f"https://example.com/batch/{number}?für=alle",
        "enabled": number % 2 == 0,
    },
    name="batch_webhooks",
    path="/batch-webhooks",
    array="webhooks",
    record="batch_webhook_id",
    edited=lambda _account, hook: hook.update(enabled=not hook["enabled"]),
)
