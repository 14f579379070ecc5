"""How a run ended: its state, its exit status, and what is said of it."""

from __future__ import annotations

import dataclasses
from typing import Any

from chimpline.errors import COMMITTED_STAYS, NOTHING_TOUCHED, Bug, ChimplineError
from chimpline.model import RunRecord, RunState, TableState
from chimpline.runs.report.events import RunFinished
from chimpline.runs.report.tally import Tally
from chimpline.runs.request import RunRequest


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """`exit`: the exit status. `message`: empty where all is proven."""

    state: RunState
    exit: int
    message: str = ""


BROKEN = Outcome(RunState.FAILED, Bug.exit_status)
"""Of a run that ended in a way that nothing tells of."""
STOPPED_BEFORE = Outcome(RunState.CANCELLED, 1, f"Stopped. {NOTHING_TOUCHED}")
"""Stopped before its destination was open."""
STOPPED = Outcome(RunState.CANCELLED, 1, f"The run was stopped. {COMMITTED_STAYS}")


def judged(tally: Tally) -> Outcome:
    """The outcome of a run that came to its end, by the outcomes of its tables."""
    outcomes = {t.name: t.outcome for t in tally.tables.values() if t.landed}
    wrong = {name: state for name, state in outcomes.items() if state is not TableState.DONE}
    if not wrong:
        return Outcome(RunState.SUCCEEDED, 0)
    only_unproven = set(wrong.values()) == {TableState.UNPROVEN}
    told = ", ".join(f"{name} ({state.value})" for name, state in wrong.items())
    message = f"{len(wrong)} of {len(outcomes)} tables may be incomplete: {told}."
    return Outcome(
        RunState.UNPROVEN if only_unproven else RunState.FAILED,
        1,
        f"{message} All other tables were copied completely.",
    )


def failed(error: BaseException) -> Outcome:
    """The outcome of a run that an error ended.

    Of a mistake of ours the traceback goes to the log, not here.
    """
    told = error
    if not isinstance(told, ChimplineError):
        told = Bug(f"chimpline met a mistake of its own ({type(error).__name__}).")
    return Outcome(RunState.FAILED, told.exit_status, str(told))


def ended(running: RunRecord, finished: RunFinished, request: RunRequest) -> RunRecord:
    """The ledger's line of a run, with its end."""
    report: dict[str, Any] = {
        "tables": finished.tables,
        "message": finished.message,
        "exit": finished.exit,
    }
    if request.reread is not None:
        report["repair"] = True  # it speaks for some slices of a table only
    return dataclasses.replace(
        running,
        state=finished.state,
        finished_at=finished.at,
        requests=finished.requests,
        rows_changed=finished.rows_changed,
        report=report,
    )
