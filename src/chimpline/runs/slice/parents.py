"""What hangs below a parent that is no longer listed: buried once the parent answers 404, too."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from chimpline.catalog.row import Changed, Events
from chimpline.catalog.table import Table
from chimpline.catalog.tables import descendants
from chimpline.errors import SliceError
from chimpline.extract.audience_view import view_name
from chimpline.extract.decode.oddities import STANDS_IN
from chimpline.extract.plan import Row
from chimpline.load.contract import Forget
from chimpline.model import Deletes, Scope, parent_key
from chimpline.runs.context import Context
from chimpline.runs.work.writer import Part


async def forget_the_gone(
    context: Context, table: Table, parent: tuple[str, ...], rows: Iterable[Row], *, proven: bool
) -> list[str]:
    """Bury what hangs below a parent that is no longer listed; activity stays.

    So it is with what a table has below some rows only (`Gate.among`), of a row that is none now.

    `rows` are those that are listed; `proven`: whether these are known to be all. The names of the
    views that are to be dropped.
    """
    views: list[str] = []
    if context.request.deletes is Deletes.IGNORE:
        return views
    names = table.offered.primary_key
    by_key = {parent_key(tuple(str(row[name]) for name in names)): row for row in rows}
    listed = by_key.keys()
    above, depth = parent_key(parent), len(names)
    for child in descendants(table, context.chosen.tables):
        if child.name not in context.chosen.selected or (
            child.host and child.host.name == table.name
        ):
            continue  # what rides in these records goes with them where they are read
        held = {
            "/".join(key.split("/")[:depth])
            for key in context.bookmarks.parents(child.name)
            if not above or key == above or key.startswith(f"{above}/")
        }
        below = child.parent is not None and child.parent.name == table.name
        for key in held & listed if below else ():
            if not child.takes(by_key[key]):
                await _bury_below(context, child, key)
        for key in held - listed:
            if await _gone(context, table, parent, key, proven=proven):
                await _bury_below(context, child, key)
                if isinstance(child.reading, Changed):
                    views.append(view_name(child, key))
    return views


async def _gone(
    context: Context, table: Table, parent: tuple[str, ...], key: str, *, proven: bool
) -> bool:
    """Whether a parent that was not listed answers 404 as well.

    Of a person without an e-mail address that says nothing, unless the list is proven.
    """
    source, id_ = context.source(table, parent), unquote(key.rpartition("/")[2])
    if id_.startswith(STANDS_IN) and not proven:
        return False
    try:
        return await source.record(id_) is None
    except SliceError:
        return False


async def _bury_below(context: Context, child: Table, key: str) -> None:
    tombstones = None
    if not isinstance(child.reading, Events):
        values = zip(child.variables, map(unquote, key.split("/")), strict=False)
        typed = tuple(
            (name, int(v) if child.schema.column(name).type.value == "int64" else v)
            for name, v in values
        )
        tombstones = await context.writer.call(
            context.writer.destination.missing,
            child.schema,
            Scope(equals=typed),
            child.schema.key_schema().empty_table(),
        )
    forget = [Forget(child.name, key)]
    await context.writer.put(Part(child.schema, tombstones=tombstones, forget=forget, pages=0))
