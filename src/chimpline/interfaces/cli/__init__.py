"""The command line: thin, and quick to start; whatever loads slowly is imported by its command."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chimpline.interfaces.cli.session import Session

__all__ = ["main"]

STOPPED = 1


def main(argv: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Run one command; its exit status (`entry`).

    Ctrl-C ends it without a traceback wherever it comes: while modules are imported, while another
    Ctrl-C is being told of, while the interpreter ends.
    """
    if session is not None:  # a test, in a process that goes on
        from chimpline.interfaces.cli import entry

        return entry.main(argv, session)
    status = STOPPED
    try:
        from chimpline.interfaces.cli import entry
        from chimpline.interfaces.cli.screen import logs, streams

        streams.prepare()
        logs.redact_what_others_print()
        status = entry.main(argv)
        signal.signal(signal.SIGINT, lambda *_: os._exit(status))
        streams.drop_unwritable()
    except KeyboardInterrupt:
        os._exit(STOPPED)
    return status
