"""Where settings come from, and where each value stood: options, environment, file.

A later source overrides an earlier one: file, then `CHIMPLINE_START_DATE`, then
`CHIMPLINE_CONNECTIONS__MAIN__START_DATE`, then `--start-date`. Nothing is validated here; values
keep their place, so that an error can name it. Secrets are refused in files and kept apart from
the settings when the environment has them.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import re
import stat
import tomllib
from typing import TYPE_CHECKING, Any

from chimpline.errors import SettingsError
from chimpline.load import registry
from chimpline.redact import redact, register
from chimpline.service.settings.every import Connection, Destination, Pipeline
from chimpline.spelling import meant, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PREFIX = "CHIMPLINE_"
SECRETS = ("api_key", "access_token", "client_secret", "code")
SECTIONS: Mapping[str, frozenset[str]] = {
    "connections": frozenset(Connection.model_fields),
    "pipelines": frozenset(Pipeline.model_fields),
}
# Its settings are those that each kind of destination has.
DESTINATIONS = "destinations"
# Of the command itself, not of a connection or pipeline.
COMMAND_VARIABLES = frozenset({"SETTINGS", "STATE_DIR", "SLOTS_DIR", "SANDBOX_URL", "VAULT_KEY"})
WAYS_TO_GIVE_ONE = (
    "put it into the environment (CHIMPLINE_API_KEY or CHIMPLINE_ACCESS_TOKEN; for one connection "
    "of several CHIMPLINE_CONNECTIONS__<NAME>__API_KEY), pipe it in with --api-key-stdin or "
    "--access-token-stdin, or type it when asked"
)
_SECRET_KEY = re.compile(r"(^|_)(key|token|secret|password|passwd)$", re.IGNORECASE)
_LOOKS_SECRET = re.compile(r"\b[0-9a-f]{32}-[a-z]{2,3}\d{1,3}\b")

# Of a settings file; the largest that are known have some hundred lines.
LARGEST = 1_000_000  # bytes
LONGEST_LINE = 2_000  # characters, of one that is looked at for an error's place
DEEPEST = 20  # tables and arrays in one another

KeyPath = tuple[str, ...]


@dataclasses.dataclass(slots=True)
class Sources:
    """Raw values as `{"connections": {name: {field: value}}, "pipelines": ...}`, with places.

    `secrets`: by (kind), (connection, kind), ("destination", name) or ("destinations", name, name).
    """

    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    places: dict[KeyPath, str] = dataclasses.field(default_factory=dict)
    secrets: dict[KeyPath, str] = dataclasses.field(default_factory=dict, repr=False)
    file: Path | None = None

    def names(self, section: str) -> list[str]:
        named = self.values.get(section)
        return list(named) if isinstance(named, dict) else []

    def get(self, section: str, name: str, field: str) -> Any:
        try:
            return self.values[section][name].get(field)
        except (KeyError, AttributeError, TypeError):
            return None

    def set(self, path: tuple[str, str, str], value: object, place: str) -> None:
        """Set one value; where the file has no such section, one begins."""
        section, name, field = path
        named = self.values.setdefault(section, {})
        fields = named.setdefault(name, {}) if isinstance(named, dict) else None
        if isinstance(fields, dict):  # else the file is wrong, and validation says so
            fields[field] = value
            self.places[path] = place

    def place(self, path: KeyPath) -> str:
        """Where the value at `path` stands, as exactly as it is known."""
        for length in range(len(path), 0, -1):
            if found := self.places.get(path[:length]):
                return found
        return self.file.name if self.file else ""


def read_file(path: Path, sources: Sources) -> None:
    """Take the settings of a file; a secret in it is refused."""
    sources.file = path
    try:
        text = _text_of(path)
    except FileNotFoundError:
        raise SettingsError(
            f"There is no settings file {path}.",
            do="Name another with --settings, or write one with `chimpline init`.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(
            f"The settings file {path} cannot be read: {reason}.",
            do="Make it readable, or name another with --settings.",
        ) from None
    values = values_of(text, path.name)
    for key_path, line in lines_of(text).items():
        sources.places[key_path] = f"{path.name}, line {line}"
    _refuse_secrets(values, (), sources)
    sources.values = values


def values_of(text: str, name: str) -> dict[str, Any]:
    """What a file of settings says; `name` is the file's, for an error."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{name} is not valid TOML: {redact(str(error))}.",
            do='Mend that line: text stands in quotes, as in start_date = "01/31/2020".',
        ) from None
    except RecursionError:
        values = {}
        depth = DEEPEST + 1
    else:
        depth = _depth(values)
    if depth > DEEPEST:
        raise SettingsError(
            f"{name} is nested more than {DEEPEST} levels deep, which no setting is.",
            do="Write it anew: `chimpline init` shows what settings there are.",
        )
    return values


def _text_of(path: Path) -> str:
    """The text of a settings file; what is none is not waited for (a pipe), nor read whole."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST:,} bytes")
    return content.decode("utf-8-sig").replace("\r\n", "\n")


def _depth(values: object) -> int:
    """How many tables and arrays lie in one another; counted without recursion."""
    depth, level = 0, [values]
    while level := [
        inner
        for outer in level
        if isinstance(outer, dict | list)
        for inner in (outer.values() if isinstance(outer, dict) else outer)
    ]:
        depth += 1
        if depth > DEEPEST:
            break
    return depth


def _is_not_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _refuse_secrets(value: object, path: KeyPath, sources: Sources) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_secrets(inner, (*path, str(key)), sources)
        return
    if isinstance(value, list):
        for inner in value:
            _refuse_secrets(inner, path, sources)
        return
    # Metadata names columns and keys of tables; nothing there can be a secret by its name.
    by_name = path[0] != "metadata" and _SECRET_KEY.search(path[-1]) and path[-1] not in _ALL_FIELDS
    if isinstance(value, str) and (by_name or _LOOKS_SECRET.search(value)):
        register(value)
        ways = f"{WAYS_TO_GIVE_ONE}. If the file was shared, make a new key."
        if path[0] == "destinations":
            ways = f"store it: chimpline destination {path[1]}. If the file was shared, change it."
        raise SettingsError(
            f"{path[-1]} ({sources.place(path)}) contains a secret, which is not allowed in a "
            "settings file.",
            do=f"Take it out, and {ways}",
        )


def read_environment(environ: Mapping[str, str], sources: Sources) -> dict[str, str]:
    """Take the nested variables; return the flat ones (`start_date`), not yet placed."""
    flat: dict[str, str] = {}
    nested: list[tuple[str, list[str], str]] = []
    for variable, value in sorted(environ.items()):
        if not variable.startswith(PREFIX) or not value.strip():
            continue
        if not f"{variable}{value}".isprintable() and _is_not_utf8(f"{variable}{value}"):
            raise SettingsError(
                f"The environment variable {variable} is not UTF-8 text.",
                do="Set it again, in a terminal whose locale is UTF-8 (LC_ALL=C.UTF-8, say).",
            )
        parts = variable.removeprefix(PREFIX).split("__")
        if len(parts) > 1:
            nested.append((variable, parts, value.strip()))
        elif parts[0].lower() in SECRETS:
            register(value.strip())
            sources.secrets[(parts[0].lower(),)] = value.strip()
        elif parts[0].lower() in (own := _secret_variables()):
            register(value.strip())
            sources.secrets[own[parts[0].lower()]] = value.strip()
        elif parts[0].lower() in _ALL_FIELDS:
            flat[parts[0].lower()] = value.strip()
        elif parts[0] not in COMMAND_VARIABLES:
            _refuse_typo(variable)
    for variable, parts, value in nested:
        _take_nested(variable, parts, value, sources)
    return flat


def _settings_of_destinations() -> tuple[str, ...]:
    own = [setting.name for kind in registry.kinds() for setting in kind.settings]
    return tuple(dict.fromkeys((*Destination.model_fields, *own)))


def _secrets_of_destinations() -> tuple[str, ...]:
    own = [secret.name for kind in registry.kinds() for secret in kind.secrets]
    return tuple(dict.fromkeys(own))


def _secret_variables() -> dict[str, KeyPath]:
    """`destination_password`, and so on: a secret for whichever destination is used."""
    return {f"destination_{name}": ("destination", name) for name in _secrets_of_destinations()}


def _refuse_typo(variable: str) -> None:
    """A variable that looks like a setting is one misspelt; any other is somebody else's."""
    all_names = (*_ALL_FIELDS, *SECRETS, *_secret_variables(), *COMMAND_VARIABLES)
    near = meant(variable.removeprefix(PREFIX), {name.upper() for name in all_names}, alike=0.75)
    if near is not None:
        raise SettingsError(
            f"The environment variable {variable} is not a setting. Did you mean {PREFIX}{near}?",
            do="Rename it, or unset it.",
        )


def _take_nested(variable: str, parts: list[str], value: str, sources: Sources) -> None:
    section = parts[0].lower()
    if len(parts) != 3 or section not in (*SECTIONS, DESTINATIONS) or not all(parts):
        raise SettingsError(
            f"The environment variable {variable} names no setting."
            + nearest(section, (*SECTIONS, DESTINATIONS)),
            do="Write it as CHIMPLINE_CONNECTIONS__<NAME>__<SETTING>, "
            "CHIMPLINE_DESTINATIONS__<NAME>__<SETTING> or CHIMPLINE_PIPELINES__<NAME>__<SETTING>.",
        )
    field = parts[2].lower()
    normal = {re.sub(r"[^a-z0-9]", "_", name.lower()): name for name in sources.names(section)}
    name = normal.get(parts[1].lower(), parts[1].lower())
    settings = SECTIONS.get(section) or _settings_of_destinations()
    secrets = {"connections": SECRETS, DESTINATIONS: _secrets_of_destinations()}.get(section, ())
    if field in secrets:
        register(value)
        sources.secrets[(name, field) if section != DESTINATIONS else (section, name, field)] = (
            value
        )
        sources.values.setdefault(section, {}).setdefault(name, {})
    elif field in settings:
        sources.set((section, name, field), value, f"environment variable {variable}")
    else:
        hint = nearest(field, (*settings, *secrets))
        raise SettingsError(
            f"The environment variable {variable} is not a setting: a "
            f"{section.removesuffix('s')} has no {field}.{hint}",
            do="Rename it, or unset it. `chimpline init` writes a file that lists all settings.",
        )


def section_of(field: str) -> str:
    """Whether a setting is one of connections or of pipelines."""
    return next(section for section, fields in SECTIONS.items() if field in fields)


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line of each table and key, near enough to point at it in an error."""
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > LONGEST_LINE:
            continue  # looking for a key in it would take the square of its length
        if header := re.match(r"\s*\[+([^\[\]]+)\]", line):
            table = _dotted(header[1])
            for length in range(1, len(table) + 1):
                found.setdefault(table[:length], number)
        elif key := re.match(r"""\s*([A-Za-z0-9_.\-"' ]+?)\s*=""", line):
            found.setdefault((*table, *_dotted(key[1])), number)
    return found


def _dotted(text: str) -> KeyPath:
    return tuple(part.strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[\w-]+", text))


_ALL_FIELDS = SECTIONS["connections"] | SECTIONS["pipelines"]
