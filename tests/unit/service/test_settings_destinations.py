"""Destinations under a name: their settings, their place, their secrets, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest

from chimpline.errors import SettingsError, UserError
from chimpline.redact import redact
from chimpline.runs.request import Credential
from chimpline.service.connection.vault import Vault
from chimpline.service.control import ControlDatabase
from chimpline.service.settings.request import Chosen, Configuration, read
from tests.words import refused, told_of

VAULT = {"CHIMPLINE_VAULT_KEY": "ab" * 32}
WAREHOUSE = """
[destinations.warehouse]
url = "postgresql://me@db.example.com/shop"
dataset = "letters"

[pipelines.daily]
destination = "warehouse"
"""


def configuration(
    tmp_path: Path, toml: str, environ: Mapping[str, str] | None = None
) -> Configuration:
    (tmp_path / "chimpline.toml").write_text(toml, encoding="utf-8")
    return read(environ or {}, tmp_path, today=dt.date(2026, 11, 23), known_tables=lambda: ())


def chosen(
    tmp_path: Path, toml: str, environ: Mapping[str, str] | None = None, **options: object
) -> Chosen:
    return configuration(tmp_path, toml, environ).choose(None, options)


def test_a_pipeline_names_a_destination(tmp_path: Path) -> None:
    found = chosen(tmp_path, WAREHOUSE)
    request = found.request(Credential("x", is_api_key=True))
    assert "warehouse" == found.destination_name
    assert "postgresql://me@db.example.com/shop" == request.destination
    assert "letters" == request.dataset  # the destination's, since the pipeline names none


def test_the_dataset_of_the_pipeline_goes_before_that_of_the_destination(tmp_path: Path) -> None:
    assert "mine" == chosen(tmp_path, f'{WAREHOUSE}dataset = "mine"\n').pipeline.dataset
    assert "typed" == chosen(tmp_path, WAREHOUSE, dataset="typed").pipeline.dataset
    given = chosen(tmp_path, WAREHOUSE, {"CHIMPLINE_DATASET": "given"})
    assert "given" == given.pipeline.dataset


@pytest.mark.parametrize(
    ("toml", "url"),
    [
        ('kind = "duckdb"\nfile = "copy.duckdb"', "duckdb:///{beside}/copy.duckdb"),
        ('url = "duckdb:///copy.duckdb"', "duckdb:///{beside}/copy.duckdb"),
        ('kind = "duckdb"\nfile = "/data/copy.duckdb"', "duckdb:////data/copy.duckdb"),
        (
            'kind = "postgresql"\nhost = "db"\nport = 5433\nuser = "me"\ndatabase = "shop"',
            "postgresql://me@db:5433/shop",
        ),
    ],
)
def test_the_parts_of_a_destination_make_its_url(tmp_path: Path, toml: str, url: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "chimpline.toml").write_text(f"[destinations.it]\n{toml}\n", encoding="utf-8")
    there = read({}, elsewhere, settings=tmp_path / "chimpline.toml")
    assert url.format(beside=tmp_path) == there.choose(None, {"destination": "it"}).destination
    assert url.format(beside=tmp_path) == there.destination("it").url


def test_a_url_goes_on_working_beside_destinations_with_names(tmp_path: Path) -> None:
    found = chosen(tmp_path, WAREHOUSE, destination="duckdb:///other.duckdb")
    assert (None, f"duckdb:///{tmp_path}/other.duckdb") == (
        found.destination_name,
        found.destination,
    )
    assert "mailchimp" == found.pipeline.dataset


def test_a_url_that_leads_to_a_named_destination_is_that_one(tmp_path: Path) -> None:
    found = chosen(tmp_path, WAREHOUSE, destination="postgres://me@db.example.com/shop")
    assert "warehouse" == found.destination_name


def test_every_setting_of_a_destination_is_a_variable_too(tmp_path: Path) -> None:
    environ = {
        "CHIMPLINE_DESTINATIONS__NEW__KIND": "postgresql",
        "CHIMPLINE_DESTINATIONS__NEW__DATABASE": "shop",
        "CHIMPLINE_DESTINATIONS__WAREHOUSE__DATASET": "mine",
        "CHIMPLINE_DESTINATION": "new",
    }
    assert "postgresql:///shop" == chosen(tmp_path, WAREHOUSE, environ).destination
    named = chosen(tmp_path, WAREHOUSE, environ, destination="warehouse")
    assert "mine" == named.pipeline.dataset


# -- secrets ---------------------------------------------------------------------------------------


def kept(tmp_path: Path, **secrets: str) -> None:
    state_dir = tmp_path / ".chimpline"
    Vault(ControlDatabase(state_dir), VAULT, state_dir).put_of_destination("warehouse", secrets)


def test_the_password_comes_from_the_vault(tmp_path: Path) -> None:
    kept(tmp_path, password="correct horse")
    found = chosen(tmp_path, WAREHOUSE, VAULT)
    assert {"password": "correct horse"} == found.destination_secrets
    request = found.request(Credential("x", is_api_key=True))
    assert {"password": "correct horse"} == request.destination_secrets
    assert "correct horse" not in f"{found!r} {request!r}"
    assert "correct horse" not in redact("it is correct horse")
    other = chosen(tmp_path, WAREHOUSE, VAULT, destination="postgresql://me@other/shop")
    assert {} == other.destination_secrets


def test_the_environment_goes_before_the_vault_and_the_nearer_variable_first(
    tmp_path: Path,
) -> None:
    kept(tmp_path, password="correct horse")
    environ = {**VAULT, "CHIMPLINE_DESTINATION_PASSWORD": "battery"}
    found = chosen(tmp_path, WAREHOUSE, environ)
    assert {"password": "battery"} == found.destination_secrets
    environ["CHIMPLINE_DESTINATIONS__WAREHOUSE__PASSWORD"] = "staple"
    found = chosen(tmp_path, WAREHOUSE, environ)
    assert {"password": "staple"} == found.destination_secrets
    other = chosen(tmp_path, WAREHOUSE, environ, destination="postgresql://me@other/shop")
    assert {"password": "battery"} == other.destination_secrets
    assert "battery staple" not in redact("battery staple")


def test_a_secret_that_the_kind_does_not_have_is_not_given_along(tmp_path: Path) -> None:
    environ = {"CHIMPLINE_DESTINATION_PASSWORD": "battery"}
    assert {} == chosen(tmp_path, "", environ).destination_secrets  # a DuckDB file has none


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toml", "what", "do"),
    [
        (
            (
                '[pipelines.daily]\ndestination = "warehose"\n[destinations.warehouse]\n'
                'url = "duckdb:///x.duckdb"\n'
            ),
            (
                "There is no destination 'warehose' (chimpline.toml, line 2). "
                "Did you mean 'warehouse'?"
            ),
            "write [destinations.warehose] into the settings file, or give a URL: duckdb:///",
        ),
        (
            '[destinations.it]\ndataset = "x"\n',
            "Destination it (chimpline.toml, line 1) has neither a url nor a kind.",
            'kind as "duckdb" or "postgresql"',
        ),
        (
            '[destinations.it]\nurl = "duckdb:///x.duckdb"\nkind = "duckdb"\n',
            "has a url, and kind beside it.",
            "Keep the url alone under [destinations.it]",
        ),
        (
            '[destinations.it]\nkind = "postgres"\nhost = "x"\n',
            "Destination it (chimpline.toml, line 1) has no database.",
            "Write it under [destinations.it]: the name of a database",
        ),
        (
            '[destinations.it]\nkind = "mysql"\n',
            (
                "kind (chimpline.toml, line 2) of destination it is not right: there is no "
                "destination of the kind mysql."
            ),
            'Write kind as "duckdb" or "postgresql".',
        ),
        (
            '[destinations.it]\nkind = "postgresql"\ndatabase = "x"\nhosst = "y"\n',
            (
                "hosst (chimpline.toml, line 4) is not a setting of a PostgreSQL destination. "
                "Did you mean 'host'?"
            ),
            "There are: host, port, user, database, sslmode, dataset.",
        ),
        (
            '[destinations.it]\nkind = "postgresql"\ndatabase = "x"\nport = 70000\n',
            "port (chimpline.toml, line 4) of destination it is not right.",
            "Write port as a number from 1 to 65535: 5432.",
        ),
        (
            '[destinations.it]\nkind = "duckdb"\nfile = true\n',
            "file (chimpline.toml, line 3) of destination it is not right.",
            'the path of a file: "mailchimp.duckdb"',
        ),
        (
            '[destinations.it]\nkind = "duckdb"\nfile = ":memory:"\n',
            "file (chimpline.toml, line 3) of destination it is not right.",
            "the path of a file",
        ),
        (
            '[destinations."a b"]\nurl = "duckdb:///x.duckdb"\n',
            "'a b' (in chimpline.toml) cannot be the name of a destination.",
            "Use letters, digits, - and _ for names.",
        ),
        (
            '[destinations.it]\nurl = "x.duckdb"\n',
            'url "x.duckdb" (chimpline.toml, line 2) is not right: it is not a URL.',
            "duckdb:///relative.duckdb",
        ),
        ("[destinations]\nit = 1\n", "destinations.it", "[destinations.it]"),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_its_right_form(
    tmp_path: Path, toml: str, what: str, do: str
) -> None:
    with pytest.raises(UserError) as caught:
        chosen(tmp_path, toml)
    assert what in told_of(caught.value).what
    assert do in told_of(caught.value).do


@pytest.mark.parametrize(
    "toml",
    [
        '[destinations.it]\nkind = "postgresql"\ndatabase = "x"\npassword = "hunter2hunter2"\n',
        '[destinations.it]\nurl = "postgresql://me:hunter2hunter2@db/x"\n',
    ],
)
def test_a_password_in_the_file_is_refused_with_the_way_to_store_it(
    tmp_path: Path, toml: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        chosen(tmp_path, toml)
    assert "chimpline destination" in told_of(caught.value).do
    assert "hunter2" not in str(told_of(caught.value))


def test_a_variable_of_no_setting_is_refused(tmp_path: Path) -> None:
    with refused(SettingsError, "a destination has no hosst"):
        chosen(tmp_path, "", {"CHIMPLINE_DESTINATIONS__IT__HOSST": "x"})
