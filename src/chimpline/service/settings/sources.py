"""Where settings come from, and where each value stood: options, environment, file.

A later source overrides an earlier one: file, then `CHIMPLINE_START_DATE`, then
`CHIMPLINE_CONNECTIONS__MAIN__START_DATE`, then `--start-date`. Nothing is validated here; values
keep their place, so that an error can name it. Secrets are refused in files and kept apart from
the settings when the environment has them.
"""

from __future__ import annotations

import dataclasses
import os
import re
import stat
import tomllib
from typing import TYPE_CHECKING, Any

from chimpline.errors import SettingsError
from chimpline.load import registry
from chimpline.message import Message
from chimpline.redact import redact, register
from chimpline.service.settings.every import Connection, Destination, Pipeline
from chimpline.spelling import did_you_mean, meant

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
COMMAND_VARIABLES = frozenset(
    {"SETTINGS", "STATE_DIR", "DATA_DIR", "SLOTS_DIR", "SANDBOX_URL", "VAULT_KEY"}
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
    places: dict[KeyPath, Message] = dataclasses.field(default_factory=dict)
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

    def set(self, path: tuple[str, str, str], value: object, place: Message) -> None:
        """Set one value; where the file has no such section, one begins."""
        section, name, field = path
        named = self.values.setdefault(section, {})
        fields = named.setdefault(name, {}) if isinstance(named, dict) else None
        if isinstance(fields, dict):  # else the file is wrong, and validation says so
            fields[field] = value
            self.places[path] = place

    def place(self, path: KeyPath) -> Message | None:
        """Where the value at `path` stands, as exactly as it is known; None: nowhere."""
        for length in range(len(path), 0, -1):
            if found := self.places.get(path[:length]):
                return found
        return Message.of("place-file", file=self.file.name) if self.file else None

    def at(self, path: KeyPath) -> Message | None:
        """The same as a sentence has it behind what it speaks of."""
        return at_place(self.place(path))

    def is_by_variable(self, path: KeyPath) -> bool:
        """Whether a variable of the environment that names this very setting has set it."""
        place = self.places.get(path)
        return place is not None and place.kind == "place-variable"

    def is_in_file(self, path: KeyPath) -> bool:
        """Whether the value at `path` is the settings file's."""
        place = self.place(path)
        return place is not None and place.kind in {"place-line", "place-file"}


def read_file(path: Path, sources: Sources) -> None:
    """Take the settings of a file; a secret in it is refused."""
    sources.file = path
    try:
        text = _text_of(path)
    except FileNotFoundError:
        raise SettingsError("settings-file-missing", path=path) from None
    except OSError as error:
        raise SettingsError("settings-file-unreadable", path=path, reason=error.strerror) from None
    except UnicodeDecodeError:
        raise SettingsError("settings-file-not-utf8", path=path) from None
    take_text(text, path, sources)


def take_text(text: str, path: Path, sources: Sources) -> None:
    """Take the settings of a file that has this text, or would have it; a secret is refused."""
    sources.file = path
    values = values_of(text, path.name)
    for key_path, line in lines_of(text).items():
        sources.places[key_path] = of_line(path.name, line)
    _refuse_secrets(values, (), sources)
    sources.values = values


def at_place(place: Message | None) -> Message | None:
    """A place as a sentence has it behind what it speaks of."""
    return None if place is None else Message.of("at-place", place=place)


def of_line(file: str, line: int) -> Message:
    """The place of what stands on a line of a file."""
    return Message.of("place-line", file=file, line=str(line))


def of_variable(variable: str) -> Message:
    """The place of what a variable of the environment says."""
    return Message.of("place-variable", variable=variable)


def values_of(text: str, name: str) -> dict[str, Any]:
    """What a file of settings says; `name` is the file's, for an error."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("settings-not-toml", file=name, reason=redact(str(error))) from None
    except RecursionError:
        values = {}
        depth = DEEPEST + 1
    else:
        depth = _depth(values)
    if depth > DEEPEST:
        raise SettingsError("settings-too-deep", file=name, deepest=DEEPEST)
    return values


def _text_of(path: Path) -> str:
    """The text of a settings file; what is none is not waited for (a pipe), nor read whole."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SettingsError("settings-file-no-file", path=path)
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise SettingsError("settings-file-too-large", path=path, largest=LARGEST)
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
        at = sources.at(path)
        if path[0] == "destinations":
            raise SettingsError(
                "settings-hold-secret-of-destination",
                setting=path[-1],
                at=at,
                destination=path[1],
            )
        raise SettingsError("settings-hold-secret", setting=path[-1], at=at)


def read_environment(environ: Mapping[str, str], sources: Sources) -> dict[str, str]:
    """Take the nested variables; return the flat ones (`start_date`), not yet placed."""
    flat: dict[str, str] = {}
    nested: list[tuple[str, list[str], str]] = []
    for variable, value in sorted(environ.items()):
        if not variable.startswith(PREFIX) or not value.strip():
            continue
        if not f"{variable}{value}".isprintable() and _is_not_utf8(f"{variable}{value}"):
            raise SettingsError("variable-not-utf8", variable=variable)
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
        raise SettingsError("variable-misspelt", variable=variable, meant=f"{PREFIX}{near}")


def _take_nested(variable: str, parts: list[str], value: str, sources: Sources) -> None:
    section = parts[0].lower()
    if len(parts) != 3 or section not in (*SECTIONS, DESTINATIONS) or not all(parts):
        raise SettingsError(
            "variable-names-no-setting",
            variable=variable,
            near=did_you_mean(section, (*SECTIONS, DESTINATIONS)),
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
        sources.set((section, name, field), value, of_variable(variable))
    else:
        raise SettingsError(
            "variable-unknown-field",
            variable=variable,
            section=section,
            field=field,
            near=did_you_mean(field, (*settings, *secrets)),
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
