"""From a choice to what can begin: one place makes the request and the ports of every command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chimpline.errors import SettingsError
from chimpline.message import Message
from chimpline.runs.request import Credential
from chimpline.service.connection.connections import Connections
from chimpline.service.prepared import Prepared, prepare
from chimpline.service.settings.request import read
from tests.words import refused

KEY = "deadbeefdeadbeefdeadbeefdeadbeef-us19"


def no_connections() -> Connections:
    raise AssertionError("the control database was opened")


def prepared(
    cwd: Path, options: dict[str, object] | None = None, **more: Any
) -> tuple[Prepared, list[Message]]:
    environ = {"CHIMPLINE_API_KEY": KEY, "CHIMPLINE_SLOTS_DIR": str(cwd / "slots")}
    environ |= more.pop("environ", {})
    configuration = read(environ, cwd, known_tables=lambda: ["lists"])
    told: list[Message] = []
    made = prepare(
        configuration,
        configuration.choose(None, options),
        environ=environ,
        connections=no_connections,
        notice=told.append,
        **more,
    )
    return made, told


def test_the_ports_are_those_of_the_settings_and_of_the_given_environment(tmp_path: Path) -> None:
    made, told = prepared(tmp_path, {"dataset": "mail"})
    assert [] == told
    assert Credential(KEY, is_api_key=True) == made.request.credential
    assert ("mail", tmp_path / ".chimpline") == (made.request.dataset, made.request.state_dir)
    assert tmp_path / "slots" == made.services.budget
    assert tmp_path / ".chimpline" == made.services.state.path
    assert [] == list(tmp_path.iterdir())  # nothing is opened before it is needed


def test_the_destination_opens_the_dataset_of_the_request(tmp_path: Path) -> None:
    made, _ = prepared(tmp_path, {"destination": "duckdb:///mail.duckdb"})
    with made.services.destination(read_only=True) as nothing:
        assert [] == nothing.slices()
    assert not (tmp_path / "mail.duckdb").exists()
    with made.services.destination():
        pass
    assert (tmp_path / "mail.duckdb").exists()


def test_a_secret_that_came_with_the_command_goes_before_the_environments(tmp_path: Path) -> None:
    given = Credential("0" * 32 + "-us1", is_api_key=True)
    made, _ = prepared(tmp_path, given=given, full_refresh=True)
    assert given == made.request.credential
    assert made.request.full_refresh


def test_who_sits_at_the_terminal_is_asked_where_there_is_no_secret(tmp_path: Path) -> None:
    made, _ = prepared(tmp_path, environ={"CHIMPLINE_API_KEY": ""}, ask=lambda _: KEY)
    assert KEY == made.request.credential.secret
    with refused(SettingsError, "No API key is given"):
        prepared(tmp_path, environ={"CHIMPLINE_API_KEY": ""})


def test_without_anybody_who_listens_events_are_told_to_nobody(tmp_path: Path) -> None:
    made, _ = prepared(tmp_path)
    heard: list[Any] = []
    other = made.services.telling(heard.append)
    assert other.events is not made.services.events
    assert (made.services.budget, made.services.state) == (other.budget, other.state)
