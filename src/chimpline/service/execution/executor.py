"""Runs that outlive a terminal: asked for, carried out in processes of their own, taken up again.

An order is a piece of durable work: start `chimpline run` as a process, and wait for its end. It
speaks through its event file and its ledger, like every other run, so a run of a terminal and one
of the console see each other. When this process is killed, the run goes on by itself; when it is
started again, it finds the run's process and waits for it, or, where the process is gone too,
starts it again: it goes on where its ledger says.

    submit  ->  durable work (id: the run's)  ->  process  ->  events, ledger
    restart ->  the same work again           ->  wait for the process, or start it once more

One order at a time has a dataset. A run that meets another run there is skipped; a comparison waits
for its turn, and a run waits for a comparison.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from chimpline.errors import ChimplineError
from chimpline.message import Message
from chimpline.model import RunState
from chimpline.runs.report.endings import words_of
from chimpline.service.execution.durable import VERSION, Asked, Durable
from chimpline.service.execution.order import Became, Fate, Order, Task
from chimpline.service.execution.processes import Processes
from chimpline.state.directory import StateDirectory
from chimpline.state.lock import LockHolder

LOOK_EVERY_S = 0.25
STOPPED_WITHIN_S = 30.0

Command = Callable[[Order], Sequence[str]]
Place = Callable[[str], tuple[str, str]]


class _Closing(BaseException):
    """The work is left without an end, so that the next start takes it up again."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Held:
    """An order that has a dataset, or is about to."""

    order: Order
    place: object


class Executor:
    """One a process. `command`: how a run is started. `place`: where a pipeline's data lies.

    Entered, it takes up what was under way; left, it stops the runs that it started, which are
    taken up by the next.
    """

    def __init__(
        self, state: StateDirectory, command: Command, place: Place, *, version: str = VERSION
    ) -> None:
        self._state = state
        self._command = command
        self._place = place
        self._durable = Durable(state.path, self._work, version=version)
        self._processes = Processes(state.path / "logs")
        self._own: dict[str, subprocess.Popen[bytes]] = {}
        self._held: dict[str, _Held] = {}
        self._cancelled: set[str] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._begun = threading.Event()

    def __enter__(self) -> Self:
        self._durable.__enter__()
        # What was under way has its dataset before anything new asks for it.
        for order, _ in self.orders(under_way=True):
            if self._processes.goes_on(order.run_id) or words_of(self._state, order.run_id).about:
                self._held[order.run_id] = _Held(order, self._where(order))
        self._begun.set()
        return self

    def __exit__(self, *_: object) -> None:
        """First the engine, which then writes down no end; then the processes."""
        self._closing.set()
        self._durable.__exit__()
        with self._lock:
            processes = list(self._own.values())
        for process in processes:
            with contextlib.suppress(OSError):
                process.send_signal(signal.SIGTERM)
        until = time.monotonic() + STOPPED_WITHIN_S
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))

    def submit(self, order: Order) -> None:
        """Ask for a run; the same order twice, or the same instant of a schedule, is one run."""
        self._durable.submit(_work_id(order), order.to_json())

    def cancel(self, run_id: str) -> bool:
        """Let a run end, keeping what is whole; whether there was one. Twice: at once."""
        asked = [
            one.id for one in self._durable.asked(under_way=True) if _order(one).run_id == run_id
        ]
        with self._lock:
            self._cancelled.add(run_id)
            own = self._own.get(run_id)
        self._durable.cancel(asked)
        if self._processes.end(run_id):
            return True
        if own is not None:  # it has not told its number yet
            with contextlib.suppress(OSError):
                own.terminate()
            return True
        holder = self._alive(run_id)
        if holder is not None and holder.host == os.uname().nodename:  # a terminal's
            with contextlib.suppress(ProcessLookupError):
                os.kill(holder.pid, signal.SIGTERM)
            return True
        return bool(asked)

    def orders(
        self, limit: int | None = 100, *, under_way: bool = False
    ) -> list[tuple[Order, Fate]]:
        """What was asked for, newest first, and what became of it."""
        found: dict[str, tuple[Order, Fate]] = {}
        for one in self._durable.asked(None if under_way else limit, under_way=under_way):
            order = _order(one)
            fate = _fate(one)
            if fate.became is Became.CANCELLED and self._processes.goes_on(order.run_id):
                fate = Fate(Became.RUNNING)
            found.setdefault(order.run_id, (order, fate))
        return list(found.values())

    def sweep(self, keep: int) -> None:
        """Take up what was stranded; forget all but the newest orders that have ended."""
        self._durable.sweep()
        self._durable.forget(keep)

    # -- an order carried out ---------------------------------------------------------------------

    def _work(self, _: str, told: dict[str, Any]) -> dict[str, Any]:
        self._begun.wait()
        return self._carry_out(Order.from_json(told)).to_json()

    def _carry_out(self, order: Order) -> Fate:
        """Start a process and wait for it; or wait for one that was started before."""
        while self._processes.goes_on(order.run_id):
            self._pause()
        fate = self._ended(order)
        if fate is not None and fate.state is not RunState.CANCELLED:
            self._let_go(order)
            return fate
        # Cancelled: by a stop of ours, since what a person cancels is not taken up again.
        holder = self._take(order)
        if holder is not None:
            return Fate(Became.SKIPPED, holder=holder)
        try:
            status = self._processed(order)
        except OSError as error:
            said = Message.of("run-cannot-start", why=error.strerror or str(error))
            return Fate(Became.BROKEN, message=said.to_json())
        finally:
            self._let_go(order)
        return self._ended(order) or self._skipped(order) or self._broken(order, status)

    def _take(self, order: Order) -> str | None:
        """Have the dataset, as soon as that can be; else the run that has it."""
        place = self._where(order)
        while True:
            holder = self._holder(order)
            if holder is None:
                with self._lock:
                    before = [
                        held.order
                        for run_id, held in self._held.items()
                        if held.place == place and run_id != order.run_id
                    ]
                    if not before:
                        self._held[order.run_id] = _Held(order, place)
                        return None
                runs = [one for one in before if one.task is Task.RUN and not self._is_over(one)]
                holder = runs[0].run_id if runs else None
            going = holder is not None and holder not in self._cancelled
            if going and order.task is Task.RUN:
                return holder
            self._pause()

    def _is_over(self, order: Order) -> bool:
        """Whether only its process has still to end: it is cancelled, or said its last word."""
        if order.run_id in self._cancelled:
            return True
        finished = words_of(self._state, order.run_id).finished
        return finished is not None and finished.state is not RunState.CANCELLED

    def _let_go(self, order: Order) -> None:
        with self._lock:
            self._held.pop(order.run_id, None)

    def _pause(self) -> None:
        if self._closing.wait(LOOK_EVERY_S):
            raise _Closing

    def _processed(self, order: Order) -> int:
        """A process of its own, until its end; its exit status."""
        command = self._command(order)
        with self._lock:
            if self._closing.is_set():
                raise _Closing
            if order.run_id in self._cancelled:
                return 1
            process = self._processes.start(order.run_id, command)
            self._own[order.run_id] = process
        try:
            status = process.wait()
        finally:
            with self._lock:
                self._own.pop(order.run_id, None)
        if self._closing.is_set():
            raise _Closing
        return status

    def _where(self, order: Order) -> object:
        """What only one order at a time may have; of a pipeline that is wrong, itself."""
        try:
            return self._place(order.pipeline)
        except ChimplineError:  # its process says why
            return order.pipeline

    def _alive(self, run_id: str) -> LockHolder | None:
        return next((one for one in self._state.live_runs() if one.run_id == run_id), None)

    def _holder(self, order: Order) -> str | None:
        """A run, of a terminal too, that has the dataset of this order."""
        match self._where(order):
            case (str(destination), str(dataset)):
                holder = self._state.holder(destination, dataset)
            case _:
                return None
        return None if holder is None or holder.run_id == order.run_id else holder.run_id

    def _skipped(self, order: Order) -> Fate | None:
        """A terminal may have been quicker: the lock decides, and nothing else."""
        holder = self._holder(order) if order.task is Task.RUN else None
        return None if holder is None else Fate(Became.SKIPPED, holder=holder)

    def _ended(self, order: Order) -> Fate | None:
        """How it ended, by its own last word."""
        if order.task is Task.COMPARE:
            last = self._processes.last_word(order.run_id)
            if last is None or last.get("event") != "reconcile_finished":
                return None
            return Fate(Became.RAN, RunState.SUCCEEDED, last.get("exit"))
        finished = words_of(self._state, order.run_id).finished
        if finished is None:
            return None
        return Fate(Became.RAN, finished.state, finished.exit)

    def _broken(self, order: Order, status: int) -> Fate:
        """It has ended without an event file: its log may say why."""
        last = self._processes.last_word(order.run_id) or {}
        return Fate(
            Became.BROKEN,
            RunState.FAILED,
            last.get("exit", status),
            message=last.get("said") or last.get("message") or None,
        )


def _work_id(order: Order) -> str:
    """Of a schedule: the pipeline and the instant, so that it fires once."""
    if order.due is None:
        return order.run_id
    return f"{order.pipeline}@{order.due:%Y-%m-%dT%H:%M:%SZ}"


def _order(asked: Asked) -> Order:
    return Order.from_json(asked.given)


def _fate(asked: Asked) -> Fate:
    match asked.status:
        case "SUCCESS" if asked.result is not None:
            return Fate.from_json(asked.result)
        case "CANCELLED":
            return Fate(Became.CANCELLED)
        case "ENQUEUED" | "DELAYED":
            return Fate(Became.QUEUED)
        case "PENDING":
            return Fate(Became.RUNNING)
        case _:
            return Fate(Became.BROKEN)
