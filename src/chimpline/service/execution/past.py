"""The runs there were, as the control database keeps them.

The ledger of a destination has the durable copy of its own runs; here are those of all pipelines
of this installation side by side, with those that never came to a ledger (skipped, refused at
once), and they can be read while a run has the destination open. What the event files say is taken
over when a run has ended.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from chimpline.message import Message
from chimpline.model import RunRecord, RunState
from chimpline.runs.report.endings import ended, words_of
from chimpline.service.control import ControlDatabase, Moment, metadata
from chimpline.service.execution.order import Became, Fate, Order, Task
from chimpline.state.directory import StateDirectory

log = logging.getLogger(__name__)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("pipeline", sa.Text, nullable=False, index=True),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("dataset", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("queued_at", Moment, nullable=False, index=True),
    sa.Column("finished_at", Moment),
    sa.Column("due", Moment),
    sa.Column("exit", sa.Integer),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("rows_changed", sa.Integer, nullable=False),
    sa.Column("tables", sa.JSON, nullable=False),
    sa.Column("message", sa.JSON),
    sa.Column("offered", sa.JSON),
)

_TELLING = (RunState.SUCCEEDED.value, RunState.UNPROVEN.value, RunState.FAILED.value)


@dataclasses.dataclass(frozen=True, slots=True)
class PastRun:
    """A run as it is known here. `due`: when a schedule asked for it. Times are UTC.

    `tables`: by name, each with its state, counts and trouble, as in the event *run_finished*.
    `message`: what is to be said of it, empty where all is proven. `offered`: tables of the default
    set that its dataset does not take, and could.
    """

    run_id: str
    pipeline: str
    state: RunState
    queued_at: dt.datetime
    destination: str = ""
    dataset: str = ""
    finished_at: dt.datetime | None = None
    due: dt.datetime | None = None
    exit: int | None = None
    requests: int = 0
    rows_changed: int = 0
    tables: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    message: Any = None
    offered: Sequence[str] = ()


class PastRuns:
    def __init__(self, database: Callable[[], ControlDatabase]) -> None:
        self._database = database

    def put(self, run: PastRun) -> None:
        """Keep a run, in place of what was kept of it before."""
        row = {**dataclasses.asdict(run), "state": run.state.value}
        with self._database().writing() as rows:
            rows.execute(sa.delete(runs).where(runs.c.run_id == run.run_id))
            rows.execute(sa.insert(runs).values(row))
        log.info(
            "run ended",
            extra={
                "pipeline": run.pipeline,
                "run_id": run.run_id,
                "state": run.state.value,
                "requests": run.requests,
                "rows_changed": run.rows_changed,
            },
        )

    def get(self, run_id: str) -> PastRun | None:
        with self._database().reading() as rows:
            row = rows.execute(sa.select(runs).where(runs.c.run_id == run_id)).one_or_none()
        return None if row is None else _run(row)

    def newest(
        self, pipeline: str | None = None, *, limit: int = 100, offset: int = 0
    ) -> list[PastRun]:
        """Newest first."""
        wanted = sa.select(runs).order_by(runs.c.queued_at.desc(), runs.c.run_id.desc())
        if pipeline is not None:
            wanted = wanted.where(runs.c.pipeline == pipeline)
        with self._database().reading() as rows:
            return [_run(row) for row in rows.execute(wanted.limit(limit).offset(offset)).all()]

    def proven_at(self, pipeline: str) -> dt.datetime | None:
        """When the last run began that proved all of its tables."""
        proven = (runs.c.pipeline == pipeline) & (runs.c.state == RunState.SUCCEEDED.value)
        with self._database().reading() as rows:
            found: dt.datetime | None = rows.execute(
                sa.select(sa.func.max(runs.c.queued_at)).where(proven)
            ).scalar()
        return found

    def begun_at(self, pipeline: str) -> dt.datetime | None:
        """When the first run was asked for that is kept."""
        with self._database().reading() as rows:
            found: dt.datetime | None = rows.execute(
                sa.select(sa.func.min(runs.c.queued_at)).where(runs.c.pipeline == pipeline)
            ).scalar()
        return found

    def last_told(self, pipeline: str) -> PastRun | None:
        """The newest run that says something of the data: neither cancelled nor skipped."""
        wanted = (
            sa.select(runs)
            .where(runs.c.pipeline == pipeline, runs.c.state.in_(_TELLING))
            .order_by(runs.c.queued_at.desc(), runs.c.run_id.desc())
            .limit(1)
        )
        with self._database().reading() as rows:
            row = rows.execute(wanted).one_or_none()
        return None if row is None else _run(row)

    def count(self, pipeline: str | None = None) -> int:
        wanted = sa.select(sa.func.count()).select_from(runs)
        if pipeline is not None:
            wanted = wanted.where(runs.c.pipeline == pipeline)
        with self._database().reading() as rows:
            return int(rows.execute(wanted).scalar_one())

    def states(self) -> dict[RunState, int]:
        """How many runs are kept, by the state in which they ended."""
        counted = sa.select(runs.c.state, sa.func.count()).group_by(runs.c.state)
        with self._database().reading() as rows:
            return {RunState(state): count for state, count in rows.execute(counted).all()}

    def known(self, run_ids: Collection[str]) -> set[str]:
        """Those of these runs of which the end is kept."""
        with self._database().reading() as rows:
            found = rows.execute(sa.select(runs.c.run_id).where(runs.c.run_id.in_(run_ids)))
            return {row.run_id for row in found}

    def pipelines_of(self, run_ids: Collection[str]) -> dict[str, str]:
        """The pipeline of each of these runs that is kept."""
        wanted = sa.select(runs.c.run_id, runs.c.pipeline).where(runs.c.run_id.in_(run_ids))
        with self._database().reading() as rows:
            return {row.run_id: row.pipeline for row in rows.execute(wanted)}

    def keep_newest(self, counts: Mapping[str, int], otherwise: int) -> None:
        """Forget older runs, each pipeline apart; what landed has its own ledger."""
        place = sa.func.row_number().over(
            partition_by=runs.c.pipeline, order_by=runs.c.queued_at.desc()
        )
        ranked = sa.select(runs.c.run_id, runs.c.pipeline, place.label("place")).subquery()
        count = sa.case(counts, value=ranked.c.pipeline, else_=otherwise) if counts else otherwise
        old = sa.select(ranked.c.run_id).where(ranked.c.place > count)
        with self._database().writing() as rows:
            rows.execute(sa.delete(runs).where(runs.c.run_id.in_(old)))


def take_over(
    past: PastRuns, state: StateDirectory, orders: Sequence[tuple[Order, Fate]], now: dt.datetime
) -> None:
    """Keep the runs that have ended and are not kept yet.

    As their event files tell of them; of orders of which no run tells, as their fates do.
    """
    runs = [(order, fate) for order, fate in orders if order.task is Task.RUN]
    here = state.run_ids()
    known = past.known({*here, *(order.run_id for order, _ in runs)})
    ordered = {order.run_id: order for order, _ in runs}
    # One that was stopped with the console goes on with it, and has not ended.
    going = {order.run_id for order, fate in runs if fate.under_way}
    new = [run_id for run_id in here if run_id not in known and run_id not in going]
    if new:
        alive = {holder.run_id for holder in state.live_runs()}
        for run_id in new:
            told = None if run_id in alive else run_told(state, run_id)
            if told is not None:
                order = ordered.get(run_id)
                past.put(dataclasses.replace(told, due=order.due if order else None))
                known.add(run_id)
    for order, fate in runs:
        if order.run_id not in known:
            ended = unheard(order, fate, now)
            if ended is not None:
                past.put(ended)


def unheard(order: Order, fate: Fate, now: dt.datetime) -> PastRun | None:
    """An order of which no run tells; None where one does, or still may."""
    states = {
        Became.SKIPPED: RunState.SKIPPED,
        Became.BROKEN: RunState.FAILED,
        Became.CANCELLED: RunState.CANCELLED,
    }
    state = states.get(fate.became)
    if state is None:
        return None
    said = {
        Became.SKIPPED: Message.of("run-skipped", holder=fate.holder).to_json(),
        Became.BROKEN: fate.message
        or Message.of("run-without-a-word", run_id=order.run_id).to_json(),
        Became.CANCELLED: Message.of("run-cancelled-before").to_json(),
    }[fate.became]
    return PastRun(
        run_id=order.run_id,
        pipeline=order.pipeline,
        state=state,
        queued_at=order.asked_at,
        finished_at=now,
        due=order.due,
        exit=fate.exit,
        message=said,
    )


def run_told(state: StateDirectory, run_id: str, *, alive: bool = False) -> PastRun | None:
    """A run as its event file tells of it; None where that says nothing. `alive`: it goes on."""
    words = words_of(state, run_id)
    about = words.about
    if about is None:
        return None
    record = RunRecord(
        run_id=run_id,
        pipeline=about.pipeline,
        started_at=about.at,
        finished_at=None,
        state=RunState.RUNNING if words.started else RunState.QUEUED,
        schema_version="",
        chimpline_version="",
        requests=words.requests,
    )
    if not alive or words.finished is not None:
        record = ended(record, words)
    report: Mapping[str, Any] = record.report or {}
    return PastRun(
        run_id=run_id,
        pipeline=record.pipeline,
        state=record.state,
        queued_at=record.started_at,
        destination=about.destination,
        dataset=about.dataset,
        finished_at=record.finished_at,
        exit=report.get("exit"),
        requests=record.requests or 0,
        rows_changed=record.rows_changed or 0,
        tables=report.get("tables", {}),
        message=report.get("said", report.get("message")) or None,
        offered=report.get("offered", ()),
    )


def _run(row: sa.Row[tuple[Any, ...]]) -> PastRun:
    of = {"state": RunState(row.state), "offered": row.offered or ()}
    return PastRun(**{**row._asdict(), **of})
