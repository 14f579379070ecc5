"""What a failure of one slice means: for its table, for what hangs below it, and for the run.

A `SliceError` ends its slice; all others are read on. What was read of it before stays. Nothing of
it is buried, and its bookmark stays where it is, since only a line that says *proven* moves one: so
the next run reads the slice again.

| met                             | its table | below it | and                               |
|---------------------------------|-----------|----------|-----------------------------------|
| `NotFound`, of the parent too   | a notice  |          | the next run finds it gone        |
| `NotFound`, at the top of what  | not       | not      | a notice; no other slice of them  |
| an account may lack             | available | available| is read, and what landed stays    |
| `NotFound`, else                | failed    | failed   |                                   |
| `Refused`, there, and nothing   | the same  | the same |                                   |
| of it has landed before         |           |          |                                   |
| `Refused`, else                 | refused   | refused  | no other slice of them is read    |
| `SourceUnavailable`             | failed    | failed   | of ten in a row the run may end   |
| `NotUnderstood`, `BrokenAnswer` | failed    | failed   |                                   |
| no error, and no proof          | unproven  | unproven | what was read is committed        |
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping

from chimpline.catalog.features import lacking
from chimpline.catalog.table import Table
from chimpline.catalog.tables import descendants
from chimpline.errors import (
    BrokenAnswer,
    NotFound,
    NotUnderstood,
    Refused,
    SliceError,
    SourceUnavailable,
)
from chimpline.extract.source import Found, Source
from chimpline.message import Fact, Message, Said
from chimpline.model import TableState
from chimpline.runs.report.names import Names
from chimpline.runs.report.tally import Tally

MANY_FAILURES = 10
"""So many slices in a row that Mailchimp gave no answer for: is anything there to answer?"""


class Failures:
    """The failures of one run, and what follows from each of them.

    `refused`: the tables that are left out, since Mailchimp refuses them or one above them, or the
    account lacks them. `tables`: the catalog as chosen. `held`: those of which rows have landed.
    `source` makes the source of a slice. `alive` asks Mailchimp for any answer, and raises
    `SourceUnavailable` where none comes.
    """

    def __init__(
        self,
        tables: Mapping[str, Table],
        tally: Tally,
        names: Names,
        source: Callable[[Table, tuple[str, ...]], Source],
        alive: Callable[[], Awaitable[object]],
        *,
        held: Collection[str] = (),
    ) -> None:
        self._tables = tables
        self._tally = tally
        self._names = names
        self._source = source
        self._alive = alive
        self._held = held
        self.refused: set[str] = set()
        self._in_a_row = 0

    def answered(self) -> None:
        """A page came: Mailchimp is there."""
        self._in_a_row = 0

    async def failed(self, table: Table, parent: tuple[str, ...], error: SliceError) -> None:
        """A slice could not be read. Raises where nothing can be read any more."""
        match error:
            case NotFound() if await self._is_gone(table, parent):
                where = self._names.where(table, parent)
                self._tally.notice(Message.of("slice-deleted", where=where), table.name)
            case NotFound() | Refused() if (what := self._lacking(table, error)) is not None:
                self._leave_out(table, what, error)
            case Refused():
                self._refuse(table, error)
            case _:
                where = self._names.where(table, parent)
                self._spoil(table, parent, TableState.FAILED, _said(error, where))
        if isinstance(error, SourceUnavailable):
            await self._count()

    def unproven(self, table: Table, parent: tuple[str, ...], found: Found) -> None:
        """A slice was read and could not be proven complete; nor then what hangs below it."""
        facts = {"where": self._names.where(table, parent), "why": found.trouble}
        said = Message.of("slice-odd" if found.odd else "slice-unproven", **facts)
        self._spoil(table, parent, TableState.UNPROVEN, said)

    async def _is_gone(self, table: Table, parent: tuple[str, ...]) -> bool:
        """Whether the parent of a slice that answered 404 answers 404 itself."""
        if table.parent is None:
            return False
        try:
            above = self._source(table.parent, parent[:-1])
            return await above.record(parent[-1]) is None
        except SliceError:
            return False

    def _lacking(self, table: Table, error: SliceError) -> str | None:
        """The part of Mailchimp that the account lacks; None where it does not.

        Who could read it before and is refused now has lost a role or a plan: somebody must act.
        """
        lost = isinstance(error, Refused) and any(t.name in self._held for t in self._from(table))
        return None if lost else lacking(table, error)

    async def _count(self) -> None:
        """One more that no answer came for; where none comes at all, that ends the run."""
        self._in_a_row += 1
        if self._in_a_row >= MANY_FAILURES:
            with contextlib.suppress(NotFound, NotUnderstood, Refused):  # an answer too
                await self._alive()
            self._in_a_row = 0

    def _spoil(self, table: Table, parent: tuple[str, ...], state: TableState, said: Said) -> None:
        self._tally[table.name].spoil(state, said)
        on = {"where": self._names.where(table, parent), "state": state.value}
        for below in descendants(table, self._tables):
            if below.name in self._tally.tables:
                depends = Message.of("table-depends-on", table=below.name, **on)
                self._tally[below.name].spoil(state, depends)

    def _refuse(self, table: Table, error: Refused) -> None:
        """Leave a table out, and those below it, which cannot be listed without it."""
        for refused in self._from(table):
            if refused.name not in self.refused:
                self.refused.add(refused.name)
                said = Message.of("table-left-out-refused", cause=error.problem)
                if refused is not table:
                    on = {"table": refused.name, "above": table.name}
                    said = Message.of("table-left-out-below", **on, cause=error.problem)
                self._tally[refused.name].spoil(TableState.REFUSED, said)

    def _leave_out(self, table: Table, what: str, error: SliceError) -> None:
        """Leave out what the account lacks, and say so once: other slices ask for it as well."""
        if table.name in self.refused:
            return
        left_out = self._from(table)
        for one in left_out:
            self.refused.add(one.name)
            self._tally[one.name].lack()
        landed = [one.name for one in left_out if self._tally[one.name].landed]
        cause, name = error.problem.message, Message.of("feature", what=what)
        said = Message.of("feature-lacking", feature=name, cause=cause, tables=landed)
        if any(name in self._held for name in landed):
            said = Message.of("feature-rows-stay", said=said)
        self._tally.notice(said)

    def _from(self, table: Table) -> list[Table]:
        """A table and those below it, as far as the run reads them."""
        below = (table, *descendants(table, self._tables))
        return [one for one in below if one.name in self._tally.tables]


def _said(error: SliceError, where: Fact) -> Message:
    """What happened, and what to do; what was kept is said where it is not what always is."""
    match error:
        case NotFound():
            return Message.of("slice-not-found", where=where, cause=error.problem.message)
        case BrokenAnswer():
            return Message.of("slice-broken", where=where, cause=error.problem.message)
        case _:
            return Message.of("slice-failed", where=where, cause=error.problem)
