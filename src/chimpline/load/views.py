"""Views that show JSON members as typed columns, under names that people typed.

`_chimpline_views` remembers each: the name it was asked under, the name it was given, its table
and its definition. A view whose definition is unchanged is not touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import DestinationError, DestinationUnavailable
from chimpline.load.contract import View
from chimpline.load.names import distinct
from chimpline.load.sql import Session, quote, text_literal
from chimpline.message import Message
from chimpline.model import DELETED_AT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from chimpline.load.ledger import Ledger


_BEHIND = "-- shows what its table was\n"
"""Before the definition of a view that could not follow its table."""


class Views:
    def __init__(self, session: Session, ledger: Ledger) -> None:
        self._session = session
        self._ledger = ledger

    def create(self, views: Sequence[View], tell: Callable[[Message], None]) -> list[str]:
        ours = {asked: (name, was) for asked, name, _, was in self._ledger.views()}
        objects = {
            str(row[0]): str(row[1]) for row in self._session.rows(self._session.dialect.objects)
        }
        given = []
        for view in views:
            definition = self._definition(view)
            name, was = ours.get(view.name, (None, None))
            if name is None or objects.get(name, "VIEW") != "VIEW":
                taken = [*objects, *(other for other, _ in ours.values())]
                limit = self._session.capabilities.max_identifier_bytes
                name = distinct([view.name], taken, limit)[0]
                mine = {other for other, _ in ours.values() if objects.get(other) == "VIEW"}
                for theirs in objects.keys() - mine:
                    if theirs.casefold() == view.name.casefold():
                        tell(Message.of("view-called-otherwise", theirs=theirs, view=name))
            if was != definition or name not in objects:
                try:
                    self._replace(view, name, definition, there=name in objects)
                except DestinationUnavailable:
                    raise
                except DestinationError as error:
                    tell(self._stays(name, error, "replaced" if name in objects else "created"))
                    given.append(name)
                    continue
                ours[view.name] = (name, definition)
                objects[name] = "VIEW"
            given.append(name)
        return given

    def drop(self, names: Sequence[str], tell: Callable[[Message], None]) -> None:
        ours = {asked: name for asked, name, _, _ in self._ledger.views()}
        objects = {
            str(row[0]): str(row[1]) for row in self._session.rows(self._session.dialect.objects)
        }
        for asked in names:
            if asked in ours:
                try:
                    with self._session.transaction():
                        if objects.get(ours[asked]) == "VIEW":
                            self._session.run(f"DROP VIEW {quote(ours[asked])}")
                        self._ledger.forget_view(asked)
                except DestinationUnavailable:
                    raise
                except DestinationError as error:
                    tell(self._stays(ours[asked], error, "dropped"))

    def _stays(self, name: str, error: DestinationError, act: str) -> Message:
        users = self._session.catalog.users_of(name)
        if users:
            return Message.of("view-stays-in-use", view=name, act=act, users=users)
        return Message.of("view-stays", view=name, act=act, cause=error.problem)

    def _replace(self, view: View, name: str, definition: str, *, there: bool) -> None:
        """In place where the engine allows it, so that views of the user on this one survive."""
        try:
            with self._session.transaction():
                self._session.run(f"CREATE OR REPLACE VIEW {quote(name)} AS {definition}")
                self._ledger.put_view(view.name, name, view.table, definition)
        except DestinationError as error:
            if not there or type(error) is not DestinationError:
                raise
        else:
            return
        with self._session.transaction():
            self._session.run(f"DROP VIEW {quote(name)}")
            self._session.run(f"CREATE VIEW {quote(name)} AS {definition}")
            self._ledger.put_view(view.name, name, view.table, definition)

    def _definition(self, view: View) -> str:
        # Plain columns keep their names; what people typed gives way.
        order = sorted(range(len(view.columns)), key=lambda i: view.columns[i].type is not None)
        limit = self._session.capabilities.max_identifier_bytes
        names = distinct([view.columns[i].name for i in order], (), limit)
        given = dict(zip(order, names, strict=True))
        cells = ", ".join(
            f"{self._session.dialect.view_cell(column)} AS {quote(given[i])}"
            for i, column in enumerate(view.columns)
        )
        conditions = [f"{quote(DELETED_AT)} IS NULL"]
        conditions += [f"{quote(column)} = {text_literal(value)}" for column, value in view.where]
        return f"SELECT {cells} FROM {quote(view.table)} WHERE {' AND '.join(conditions)}"


def fall_behind(ledger: Ledger, table: str) -> None:
    """Note that our views on a table do not show it, until `rebind`; the transaction is given.

    Whoever is killed in between makes them anew in the next run.
    """
    for asked, name, on, noted in ledger.views():
        if on == table and not noted.startswith(_BEHIND):
            ledger.put_view(asked, name, on, _BEHIND + noted)


def rebind(session: Session, ledger: Ledger, table: str) -> None:
    """Let our views on a table show the columns, and the table, that have these names now.

    In PostgreSQL a view follows what it was made on, whatever that is called by now.
    """
    for asked, name, on, noted in ledger.views():
        definition = noted.removeprefix(_BEHIND)
        if on != table or session.catalog.kind(name) != "view":
            continue
        try:
            with session.transaction():
                session.run(f"CREATE OR REPLACE VIEW {quote(name)} AS {definition}")
                if noted != definition:
                    ledger.put_view(asked, name, on, definition)
        except DestinationUnavailable:
            raise
        except DestinationError:
            # It is replaced, or that it cannot be is told, when the views are made.
            with session.transaction():
                ledger.put_view(asked, name, on, _BEHIND + definition)


class Lifted:
    """Our views on a table are gone inside this block, and back after it.

    PostgreSQL alters no column under a view, and lets views follow a renamed table.
    """

    def __init__(self, session: Session, ledger: Ledger, table: str) -> None:
        self._session = session
        self._views = [
            (name, definition.removeprefix(_BEHIND))
            for _, name, on, definition in ledger.views()
            if on == table
        ]

    def __enter__(self) -> None:
        for name, _ in self._views:
            self._session.run(f"DROP VIEW IF EXISTS {quote(name)}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            for name, definition in self._views:
                self._session.run(f"CREATE VIEW {quote(name)} AS {definition}")
