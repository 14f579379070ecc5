"""Comparing a copy with its account, and repairing what differs by an ordinary run."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from chimpline.model import RunState
from chimpline.reconcile.difference import Level

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from chimpline.reconcile.difference import Reconciliation
    from chimpline.runs.report.events import RunFinished
    from chimpline.runs.request import RunRequest
    from chimpline.runs.services import Services
    from chimpline.service.engine import Engine

__all__ = ["Level", "Reconciled", "reconcile"]


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
    services: Services,
    level: Level,
    *,
    repair: bool,
    found: Callable[[Reconciliation], None],
    cancelled: threading.Event | None = None,
) -> Reconciled:
    """Compare; with `repair`, read the slices that differ again and compare their tables again.

    `found` is told each comparison as it ends; the events of all go to `services`.
    """
    before = engine.reconcile(request, services, level)
    found(before)
    slices = before.repairable
    stopped = cancelled is not None and cancelled.is_set()
    if not repair or not slices or stopped:
        return Reconciled(before)
    these = dataclasses.replace(request, tables=tuple(slices))
    repairing = dataclasses.replace(these, reread=slices)
    finished = engine.run(repairing, services, cancelled=cancelled)
    if finished.state is RunState.CANCELLED:
        return Reconciled(before, finished)
    after = engine.reconcile(these, services, level)
    found(after)
    return Reconciled(before, finished, after)
