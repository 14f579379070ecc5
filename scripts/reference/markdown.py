"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable


def code(name: str | None) -> str:
    return f"`{name}`" if name else ""


def codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end
