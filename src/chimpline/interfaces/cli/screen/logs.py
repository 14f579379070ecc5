"""Logs: on standard error, one line each, without secrets; silent below a warning unless asked.

What others print goes the same way: libraries that log, warnings, and what the interpreter and
asyncio say of an error that nobody took ("Task exception was never retrieved").
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from typing import TYPE_CHECKING

from chimpline.interfaces.cli.session import warn
from chimpline.redact import shown

if TYPE_CHECKING:
    from types import TracebackType

    from structlog.typing import EventDict, Processor, WrappedLogger

_VERBOSE = "chimpline -v"

_OURS = logging.getLogger("chimpline")


def redacted(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor: no text of a log line keeps a secret or commands a terminal."""
    return {
        key: value if isinstance(value, int | float | bool | None) else shown(str(value))
        for key, value in event.items()
    }


def configure_logs(*, verbose: bool) -> None:
    """Once for each command: chimpline's own records, with `verbose`; libraries log warnings."""
    import structlog

    _HANDLER.verbose = verbose
    ours = logging.getLogger("chimpline")
    for before in [one for one in ours.handlers if one.get_name() == _VERBOSE]:
        ours.removeHandler(before)
    ours.setLevel(logging.DEBUG if verbose else logging.WARNING)
    if verbose:
        stamped: list[Processor] = [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ]
        handler = logging.StreamHandler(sys.stderr)
        handler.set_name(_VERBOSE)
        handler.addFilter(lambda record: record.levelno < logging.WARNING)
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=stamped,
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    redacted,
                    structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
                ],
            )
        )
        ours.addHandler(handler)

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


def redact_what_others_print() -> None:
    """For the rest of the process: no way to standard error passes `warn` by."""
    if _HANDLER not in logging.getLogger().handlers:
        logging.getLogger().addHandler(_HANDLER)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    sys.unraisablehook = _ignored
    threading.excepthook = _ended_a_thread


class OneLine(logging.Handler):
    """Tells a record by `warn`, in one line; its traceback where `verbose` asks for it."""

    verbose = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            lines = record.getMessage().splitlines() or [""]
            text = "\n".join(lines) if self.verbose else lines[0]
            if record.exc_info and record.exc_info[1] is not None:
                text += f" {_named(record.exc_info[1])}"
                if self.verbose:
                    text += "\n" + "".join(traceback.format_exception(record.exc_info[1]))
            warn(f"{record.levelname.capitalize()} ({record.name}): {text.strip()}")
        except Exception:  # noqa: BLE001 -- what logs must not end what it tells of
            warn("A line of the log could not be written.")


_HANDLER = OneLine(logging.WARNING)


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    del kind, trace
    _OURS.error("Nobody took an error.", exc_info=error)


def _ended_a_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None and not isinstance(arguments.exc_value, SystemExit):
        name = arguments.thread.name if arguments.thread else "?"
        _OURS.error("The thread %s ended with an error.", name, exc_info=arguments.exc_value)


def _ignored(arguments: sys.UnraisableHookArgs) -> None:
    if arguments.exc_value is not None and _HANDLER.verbose:
        message = arguments.err_msg or "Ignored"
        _OURS.warning("%s: %r", message, arguments.object, exc_info=arguments.exc_value)
