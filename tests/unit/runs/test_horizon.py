"""The time that a run speaks for: over on Mailchimp's clock and on ours, whichever is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, cast

import pytest

from chimpline.api.client import Client, Reply
from chimpline.clock import TOLERANCE
from chimpline.message import Message
from chimpline.runs.work.connecting import SECOND, Horizon, horizon
from tests.unit.extract.fakes import run
from tests.words import heard

NOW = dt.datetime(2026, 11, 23, 12, 0, 7, 250_000, tzinfo=dt.UTC)
OVER = NOW.replace(microsecond=0) - SECOND
YEARS = dt.timedelta(days=73 * 365)
HOUR = dt.timedelta(hours=1)
A_LITTLE = TOLERANCE - SECOND


class Server:
    """Shows these times, one after the other; the last one for ever."""

    def __init__(self, *dates: dt.datetime) -> None:
        self.dates = list(dates)
        self.asked: list[str] = []

    async def get(self, path: str, *, parse: Callable[[bytes], Any]) -> Reply[Any]:
        self.asked.append(path)
        date = self.dates.pop(0) if len(self.dates) > 1 else self.dates[0]
        return Reply(parse(b"{}"), date, 1, None)


def found(*dates: dt.datetime) -> tuple[Horizon, list[str], int]:
    """The horizon, what was told of it, and the requests that it took."""
    server, told = Server(*dates), list[Message]()
    at = run(horizon(cast("Client", server), lambda: NOW, told.append))
    return at, [heard(one) for one in told], len(server.asked)


@pytest.mark.parametrize("off", [dt.timedelta(), A_LITTLE, -A_LITTLE])
def test_where_the_clocks_agree_the_servers_counts_and_is_asked_once(off: dt.timedelta) -> None:
    """Unless it is ahead of ours: what changes until it has come must not be hidden."""
    known = Horizon(min(OVER, OVER + off), clocks_agree=True, reached=max(NOW, NOW + off))
    assert (known, [], 1) == found(NOW + off)


@pytest.mark.parametrize("off", [YEARS, -YEARS / 2, HOUR, -HOUR])
@pytest.mark.parametrize("place", range(3))
def test_a_single_wrong_time_counts_for_nothing(off: dt.timedelta, place: int) -> None:
    dates = [NOW, NOW, NOW]
    dates[place] = NOW + off
    at, told, asked = found(*dates)
    assert (Horizon(OVER, clocks_agree=True, reached=NOW), []) == (at, told)
    assert asked == (1 if place else 3)


@pytest.mark.parametrize("off", [YEARS, HOUR])
def test_a_time_that_has_not_come_here_is_never_the_horizon(off: dt.timedelta) -> None:
    at, told, asked = found(NOW + off)
    # By an hour a clock of ours may be slow; then what others noted is no mistake.
    reached = NOW + off if off == HOUR else NOW
    assert (Horizon(OVER, clocks_agree=False, reached=reached), 3) == (at, asked)
    (message,) = told
    assert f"{NOW + off:%Y-%m-%d %H:%M:%S}" in message
    assert f"{NOW:%Y-%m-%d %H:%M:%S}" in message


@pytest.mark.parametrize("off", [YEARS / 2, HOUR])
def test_a_server_that_is_behind_is_followed_since_early_hides_nothing(off: dt.timedelta) -> None:
    known = Horizon(OVER - off, clocks_agree=False, reached=NOW)
    assert (known, [], 3) == found(NOW - off)
