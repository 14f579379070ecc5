"""Ctrl-C once: end cleanly, keeping what is whole. Twice: at once, which is safe as well.

SIGTERM counts as the first Ctrl-C. The run works in a thread of its own, so that the signal is
heard while a driver below is busy.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar

from chimpline.interfaces.cli.screen.fold import fold, terminal_width
from chimpline.interfaces.cli.session import in_words, warn
from chimpline.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

T = TypeVar("T")
STOPPED = 1
_SHOW_CURSOR = "\x1b[?25h"
_LOOK_AT_SIGNALS_EVERY_S = 0.2


class Interrupts:
    """While entered, signals set `cancelled` instead of breaking off."""

    def __init__(self, last_words: Callable[[], None] = lambda: None) -> None:
        """`last_words`: done before the process ends at once, to tell of it later."""
        self._last_words = last_words
        self.cancelled = threading.Event()
        self._stopping = in_words(Message("stopping"))  # looked up before a signal comes
        self._stopped = in_words(Message("stopped-at-once"))
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        if not self.cancelled.is_set():
            self.cancelled.set()
            _tell(self._stopping)
            return
        cursor = _SHOW_CURSOR if sys.stderr.isatty() else ""
        _tell(f"{cursor}{self._stopped}")
        try:
            self._last_words()
        finally:  # whatever became of them
            os._exit(STOPPED)

    def run(self, work: Callable[[], T]) -> T:
        """Do `work` in a thread, hear signals meanwhile, and give back what it gave."""
        results: list[T] = []
        errors: list[BaseException] = []

        def do() -> None:
            try:
                results.append(work())
            except BaseException as error:  # noqa: BLE001  (raised again by the caller's thread)
                errors.append(error)

        thread = threading.Thread(target=do, name="run", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(_LOOK_AT_SIGNALS_EVERY_S)
        if errors:
            raise errors[0]
        return results[0]


def _tell(text: str) -> None:
    """One line on standard error, past its buffer: a signal may come while that is written to."""
    try:
        descriptor = sys.stderr.fileno()
    except (OSError, ValueError):  # not a file, as in a test
        warn(text)
    else:
        told = "\n".join(fold(text, terminal_width(sys.stderr)))
        with contextlib.suppress(OSError):  # nobody is there to be told
            os.write(descriptor, f"{told}\n".encode())
