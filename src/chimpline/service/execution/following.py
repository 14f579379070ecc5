"""The events of a run as they come, each once: a file that grows is read on from where it was."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from chimpline import private
from chimpline.errors import SettingsError
from chimpline.state.directory import StateDirectory


class Following:
    """`new` gives what was written since it was last asked, with the number of its line."""

    def __init__(self, state: StateDirectory, run_id: str, after: int = -1) -> None:
        """`after`: the number of the last line that whoever follows has."""
        self._path: Path = state.events_path(run_id)
        self._after = after
        self._offset = 0
        self._number = 0

    def new(self) -> list[tuple[int, dict[str, Any]]]:
        found = []
        with contextlib.suppress(OSError, SettingsError):
            descriptor = private.open_file(self._path, os.O_RDONLY)
            with os.fdopen(descriptor, "rb") as file:
                file.seek(self._offset)
                for line in file:
                    if not line.endswith(b"\n"):  # it is being written
                        break
                    self._offset += len(line)
                    number, self._number = self._number, self._number + 1
                    if number <= self._after:
                        continue
                    with contextlib.suppress(ValueError, RecursionError):
                        told = json.loads(line.decode("utf-8", "replace"))
                        if isinstance(told, dict):
                            found.append((number, told))
        return found
