"""A setting stands once: its option is made from what the settings say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field
from typer.main import get_command

from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.app import app
from chimpline.interfaces.cli.session import Session
from chimpline.interfaces.cli.settings_options import options_of
from chimpline.service.settings.every import Connection, Pipeline
from chimpline.service.settings.form.section import option_of

COMMAND: Any = get_command(app)
ELSEWHERE = {"destination": "--to", "dataset": "--dataset"}
OF_SERVE = [
    "schedule",
    "time_zone",
    "schedule_start",
    "fresh_within",
    "keep_runs",
    "keep_logs_days",
]
"""They say when the console runs a pipeline; a run that somebody starts needs none of them."""


class MadeUp(BaseModel):
    shade: str = Field("red", json_schema_extra={"option": ["COLOUR", "How to paint it."]})
    bright: bool = Field(default=False, json_schema_extra={"option": ["", "Paint it brightly."]})
    hidden: int = Field(3)


def test_a_setting_that_is_new_has_an_option_at_once() -> None:
    shade, bright = options_of(MadeUp)
    assert ("shade", ["--shade"], "COLOUR", "How to paint it.", False) == (
        shade.name,
        shade.opts,
        shade.metavar,
        shade.help,
        shade.is_flag,
    )
    assert (["--bright"], [], "Paint it brightly.", True) == (
        bright.opts,
        bright.secondary_opts,
        bright.help,
        bright.is_flag,
    )


@pytest.mark.parametrize(
    ("command", "models"), [("run", (Pipeline, Connection)), ("connect", (Connection,))]
)
def test_a_command_has_each_setting_once_in_the_order_of_the_file(
    command: str, models: tuple[type[BaseModel], ...]
) -> None:
    options = [name for param in COMMAND.commands[command].params for name in param.opts]
    wanted = ["--" + name.replace("_", "-") for model in models for name in model.model_fields]
    without = {"--" + name.replace("_", "-") for name in (*ELSEWHERE, *OF_SERVE)}
    wanted = [flag for flag in wanted if flag not in without]
    assert wanted == [name for name in options if name in wanted]


def test_only_where_data_goes_and_when_has_no_option_of_its_own() -> None:
    """Where: they are options of several commands."""
    fields = [(model, name) for model in (Pipeline, Connection) for name in model.model_fields]
    assert [*ELSEWHERE, *OF_SERVE] == [
        name for model, name in fields if option_of(model, name) is None
    ]
    run = {name for param in COMMAND.commands["run"].params for name in param.opts}
    assert set(ELSEWHERE.values()) <= run


def test_what_is_typed_reaches_the_settings_and_is_named_by_its_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session(environ={"CHIMPLINE_CONNECTIONS": "4"}, cwd=tmp_path)
    assert 2 == main(["run", "--connections", "11", "--deletes", "never"], session)
    told = " ".join(capsys.readouterr().err.split())
    assert 'connections "11" (--connections) is not right' in told
    assert 'deletes "never" (--deletes) is not right' in told
