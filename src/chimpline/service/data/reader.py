"""The process that reads, `python -m chimpline.service.data.reader SCHEME`.

It loads what reads URLs of this scheme, and waits a minute for what there is to do; then it ends.

On standard input one JSON object: `url`, `dataset`, `secrets`, `trusted`, `limits` and `questions`,
or `make_reader` (a password) in their place. On standard output one: `answers`, or the `problem`.
With a `sheet`, the path of a file, the rows of the first answer are written there as CSV.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import resource
import select
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chimpline.errors import ChimplineError, DestinationLocked
from chimpline.load import registry
from chimpline.load.reading import Answer, Limits, Question
from chimpline.service.data.sheet import csv_of

READY_FOR_S = 60.0
MEGABYTE = 1024 * 1024
BESIDE_MB = 1200
"""Of addresses, for what is no data: libraries, and stacks of threads."""


def main(scheme: str) -> None:
    registry.kind_of(f"{scheme}:").get_ready()
    if not select.select([sys.stdin], [], [], READY_FOR_S)[0]:
        return
    text = sys.stdin.read()
    if not text:  # whoever started it has ended
        return
    asked = json.loads(text)
    limits = Limits(**asked["limits"])
    _bound(limits)
    try:
        told = _told(asked, limits)
    except DestinationLocked as error:
        told = {"held": True, "problem": error.problem.to_json()}
    except ChimplineError as error:
        told = {"problem": error.problem.to_json()}
    json.dump(told, sys.stdout)


def _bound(limits: Limits) -> None:
    """What ends this process when nobody is left to end it, and what it may take."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: whoever started us ends us
    signal.alarm(round(limits.seconds) + 2)
    most = (limits.memory_mb + BESIDE_MB) * MEGABYTE
    with contextlib.suppress(ValueError, OSError):  # not every system has them all
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.spill_mb * MEGABYTE,) * 2)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _told(asked: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    kind, place = registry.place_of(asked["url"], asked["dataset"], asked["secrets"])
    if "make_reader" in asked:
        kind.make_reader(place, asked["make_reader"])
        return {"answers": []}
    reader = kind.reader(place, limits, trusted=asked["trusted"])
    with contextlib.closing(reader):
        answers = [
            reader.answer(Question(one["sql"], tuple(one["values"]))) for one in asked["questions"]
        ]
    if "sheet" in asked:
        (answer,) = answers
        with Path(asked["sheet"]).open("x", encoding="utf-8", newline="") as file:
            file.writelines(csv_of(answer))
        return {"count": len(answer.rows), "more": answer.more}
    return {"answers": [_as_json(answer) for answer in answers]}


def _as_json(answer: Answer) -> dict[str, Any]:
    return {
        "columns": [dataclasses.astuple(column) for column in answer.columns],
        "rows": answer.rows,
        "more": answer.more,
    }


if __name__ == "__main__":
    main(sys.argv[1])
