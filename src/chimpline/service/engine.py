"""What the interfaces ask of `runs`: one seam, so that they can be tested without an engine."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from chimpline.runs.differences import Level, Reconciliation
    from chimpline.runs.discovery import Discovery
    from chimpline.runs.events import Event, RunFinished
    from chimpline.runs.info import LedgerView, TableInfo
    from chimpline.runs.request import RunRequest


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
    """What a run would ask for altogether."""

    @property
    def tables(self) -> Sequence[TableEstimate]: ...
    @property
    def requests(self) -> int | None: ...
    @property
    def seconds(self) -> float | None: ...
    @property
    def connections(self) -> int: ...


class Engine(Protocol):
    """The functions of `chimpline.runs`; importing them loads pyarrow, so they come late."""

    def run(
        self,
        request: RunRequest,
        emit: Callable[[Event], None],
        *,
        cancelled: threading.Event | None = None,
    ) -> RunFinished: ...

    def estimate(self, request: RunRequest, *, notice: Callable[[str], None]) -> Estimate: ...
    def discover(self, request: RunRequest, *, notice: Callable[[str], None]) -> Discovery: ...
    def reconcile(
        self, request: RunRequest, level: Level, tell: Callable[[dict[str, Any]], None]
    ) -> Reconciliation: ...
    def catalog_tables(self) -> Sequence[TableInfo]: ...
    def ledger(self, destination: str, dataset: str) -> LedgerView: ...


def load_engine() -> Engine:
    return cast("Engine", importlib.import_module("chimpline.runs"))
