"""What stands in for `chimpline run` where its work does not matter: a lock, events, an end.

Its pipeline's name says how it behaves. It notes that it was begun, and stops at SIGTERM as a run
does.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from chimpline.errors import RunLocked
from chimpline.message import Message
from chimpline.model import RunState
from chimpline.runs.report.events import RunFinished, RunQueued, as_json
from chimpline.state.directory import StateDirectory

DATASET = "mailchimp"


def destination_of(pipeline: str) -> str:
    """Those whose names begin alike have one dataset."""
    return f"duckdb:////{pipeline.partition('-')[0]}.duckdb"


def main(state_dir: str, pipeline: str, run_id: str, task: str) -> int:
    state = StateDirectory(Path(state_dir))
    with (state.path / "begun").open("a") as file:
        file.write(f"{run_id} {os.getpid()}\n")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    if pipeline.endswith("dumb"):
        return 1
    if pipeline.endswith("refused"):
        say(as_json(finished("", RunState.FAILED, 2, "No key is given.")))
        return 2
    if task == "compare":
        return compared(state, stopped)
    try:
        return ran(state, pipeline, run_id, stopped)
    except RunLocked:
        say(as_json(finished("", RunState.FAILED, 2, "Held.")))
        return 2


def compared(state: StateDirectory, stopped: threading.Event) -> int:
    if not goes_on(state, stopped):
        return 1
    say({"event": "reconcile_finished", "exit": 1, "losses": 3})
    return 1


def ran(state: StateDirectory, pipeline: str, run_id: str, stopped: threading.Event) -> int:
    with (
        state.lock(destination_of(pipeline), DATASET, run_id, pipeline),
        state.event_file(run_id) as file,
    ):
        queued = RunQueued(
            at=dt.datetime.now(dt.UTC),
            run_id=run_id,
            pipeline=pipeline,
            destination=destination_of(pipeline),
            dataset=DATASET,
            schema_version="1",
            chimpline_version="1",
        )
        file.write(as_json(queued))
        if pipeline.endswith("long") and not goes_on(state, stopped):
            file.write(as_json(finished(run_id, RunState.CANCELLED, 1)))
            return 1
        file.write(as_json(finished(run_id, RunState.SUCCEEDED, 0)))
    return 0


def goes_on(state: StateDirectory, stopped: threading.Event) -> bool:
    """Until it is let go; False: until it is stopped."""
    while not (state.path / "go").exists():
        if stopped.wait(0.02):
            return False
    return True


def say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


def finished(run_id: str, state: RunState, status: int, message: str = "") -> RunFinished:
    return RunFinished(
        at=dt.datetime.now(dt.UTC),
        run_id=run_id,
        state=state,
        exit=status,
        requests=1,
        rows_changed=2,
        seconds=0.1,
        tables={},
        said=Message.of("stored-sentence", sentence=message) if message else None,
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
