"""Comparing a copy with its account, and repairing what differs by an ordinary run."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from chimpline.model import RunState

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from chimpline.reconcile.difference import Level, Reconciliation
    from chimpline.runs.report.events import Event, RunFinished
    from chimpline.runs.request import RunRequest
    from chimpline.service.engine import Engine


@dataclasses.dataclass(frozen=True, slots=True)
class Reconciled:
    """What was found; with a repair, the run that made it and what is left after it."""

    before: Reconciliation
    run: RunFinished | None = None
    after: Reconciliation | None = None

    @property
    def exit(self) -> int:
        """0: equal, or different for reasons that are no loss; 1: the copy is wrong somewhere."""
        last = self.after or self.before
        return max(last.exit, self.run.exit if self.run else 0)

    @property
    def requests(self) -> int:
        return sum(one.requests for one in (self.before, self.run, self.after) if one is not None)


def reconcile(
    engine: Engine,
    request: RunRequest,
    level: Level,
    *,
    repair: bool,
    found: Callable[[Reconciliation], None],
    emit: Callable[[Event], None],
    cancelled: threading.Event | None = None,
) -> Reconciled:
    """Compare; with `repair`, read the slices that differ again and compare their tables again.

    `found` is told each comparison as it ends, `emit` the events of both and of the repairing run.
    """
    before = engine.reconcile(request, level, emit)
    found(before)
    slices = before.repairable
    stopped = cancelled is not None and cancelled.is_set()
    if not repair or not slices or stopped:
        return Reconciled(before)
    these = dataclasses.replace(request, tables=tuple(slices))
    repairing = dataclasses.replace(these, reread=slices)
    finished = engine.run(repairing, emit, cancelled=cancelled)
    if finished.state is RunState.CANCELLED:
        return Reconciled(before, finished)
    after = engine.reconcile(these, level, emit)
    found(after)
    return Reconciled(before, finished, after)
