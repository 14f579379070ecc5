"""From what validation found to an error a person can act on: which key, where, the right form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from chimpline.errors import SettingsError, UnknownTable
from chimpline.redact import looks_secret, redact, register
from chimpline.service.settings.every import (
    Connection,
    Destination,
    Pipeline,
    Settings,
    TableMetadata,
    form_of,
)
from chimpline.spelling import nearest

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from chimpline.service.settings.sources import Sources

_MODELS: dict[str, type[BaseModel]] = {
    "connections": Connection,
    "destinations": Destination,
    "pipelines": Pipeline,
}
_LONGEST_VALUE_SHOWN = 60
_REASONS = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "it is not a whole number."),
    **dict.fromkeys(("bool_parsing", "bool_type"), "it is neither true nor false."),
    **dict.fromkeys(("string_type", "tuple_type"), "it is of the wrong type."),
}


def settings_error(error: ValidationError, sources: Sources) -> SettingsError | UnknownTable:
    """One error for all that is wrong; only the names of tables have a class of their own."""
    found = error.errors(include_url=False)
    told = [_told(problem, sources) for problem in found]
    only_tables = all(problem["type"] == "unknown_table" for problem in found)
    if len(told) == 1:
        what, do = told[0]
    else:
        what = f"{len(told)} settings are not right.\n" + "\n".join(f"- {line}" for line, _ in told)
        do = "\n" + "\n".join(f"- {line}" for line in dict.fromkeys(line for _, line in told))
    return (UnknownTable if only_tables else SettingsError)(redact(what), do=redact(do))


def _told(problem: ErrorDetails, sources: Sources) -> tuple[str, str]:
    path = tuple(str(part) for part in problem["loc"])
    section = path[0]
    place = sources.place(path)
    at = f" ({place})" if place else ""
    kind = problem["type"]
    if section == "metadata":
        return _told_of_metadata(path, problem, at)
    model = _MODELS.get(section)
    if kind == "extra_forbidden":
        return _unknown_key(path, at)
    if model is None or len(path) < 3 or path[2] not in model.model_fields:
        if path[-1] == "[key]":
            return (
                (
                    f"{path[1]!r} (in {sources.file.name if sources.file else section}) "
                    f"cannot be the name of a {section.removesuffix('s')}."
                ),
                "Use letters, digits, - and _ for names.",
            )
        name = path[1] if len(path) > 1 else "main"
        return (
            f"{'.'.join(path)}{at} is not a section.",
            f"Write it as [{section}.{name}], with its settings on the lines below.",
        )
    field = path[2]
    form = form_of(model, field)
    if kind == "password_in_url":
        register_parts(problem["input"])
        return (
            f"{field}{at} contains a password, which is not allowed in an address.",
            problem.get("ctx", {}).get(
                "do", "Take it out. If it was typed in a shell or shared, change it."
            ),
        )
    if kind == "unknown_table":
        return (
            f"{problem['msg'][0].upper()}{problem['msg'][1:]}".rstrip(".")
            + ("" if problem["msg"].endswith("?") else ".")
            + f" It was asked for by {field}{at}.",
            "Correct the name; `chimpline tables` lists all tables.",
        )
    reason = _reason(problem)
    return (
        f"{field}{_shown(problem['input'])}{at} is not right: {reason}",
        f"Write {field} as {form}.",
    )


def _unknown_key(path: tuple[str, ...], at: str) -> tuple[str, str]:
    model = _MODELS.get(path[0]) if len(path) == 3 else None
    if model is None:
        known = tuple(Settings.model_fields)
        return (
            f"{path[-1]}{at} is not a section of a settings file.{nearest(path[-1], known)}",
            "Settings are under [connections.<name>], [destinations.<name>] or [pipelines.<name>].",
        )
    kind, other = ("connection", Pipeline) if model is Connection else ("pipeline", Connection)
    hint = nearest(path[-1], tuple(model.model_fields))
    if path[-1] in other.model_fields:
        home = "pipelines" if other is Pipeline else "connections"
        hint = f" It belongs under [{home}.<name>]."
    return (
        f"{path[-1]}{at} is not a setting of a {kind}.{hint}",
        f"Correct it, or take it out. A {kind} has: {', '.join(model.model_fields)}.",
    )


def _told_of_metadata(path: tuple[str, ...], problem: ErrorDetails, at: str) -> tuple[str, str]:
    if len(path) < 4:
        if path[-1] == "[key]":
            return f"{path[1]!r}{at} cannot be the name of a connection.", "Correct the name."
        connection, table = (*path[1:], "main", "list_members")[:2]
        return (
            f"{'.'.join(path)}{at} is not a section.",
            f"Write it as [metadata.{connection}.{table}], with its choices on the lines below.",
        )
    option, known = path[3], tuple(TableMetadata.model_fields)
    if option not in known:
        return (
            f"{option}{at} is not a choice of a table's metadata.{nearest(option, known)}",
            f"Correct it, or take it out. There are: {', '.join(known)}.",
        )
    return (
        f"{option} of {path[2]}{_shown(problem['input'])}{at} is not right: {_reason(problem)}",
        f"Write {option} as {form_of(TableMetadata, option)}.",
    )


def _reason(problem: ErrorDetails) -> str:
    context: dict[str, Any] = problem.get("ctx", {})
    if (reason := _REASONS.get(problem["type"])) is not None:
        return reason
    match problem["type"]:
        case "less_than_equal":
            return f"the most is {context['le']}."
        case "greater_than_equal":
            return f"the least is {context['ge']}."
        case "literal_error" | "enum":
            words = [word.strip(" '") for word in _words(str(context["expected"]))]
            return f"it is none of {', '.join(words)}.{nearest(str(problem['input']), words)}"
        case "string_too_long":
            return f"it is longer than {context['max_length']}."
        case "string_pattern_mismatch":
            spaced = any(letter.isspace() for letter in str(problem["input"]).strip())
            return "it holds a space." if spaced else "it has the wrong form."
        case _:
            text = problem["msg"]
            return text if text.endswith((".", "?")) else text + "."


def _words(expected: str) -> list[str]:
    return expected.replace(" or ", ", ").split(", ")


def _shown(value: object) -> str:
    """The wrong value, unless it might hold something that nobody should see."""
    if isinstance(value, BaseModel | dict) or "@" in str(value):
        return ""
    if isinstance(value, str) and looks_secret(value):
        register(value.strip())  # typed or pasted at the wrong place: no later text shows it either
        return " (not shown, since it looks like a secret)"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return " " + (
        text if len(text) <= _LONGEST_VALUE_SHOWN else text[:_LONGEST_VALUE_SHOWN] + "..."
    )


def register_parts(url: object) -> None:
    """Hide the password of a refused address from everything that follows."""
    rest = str(url).partition("://")[2]
    user, _, _ = rest.rpartition("@")
    _, colon, password = user.partition(":")
    if colon:
        register(password)
