"""What was chosen of an account, as a file: exported, read back, and put into the settings."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tomlkit
from pydantic import ValidationError

from chimpline.errors import SettingsError
from chimpline.service.metadata import check_tables, is_copied
from chimpline.service.settings.edit import edit_file
from chimpline.service.settings.every import Settings, TableMetadata
from chimpline.service.settings.problems import settings_error
from chimpline.service.settings.sources import Sources, lines_of, of_line, values_of
from chimpline.service.settings.template import settings_template

if TYPE_CHECKING:
    from pathlib import Path

    from chimpline.service.connection.connections import Connections

KEPT = 10
"""Earlier discoveries of a connection that are kept."""


def export(
    connection: str,
    chosen: Mapping[str, TableMetadata],
    names: Sequence[str],
    refused: Collection[str] = (),
) -> str:
    """The choices of a connection, one section for each of these tables.

    A table that is refused is not said to be selected, unless that was chosen.
    """
    document = tomlkit.document()
    document.add(tomlkit.comment(f"What connection {connection} copies: tables, columns, keys."))
    document.add(tomlkit.comment("Options of a table: " + ", ".join(TableMetadata.model_fields)))
    document["metadata"] = {
        connection: {
            name: _written(name, chosen.get(name, TableMetadata()), refused=name in refused)
            for name in names
            if name in chosen or name not in refused
        }
    }
    return tomlkit.dumps(document)


def _written(name: str, chosen: TableMetadata, *, refused: bool = False) -> dict[str, Any]:
    given = chosen.model_dump(exclude_unset=True)
    lists = {name: list(v) if isinstance(v, tuple) else v for name, v in given.items()}
    state = {} if refused else {"selected": is_copied(name, chosen)}
    return {**state, **{k: v for k, v in lists.items() if v is not None}}


def read_choices(text: str, file: str, connection: str) -> dict[str, TableMetadata]:
    """The choices in an exported file, for a connection of any name; checked, with their lines."""
    sources = Sources()
    values = values_of(text, file)
    sources.values = values
    for path, line in lines_of(text).items():
        sources.places[path] = of_line(file, line)
    found = values.get("metadata")
    if set(values) != {"metadata"} or not isinstance(found, dict) or len(found) != 1:
        raise SettingsError("export-wrong", file=file, connection=connection)
    (name,) = found
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise settings_error(error, sources) from None
    chosen = settings.metadata[name]
    check_tables(chosen, lambda *path: sources.at(("metadata", name, *path)))
    return chosen


def put_choices(
    connections: Connections,
    connection: str,
    chosen: Mapping[str, TableMetadata],
    refused: Collection[str] = (),
) -> Path:
    """Write choices into the settings file, in place of what it has; the file's path."""

    def change(text: str | None) -> str:
        text = settings_template(connection) if text is None else text
        document = tomlkit.parse(text)
        metadata: Any = document.get("metadata")
        if metadata is not None and connection in metadata:
            del metadata[connection]
            if not metadata:
                del document["metadata"]
        kept = tomlkit.dumps(document).rstrip()
        changed = f"{kept}\n\n{_sections(connection, chosen, refused)}".strip() + "\n"
        tomllib.loads(changed)  # what cannot be extended is not written
        return changed

    path = connections.definitions.settings_file
    edit_file(path, connections.configuration.state_dir, change)
    return path


def _sections(
    connection: str, chosen: Mapping[str, TableMetadata], refused: Collection[str]
) -> str:
    """What differs from the default.

    An export says of every table that it is selected, so that one sees what there is to say. In
    the settings that would be a demand: a run would fail where such a table is refused later,
    instead of leaving it out.
    """
    document = tomlkit.document()
    written = {n: _written(n, one, refused=n in refused) for n, one in chosen.items()}
    usual = {name: ("selected", is_copied(name)) for name in written}
    demanded = {n: {k: v for k, v in o.items() if (k, v) != usual[n]} for n, o in written.items()}
    document["metadata"] = {connection: {n: o for n, o in demanded.items() if o}}
    return tomlkit.dumps(document) if any(demanded.values()) else ""
