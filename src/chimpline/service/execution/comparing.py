"""Comparisons of a copy with its account, as orders: asked for, and what they found.

What a comparison finds lies in the log of its process, line by line, as `chimpline reconcile
--json` prints it; with a repair, twice: before it and after it.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chimpline.clock import Clock
from chimpline.errors import UserError
from chimpline.reconcile.difference import Level
from chimpline.service.execution.order import Became, Executes, Fate, Order, Task, new_run_id
from chimpline.service.execution.processes import Processes
from chimpline.state.directory import StateDirectory

ORDERS_LOOKED_AT = 500


class Verdict(enum.StrEnum):
    """What a comparison came to."""

    QUEUED = "queued"
    RUNNING = "running"
    EQUAL = "equal"
    EXPLAINED = "explained"  # every difference has a reason that is no loss
    DIFFERS = "differs"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclasses.dataclass(slots=True)
class Findings:
    """`tables` and `differences`: as `chimpline reconcile --json` prints them.

    `requests_expected`: about how many it takes, told when it begins.
    """

    requests_expected: int | None = None
    tables: list[Mapping[str, Any]] = dataclasses.field(default_factory=list)
    differences: list[Mapping[str, Any]] = dataclasses.field(default_factory=list)
    notes: list[Any] = dataclasses.field(default_factory=list)

    @property
    def losses(self) -> int:
        return sum(int(table.get("losses", 0)) for table in self.tables)


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """`found`: of the last comparison; `before`: of the one before a repair.

    `repaired_by`: the run that read again what differed. `message`: why it failed.
    """

    order: Order
    verdict: Verdict
    found: Findings
    before: Findings | None = None
    repaired_by: str | None = None
    requests: int | None = None
    message: Any = None

    @property
    def under_way(self) -> bool:
        return self.verdict in {Verdict.QUEUED, Verdict.RUNNING}


class Comparisons:
    def __init__(
        self, state: StateDirectory, executor: Callable[[], Executes], clock: Clock
    ) -> None:
        self._processes = Processes(state.path / "logs")
        self._executor = executor
        self._clock = clock

    def ask(self, pipeline: str, level: Level, *, repair: bool) -> Order:
        """A comparison of a pipeline's copy; it waits for a run that has the dataset."""
        order = Order(
            new_run_id(),
            pipeline,
            self._clock(),
            task=Task.COMPARE,
            level=level.value,
            repair=repair,
        )
        self._executor().submit(order)
        return order

    def newest(self, pipeline: str | None = None) -> list[Comparison]:
        return [
            self._told(order, fate)
            for order, fate in self._orders()
            if pipeline in {None, order.pipeline}
        ]

    def known(self, comparison_id: str) -> Comparison:
        """Raises `UserError` where there is none of this id."""
        for order, fate in self._orders():
            if order.run_id == comparison_id:
                return self._told(order, fate)
        raise UserError("comparison-unknown", id=comparison_id)

    def cancel(self, comparison_id: str) -> bool:
        """Whether there was something to end."""
        self.known(comparison_id)
        return self._executor().cancel(comparison_id)

    def _orders(self) -> Sequence[tuple[Order, Fate]]:
        orders = self._executor().orders(ORDERS_LOOKED_AT)
        return [(order, fate) for order, fate in orders if order.task is Task.COMPARE]

    def _told(self, order: Order, fate: Fate) -> Comparison:
        return told(order, fate, self._processes.lines(order.run_id))


def told(order: Order, fate: Fate, lines: Iterable[Mapping[str, Any]]) -> Comparison:
    """What a comparison has found, from the lines of its process."""
    found, before = Findings(), None
    run = requests = None
    for line in lines:
        match line.get("event"):
            case "process_started":  # taken up again, it begins anew
                found, before, run = Findings(), None, None
            case "reconcile_started":
                if found.tables:
                    before = found
                found = Findings(line.get("requests_expected"))
            case "table_reconciled":
                found.tables.append(line)
            case "difference":
                found.differences.append(line)
            case "dashboard_note":
                found.notes.append(line.get("said", line.get("message")))
            case "run_started":
                run = line.get("run_id")
            case "reconcile_finished":
                requests = line.get("requests")
            case _:
                pass
    return Comparison(order, _verdict(fate, found), found, before, run, requests, fate.message)


def _verdict(fate: Fate, found: Findings) -> Verdict:
    match fate.became:
        case Became.QUEUED:
            return Verdict.QUEUED
        case Became.RUNNING:
            return Verdict.RUNNING
        case Became.CANCELLED:
            return Verdict.CANCELLED
        case Became.RAN if found.losses:
            return Verdict.DIFFERS
        case Became.RAN:
            return Verdict.EXPLAINED if found.differences else Verdict.EQUAL
        case _:
            return Verdict.FAILED
