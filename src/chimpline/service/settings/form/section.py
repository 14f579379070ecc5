"""What each setting is made of: a field with its form, and the section that it stands in."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from chimpline.message import Message


def setting(
    default: Any,
    about: str,
    *,
    form: Message,
    example: JsonValue = None,
    option: tuple[str, str] | None = None,
    **rules: Any,
) -> Any:
    """A field: `about` goes into the written file, `form` into errors, `example` where unset.

    `option`: what stands for the value in `--help`, and a short sentence on it.
    """
    extra: dict[str, JsonValue] = {"form": form.to_json(), "example": example}
    if option is not None:
        extra["option"] = list(option)
    return Field(default, description=about, json_schema_extra=extra, **rules)


class Section(BaseModel):
    """A table of the file; another name in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def option_of(model: type[BaseModel], field: str) -> tuple[str, str] | None:
    """What stands for the value of its option in `--help`, and what it does; None: it has none."""
    extra = model.model_fields[field].json_schema_extra
    told = extra.get("option") if isinstance(extra, dict) else None
    return (str(told[0]), str(told[1])) if isinstance(told, list) else None


def form_of(model: type[BaseModel], field: str) -> Message | None:
    """The right form of a setting."""
    extra = model.model_fields[field].json_schema_extra
    form = extra["form"] if isinstance(extra, dict) else None
    return Message.from_json(form) if isinstance(form, dict) else None
