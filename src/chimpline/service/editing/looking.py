"""Looking at an account while `serve` goes on: in a process of its own, and beside the pages.

What was found and differs from what is kept waits here until somebody accepts it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimpline.errors import ChimplineError
from chimpline.message import Message, Problem
from chimpline.service.discovery import (
    Change,
    accept_in,
    as_document,
    differences,
    from_document,
    stored_in,
)
from chimpline.service.editing.apart import apart
from chimpline.service.engine import Engine, load_engine

if TYPE_CHECKING:
    from chimpline.runs.asking.found import Discovery
    from chimpline.service.connection.connections import Connections
    from chimpline.service.desk import Desk

WITHIN_S = 1800.0
"""One page of each table, and the merge fields of each audience: minutes on a large account."""


def look(
    connections: Connections,
    name: str,
    *,
    environ: Mapping[str, str],
    engine: Engine,
    notice: Callable[[Message], None],
    told: Callable[[Message], None] | None = None,
    ask: Callable[[str], str] | None = None,
    api_root: str | None = None,
) -> Discovery:
    """Look at the account of a connection, whatever pipelines it has.

    `told`: what one should know while it goes on; else as `notice`.
    """
    from chimpline.service.connection.remembered import note_address
    from chimpline.service.prepared import prepare

    configuration = connections.configuration
    pipelines = [
        *connections.definitions.pipelines_of(name),
        *configuration.sources.names("pipelines"),
        None,
    ]
    chosen = configuration.choose(pipelines[0], {"connection": name, "api_root": api_root})
    prepared = prepare(
        configuration,
        chosen,
        environ=environ,
        connections=lambda: connections,
        notice=notice,
        ask=ask,
        all_tables=True,
    )
    found = engine.discover(prepared.request, prepared.services, notice=told or notice)
    note_address(prepared.request)
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """A look at an account; while it goes on, neither `found` nor `problem` is there.

    `changes`: what differs from what is kept. `first`: there was nothing to compare with.
    """

    began_at: dt.datetime
    found: Discovery | None = None
    changes: Sequence[Change] = ()
    problem: Problem | None = None
    first: bool = False

    @property
    def goes_on(self) -> bool:
        return self.found is None and self.problem is None


class Looks:
    """The last look at each connection since `serve` began; one at a time for each.

    `work`: what looks, in a process of its own.
    """

    def __init__(self, desk: Desk, work: Callable[..., dict[str, Any]] | None = None) -> None:
        self._desk = desk
        self._work = work or _in_a_process
        self._looks: dict[str, Look] = {}
        self._lock = threading.Lock()

    def of(self, name: str) -> Look | None:
        with self._lock:
            return self._looks.get(name)

    def begin(self, name: str) -> threading.Thread | None:
        """Look again; None where a look goes on already."""
        with self._lock:
            last = self._looks.get(name)
            if last is not None and last.goes_on:
                return None
            self._looks[name] = Look(self._desk.clock())
        thread = threading.Thread(target=self._whole, args=(name,), name="look", daemon=True)
        thread.start()
        return thread

    def kept(self, name: str) -> Discovery | None:
        """The last accepted discovery."""
        return stored_in(self._desk.database(), name)

    def accept(self, name: str) -> None:
        """Let what was found be what later looks are compared with."""
        last = self.of(name)
        if last is not None and last.found is not None:
            accept_in(self._desk.database(), name, last.found)
            self._put(name, None)

    def _whole(self, name: str) -> None:
        desk = self._desk
        began = desk.clock()
        try:
            settings = desk.settings_file if desk.configuration().settings_file else None
            document = self._work(dict(desk.environ), desk.cwd, settings, desk.state.path, name)
            found, before = from_document(document), self.kept(name)
            changes = [] if before is None else differences(before, found)
            if before is None or not changes:
                accept_in(desk.database(), name, found)
            self._put(name, Look(began, found, changes, first=before is None))
        except ChimplineError as error:
            self._put(name, Look(began, problem=error.problem))
        except Exception:
            broken = Problem(Message("work-stopped"), Message("kept-nothing-changed"))
            self._put(name, Look(began, problem=broken))
            raise

    def _put(self, name: str, look: Look | None) -> None:
        with self._lock:
            if look is None:
                self._looks.pop(name, None)
            else:
                self._looks[name] = look


def _in_a_process(*args: Any) -> dict[str, Any]:
    return apart(WITHIN_S, looked_at, *args)


def looked_at(
    environ: Mapping[str, str], cwd: Path, settings: Path | None, state_dir: Path, name: str
) -> dict[str, Any]:
    """What is found of an account, as JSON; for a process of its own."""
    from chimpline.service.connection.connections import Connections

    opened = Connections(environ, cwd, settings=settings, state_dir=state_dir)
    with contextlib.closing(opened):
        found = look(opened, name, environ=environ, engine=load_engine(), notice=lambda _: None)
    return as_document(found)
