"""Destinations: Arrow batches in, one transaction a commit, and a ledger of what was proven.

`contract` says what each of them promises, `registry` what kinds there are. A driver is loaded only
when a destination of its kind is opened, so that importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.load.registry import place_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from chimpline.load.contract import Destination

__all__ = ["check_writable", "open_destination"]


def open_destination(
    url: str, dataset: str, *, read_only: bool = False, secrets: Mapping[str, str] | None = None
) -> Destination:
    """Open `dataset` at `url`, and create what is missing.

    With `read_only` nothing is created or changed, and what is missing reads as empty. `secrets`:
    those of the destination's kind, by the names of their settings.
    """
    kind, place = place_of(url, dataset, secrets or {})
    return kind.open(place, read_only=read_only)


def check_writable(
    url: str, dataset: str, tables: Collection[str], *, secrets: Mapping[str, str] | None = None
) -> None:
    """Raise the `DestinationError` that a run on these tables would meet at its start.

    Nothing is written to find out.
    """
    kind, place = place_of(url, dataset, secrets or {})
    kind.check_writable(place, tables)
