"""What a run says of values that had no column, or could not be stored as they were sent."""

from __future__ import annotations

from collections.abc import Mapping

from chimpline.extract.decode.decoder import Decoder

EXTRAS_TOLD = 20  # fields of one table that had no column, by name


def oddities_of(decoders: Mapping[str, Decoder]) -> list[tuple[str, str]]:
    """(table, message) of what the decoders of a run met."""
    found = []
    for name, decoder in decoders.items():
        if decoder.in_extra:
            paths = ", ".join(sorted(decoder.in_extra)[:EXTRAS_TOLD])
            more = len(decoder.in_extra) - EXTRAS_TOLD
            paths += f" and {more:,} more" if more > 0 else ""
            told = f"Mailchimp sent fields without a column of their own: {paths}."
            found.append((name, f"{told} Their values are in the column _extra."))
        if decoder.replaced:
            told = "Some texts hold a broken character; \ufffd is stored in its place."
            found.append((name, told))
    return found
