"""Where files may lie whose place somebody names who need not be allowed to write anywhere.

Whoever administers the console is not thereby the user who runs it. A file named there is one of a
destination, and lies below `data_dir`: not over a start-up script, not among what chimpline keeps.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from chimpline.errors import SettingsError
from chimpline.load import registry

if TYPE_CHECKING:
    from pathlib import Path

    from chimpline.service.settings.request import Configuration


def check_place(configuration: Configuration, url: str) -> None:
    """Raise `SettingsError` for a destination that the console and the API may not make.

    `url` is absolute. Links are followed as far as they are there.
    """
    kind = registry.kind_of(url)
    file = kind.file(url)
    if file is None:
        return
    below = configuration.data_dir.resolve()
    try:
        place = file.resolve()
        inside = place.relative_to(below)
    except (ValueError, OSError, RuntimeError):  # also a name with a NUL, a ring of links
        raise SettingsError(
            "destination-outside-data-dir", file=_shown(file), data_dir=below
        ) from None
    if any(part.startswith(".") for part in inside.parts) or place.is_relative_to(
        configuration.state_dir.resolve()
    ):
        raise SettingsError("destination-hidden", file=_shown(file))
    if not any(fnmatchcase(place.name, pattern) for pattern in kind.files[:1]):
        raise SettingsError(
            "destination-file-name", file=_shown(file), pattern=kind.files[0].removeprefix("*")
        )


def _shown(file: Path) -> str:
    return str(file).replace("\0", "?")
