"""Logs: on standard error, one line each, without secrets; silent below a warning unless asked."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from chimpline.redact import shown

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger


def redacted(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor: no text of a log line keeps a secret or commands a terminal."""
    return {
        key: value if isinstance(value, int | float | bool | None) else shown(str(value))
        for key, value in event.items()
    }


def configure_logs(*, verbose: bool) -> None:
    """Once for each command; libraries below log through the same stream at warnings only."""
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redacted,
            structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if verbose else logging.WARNING
        ),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
