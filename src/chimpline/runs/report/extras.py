"""What a run says of values that had no column, or could not be stored as they were sent."""

from __future__ import annotations

from collections.abc import Mapping

from chimpline.extract.decode.decoder import Decoder
from chimpline.message import Message

EXTRAS_TOLD = 20  # fields of one table that had no column, by name


def oddities_of(decoders: Mapping[str, Decoder]) -> list[tuple[str, Message]]:
    """(table, message) of what the decoders of a run met."""
    found = []
    for name, decoder in decoders.items():
        if decoder.in_extra:
            paths = sorted(decoder.in_extra)[:EXTRAS_TOLD]
            others = len(decoder.in_extra) - EXTRAS_TOLD
            more = Message.of("and-so-many-more", more=others) if others > 0 else None
            found.append((name, Message.of("run-met-fields", paths=paths, more=more)))
        if decoder.replaced:
            found.append((name, Message("run-met-broken-characters")))
    return found
