"""Every collection of the account, one file each; a further one is a further file."""

from __future__ import annotations

import importlib
import pkgutil

from chimpline.sandbox.registry import Collection


def _all() -> dict[str, Collection]:
    """By name, as the files are sorted; what each of them calls `COLLECTION`."""
    found: dict[str, Collection] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        stated: Collection = importlib.import_module(f"{__name__}.{module.name}").COLLECTION
        found[stated.name] = stated
    return found


COLLECTIONS = _all()
TABLES = {name: one for name, one in COLLECTIONS.items() if one.table}
"""Those that chimpline copies."""


def descendants(name: str) -> set[str]:
    """The tables whose path goes through a record of this one, at any depth."""
    record = f"{TABLES[name].path}/{{"
    return {other.name for other in TABLES.values() if other.path.startswith(record)}
