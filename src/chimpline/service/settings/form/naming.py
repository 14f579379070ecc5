"""The forms of settings that name something: tables, datasets, destinations."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints, ValidationInfo

from chimpline.catalog.selection import Tables as TableNames
from chimpline.catalog.selection import TableSet
from chimpline.load import registry
from chimpline.message import Message
from chimpline.service.settings.form.plain import refused
from chimpline.spelling import did_you_mean

KnownTables = Callable[[], Collection[str]]


def _names(value: object) -> object:
    if isinstance(value, str):
        return tuple(part for part in (piece.strip() for piece in value.split(",")) if part)
    return value


def table_names(value: object) -> Any:
    """Names of tables as they were written, or the set that they name; nothing is checked."""
    names = _names(value)
    alone = names[0] if isinstance(names, list | tuple) and len(names) == 1 else None
    return TableSet(alone) if alone in set(TableSet) else names


def _known(names: TableNames, info: ValidationInfo) -> TableNames:
    known_tables: KnownTables | None = (info.context or {}).get("known_tables")
    if names is None or isinstance(names, TableSet):
        return names
    if not names:
        raise refused(Message("reason-names-no-table"))
    if known_tables is not None:
        known = known_tables()
        for name in names:
            if name not in known:
                raise refused(
                    Message.of("unknown-table", name=name, near=did_you_mean(name, known))
                )
    return tuple(dict.fromkeys(names))


def _url_or_name(text: str) -> str:
    """Whether there is a destination of that name only all settings together can say."""
    return text if re.fullmatch(NAME, text) else _url(text)


def _url(url: str) -> str:
    """A URL without a password: secrets never stand in files, arguments or process lists."""
    try:
        return registry.read(url)
    except registry.UnknownKind as error:
        near = did_you_mean(error.scheme, registry.schemes())
        raise refused(Message.of("reason-unknown-kind", kind=error.scheme, near=near)) from None
    except registry.UrlRefused as error:
        if error.secret:
            raise refused(
                Message.of("reason-holds-password", cause=error.problem.message)
            ) from None
        raise refused(Message.of("reason-url-refused", reason=error.reason)) from None


NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=60)]
Dataset = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=63)]
Url = Annotated[str, AfterValidator(_url)]
UrlOrName = Annotated[str, AfterValidator(_url_or_name)]
Tables = Annotated[TableNames, BeforeValidator(table_names), AfterValidator(_known)]
Paths = Annotated[tuple[str, ...], BeforeValidator(_names)]
