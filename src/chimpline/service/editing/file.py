"""The settings file as several editors see it: a version to begin from, and all or nothing.

The version is a hash of the file's whole text. Whoever saves names the version that they began
with, and where the file has another one by now, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimpline.errors import SettingsError
from chimpline.service.desk import Desk
from chimpline.service.settings.edit import check_version, edit_file, version_of
from chimpline.service.settings.request import Configuration
from chimpline.service.settings.sources import values_of


class SettingsFile:
    """`desk` says which file it is, and what its text would mean."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @property
    def path(self) -> Path:
        return self.desk.settings_file

    def text(self) -> str | None:
        """The text as it is now, right or wrong; None where there is no file."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "UTF-8"
            raise SettingsError("settings-unreadable", path=self.path, why=why) from None

    def version(self) -> str:
        return version_of(self.text())

    def check(self, version: str | None) -> None:
        """Raises `SettingsChanged` where it is not the one of `version` now; None: any is right."""
        if version is not None:
            check_version(self.text(), version)

    def sound(self) -> str:
        """The text, once it is known to be TOML; raises `SettingsError` where somebody broke it."""
        text = self.text() or ""
        values_of(text, self.path.name)
        return text

    def change(
        self,
        change: Callable[[str], str],
        check: Callable[[Configuration], object],
        version: str | None = None,
    ) -> str:
        """Replace the text by what `change` makes of it; the new version.

        `check` raises where the settings would not be right then; that they are valid as a whole is
        checked here. Raises `SettingsChanged` where the file is not the one of `version` (None:
        whichever it is), `SettingsError` where it cannot be written.
        """
        written = ""

        def changed(text: str | None) -> str:
            nonlocal written
            values_of(text or "", self.path.name)  # somebody may have broken it by hand
            written = change(text or "")
            candidate = self.desk.configured_by(written)
            candidate.settings()
            check(candidate)
            return written

        edit_file(self.path, self.desk.state.path, changed, version)
        return version_of(written)
