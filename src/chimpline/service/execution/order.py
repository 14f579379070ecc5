"""A run as it is asked for, and what became of it: plain values, as the engine keeps them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

from chimpline.model import RunState

RUN_ID_BYTES = 5
"""As of a run that a terminal starts: short enough to be typed."""


def new_run_id() -> str:
    return secrets.token_hex(RUN_ID_BYTES)


class Task(enum.StrEnum):
    """What is asked for: a run, or a comparison of the copy with the account."""

    RUN = "run"
    COMPARE = "compare"


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """`run_id` is the run's, chosen before it begins. `due`: when a schedule wanted it (UTC).

    `tables`: only these of the pipeline's; none: all of them. Of a comparison, `level` says how
    much is compared, and `repair` whether what differs is read again.
    """

    run_id: str
    pipeline: str
    asked_at: dt.datetime
    due: dt.datetime | None = None
    full_refresh: bool = False
    tables: tuple[str, ...] = ()
    task: Task = Task.RUN
    level: str = "counts"
    repair: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            **dataclasses.asdict(self),
            "task": self.task.value,
            "asked_at": self.asked_at.isoformat(),
            "due": self.due.isoformat() if self.due else None,
            "tables": list(self.tables),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Also of another version: what that one did not know, or knew besides, is left out."""
        names = {field.name for field in dataclasses.fields(cls)}
        due = told.get("due")
        return cls(
            **{name: value for name, value in told.items() if name in names}
            | {
                "asked_at": dt.datetime.fromisoformat(told["asked_at"]),
                "due": dt.datetime.fromisoformat(due) if due else None,
                "tables": tuple(told.get("tables", ())),
                "task": Task(told.get("task", Task.RUN)),
            }
        )


class Became(enum.StrEnum):
    """What became of an order. Of *ran*, the run itself tells how it ended."""

    QUEUED = "queued"
    RUNNING = "running"
    RAN = "ran"
    SKIPPED = "skipped"  # another run had the dataset
    CANCELLED = "cancelled"
    BROKEN = "broken"  # its process ended without a word of its own


@dataclasses.dataclass(frozen=True, slots=True)
class Fate:
    """`holder`: of *skipped*, the run that had the dataset. `state`: of *ran*, how it ended.

    `message`: of *broken*, why, where its process said so before it ended.
    """

    became: Became
    state: RunState | None = None
    exit: int | None = None
    holder: str | None = None
    message: Any = None

    @property
    def under_way(self) -> bool:
        return self.became in {Became.QUEUED, Became.RUNNING}

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        state = told.get("state")
        return cls(
            Became(told["became"]),
            RunState(state) if state else None,
            told.get("exit"),
            told.get("holder"),
            told.get("message"),
        )


class Executes(Protocol):
    """What carries orders out: `service.execution.executor.Executor`."""

    def submit(self, order: Order) -> None: ...
    def cancel(self, run_id: str) -> bool: ...
    def orders(
        self, limit: int | None = 100, *, under_way: bool = False
    ) -> Sequence[tuple[Order, Fate]]: ...
    def sweep(self, keep: int) -> None: ...
