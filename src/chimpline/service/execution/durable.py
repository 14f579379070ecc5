"""The engine below the executor: DBOS on SQLite keeps what was asked for until it has ended.

A piece of work is a workflow of one step, so that there is nothing to replay: after a kill the step
is begun again. It is known by an id, under which it is done once however often it is asked for.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from dbos import DBOS, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowStatus

from chimpline import private
from chimpline.errors import UserError

DATABASE = "engine.db"
EXECUTOR = "chimpline"
"""The same after every start, so that what was under way is taken up again."""
VERSION = "1"
"""Of the workflow below, not of chimpline: what an older chimpline began, a newer one goes on with.
Another version's work is taken over by `sweep`."""
LOCKED_FOR_S = 3.0
_UNDER_WAY = ("PENDING", "ENQUEUED", "DELAYED")

Plain = dict[str, Any]
Work = Callable[[str, Plain], Plain]


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """`status`: in the words of the engine. `given`: what was asked; `result`: what came of it."""

    id: str
    status: str
    given: Mapping[str, Any]
    result: Mapping[str, Any] | None


class _Now:
    """The `Durable` of this process; the engine below has one a process, too."""

    durable: Durable | None = None


class Durable:
    """`work` does a piece, by its id; it may be called again for one that was not finished."""

    def __init__(self, folder: Path, work: Work, *, version: str = VERSION) -> None:
        self._folder = folder
        self._work = work
        self._version = version
        self._working: set[str] = set()
        self._missed: set[str] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Begin, with what was under way. Raises `UserError` where its database is not usable."""
        private.make_directory(self._folder)
        for noisy in ("dbos", "sqlalchemy.engine"):
            logging.getLogger(noisy).setLevel(logging.CRITICAL)
        _Now.durable = self
        path = self._folder / DATABASE
        os.close(private.open_file(path, os.O_RDWR | os.O_CREAT))
        try:
            _check(path)
            DBOS(
                config={
                    "name": "chimpline",
                    "system_database_url": f"sqlite:///{path}",
                    "executor_id": EXECUTOR,
                    "application_version": self._version,
                    "serializer": DBOSPortableJSONSerializer(),
                    "log_level": "CRITICAL",
                    # There are no notifications to look for, so a look costs nothing; its thread
                    # sleeps that long before it sees that the engine ends.
                    "notification_listener_polling_interval_sec": 0.25,
                }
            )
            DBOS.launch()
        except Exception as error:
            with contextlib.suppress(Exception):
                DBOS.destroy()
            raise _unusable(path, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        """What is under way has no end from now on, and is taken up by the next."""
        DBOS.destroy()
        _Now.durable = None

    def submit(self, work_id: str, given: Plain) -> None:
        """Ask for a piece of work; the same id twice is one piece.

        Raises `UserError` where the database cannot be written; the engine would wait for ever.
        """
        self._check_writable()
        with SetWorkflowID(work_id):
            DBOS.start_workflow(_workflow, given)

    def cancel(self, work_ids: Sequence[str]) -> None:
        """Whatever comes of these pieces, it counts no more. Raises as `submit` does."""
        if work_ids:
            self._check_writable()
        for work_id in work_ids:
            DBOS.cancel_workflow(work_id)

    def asked(self, limit: int | None = None, *, under_way: bool = False) -> list[Asked]:
        """What was asked for, newest first. `under_way`: only what has no end yet."""
        status = list(_UNDER_WAY) if under_way else None
        found = DBOS.list_workflows(limit=limit, status=status, sort_desc=True)
        return [_asked(one) for one in found]

    def sweep(self) -> list[str]:
        """Begin again what nobody works on though it has no end: its id, where it was found twice.

        Such is left where the engine could not write for a while (a full disk, a locked file), or
        where another version of the workflow began it.
        """
        with self._lock:
            working = set(self._working)
        found = DBOS.list_workflows(status=list(_UNDER_WAY))
        foreign = [one.workflow_id for one in found if one.app_version != self._version]
        for work_id in foreign:
            DBOS.fork_workflow(work_id, 1, application_version=self._version)
            DBOS.cancel_workflow(work_id)
        idle = {
            one.workflow_id
            for one in found
            if one.status == "PENDING"
            and one.workflow_id not in working
            and one.workflow_id not in foreign
        }
        stranded = sorted(idle & self._missed)
        self._missed = idle - set(stranded)
        for work_id in stranded:
            DBOS.resume_workflow(work_id)
        return [*foreign, *stranded]

    def forget(self, keep: int) -> None:
        """Forget all but the newest pieces of work, of those that have ended."""
        old = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            sort_desc=True,
            offset=keep,
            limit=1000,
            load_input=False,
            load_output=False,
        )
        if old:
            DBOS.delete_workflows([one.workflow_id for one in old])

    def _check_writable(self) -> None:
        path = self._folder / DATABASE
        try:
            with _writing(path):
                pass
        except sqlite3.Error as error:
            raise _unusable(path, error) from error

    def do(self, work_id: str, given: Plain) -> Plain:
        with self._lock:
            self._working.add(work_id)
        try:
            return self._work(work_id, given)
        finally:
            with self._lock:
                self._working.discard(work_id)


@DBOS.workflow(name="run")
def _workflow(given: Plain) -> Plain:
    return _step(str(DBOS.workflow_id), given)


@DBOS.step(name="carry_out")
def _step(work_id: str, given: Plain) -> Plain:
    if _Now.durable is None:
        raise RuntimeError("the engine has ended")
    return _Now.durable.do(work_id, given)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A database that can be written now; nothing is."""
    with contextlib.closing(sqlite3.connect(path, timeout=LOCKED_FOR_S)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield database


def _check(path: Path) -> None:
    """Raise what is wrong with a database; the engine would wait half a minute to find out."""
    with _writing(path) as database:
        (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)


def _unusable(path: Path, error: Exception) -> UserError:
    why = str(getattr(error, "orig", None) or error).splitlines()[0]
    return UserError("engine-unusable", path=path, why=why)


def _asked(workflow: WorkflowStatus) -> Asked:
    given: Any = workflow.input
    result: Any = workflow.output if workflow.status == "SUCCESS" else None
    return Asked(workflow.workflow_id, workflow.status, given["args"][-1], result)
