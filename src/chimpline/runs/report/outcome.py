"""How a run ended: its state, its exit status, and what is said of it."""

from __future__ import annotations

import dataclasses

from chimpline.errors import Bug, ChimplineError
from chimpline.message import Message, Problem, Said
from chimpline.model import RunRecord, RunState, TableState
from chimpline.runs.report.endings import report_of
from chimpline.runs.report.events import RunFinished
from chimpline.runs.report.tally import Tally
from chimpline.runs.request import RunRequest


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """`exit`: the exit status. `said`: None where all is proven."""

    state: RunState
    exit: int
    said: Said | None = None


BROKEN = Outcome(RunState.FAILED, Bug.exit_status)
"""Of a run that ended in a way that nothing tells of."""
_GOOD = (TableState.DONE, TableState.LACKING)
STOPPED_BEFORE = Outcome(
    RunState.CANCELLED,
    1,
    Problem(Message("run-stopped-before"), Message("kept-nothing-touched")),
)
"""Stopped before its destination was open."""
STOPPED = Outcome(RunState.CANCELLED, 1, Problem(Message("run-stopped"), Message("kept-committed")))


def judged(tally: Tally) -> Outcome:
    """The outcome of a run that came to its end, by the outcomes of its tables."""
    outcomes = {t.name: t.outcome for t in tally.tables.values() if t.landed}
    wrong = {name: state for name, state in outcomes.items() if state not in _GOOD}
    if not wrong:
        return Outcome(RunState.SUCCEEDED, 0)
    only_unproven = set(wrong.values()) == {TableState.UNPROVEN}
    said = Message.of(
        "run-incomplete",
        wrong=len(wrong),
        tables=len(outcomes),
        which=[f"{name} ({state.value})" for name, state in wrong.items()],
    )
    return Outcome(RunState.UNPROVEN if only_unproven else RunState.FAILED, 1, said)


def failed(error: BaseException) -> Outcome:
    """The outcome of a run that an error ended.

    Of a mistake of ours the traceback goes to the log, not here.
    """
    told = error
    if not isinstance(told, ChimplineError):
        told = Bug("own-mistake", name=type(error).__name__)
    return Outcome(RunState.FAILED, told.exit_status, told.problem)


def ended(running: RunRecord, finished: RunFinished, request: RunRequest) -> RunRecord:
    """The ledger's line of a run, with its end."""
    report = report_of(finished)
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
