"""Which path is answered by what."""

from __future__ import annotations

from urllib.parse import unquote

from chimpline.sandbox.answers.answer import Record
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Route, Variables
from chimpline.sandbox.tables import COLLECTIONS


def ping(_account: Account, _variables: Variables, _query: Query) -> Record:
    return Record({"health_status": "Everything's Chimpy!"})


SINGLES: dict[str, Route] = {"/ping": ping}
"""What belongs to no list."""
ROUTES: dict[str, Route] = SINGLES | {
    template: route
    for collection in COLLECTIONS.values()
    for template, route in collection.routes.items()
}


def _by_length() -> dict[int, list[tuple[str, tuple[str, ...], Route]]]:
    table: dict[int, list[tuple[str, tuple[str, ...], Route]]] = {}
    for template, route in ROUTES.items():
        parts = tuple(part for part in template.split("/") if part)
        table.setdefault(len(parts), []).append((template, parts, route))
    return table


_TABLE = _by_length()


def resolve(path: str) -> tuple[str, Variables, Route] | None:
    """The template that the (still percent-encoded) path fits, its variables, and the route."""
    given = [part for part in path.split("/") if part]
    for template, parts, route in _TABLE.get(len(given), ()):
        variables: Variables = {}
        for part, value in zip(parts, given, strict=True):
            if part.startswith("{"):
                variables[part[1:-1]] = unquote(value)
            elif part != value:
                break
        else:
            return template, variables, route
    return None
