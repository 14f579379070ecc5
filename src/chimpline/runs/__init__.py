"""Runs: the one place where reading meets writing. Loaded when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chimpline.runs.discovery import discover
    from chimpline.runs.dry_run import estimate
    from chimpline.runs.info import catalog_tables, ledger
    from chimpline.runs.job import run
    from chimpline.runs.reconciling import reconcile

__all__ = ["catalog_tables", "discover", "estimate", "ledger", "reconcile", "run"]

_HOMES = {
    "catalog_tables": "info",
    "discover": "discovery",
    "estimate": "dry_run",
    "ledger": "info",
    "reconcile": "reconciling",
    "run": "job",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: pyarrow and aiohttp cost more than `chimpline --help` should."""
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"chimpline.runs.{_HOMES[name]}"), name)
