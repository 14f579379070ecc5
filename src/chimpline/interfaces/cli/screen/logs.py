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

if TYPE_CHECKING:
    from types import TracebackType

_VERBOSE = "chimpline -v"

_OURS = logging.getLogger("chimpline")


def configure_logs(*, verbose: bool) -> None:
    """Once for each command: chimpline's own records, with `verbose`; libraries log warnings."""
    _HANDLER.verbose = verbose
    for before in [one for one in _OURS.handlers if one.get_name() == _VERBOSE]:
        _OURS.removeHandler(before)
    _OURS.setLevel(logging.DEBUG if verbose else logging.WARNING)
    if verbose:
        _OURS.addHandler(_below_warnings())


def _below_warnings() -> OneLine:
    import structlog

    handler = OneLine()
    handler.set_name(_VERBOSE)
    handler.addFilter(lambda record: record.levelno < logging.WARNING)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
            ],
        )
    )
    return handler


def redact_what_others_print() -> None:
    """For the rest of the process: no way to standard error passes `warn` by."""
    if _HANDLER not in logging.getLogger().handlers:
        logging.getLogger().addHandler(_HANDLER)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    sys.unraisablehook = _ignored
    threading.excepthook = _ended_a_thread


class OneLine(logging.Handler):
    """Tells a record by `warn`, in one line; its traceback where `verbose` asks for it.

    So a line has no secret, commands no terminal and is folded there between words.
    """

    verbose = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            warn(self.format(record))
        except Exception:  # noqa: BLE001 -- what logs must not end what it tells of
            warn("A line of the log could not be written.")

    def format(self, record: logging.LogRecord) -> str:
        if self.formatter is not None:
            return super().format(record)
        lines = record.getMessage().splitlines() or [""]
        text = "\n".join(lines) if self.verbose else lines[0]
        if record.exc_info and record.exc_info[1] is not None:
            text += f" {_named(record.exc_info[1])}"
            if self.verbose:
                text += "\n" + "".join(traceback.format_exception(record.exc_info[1]))
        return f"{record.levelname.capitalize()} ({record.name}): {text.strip()}"


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
