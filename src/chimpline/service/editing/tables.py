"""Which tables and columns a connection copies, changed in chimpline.toml with its comments kept.

choices = TableChoices(desk)
choices.select("main", {"lists", "list_members"}, version)
choices.put("main", "list_members", {"hash": ["email_address"]}, version)
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Collection, Mapping, Sequence

from chimpline.catalog.history import history_refused
from chimpline.catalog.rows import GROUPS
from chimpline.catalog.selected import OPEN, hashable_key, required
from chimpline.catalog.tables import tables as catalog
from chimpline.errors import UserError
from chimpline.message import Message
from chimpline.model import EXTRA, History
from chimpline.runs.asking.found import Discovery
from chimpline.runs.report.info import TableInfo, meaning_of
from chimpline.service.desk import Desk
from chimpline.service.editing.file import SettingsFile
from chimpline.service.engine import load_engine
from chimpline.service.metadata import is_copied, landed_forms, selections
from chimpline.service.pipelines import tables_of
from chimpline.service.settings.edit import (
    Section,
    remove_section,
    set_values,
    values_of,
    version_of,
)
from chimpline.service.settings.every import TableMetadata
from chimpline.service.settings.request import Configuration
from chimpline.spelling import did_you_mean

LONGEST_NAME = 60
"""Of what is told of a name that there is not."""
OPTIONS = tuple(TableMetadata.model_fields)
COPIED, LEFT_OUT, DROPPED, HASHED = "copied", "left-out", "dropped", "hashed"


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column, or one field of a JSON object (`merge_fields.PHONE`).

    `about`: what a column means, in English; of which audience a field is.
    `choices`: what can be chosen, the chosen one is `chosen`. `why`: why it cannot be left out.
    `landed`: what becomes of it where another table's choice brings that.
    """

    path: str
    type: str
    is_key: bool
    sample: str
    about: str
    choices: Sequence[str]
    chosen: str
    why: Message | None = None
    landed: str | None = None


class TableChoices:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.file = SettingsFile(desk)

    def of(self, connection: str) -> Mapping[str, TableMetadata]:
        """What the settings choose. Raises `UserError` where there is no such connection."""
        configuration = self.desk.configuration()
        if connection not in configuration.sources.names("connections"):
            raise UserError("metadata-connection-unknown", name=connection)
        return configuration.metadata(connection)

    def values(self, connection: str, table: str) -> Mapping[str, object]:
        """What the file says of one table."""
        return values_of(self.file.sound(), _section(connection, table))

    def version(self) -> str:
        return version_of(self.file.text())

    def select(self, connection: str, selected: Collection[str], version: str | None) -> str:
        """Copy these tables and no others; the new version of the file."""
        before = self.of(connection)

        def change(text: str) -> str:
            for name in catalog():
                if is_copied(name, before.get(name)) != (name in selected):
                    value = _selected(name, copied=name in selected)
                    text = _put(text, _section(connection, name), {"selected": value})
            return text

        return self.file.change(change, lambda now: self._check(now, connection), version)

    def put(
        self, connection: str, table: str, values: Mapping[str, object], version: str | None
    ) -> str:
        """Write the choices of one table; what is not among `values` is taken out."""
        self.of(connection)
        known_table(table)
        section = _section(connection, table)
        given = {name: values.get(name) for name in OPTIONS}
        for name in ("exclude", "drop", "hash"):  # of `columns`, none is not all
            given[name] = given[name] or None
        copied = values.get("selected")
        given["selected"] = _selected(table, copied=copied) if isinstance(copied, bool) else None
        return self.file.change(
            lambda text: _put(text, section, given),
            lambda now: self._check(now, connection),
            version,
        )

    def _check(self, now: Configuration, connection: str) -> None:
        """Raise where a pipeline of the connection could not run any more."""
        for name in now.sources.names("pipelines"):
            chosen = None
            with contextlib.suppress(UserError):  # told with that pipeline
                chosen = now.choose(name)
            if chosen is not None and chosen.connection_name == connection:
                tables_of(chosen)


def catalog_tables() -> dict[str, TableInfo]:
    """Every table by its name, as users know it; parents before children."""
    return {one.name: one for one in load_engine().catalog_tables()}


def table_groups() -> dict[str, list[str]]:
    """The names of the tables of each group that they are shown in, by the kind of its title."""
    return {title: [row.name for row in rows] for title, rows in GROUPS.items()}


def _selected(table: str, *, copied: bool) -> bool | None:
    """What the settings say of it: nothing where it is so without them."""
    return None if copied == is_copied(table) else copied


def known_table(name: str) -> None:
    """Raises `UserError` where there is no table of this name."""
    if name not in catalog():
        near = did_you_mean(name, catalog())
        raise UserError("metadata-table-unknown", name=name[:LONGEST_NAME], near=near)


def columns_of(
    table: str,
    chosen: Mapping[str, TableMetadata],
    found: Discovery | None,
    mine: TableMetadata,
) -> list[ColumnChoice]:
    """Every column of a table with what can be chosen of it, and what is by `mine`.

    `chosen`: what is in force of all tables.
    """
    of = catalog()[table]
    forms = landed_forms(selections(chosen))[table]
    fixed, hashable = required(of), hashable_key(of, catalog())
    seen = next((one for one in found.tables if one.name == table), None) if found else None
    made = []
    for column in of.offered.columns:
        path = column.name
        choices = [COPIED]
        if path not in fixed and path != EXTRA:
            choices += [LEFT_OUT, DROPPED]
        if path != EXTRA and (path not in fixed or path in hashable):
            choices += [HASHED]
        made.append(
            ColumnChoice(
                path=path,
                type=column.type.value,
                is_key=path in of.offered.primary_key,
                sample=seen.samples.get(path, "") if seen else "",
                about=meaning_of(table, path).replace("`", ""),
                choices=choices,
                chosen=_chosen(mine, path, fixed),
                why=fixed.get(path),
                landed=_elsewhere(mine, path, forms),
            )
        )
        made += _members(path, mine, found) if path in OPEN else []
    return made


def kinds_of_history(table: str) -> list[str]:
    """How the past of a table can be kept."""
    return [kind.value for kind in History if history_refused(catalog()[table], kind) is None]


def further_key(table: str, chosen: TableMetadata) -> list[str]:
    """What the primary key has beside the table's own columns."""
    own = catalog()[table].offered.primary_key
    return [name for name in chosen.key or () if name not in own]


def written(
    table: str,
    forms: Mapping[str, str],
    *,
    listed: bool,
    selected: bool,
    further: Sequence[str],
    every: str | None,
    history: str | None = None,
) -> dict[str, object]:
    """Choices as settings. `forms`: what becomes of each path. `listed`: only these are copied."""
    of = {form: [p for p, f in forms.items() if f == form] for form in set(forms.values())}
    own, fixed = catalog()[table].offered.primary_key, {*required(catalog()[table]), EXTRA}
    landed = [*of.get(COPIED, []), *of.get(HASHED, [])]
    copied = [path for path in landed if path not in fixed and _is_named(path, forms)]
    return {
        "selected": selected,
        "columns": copied if listed else None,
        "exclude": [] if listed else of.get(LEFT_OUT, []),
        "drop": of.get(DROPPED, []),
        "hash": of.get(HASHED, []),
        "key": list(dict.fromkeys((*own, *further))) if further else None,
        "every": every,
        "history": history,
    }


def _is_named(path: str, forms: Mapping[str, str]) -> bool:
    """Whether a list of columns names a path: a field of an object goes with the object."""
    column, dot, _ = path.partition(".")
    return not dot or forms.get(column) != COPIED


def _members(path: str, mine: TableMetadata, found: Discovery | None) -> list[ColumnChoice]:
    """The merge fields or interests of all audiences, and those that only the choices name."""
    known: dict[str, tuple[str, str]] = {}
    for audience in found.audiences if found else ():
        if path == "merge_fields":
            for tag, kind, name in audience.merge_fields.values():
                known.setdefault(f"{path}.{tag}", (kind, f"{name} ({audience.name})"))
        else:
            for id_, parts in audience.interests.items():
                about = f"{' / '.join(parts)} ({audience.name})"
                known.setdefault(f"{path}.{id_}", ("interest", about))
    named = (*(mine.columns or ()), *mine.exclude, *mine.drop, *mine.hash)
    for one in named:
        if one.startswith(f"{path}."):
            known.setdefault(one, ("", ""))
    return [
        ColumnChoice(
            path=one,
            type=kind,
            is_key=False,
            sample="",
            about=about,
            choices=[COPIED, LEFT_OUT, DROPPED, HASHED],
            chosen=_chosen(mine, one, {}),
        )
        for one, (kind, about) in known.items()
    ]


def _chosen(mine: TableMetadata, path: str, fixed: Mapping[str, Message]) -> str:
    column = path.partition(".")[0]
    if path in mine.drop:
        return DROPPED
    if path in mine.hash:
        return HASHED
    if path in mine.exclude:
        return LEFT_OUT
    if mine.columns is not None and path not in fixed and path != EXTRA:
        return COPIED if {path, column} & set(mine.columns) else LEFT_OUT
    return COPIED


def _elsewhere(mine: TableMetadata, path: str, forms: Mapping[str, str]) -> str | None:
    """What the choices of other tables make of a column that this one says nothing of."""
    if path in (*mine.drop, *mine.hash, *mine.exclude) or mine.columns is not None:
        return None
    return {"hashed": HASHED, "dropped": DROPPED, "left out": LEFT_OUT}.get(forms.get(path, ""))


def _section(connection: str, table: str) -> Section:
    return ("metadata", connection, table)


def _put(text: str, section: Section, values: Mapping[str, object]) -> str:
    """Write what differs, and leave no empty section behind."""
    before = values_of(text, section)
    changed = {k: v for k, v in values.items() if v != before.get(k)}
    if not changed:
        return text
    if not {k: v for k, v in {**before, **changed}.items() if v is not None}:
        return remove_section(text, section)
    return set_values(text, section, changed)
