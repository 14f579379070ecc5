"""Whether a run could write to a destination: tried in a process of its own.

Drivers take memory that `chimpline serve` would never give back, and who has a DuckDB file open has
it alone: a process that ends lets go of it.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from chimpline.errors import UserError
from chimpline.load import registry
from chimpline.message import Problem
from chimpline.redact import redact
from chimpline.service.desk import Desk

TRIED_WITHIN_S = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Tried:
    """One dataset of a destination. `reached`: whether the database could be opened at all.

    `account`: whose copy the dataset holds. `problem`: why a run could not write there.
    """

    url: str
    dataset: str
    reached: bool
    writable: bool
    account: str | None = None
    problem: Problem | None = None


def try_destination(desk: Desk, name: str) -> Sequence[Tried]:
    """Ask the database whether a run could write there; nothing is written.

    Raises `UserError` where a run has the file meanwhile, or the test itself did not work.
    """
    configuration = desk.configuration()
    url = configuration.destination(name).url
    if registry.kind_of(url).alone:
        for run in desk.live():
            if run.pipeline in desk.pipeline_names() and desk.place(run.pipeline)[0] == url:
                raise UserError("destination-held", name=name, holder=run.run_id)
    file = configuration.settings_file
    command = [
        *(sys.executable, "-m", "chimpline", "check", "--destination", name, "--json"),
        *("--state-dir", str(desk.state.path)),
        *(["--settings", str(file)] if file else []),
    ]
    try:
        done = subprocess.run(  # noqa: S603  (our own command, no shell)
            command,
            env=dict(desk.environ),
            cwd=desk.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TRIED_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UserError("destination-test-too-long", name=name, seconds=TRIED_WITHIN_S) from None
    found = [_tried(json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]
    if not found:
        why = redact(" ".join(done.stderr.split()))[:1000]
        raise UserError("destination-test-failed", name=name, why=why)
    return found


def _tried(told: dict[str, Any]) -> Tried:
    problem = told.get("problem")
    return Tried(
        url=redact(told["url"]),
        dataset=told["dataset"],
        reached=told["reached"],
        writable=told["writable"],
        account=told["account_name"] or told["account_id"],
        problem=Problem.from_json(problem) if problem else None,
    )
