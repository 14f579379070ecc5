"""What the interfaces ask of destinations, whatever their kinds; no driver is loaded for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.load import registry

if TYPE_CHECKING:
    from collections.abc import Sequence


def url_forms() -> str:
    """The URLs there are, in short: `duckdb:///FILE or postgresql://USER@HOST/DB`."""
    return registry.listed([kind.short for kind in registry.kinds()])


def files() -> list[str]:
    """Patterns of the files that destinations make beside the settings file."""
    return [pattern for kind in registry.kinds() for pattern in kind.files]


def look(url: str, dataset: str, table: str) -> Sequence[str]:
    """The words of a command that shows the rows of a table; empty where there is none."""
    return registry.kind_of(url).look(url, dataset, table)
