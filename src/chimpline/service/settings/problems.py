"""From what validation found to an error a person can act on: which key, where, the right form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from chimpline.errors import SettingsError, UnknownTable
from chimpline.message import Message
from chimpline.redact import looks_secret, register
from chimpline.service.alerts.kinds import Alert
from chimpline.service.settings.every import (
    Connection,
    Console,
    Destination,
    Pipeline,
    Settings,
    TableMetadata,
)
from chimpline.service.settings.form.section import form_of
from chimpline.spelling import did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from chimpline.service.settings.sources import Sources

_MODELS: dict[str, type[BaseModel]] = {
    "connections": Connection,
    "destinations": Destination,
    "pipelines": Pipeline,
    "alerts": Alert,
}
_LONGEST_VALUE_SHOWN = 60
_REASONS = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), Message("reason-not-whole")),
    **dict.fromkeys(("bool_parsing", "bool_type"), Message("reason-not-true-or-false")),
    **dict.fromkeys(("string_type", "tuple_type"), Message("reason-wrong-type")),
}
_UNKNOWN_TABLE = "setting-unknown-table"


def settings_error(error: ValidationError, sources: Sources) -> SettingsError | UnknownTable:
    """One error for all that is wrong; only the names of tables have a class of their own."""
    told = [_told(problem, sources) for problem in error.errors(include_url=False)]
    of_class = UnknownTable if all(one.kind == _UNKNOWN_TABLE for one in told) else SettingsError
    whole = (
        told[0]
        if len(told) == 1
        else Message.of("settings-several", count=len(told), problems=told)
    )
    safe = Message.from_json(whole.to_json())  # what was typed may hold a secret anywhere
    facts: dict[str, Any] = dict(safe.facts)
    return of_class(safe.kind, **facts)


def _told(problem: ErrorDetails, sources: Sources) -> Message:
    path = tuple(str(part) for part in problem["loc"])
    section, at = path[0], sources.at(path)
    if (of_section := _OF_SECTIONS.get(section)) is not None:
        return of_section(path, problem, at)
    model = _MODELS.get(section)
    if problem["type"] == "extra_forbidden":
        return _unknown_key(path, at)
    if model is None or len(path) < 3 or path[2] not in model.model_fields:
        if path[-1] == "[key]":
            file = sources.file.name if sources.file else section
            return Message.of("setting-name-wrong", name=repr(path[1]), file=file, section=section)
        name = path[1] if len(path) > 1 else "main"
        return Message.of(
            "setting-no-section", path=".".join(path), at=at, section=section, name=name
        )
    field, reason = path[2], _reason(problem)
    match reason.kind:
        case "reason-holds-user":
            register_parts(problem["input"])
            return Message.of("setting-holds-password", setting=field, at=at)
        case "reason-holds-password":
            register_parts(problem["input"])
            return Message.of(
                "setting-holds-password-of-destination",
                setting=field,
                at=at,
                cause=reason.facts["cause"],
            )
        case "unknown-table":
            return Message.of("setting-unknown-table", **reason.facts, setting=field, at=at)
        case _:
            return Message.of(
                "setting-wrong",
                setting=field,
                value=_shown(problem["input"]),
                at=at,
                reason=reason,
                form=form_of(model, field),
            )


def _unknown_key(path: tuple[str, ...], at: Message | None) -> Message:
    model = _MODELS.get(path[0]) if len(path) == 3 else None
    if model is None:
        near = did_you_mean(path[-1], tuple(Settings.model_fields))
        return Message.of("setting-unknown-section", setting=path[-1], at=at, near=near)
    known = tuple(model.model_fields)
    near = did_you_mean(path[-1], known)
    if model is Alert:
        if path[-1] in {"address", "url"}:
            return Message.of("setting-alert-address", setting=path[-1], at=at)
        return Message.of("setting-alert-unknown", setting=path[-1], at=at, near=near, known=known)
    home, other = ("connections", Connection) if model is Pipeline else ("pipelines", Pipeline)
    if path[-1] in other.model_fields:
        near = Message.of("setting-belongs-elsewhere", section=home)
    return Message.of(
        "setting-unknown",
        setting=path[-1],
        at=at,
        section=path[0],
        near=near,
        known=known,
    )


def _told_of_console(path: tuple[str, ...], problem: ErrorDetails, at: Message | None) -> Message:
    if len(path) < 2:
        return Message.of("setting-console-no-section", at=at)
    known = tuple(Console.model_fields)
    if path[1] not in known:
        near = did_you_mean(path[1], known)
        return Message.of("setting-console-unknown", setting=path[1], at=at, near=near, known=known)
    return Message.of(
        "setting-wrong",
        setting=path[1],
        value=_shown(problem["input"]),
        at=at,
        reason=_reason(problem),
        form=form_of(Console, path[1]),
    )


def _told_of_metadata(path: tuple[str, ...], problem: ErrorDetails, at: Message | None) -> Message:
    if len(path) < 4:
        if path[-1] == "[key]":
            return Message.of("metadata-name-wrong", name=repr(path[1]), at=at)
        connection, table = (*path[1:], "main", "list_members")[:2]
        return Message.of(
            "metadata-no-section", path=".".join(path), at=at, connection=connection, table=table
        )
    option, known = path[3], tuple(TableMetadata.model_fields)
    if option not in known:
        near = did_you_mean(option, known)
        return Message.of("metadata-unknown-option", option=option, at=at, near=near, known=known)
    return Message.of(
        "metadata-wrong",
        option=option,
        table=path[2],
        value=_shown(problem["input"]),
        at=at,
        reason=_reason(problem),
        form=form_of(TableMetadata, option),
    )


def _reason(problem: ErrorDetails) -> Message:
    context: dict[str, Any] = problem.get("ctx", {})
    if (reason := _REASONS.get(problem["type"])) is not None:
        return reason
    match problem["type"]:
        case "refused":
            told: Message = context["reason"]
            return told
        case "less_than_equal":
            return Message.of("reason-most", most=str(context["le"]))
        case "greater_than_equal":
            return Message.of("reason-least", least=str(context["ge"]))
        case "literal_error" | "enum":
            words = [word.strip(" '") for word in _words(str(context["expected"]))]
            near = did_you_mean(str(problem["input"]), words)
            return Message.of("reason-none-of", known=words, near=near)
        case "string_too_long":
            return Message.of("reason-too-long", longest=str(context["max_length"]))
        case "string_pattern_mismatch":
            spaced = any(letter.isspace() for letter in str(problem["input"]).strip())
            return Message("reason-holds-space" if spaced else "reason-wrong-form")
        case _:
            return Message.of("reason-by-pydantic", reason=problem["msg"].rstrip("."))


def _words(expected: str) -> list[str]:
    return expected.replace(" or ", ", ").split(", ")


def _shown(value: object) -> Message | None:
    """The wrong value, unless it might hold something that nobody should see."""
    if isinstance(value, BaseModel | dict) or "@" in str(value):
        return None
    if isinstance(value, str) and looks_secret(value):
        register(value.strip())  # typed or pasted at the wrong place: no later text shows it either
        return Message("setting-value-hidden")
    text = f'"{value}"' if isinstance(value, str) else str(value)
    cut = text if len(text) <= _LONGEST_VALUE_SHOWN else text[:_LONGEST_VALUE_SHOWN] + "..."
    return Message.of("setting-value", value=cut)


def register_parts(url: object) -> None:
    """Hide the password of a refused address from everything that follows."""
    rest = str(url).partition("://")[2]
    user, _, _ = rest.rpartition("@")
    _, colon, password = user.partition(":")
    if colon:
        register(password)


_OF_SECTIONS = {"metadata": _told_of_metadata, "console": _told_of_console}
