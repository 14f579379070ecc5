"""`fields` and `exclude_fields`: dotted from the root of the answer, with the collection's key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Tree = dict[str, Any]


def tree_of(names: Iterable[str]) -> Tree:
    """`a.b` and `a.c` as {a: {b: {}, c: {}}}; an empty dict means: the whole of it."""
    root: Tree = {}
    whole: set[int] = set()
    for name in names:
        node = root
        for part in name.split("."):
            if id(node) in whole:
                break
            node = node.setdefault(part, {})
        else:
            node.clear()
            whole.add(id(node))
    return root


def keep(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [keep(item, tree) for item in value]
    if isinstance(value, dict):
        return {key: keep(value[key], inner) for key, inner in tree.items() if key in value}
    return value


def drop(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [drop(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: drop(inner, tree[key]) if key in tree else inner
        for key, inner in value.items()
        if key not in tree or tree[key]
    }
