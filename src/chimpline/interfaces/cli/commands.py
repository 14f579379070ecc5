"""What a person can type next and have it work: by the name that the shell knows, or by a path."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chimpline.interfaces.cli.screen.fold import columns_of, terminal_width
from chimpline.interfaces.cli.session import say

if TYPE_CHECKING:
    from collections.abc import Sequence

INDENT = "    "
_WORD = re.compile(r"(?:[^\s'\"]|'[^']*'|\"[^\"]*\")+")
"""One word as a shell reads it: spaces inside quotes belong to it."""


def show_command(command: str) -> None:
    """Print a command on lines of its own, so that it can be copied as a whole."""
    for line in command_lines(command, terminal_width(sys.stdout)):
        say(line)


def command_lines(command: str, width: int | None) -> list[str]:
    """The lines of a command; where they are several, the shell still reads them as one command."""
    if width is None or columns_of(INDENT + command) <= width:
        return [INDENT + command]
    lines = [""]
    for word in _WORD.findall(command):
        joined = f"{lines[-1]} {word}" if lines[-1] else INDENT + word
        if lines[-1] and columns_of(joined) > width - 2:
            lines[-1] += " \\"
            lines.append(f"{INDENT}  {word}")
        else:
            lines[-1] = joined
    return lines


def this_command() -> str:
    """How this `chimpline` is typed here; its directory need not be on the PATH."""
    started = Path(sys.argv[0])
    found = shutil.which("chimpline")
    if started.name != "chimpline" or (found and started.exists() and started.samefile(found)):
        return "chimpline"
    return _shown(started)


def command_of(words: Sequence[str]) -> str:
    """The line that a shell reads as these words; a program named by its path is shown as here."""
    if not words:
        return ""
    program, *rest = words
    first = _shown(Path(program)) if Path(program).is_absolute() else shlex.quote(program)
    return " ".join([first, *map(shlex.quote, rest)])


def _shown(path: Path) -> str:
    """Relative where it lies below this directory, which is shorter and can be typed as well."""
    below = _below(path)
    if below is None:
        return shlex.quote(os.path.abspath(path))  # noqa: PTH100 - a link is typed as it is named
    return shlex.quote(str(below) if len(below.parts) > 1 else f"./{below}")


def _below(path: Path) -> Path | None:
    """Where a file lies below this directory; None where it lies elsewhere."""
    whole, here = Path(os.path.abspath(path)), Path.cwd()  # noqa: PTH100
    return whole.relative_to(here) if whole.is_relative_to(here) else None
