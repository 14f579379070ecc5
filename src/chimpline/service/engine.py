"""What the interfaces ask of the engine: one seam, so that they can be tested without it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from chimpline.message import Message
    from chimpline.reconcile.difference import Level, Reconciliation
    from chimpline.runs.asking.found import Discovery
    from chimpline.runs.report.events import RunFinished
    from chimpline.runs.report.info import LedgerView, TableInfo
    from chimpline.runs.request import RunRequest
    from chimpline.runs.services import Services


class TableEstimate(Protocol):
    """What a run would ask for one table; None where only reading can tell."""

    @property
    def table(self) -> str: ...
    @property
    def rows(self) -> int | None: ...
    @property
    def requests(self) -> int | None: ...
    @property
    def reason(self) -> Message: ...


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
    """What can be done with an account and a copy of it."""

    def run(
        self,
        request: RunRequest,
        services: Services,
        *,
        cancelled: threading.Event | None = None,
    ) -> RunFinished: ...

    def estimate(
        self, request: RunRequest, services: Services, *, notice: Callable[[Message], None]
    ) -> Estimate: ...
    def discover(
        self, request: RunRequest, services: Services, *, notice: Callable[[Message], None]
    ) -> Discovery: ...
    def reconcile(
        self, request: RunRequest, services: Services, level: Level
    ) -> Reconciliation: ...
    def catalog_tables(self) -> Sequence[TableInfo]: ...
    def ledger(
        self, destination: str, dataset: str, *, secrets: Mapping[str, str] | None = None
    ) -> LedgerView: ...


_HOMES = {
    "catalog_tables": "runs.report.info",
    "discover": "runs.asking.discovery",
    "estimate": "runs.asking.dry_run",
    "ledger": "runs.report.info",
    "reconcile": "reconcile.compare",
    "run": "runs.job",
}


class _Late:
    """The functions of the engine, each imported when it is asked for.

    They load pyarrow and aiohttp, which cost more than `chimpline --help` should.
    """

    def __getattr__(self, name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(name)
        return getattr(importlib.import_module(f"chimpline.{_HOMES[name]}"), name)


def load_engine() -> Engine:
    return cast("Engine", _Late())
