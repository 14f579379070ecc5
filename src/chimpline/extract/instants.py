"""Times as Mailchimp writes them, and takes them in a filter."""

from __future__ import annotations

import datetime as dt


def instant(time: dt.datetime) -> str:
    """A time as Mailchimp writes it, and takes it in a filter: whole seconds, UTC."""
    # Not strftime, whose %Y has fewer than four digits for early years on Linux.
    return time.astimezone(dt.UTC).isoformat(timespec="seconds")


def parse_instant(text: str) -> dt.datetime:
    """What Mailchimp wrote, as a time; raises `ValueError` where that names no instant."""
    time = dt.datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    try:
        return time.astimezone(dt.UTC)
    except OverflowError:  # before the year 1 or after the year 9999, once its offset is applied
        raise ValueError(text) from None
