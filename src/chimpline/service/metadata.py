"""Connection metadata: which tables and columns a connection copies, and in what form.

    [metadata.main.list_members]          # of the connection `main`
    exclude = ["ip_signup"]
    hash = ["email_address"]

The same sections stand in `chimpline.toml` and in what `chimpline discover` exports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import SettingsError, UnknownTable
from chimpline.message import Message
from chimpline.model import History
from chimpline.runs.request import Selections, TableSelection

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from chimpline.service.settings.every import Settings, TableMetadata
    from chimpline.service.settings.sources import Sources


def as_selection(chosen: TableMetadata) -> TableSelection:
    return TableSelection(
        selected=chosen.selected,
        columns=None if chosen.columns is None else frozenset(chosen.columns),
        exclude=frozenset(chosen.exclude),
        dropped=frozenset(chosen.drop),
        hashed=frozenset(chosen.hash),
        key=chosen.key,
        named=chosen.selected and "selected" in chosen.model_fields_set,
    )


def selections(tables: Mapping[str, TableMetadata]) -> Selections:
    return {name: as_selection(chosen) for name, chosen in tables.items()}


def landed_forms(chosen: Selections) -> dict[str, dict[str, str]]:
    """By table and path: hashed, dropped or left out, with what other tables' choices bring."""
    from chimpline.catalog.selected import applied

    forms: dict[str, dict[str, str]] = {}
    for name, table in applied(chosen).items():
        selection = table.selection
        mine = dict.fromkeys(selection.exclude, "left out")
        mine |= {c.name: "left out" for c in table.offered.columns if not selection.lands(c.name)}
        mine |= dict.fromkeys(selection.dropped, "dropped")
        mine |= dict.fromkeys(selection.hashed, "hashed")
        forms[name] = mine
    return forms


def insisted(tables: Mapping[str, TableMetadata]) -> list[str]:
    """The tables of which it is written that they are selected."""
    return [n for n, one in tables.items() if one.selected and "selected" in one.model_fields_set]


def is_copied(table: str, chosen: TableMetadata | None = None) -> bool:
    """Whether a table is copied where a pipeline names none."""
    from chimpline.catalog.tables import tables as catalog

    if chosen is not None and "selected" in chosen.model_fields_set:
        return chosen.selected
    return table not in catalog() or not catalog()[table].row.off


def selections_of(settings: Settings, connection: str) -> Selections:
    """What was chosen for a connection."""
    return selections(settings.metadata.get(connection, {}))


def intervals(tables: Mapping[str, TableMetadata]) -> dict[str, dt.timedelta]:
    """How often each table is to be read, as far as that is chosen; none is by every run."""
    from chimpline.service.schedule.read import read_rest

    return {name: read_rest(one.every) for name, one in tables.items() if one.every}


def histories(tables: Mapping[str, TableMetadata]) -> dict[str, History]:
    """Of which tables the past is kept, and how."""
    return {name: History(one.history) for name, one in tables.items() if one.history}


def check_metadata(settings: Settings, sources: Sources) -> None:
    """Raise for the first choice that cannot be, naming its line."""
    for connection, tables in settings.metadata.items():
        check_tables(tables, lambda *path, c=connection: sources.at(("metadata", c, *path)))


def check_tables(tables: Mapping[str, TableMetadata], at: Callable[..., Message | None]) -> None:
    """Raise for the first choice that cannot be; `at(table, option)` says where it stands."""
    if not tables:
        return
    from chimpline.catalog.history import history_refused
    from chimpline.catalog.selected import problems  # 30 ms of JSON that most runs of the CLI spare
    from chimpline.catalog.tables import tables as catalog

    for name in tables:
        if name not in catalog():
            from chimpline.spelling import did_you_mean

            near = did_you_mean(name, catalog())
            raise UnknownTable("metadata-unknown-table", name=name, near=near, at=at(name))
    for name, kind in histories(tables).items():
        if (reason := history_refused(catalog()[name], kind)) is not None:
            raise SettingsError(
                "metadata-unusable",
                table=name,
                option="history",
                at=at(name, "history"),
                reason=reason,
            )
    for problem in problems(selections(tables)):
        where = at(problem.table, problem.option) if problem.option else at(problem.table)
        raise SettingsError(
            "metadata-unusable",
            table=problem.table,
            option=problem.option or "metadata",
            at=where,
            reason=problem.message,
        )
