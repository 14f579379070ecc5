"""What the interfaces ask of `runs`: one seam, so that they can be tested without an engine."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import datetime as dt
    import threading
    from collections.abc import Callable, Sequence

    from chimpline.model import RunRecord, TableState
    from chimpline.runs.events import Event, RunFinished
    from chimpline.runs.request import RunRequest


class TableInfo(Protocol):
    """One table of the catalog, as people are shown it."""

    @property
    def name(self) -> str: ...
    @property
    def method_shown(self) -> str: ...
    @property
    def replication_key(self) -> str | None: ...
    @property
    def primary_key(self) -> tuple[str, ...]: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def columns(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def gated(self) -> bool: ...
    @property
    def default(self) -> bool: ...


class TableEstimate(Protocol):
    """What a run would ask for one table; None where only reading can tell."""

    @property
    def table(self) -> str: ...
    @property
    def rows(self) -> int | None: ...
    @property
    def requests(self) -> int | None: ...
    @property
    def reason(self) -> str: ...


class Estimate(Protocol):
    @property
    def tables(self) -> Sequence[TableEstimate]: ...
    @property
    def requests(self) -> int | None: ...
    @property
    def seconds(self) -> float | None: ...
    @property
    def connections(self) -> int: ...


class TableStatus(Protocol):
    """What the ledger knows of one table."""

    @property
    def table(self) -> str: ...
    @property
    def state(self) -> TableState: ...
    @property
    def rows(self) -> int | None: ...
    @property
    def last_run_at(self) -> dt.datetime | None: ...
    @property
    def last_proven_at(self) -> dt.datetime | None: ...
    @property
    def complete_read_at(self) -> dt.datetime | None: ...


class LedgerView(Protocol):
    """What a destination keeps of earlier runs."""

    def runs(self) -> Sequence[RunRecord]: ...
    def tables(self) -> Sequence[TableStatus]: ...


class Engine(Protocol):
    """The functions of `chimpline.runs`; importing them loads pyarrow, so they come late."""

    def run(
        self,
        request: RunRequest,
        emit: Callable[[Event], None],
        *,
        cancelled: threading.Event | None = None,
    ) -> RunFinished: ...

    def estimate(self, request: RunRequest) -> Estimate: ...
    def catalog_tables(self) -> Sequence[TableInfo]: ...
    def ledger(self, destination_url: str, dataset: str) -> LedgerView: ...


def load_engine() -> Engine:
    return cast("Engine", importlib.import_module("chimpline.runs"))
