"""Reaching an account: its transport, its API root, its owner, its share of connections."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from chimpline.api.account import Account, account, resolve_api_root
from chimpline.api.budget import Budget
from chimpline.api.client import Client, Retry
from chimpline.api.transport import AiohttpTransport, Transport
from chimpline.runs.request import RunRequest
from chimpline.state.directory import connection_slots_directory

SECOND = dt.timedelta(seconds=1)


class OpenTransport(Protocol):
    """Makes the transport of a run."""

    def __call__(self, *, connections: int) -> Transport: ...


@contextlib.asynccontextmanager
async def connected(
    request: RunRequest,
    retry: Retry,
    notice: Callable[[str], None],
    open_transport: OpenTransport = AiohttpTransport,
) -> AsyncIterator[tuple[Client, Account]]:
    """A client of the request's account, counted among that user's connections."""
    transport = open_transport(connections=request.connections)
    slots = connection_slots_directory()
    try:
        root = await resolve_api_root(
            transport,
            request.credential,
            request.api_root,
            request.login_root,
            retry=retry,
            on_notice=notice,
        )

        def client(budget: Budget) -> Client:
            return Client(
                api_root=root,
                credential=request.credential,
                transport=transport,
                budget=budget,
                retry=retry,
                on_notice=notice,
            )

        first = client(Budget.provisional(slots, root, request.credential))
        owner = await account(first)
        budget = Budget.of(slots, root, request.credential, owner.login_id, request.connections)
        later = client(budget)
        later.requests = first.requests
        try:
            yield later, owner
        finally:
            await later.close()
    finally:
        await transport.close()


async def server_time(client: Client) -> dt.datetime:
    """The horizon: a second that is over on the server's clock; in the current one rows appear."""
    reply = await client.get("/ping", parse=bytes)
    return reply.date.replace(microsecond=0) - SECOND
