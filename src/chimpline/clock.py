"""Time is passed in, so that no test sleeps and no module reads the wall clock on its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]

TOLERANCE = dt.timedelta(minutes=5)
"""So far two clocks may be apart. Those that are set over the network differ by less than a second,
and the default lookback of a bookmark, 15 minutes, makes up for three times as much."""


def is_ahead(time: dt.datetime, now: dt.datetime) -> bool:
    """Whether a time has not come yet, whatever two sound clocks may differ by."""
    return time - now > TOLERANCE


def utc_now() -> dt.datetime:
    """Now, aware, in UTC."""
    return dt.datetime.now(dt.UTC)
