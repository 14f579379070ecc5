"""Reaching an account: its transport, its API root, its owner, its share of connections."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Callable

from chimpline.api.budget import Budget
from chimpline.api.client import Client
from chimpline.api.sign_in.account import Account, account, beginning, resolve_api_root
from chimpline.clock import TOLERANCE, Clock, is_ahead, utc_now
from chimpline.message import Message
from chimpline.runs.request import RunRequest
from chimpline.runs.services import Services
from chimpline.runs.work.logged import logged

SECOND = dt.timedelta(seconds=1)
SLOW = dt.timedelta(days=1)
"""A clock of ours may be slow by less than that, as Mailchimp's answers together tell. Then what
other machines noted is not discarded."""


@contextlib.asynccontextmanager
async def connected(
    request: RunRequest, services: Services, notice: Callable[[Message], None]
) -> AsyncIterator[tuple[Client, Account]]:
    """A client of the request's account, counted in the budget of that user's connections."""
    budget, retry = services.budget, services.retry
    way = logged(services.transport(connections=request.connections))
    try:
        root = await resolve_api_root(
            way,
            request.credential,
            request.api_root,
            request.login_root,
            retry=retry,
            on_notice=notice,
        )

        def client(share: Budget) -> Client:
            return Client(
                api_root=root,
                credential=request.credential,
                transport=way,
                budget=share,
                retry=retry,
                on_notice=notice,
            )

        first = client(Budget.provisional(budget, root, request.credential))
        owner = await account(first)
        share = Budget.of(budget, root, request.credential, owner.login_id, request.connections)
        later = client(share)
        later.requests = first.requests
        try:
            yield later, owner
        finally:
            await later.close()
    finally:
        await way.close()


@dataclasses.dataclass(frozen=True, slots=True)
class Horizon:
    """`at`: a second that is over; in the current one rows appear. See `horizon`.

    `clocks_agree`: whether Mailchimp's clock and ours are about the same. `reached`: the time that
    what is noted as read cannot lie after: ours, or Mailchimp's where ours seems to be slow.
    """

    at: dt.datetime
    clocks_agree: bool
    reached: dt.datetime


async def horizon(
    client: Client, clock: Clock = utc_now, notice: Callable[[Message], None] = lambda _: None
) -> Horizon:
    """What a run speaks for: all that is over on Mailchimp's clock, and on ours.

    A horizon from the future would hide all that changes until then, one that lies too early hides
    nothing: what lies behind it is read by later runs as well. So where the clocks differ, the
    server is asked twice more, since one answer can be wrong. Of its times that have come on our
    clock too, the middle one counts; where none has, our clock does.
    """
    with beginning():
        now, dates = clock(), [(await client.get("/ping", parse=bytes)).date]
        if abs(dates[0] - now) > TOLERANCE:
            dates += [(await client.get("/ping", parse=bytes)).date for _ in range(2)]
            now = clock()
    come = [date for date in dates if not is_ahead(date, now)]
    if not come:
        notice(
            Message.of(
                "run-clock-behind",
                theirs=f"{min(dates):%Y-%m-%d %H:%M:%S}",
                ours=f"{now:%Y-%m-%d %H:%M:%S}",
            )
        )
    # An answer can be ahead by less than is doubted, which no lookback need cover.
    second = min(sorted(come)[len(come) // 2], now) if come else now
    shown = sorted(dates)[len(dates) // 2]
    return Horizon(
        at=second.replace(microsecond=0) - SECOND,
        clocks_agree=any(abs(date - now) <= TOLERANCE for date in come),
        reached=shown if now < shown < now + SLOW else now,
    )


async def server_time(client: Client, clock: Clock = utc_now) -> dt.datetime:
    """The horizon for whoever only compares or estimates."""
    return (await horizon(client, clock)).at
