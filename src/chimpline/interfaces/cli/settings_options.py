"""An option for each setting, made from the settings themselves.

They are made when a command that has them is typed: `chimpline --help` lists the commands without
them, and loads nothing for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand
from typer.main import get_command

if TYPE_CHECKING:
    from pydantic import BaseModel

_GIVEN = "chimpline.settings"


class _WithSettings(TyperCommand):
    """A command with an option for each setting of its models, before its own options."""

    _own: list[Any]
    _settings: list[Any] | None

    @property
    def params(self) -> list[Any]:
        """Its own and, from the first look on, those of the settings."""
        if self._settings is None:
            self._settings = [one for model in self.models() for one in options_of(model)]
            first = [isinstance(one, TyperArgument) or one.name in _SHARED for one in self._own]
            self._own[sum(first) : sum(first)] = self._settings
        return self._own

    @params.setter
    def params(self, own: list[Any]) -> None:
        self._own = own
        self._settings = None

    def models(self) -> Sequence[type[BaseModel]]:
        """Those whose settings it takes, in the order of their options."""
        raise NotImplementedError

    def invoke(self, ctx: Any) -> Any:
        """The function takes what it names; settings are kept apart for `given_settings`."""
        ctx.meta[_GIVEN] = {one.name: ctx.params.pop(one.name) for one in self._settings or ()}
        return super().invoke(ctx)


class RunCommand(_WithSettings):
    def models(self) -> Sequence[type[BaseModel]]:
        from chimpline.service.settings.every import Connection, Pipeline

        return Pipeline, Connection


class ConnectCommand(_WithSettings):
    def models(self) -> Sequence[type[BaseModel]]:
        from chimpline.service.settings.every import Connection

        return (Connection,)


# Options of several commands, which `options` has.
_SHARED = frozenset({"to", "dataset"})


def given_settings(ctx: typer.Context) -> dict[str, object]:
    """The settings that were given as options, as they were typed."""
    given: Mapping[str, object] = ctx.meta[_GIVEN]
    return {name: value for name, value in given.items() if value is not None}


def options_of(model: type[BaseModel]) -> list[Any]:
    """An option for each of its settings, in their order, but for those that say of none."""
    from chimpline.service.settings.form.section import option_of

    told = {name: option_of(model, name) for name in model.model_fields}
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=_annotation(model, name, *option),
        )
        for name, option in told.items()
        if option is not None
    ]

    def command() -> None:
        """Only its parameters are used."""

    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    app = typer.Typer(add_completion=False)
    app.command()(command)
    return [param for param in get_command(app).params if param.name in told]


def _annotation(model: type[BaseModel], name: str, metavar: str, about: str) -> Any:
    flag = "--" + name.replace("_", "-")
    if model.model_fields[name].annotation is bool:
        return Annotated[bool | None, typer.Option(flag, help=about, show_default=False)]
    return Annotated[str | None, typer.Option(flag, metavar=metavar, help=about)]
