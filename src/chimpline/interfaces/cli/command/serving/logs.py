"""What `chimpline serve` does, on standard error: one line an event, for people or as JSON.

    2026-11-27T12:00:00Z [info] run ended pipeline=daily run_id=5a3c state=succeeded
    {"event": "run ended", "level": "info", "logger": ..., "timestamp": ..., "pipeline": "daily"}

Nothing of a member, no address and no secret is in any of them. Whoever starts it keeps the lines:
systemd in its journal, Docker in its logs.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from chimpline.interfaces.cli.screen.streams import drop_unwritable
from chimpline.redact import shown

LIBRARIES = logging.WARNING
"""What libraries say below this is left out."""


class Line(logging.Handler):
    """Writes a record in one line, unfolded: a program may read it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = " ".join(self.format(record).split("\n"))
        except Exception as error:  # noqa: BLE001  (what logs must not end what it tells of)
            line = f"A line of the log could not be written: {type(error).__name__}."
        try:
            print(shown(line), file=sys.stderr, flush=True)  # noqa: T201
        except OSError:
            drop_unwritable()


def configure(*, as_json: bool) -> None:
    """For the rest of the process, in place of how commands log."""
    line = Line()
    line.setFormatter(_formatter(as_json=as_json))
    root, ours = logging.getLogger(), logging.getLogger("chimpline")
    for logger in (root, ours):
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
    root.addHandler(line)
    root.setLevel(LIBRARIES)
    ours.setLevel(logging.INFO)


def _formatter(*, as_json: bool) -> logging.Formatter:
    common: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        common.append(structlog.stdlib.add_logger_name)
        rendered += [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        rendered.append(
            structlog.dev.ConsoleRenderer(
                colors=False,
                pad_event_to=0,
                pad_level=False,
                exception_formatter=structlog.dev.plain_traceback,
            )
        )
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=common, processors=rendered)
