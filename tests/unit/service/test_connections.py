"""Connections: definitions in the file, status and secrets beside it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from chimpline.api.sign_in.account import Account
from chimpline.errors import InvalidCredentials, SettingsError, SourceUnavailable
from chimpline.interfaces.messages import told, words
from chimpline.message import Message
from chimpline.service import control
from chimpline.service.connection.access import note_run
from chimpline.service.connection.connections import Connections, ConnectionState
from chimpline.service.connection.vault import SecretKind
from tests.words import refused, told_of

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
KEY = "0123456789abcdef0123456789abcdef-us6"
TOKEN = "fedcba9876543210fedcba9876543210"
SHOP = Account("acc1", "The Shop", "7", "owner", 10, "UTC", "free")
OTHER = Account("acc2", "Another Shop", "8", "owner", 10, "UTC", "free")
VAULT = {"CHIMPLINE_VAULT_KEY": "cd" * 32}


class At:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now


def connections(
    cwd: Path, environ: Mapping[str, str] | None = None, clock: At | None = None
) -> Connections:
    return Connections({**VAULT, **(environ or {})}, cwd, clock=clock or At())


def test_looking_makes_nothing(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    assert [] == ours.all()
    assert ours.credential("main") is None
    assert {} == ours.statuses.refused("main")
    assert ConnectionState.NEW is ours.get("main").status.state
    assert [] == list(tmp_path.iterdir())


def test_a_first_connection_writes_the_file_that_init_writes(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    saved = ours.save("shop", {"auth": "oauth", "client_id": "123456789012", "connections": "4"})
    assert ("oauth", 4) == (saved.settings.auth, saved.settings.connections)
    assert saved == connections(tmp_path).get("shop")
    assert ["daily"] == ours.definitions.pipelines_of("shop")
    assert "# Number of days. Email activity" in (tmp_path / "chimpline.toml").read_text()


def test_a_named_file_is_made_where_it_is_named(tmp_path: Path) -> None:
    ours = Connections(VAULT, tmp_path, settings=Path("mine.toml"), clock=At())
    ours.save("main", {"auth": "api_key"})
    assert (tmp_path / "mine.toml").exists()
    ours = Connections(VAULT, tmp_path, settings=Path("mine.toml"), clock=At())
    assert "api_key" == ours.get("main").settings.auth


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"start_date": "31/01/2020"}, "no month 31"),
        ({"connections": 11}, "the most is 10"),
        ({"colour": "red"}, "not a setting of a connection"),
        ({"client_secret": "nobody-sees-this"}, "is a secret"),
        ({"api_key": KEY}, "is a secret"),
    ],
)
def test_what_is_not_right_is_not_written(
    tmp_path: Path, settings: dict[str, object], word: str
) -> None:
    ours = connections(tmp_path)
    with refused(SettingsError, word) as caught:
        ours.save("main", settings)
    assert "nobody-sees-this" not in str(told_of(caught.value))
    assert [] == list(tmp_path.iterdir())


def test_a_name_that_no_file_could_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        connections(tmp_path).save("two words", {})
    assert [] == list(tmp_path.iterdir())


def test_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    ours.save("shop", {})
    with refused(SettingsError, "Did you mean 'shop'"):
        ours.get("shpo")
    with refused(SettingsError, "no connection"):
        ours.edit("other", {"connections": 2})


def test_the_environment_goes_before_the_file_and_is_never_written(tmp_path: Path) -> None:
    environ = {
        "CHIMPLINE_CONNECTIONS__SHOP__CONNECTIONS": "3",
        "CHIMPLINE_START_DATE": "2021-01-01",
    }
    ours = connections(tmp_path, environ)
    saved = ours.save("shop", {"client_id": "123456789012"})
    assert (3, dt.date(2021, 1, 1)) == (saved.settings.connections, saved.settings.start_date)
    written = connections(tmp_path).get("shop").settings
    assert (8, None, "123456789012") == (written.connections, written.start_date, written.client_id)


# -- status ----------------------------------------------------------------------------------------


def test_a_state_has_the_time_when_it_began(tmp_path: Path) -> None:
    clock = At()
    ours = connections(tmp_path, clock=clock)
    ours.save("main", {})
    ours.statuses.set("main", ConnectionState.WAITING_FOR_CODE, client_id="123456789012")
    clock.now += dt.timedelta(minutes=1)
    ours.statuses.set("main", ConnectionState.VERIFIED, account=SHOP, api_root="https://x/3.0")
    clock.now += dt.timedelta(minutes=1)
    ours.statuses.set("main", ConnectionState.VERIFIED)
    status = ours.get("main").status
    assert (ConnectionState.VERIFIED, NOON + dt.timedelta(minutes=1)) == (
        status.state,
        status.state_since,
    )
    assert (clock.now, "The Shop", "123456789012", "https://x/3.0") == (
        status.verified_at,
        status.account_name,
        status.client_id,
        status.api_root,
    )
    assert status == connections(tmp_path).get("main").status


def test_an_error_is_kept_without_its_secret_until_the_next_state(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    ours.save("main", {})
    error = InvalidCredentials("no-such-key", key=KEY)
    ours.statuses.set("main", ConnectionState.FAILED, error=error.problem)
    kept = ours.get("main").status.last_error
    assert kept == InvalidCredentials("no-such-key", key="[hidden]").problem
    ours.statuses.set("main", ConnectionState.VERIFIED)
    assert ours.get("main").status.last_error is None


def test_a_sentence_that_an_earlier_version_kept_is_still_told(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    ours.save("main", {})
    ours.statuses.set("main", ConnectionState.FAILED)
    ours.statuses.set_access("main", {"lists": (False, None)})
    with ours.database.writing() as rows:
        rows.execute(sa.update(control.connections).values(last_error="It was revoked."))
        rows.execute(sa.update(control.access).values(why="Not for you."))
    kept = ours.get("main").status.last_error
    assert kept is not None
    assert "It was revoked." == told(kept).what
    assert {"lists": "Not for you."} == {
        table: words(why) for table, why in ours.statuses.refused("main").items()
    }


def test_what_a_run_says_of_its_connection(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    note_run(ours, "main", None)
    assert ConnectionState.VERIFIED is ours.get("main").status.state
    note_run(ours, "main", SourceUnavailable("it-is-down"))
    assert ConnectionState.VERIFIED is ours.get("main").status.state
    revoked = InvalidCredentials("it-is-revoked")
    note_run(ours, "main", revoked)
    status = ours.get("main").status
    assert ConnectionState.NEEDS_REAUTHENTICATION is status.state
    assert revoked.problem == status.last_error


def test_another_account_is_warned_of(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    assert ours.compare_account("main", SHOP) is None
    ours.statuses.set("main", ConnectionState.VERIFIED, account=SHOP)
    assert ours.compare_account("main", SHOP) is None
    warning = ours.compare_account("main", OTHER)
    assert warning is not None
    assert {"The Shop", "acc1", "Another Shop", "acc2"} <= set(warning.facts.values())


def test_one_app_serves_one_connection_unless_insisted(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    ours.save("main", {"client_id": "123456789012"})
    ours.save("shop", {})
    ours.one_client_one_connection("123456789012", "main")
    ours.one_client_one_connection("999999999999", "shop")
    with refused(SettingsError, "used by connection main"):
        ours.one_client_one_connection("123456789012", "shop")
    ours.one_client_one_connection("123456789012", "shop", insist=True)
    ours.edit("main", {"client_id": None})
    ours.statuses.set("main", ConnectionState.VERIFIED, client_id="123456789012")
    with refused(SettingsError, "used by connection main"):
        ours.one_client_one_connection("123456789012", "shop")


# -- secrets ---------------------------------------------------------------------------------------


def test_the_credential_is_what_the_connection_signs_in_with(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    ours.save("main", {})
    assert ours.credential("main") is None
    ours.secrets.put("main", SecretKind.API_KEY, KEY)
    ours.secrets.put("main", SecretKind.CLIENT_SECRET, "a client's secret")
    found = ours.credential("main")
    assert found is not None
    assert (KEY, True) == (found.secret, found.is_api_key)
    ours.save("main", {"auth": "oauth"})
    assert ours.credential("main") is None
    ours.secrets.put("main", SecretKind.ACCESS_TOKEN, TOKEN)
    found = ours.credential("main")
    assert found is not None
    assert (TOKEN, False) == (found.secret, found.is_api_key)
    ours.secrets.forget("main", SecretKind.ACCESS_TOKEN)
    assert ours.credential("main") is None


def test_no_representation_shows_a_secret(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    ours.save("main", {})
    ours.secrets.put("main", SecretKind.API_KEY, KEY)
    shown = repr(
        (ours, ours.vault, ours.all(), ours.secrets.masked("main"), ours.credential("main"))
    )
    assert KEY[:28] not in shown
    assert {SecretKind.API_KEY: "****cdef-us6"} == ours.secrets.masked("main")


# -- deleting --------------------------------------------------------------------------------------


def test_a_connection_in_use_stays_and_its_pipelines_are_named(tmp_path: Path) -> None:
    (tmp_path / "chimpline.toml").write_text(
        "[connections.main]\n[connections.shop]\n"
        '[pipelines.a]\nconnection = "shop"\n[pipelines.b]\nconnection = "shop"\n'
    )
    ours = connections(tmp_path)
    ours.secrets.put("shop", SecretKind.API_KEY, KEY)
    with refused(SettingsError, "pipelines a, b") as caught:
        ours.delete("shop")
    assert "not deleted" in told_of(caught.value).kept
    assert KEY == ours.secrets.get("shop", SecretKind.API_KEY)
    ours.delete("main")
    assert ["shop"] == [one.name for one in ours.all()]


def test_the_only_connection_is_used_by_a_pipeline_that_names_none(tmp_path: Path) -> None:
    (tmp_path / "chimpline.toml").write_text("[connections.main]\n[pipelines.a]\n")
    with refused(SettingsError, "pipeline a"):
        connections(tmp_path).delete("main")


def test_everything_goes_with_a_connection(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    ours.save("main", {})
    ours.save("shop", {"connections": 2})
    ours.secrets.put("shop", SecretKind.API_KEY, KEY)
    ours.statuses.set("shop", ConnectionState.VERIFIED, account=SHOP)
    why = Message.of("access-parent-refused", parent="reports")
    ours.statuses.set_access("shop", {"lists": (False, why)})
    assert {"lists": why} == ours.statuses.refused("shop")
    ours.delete("shop")
    assert ["main"] == [one.name for one in connections(tmp_path).all()]
    ours.save("shop", {})
    assert ConnectionState.NEW is ours.get("shop").status.state
    assert ((), {}) == (ours.get("shop").kept, ours.statuses.refused("shop"))


def test_what_was_chosen_of_its_tables_goes_with_a_connection(tmp_path: Path) -> None:
    (tmp_path / "chimpline.toml").write_text(
        "[connections.main]\n[connections.shop]\n"
        "[metadata.main.lists]\nselected = false\n[metadata.shop.lists]\nselected = false\n"
        '[pipelines.a]\nconnection = "main"\n'
    )
    connections(tmp_path).delete("shop")
    assert {
        "connections": {"main": {}},
        "metadata": {"main": {"lists": {"selected": False}}},
        "pipelines": {"a": {"connection": "main"}},
    } == tomllib.loads((tmp_path / "chimpline.toml").read_text())


def test_what_only_the_control_database_knows_is_listed_and_can_be_deleted(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    ours.save("main", {})
    ours.save("shop", {})
    ours.secrets.put("shop", SecretKind.API_KEY, KEY)
    path = tmp_path / "chimpline.toml"
    path.write_text(path.read_text().replace("[connections.shop]", ""))
    ours = connections(tmp_path)
    assert [("main", True), ("shop", False)] == [(one.name, one.defined) for one in ours.all()]
    ours.delete("shop")
    assert ["main"] == [one.name for one in ours.all()]


def test_refused_tables_that_a_pipeline_asks_for_are_named(tmp_path: Path) -> None:
    (tmp_path / "chimpline.toml").write_text(
        '[connections.main]\n[pipelines.a]\ntables = ["lists", "campaigns"]\n[pipelines.b]\n'
        '[pipelines.c]\ntables = ["reports"]\n'
    )
    ours = connections(tmp_path)
    no = Message("not-allowed")
    ours.statuses.set_access(
        "main", {"campaigns": (False, no), "lists": (True, None), "campaign_content": (False, no)}
    )
    # What is copied only where it is named is missed by nobody.
    assert {"a": ["campaigns"], "b": ["campaigns"]} == ours.selected_but_refused("main")


# -- processes -------------------------------------------------------------------------------------


def test_processes_that_edit_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    connections(tmp_path).save("main", {})
    program = textwrap.dedent("""
        import pathlib, sys
        from chimpline.service.connection.connections import Connections
        for n in range(5):
            ours = Connections({}, pathlib.Path(sys.argv[1]))
            ours.save(f"c{sys.argv[2]}-{n}", {"connections": n + 1})
    """)
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(number)])
        for number in range(2)
    ]
    assert [0, 0] == [process.wait(timeout=120) for process in started]
    found = {one.name: one.settings.connections for one in connections(tmp_path).all()}
    assert {"main": 8, **{f"c{p}-{n}": n + 1 for p in range(2) for n in range(5)}} == found


def test_a_process_that_dies_while_deleting_leaves_no_secret_and_can_go_on(tmp_path: Path) -> None:
    ours = connections(tmp_path)
    ours.save("main", {})
    ours.save("shop", {})
    ours.secrets.put("shop", SecretKind.API_KEY, KEY)
    program = textwrap.dedent("""
        import os, pathlib, sys
        from chimpline.service.settings import edit as settings_edit
        from chimpline.service.connection.connections import Connections
        settings_edit.private.beside = lambda *_: os._exit(9)
        Connections({}, pathlib.Path(sys.argv[1])).delete("shop")
    """)
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, timeout=60)
    assert 9 == done.returncode
    ours = connections(tmp_path)
    assert (True, ()) == (ours.get("shop").defined, ours.get("shop").kept)
    ours.delete("shop")
    assert ["main"] == [one.name for one in ours.all()]


def test_the_glossary_defines_every_state_of_a_connection() -> None:
    glossary = (Path(__file__).parents[3] / "docs" / "glossary.md").read_text(encoding="utf-8")
    page = (Path(__file__).parents[3] / "docs" / "connections.md").read_text(encoding="utf-8")
    for state in ConnectionState:
        assert f"*{state.value}*" in glossary
        assert f"| *{state.value}* |" in page
