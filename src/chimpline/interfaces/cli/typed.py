"""What a person types, or a pipe brings, while something else may happen at the same time."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chimpline.errors import ChimplineError, UserError
from chimpline.interfaces.cli.session import in_words
from chimpline.message import Message
from chimpline.redact import shown


def by_option(option: str) -> Message:
    """That something can be given with this option, instead of being asked for."""
    return Message.of("give-by-option", option=option)


class Typed:
    """Standard input, line by line. Prompts go to standard error; secrets are not shown."""

    def __init__(self) -> None:
        self.interactive = sys.stdin.isatty() and sys.stderr.isatty()
        self._read = b""
        self._ended = False

    def ask(
        self,
        label: str,
        default: str = "",
        *,
        otherwise: Message,
        hidden: bool = False,
        check: Callable[[str], None] = lambda _: None,
    ) -> str:
        """Ask until `check` is content; nothing typed means the default.

        `otherwise` says how to give it without being asked (`by_option`, for one).
        """
        what = label.removesuffix(" (not shown)")
        while True:
            with self.prompting(f"{label}{f' [{default}]' if default else ''}: ", hidden=hidden):
                answer = self.line(what, otherwise=otherwise).strip()
            try:
                check(answer)
            except ChimplineError as error:
                self.tell(in_words(error.problem))
                continue
            return answer

    def line(self, what: str | Message, *, otherwise: Message) -> str:
        """The next line; `UserError` where there is none, which names what was wanted."""
        while (found := self.poll(None, what, otherwise=otherwise)) is None:
            pass
        return found

    def poll(self, seconds: float | None, what: str | Message, *, otherwise: Message) -> str | None:
        """The next line, if it comes within so many seconds."""
        while b"\n" not in self._read and not self._ended:
            if not select.select([sys.stdin], [], [], seconds)[0]:
                return None
            some = os.read(sys.stdin.fileno(), 65536)
            self._read += some
            self._ended = not some
        if not self._read:
            raise UserError("input-ended", what=what, otherwise=otherwise)
        line, _, self._read = self._read.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")

    @contextmanager
    def prompting(self, prompt: str, *, hidden: bool = False) -> Iterator[None]:
        """Show a prompt; what is typed until the end of the block is shown or not."""
        if not self.interactive:
            yield
            return
        if not hidden:
            self._write(prompt)
            try:
                yield
            except KeyboardInterrupt:
                self.tell("")  # what comes next gets a line of its own
                raise
            return
        import termios

        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        silent = list(before)
        silent[3] = before[3] & ~termios.ECHO
        termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
        try:
            self._write(prompt)  # only now, so that nothing typed at once is shown
            yield
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
            self.tell("")

    def tell(self, said: str | Message) -> None:
        self._write(in_words(said) + "\n")

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(shown(text))
        sys.stderr.flush()
