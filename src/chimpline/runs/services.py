"""What a run works with, and makes none of itself: its ways to the account, out, and to others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from chimpline.api.retry import Retry
from chimpline.api.transport import AiohttpTransport, Transport
from chimpline.catalog.table import Table
from chimpline.clock import Clock, utc_now
from chimpline.load.contract import Destination
from chimpline.runs.report.events import Event
from chimpline.state.directory import StateDirectory


class OpenTransport(Protocol):
    """Makes the transport of a run."""

    def __call__(self, *, connections: int) -> Transport: ...


class OpenDestination(Protocol):
    """Opens the dataset of a run; with `read_only` nothing is created or changed."""

    def __call__(self, *, read_only: bool = False) -> Destination: ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The ports of a run, made by `service.prepared`; tests pass others.

    `budget`: the directory in which the connections of all runs of this user are counted. `state`:
    locks and event files. `events`: told all that happens. `retry`: when a request is given up.
    `catalog`: the tables that there are, where they are not those of `catalog.tables`.
    """

    destination: OpenDestination
    budget: Path
    state: StateDirectory
    events: Callable[[Event], None] = lambda _: None
    transport: OpenTransport = AiohttpTransport
    retry: Retry = dataclasses.field(default_factory=Retry)
    clock: Clock = utc_now
    catalog: Mapping[str, Table] | None = None

    def telling(self, events: Callable[[Event], None]) -> Services:
        """The same, with somebody else told what happens."""
        return dataclasses.replace(self, events=events)
