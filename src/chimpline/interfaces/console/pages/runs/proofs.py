"""What proved a table, in the reader's language: of the ledger's own words."""

from __future__ import annotations

import re

from chimpline.message import Message

_PROOFS = (
    (r"walk: (?P<rows>\d+) of (?P=rows), (?P<pages>\d+) pages, overlaps match", "proof-walk"),
    (
        r"walk: (?P<rows>\d+) of (?P=rows), begun at (?P<earlier>\d+), (?P<pages>\d+) pages, .*",
        "proof-walk-begun",
    ),
    (r"walk: (?P<rows>\d+) of (?P=rows), the same at another offset", "proof-whole"),
    (r"seek: (?P<rows>\d+) rows, (?P<pages>\d+) pages, each in order and full", "proof-seek"),
    (r"counts compared: (?P<gone>\d+) gone, (?P<late>\d+) late", "proof-counts"),
    (r"all windows proven, counts equal", "proof-windows"),
    (r"document: one answer", "proof-record"),
    (r"document: not found", "proof-no-record"),
)
"""What `extract` and `runs` write most often, and the message that says the same."""


def proof_of(said: str) -> Message | None:
    """The message that says it; None for what has none, which is shown as it is kept."""
    for pattern, kind in _PROOFS:
        found = re.fullmatch(pattern, said)
        if found:
            return Message(kind, {name: int(count) for name, count in found.groupdict().items()})
    return None
