"""Changes to chimpline.toml that leave every comment, blank line and order as the user has it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from chimpline import private
from chimpline.errors import SettingsError, UserError

LOCK = "settings.lock"
VERSION_LETTERS = 32

Section = tuple[str, ...]
"""The path of a section: `("pipelines", "daily")` is `[pipelines.daily]`."""


def set_values(text: str, section: Section, values: Mapping[str, object]) -> str:
    """`text` with these keys under `[a.b]`; None takes a key out. A new section comes last.

    A key that stands there as a comment (`# start_date = ...`, as `chimpline init` writes it) comes
    into force on that line.
    """
    wanted = {**values_of(text, section), **{k: _plain(v) for k, v in values.items()}}
    text = _with_section(text, section)
    for key, value in values.items():
        uncommented = None if value is None else _uncommented(text, section, key, value)
        text = uncommented or _set(text, section, key, value)
    if values_of(text, section) != {k: v for k, v in wanted.items() if v is not None}:
        raise SettingsError(
            "settings-not-editable", kept="kept-settings-file", section=".".join(section)
        )
    return text


def remove_section(text: str, section: Section) -> str:
    """`text` without `[a.b]` and its keys. Comments right above the next header stay: they are its.

    Where the section is written in some other way than below a header, what stands around it may
    lose its comments.
    """
    document = tomlkit.parse(text)
    above: Any = document
    for part in section[:-1]:
        above = above.get(part) if isinstance(above, Mapping) else None
    if not isinstance(above, Mapping) or section[-1] not in above:
        return text
    wanted = _without(tomllib.loads(text), section)
    by_lines = _cut(text, section)
    if by_lines is not None and _is(by_lines, wanted):
        return by_lines
    holders: list[Any] = [document]
    for part in section[:-1]:
        holders.append(holders[-1][part])
    for holder, part in zip(reversed(holders), reversed(section), strict=True):
        if part == section[-1] or not holder[part]:
            del holder[part]
    return tomlkit.dumps(document)


def _without(values: dict[str, Any], section: Section) -> dict[str, Any]:
    """Values as they are without a section; what is empty without it goes too."""
    first, rest = section[0], section[1:]
    if rest:
        below = _without(values[first], rest)
        kept = {first: below} if below else {}
    else:
        kept = {}
    return {**{name: value for name, value in values.items() if name != first}, **kept}


def _cut(text: str, section: Section) -> str | None:
    """`text` without the lines from a section's header to its last one."""
    header = _header(text, section)
    if header is None:
        return None
    following = re.compile(r"^[ \t]*\[", re.MULTILINE).search(text, header.end())
    if following is None:
        return text[: header.start()].rstrip("\r\n") + _line_end(text[: header.start()])
    end = following.start()
    for line in reversed(text[header.end() : end].splitlines(keepends=True)):
        if not line.lstrip().startswith("#"):
            break
        end -= len(line)
    return text[: header.start()] + text[end:]


def _line_end(text: str) -> str:
    """What a text ends with that is not empty."""
    return ("\r\n" if "\r\n" in text else "\n") if text.strip() else ""


def _is(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


class SettingsChanged(UserError):
    """Somebody else changed the settings file meanwhile; `version` is the one it has now."""

    def __init__(self, version: str) -> None:
        super().__init__("settings-changed", kept="kept-nothing-changed")
        self.version = version


def version_of(text: str | None) -> str:
    """The version of a settings file with this text (None: there is no file)."""
    return hashlib.sha256((text or "").encode()).hexdigest()[:VERSION_LETTERS]


def check_version(text: str | None, version: str | None) -> None:
    """Raises `SettingsChanged` where a file with this text is another one; None: any is right."""
    if version is not None and version != (now := version_of(text)):
        raise SettingsChanged(now)


def edit_file(
    path: Path,
    state_dir: Path,
    change: Callable[[str | None], str],
    version: str | None = None,
) -> None:
    """Replace a file by what `change` makes of its text (None: there is none), all or nothing.

    One process at a time, so that two edits do not lose each other. Raises `SettingsChanged` where
    the file is not the one of `version` (None: whichever it is).
    """
    path = path.resolve()  # a link stays a link
    try:
        with _alone(state_dir):
            text = None
            if path.exists():
                with path.open(encoding="utf-8-sig", newline="") as file:
                    text = file.read()
            check_version(text, version)
            changed = change(text)
            if changed == text:
                return
            mode = usual_mode() if text is None else path.stat().st_mode & 0o777
            with private.beside(path, changed.encode(), mode) as whole:
                whole.replace(path)
    except OSError as error:
        raise SettingsError(
            "settings-file-unchangeable", kept="kept-it", path=path, reason=error.strerror
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            "settings-file-unchangeable-not-utf8", kept="kept-it", path=path
        ) from error
    except (TOMLKitError, tomllib.TOMLDecodeError, RecursionError):
        raise SettingsError("settings-file-not-toml", kept="kept-it", path=path) from None


def _set(text: str, section: Section, key: str, value: object) -> str:
    document = tomlkit.parse(text)
    table = _table(document, section)
    if value is None:
        table.pop(key, None)
    elif key in table:
        table[key] = _as_toml(value)
    else:
        return _inserted(text, section, key, value) or _appended(document, table, key, value)
    return tomlkit.dumps(document)


def _with_section(text: str, section: Section) -> str:
    """`text` with the section, at the end where it had none."""
    if _values_or_none(text, section) is not None:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else newline if text.endswith("\n") else 2 * newline
    added = f"{text}{gap}[{'.'.join(section)}]{newline}"
    try:
        tomllib.loads(added)
    except tomllib.TOMLDecodeError:  # an inline table, which no header may extend
        document = tomlkit.parse(text)
        _table(document, section)
        return tomlkit.dumps(document)
    return added


def _appended(document: tomlkit.TOMLDocument, table: Any, key: str, value: object) -> str:
    table[key] = _as_toml(value)
    return tomlkit.dumps(document)


def _table(document: tomlkit.TOMLDocument, section: Section) -> Any:
    """The table of a section, made at the end of the file where there is none."""
    above: Any = document
    for part in section[:-1]:
        if part not in above:
            above.append(part, tomlkit.table(is_super_table=True))
        above = above[part]
    if section[-1] not in above:
        made: Table = tomlkit.table()
        above.append(section[-1], made)
    return above[section[-1]]


def _uncommented(text: str, section: Section, key: str, value: object) -> str | None:
    """The comment `# key = ...` of a section brought into force, where that changes just it."""
    found = _body(text, section)
    if found is None or key in values_of(text, section):
        return None
    body, start, end = found
    pattern = re.compile(rf"^#[ \t]*{re.escape(key)}[ \t]*=[^\r\n]*", re.MULTILINE)
    lines = pattern.findall(body)
    if len(lines) != 1:
        return None
    line = _line(key, value)
    changed = text[:start] + pattern.sub(lambda _: line, body) + text[end:]
    return changed if _differs_only_in(text, changed, section, key, value) else None


def _inserted(text: str, section: Section, key: str, value: object) -> str | None:
    """The key on the line below the section's header, before the comments of what follows."""
    found = _body(text, section)
    if found is None:
        return None
    body, start, end = found
    newline = "\r\n" if "\r\n" in text else "\n"
    last = 0
    for line in re.finditer(r"^[^#\s\[][^\n]*(\n|$)", body, re.MULTILINE):
        last = line.end()
    before, after = body[:last], body[last:]
    if before and not before.endswith("\n"):
        before += newline
    changed = text[:start] + before + _line(key, value) + newline + after + text[end:]
    return changed if _differs_only_in(text, changed, section, key, value) else None


def _header(text: str, section: Section) -> re.Match[str] | None:
    """The line `[a.b]`."""
    path = r"[ \t]*\.[ \t]*".join(rf"[\"']?{re.escape(part)}[\"']?" for part in section)
    return re.search(rf"^[ \t]*\[[ \t]*{path}[ \t]*\][^\n]*(\n|\Z)", text, re.MULTILINE)


def _body(text: str, section: Section) -> tuple[str, int, int] | None:
    """The lines below a section's header; None where it is written in some other way."""
    header = _header(text, section)
    if header is None:
        return None
    following = re.compile(r"^[ \t]*\[", re.MULTILINE).search(text, header.end())
    end = following.start() if following else len(text)
    if header[0].endswith("\n"):
        return text[header.end() : end], header.end(), end
    return None


def values_of(text: str, section: Section) -> dict[str, Any]:
    """The values of a section; none where there is no such section."""
    return _values_or_none(text, section) or {}


def _values_or_none(text: str, section: Section) -> dict[str, Any] | None:
    found: Any = tomllib.loads(text)
    for part in section:
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _plain(value: object) -> object:
    return value if value is None else tomllib.loads(_line("x", value))["x"]


def _differs_only_in(text: str, changed: str, section: Section, key: str, value: object) -> bool:
    """Whether a change of lines is the change of values that was meant."""
    try:
        wanted, got = tomllib.loads(text), tomllib.loads(changed)
        table: Any = wanted
        for part in section:
            table = table[part]
        table[key] = _plain(value)
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return False
    return wanted == got


def _line(key: str, value: object) -> str:
    return f"{key} = {_as_toml(value).as_string()}"


def _as_toml(value: object) -> Any:
    return tomlkit.item(list(value) if isinstance(value, tuple) else value)


def usual_mode() -> int:
    """What a new file gets; the mask can only be asked by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


@contextlib.contextmanager
def _alone(state_dir: Path) -> Iterator[None]:
    try:
        private.make_directory(state_dir)
        descriptor = private.open_file(state_dir / LOCK, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise SettingsError(
            "state-directory-unwritable",
            kept="kept-settings-file",
            path=state_dir,
            reason=error.strerror,
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
