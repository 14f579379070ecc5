"""A secret goes to the host that it was given for, and to no other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimpline.clock import utc_now
from chimpline.errors import SettingsError
from chimpline.load.registry import kind_of
from chimpline.service import destinations
from chimpline.service.connection import hosts
from chimpline.service.connection.connections import Connections
from chimpline.service.connection.remembered import Remembered
from chimpline.service.connection.vault import SecretKind
from chimpline.service.prepared import prepare
from chimpline.service.settings.request import Configuration, read
from tests.words import refused

KEY = "0123456789abcdef0123456789abcdef-us6"
VAULT = {"CHIMPLINE_VAULT_KEY": "cd" * 32}
EVIL = "https://evil.example/3.0"


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Connections]:
    with contextlib.closing(Connections(VAULT, tmp_path)) as made:
        yield made


def keep(ours: Connections, kind: SecretKind, **settings: object) -> None:
    saved = ours.save("main", {"auth": "api_key", **settings})
    ours.keep("main", kind, KEY, saved.settings)


def test_a_key_stays_with_its_host(ours: Connections) -> None:
    keep(ours, SecretKind.API_KEY)
    assert ours.credential("main") is not None
    ours.save("main", {"api_root": EVIL})
    with refused(SettingsError, r"was given for Mailchimp.*https://evil.example:443"):
        ours.credential("main")
    ours.save("main", {"api_root": None})
    assert ours.credential("main") is not None


def test_another_path_of_the_same_host_is_the_same_host(ours: Connections) -> None:
    keep(ours, SecretKind.API_KEY, api_root="https://us6.example/3.0")
    ours.save("main", {"api_root": "https://US6.example:443/3.1"})
    assert ours.credential("main") is not None
    ours.save("main", {"api_root": "http://us6.example/3.0"})
    with pytest.raises(SettingsError):
        ours.credential("main")


def test_a_token_and_a_client_secret_stay_with_the_login_server(ours: Connections) -> None:
    keep(ours, SecretKind.ACCESS_TOKEN, auth="oauth", client_id="123456789012")
    settings = ours.get("main").settings
    ours.keep("main", SecretKind.CLIENT_SECRET, "a-client-secret", settings)
    assert "a-client-secret" == ours.client_secret("main", settings)
    changed = ours.save("main", {"login_root": "https://evil.example"}).settings
    assert ours.client_secret("main", changed) is None
    with pytest.raises(SettingsError):
        ours.credential("main")


def test_an_option_of_one_command_changes_nothing_of_it(ours: Connections) -> None:
    keep(ours, SecretKind.API_KEY)
    settings = ours.get("main").settings.model_copy(update={"api_root": EVIL})
    with pytest.raises(SettingsError):
        Remembered("main", lambda: ours, settings).credential()


def test_a_secret_from_before_hosts_were_noted_goes_to_no_host_named_in_the_console(
    ours: Connections,
) -> None:
    ours.save("main", {"auth": "api_key", "api_root": "https://compatible.example/3.0"})
    ours.secrets.put("main", SecretKind.API_KEY, KEY)
    assert ours.credential("main") is not None
    ours.name_hosts("main", {"api_root": EVIL})
    ours.save("main", {"api_root": EVIL})
    with pytest.raises(SettingsError):
        ours.credential("main")


def test_a_host_that_the_file_names_already_is_not_named_by_saving_it_again(
    ours: Connections,
) -> None:
    ours.save("main", {"api_root": "https://compatible.example/3.0"})
    ours.name_hosts("main", {"api_root": "https://compatible.example/3.0", "connections": 2})
    assert not ours.is_named("main", ours.get("main").settings)


def test_the_environments_secret_goes_to_no_host_named_in_the_console(tmp_path: Path) -> None:
    environ = {**VAULT, "CHIMPLINE_API_KEY": KEY}
    with contextlib.closing(Connections(environ, tmp_path)) as ours:
        ours.save("main", {"auth": "api_key"})
        assert ours.given_credential("main") is not None
        ours.name_hosts("main", {"api_root": EVIL})
        saved = ours.save("main", {"api_root": EVIL})
        assert ours.given_credential("main") is None
        configuration = read(environ, tmp_path, known_tables=lambda: ["lists"])
        chosen = configuration.choose()

        def prepared() -> str:
            made = prepare(
                configuration,
                chosen,
                environ=environ,
                connections=lambda: ours,
                notice=lambda _: None,
            )
            return made.request.credential.secret

        with refused(SettingsError, "was named in the console"):
            prepared()
        other = "f" * 32 + "-us6"
        ours.keep("main", SecretKind.API_KEY, other, saved.settings)
        assert other == prepared()


def test_what_is_known_of_hosts_goes_with_the_secrets(ours: Connections) -> None:
    keep(ours, SecretKind.API_KEY)
    ours.save("other", {})
    ours.definitions.remove("main")
    ours.statuses.remove("main")
    assert ours.hosts.given_for(hosts.of_connection("main"), SecretKind.API_KEY) is None


# -- destinations ----------------------------------------------------------------------------------


def at(cwd: Path, url: str, **environ: str) -> Configuration:
    text = f'[destinations.warehouse]\nurl = "{url}"\n'
    (cwd / "chimpline.toml").write_text(text, encoding="utf-8")
    return read({**VAULT, **environ}, cwd)


def password_of(configuration: Configuration) -> str | None:
    found = configuration.destination("warehouse")
    return configuration.destination_secrets(found).get("password")


def test_a_password_stays_with_its_server(tmp_path: Path) -> None:
    before = at(tmp_path, "postgresql://me@db.example/shop")
    destinations.store(before, "warehouse", {"password": "correct horse"}, utc_now)
    assert "correct horse" == password_of(at(tmp_path, "postgresql://you@db.example/other"))
    for other in ("postgresql://me@evil.example/shop", "postgresql://me@db.example:99/shop"):
        with refused(SettingsError, r"was given for db\.example"):
            password_of(at(tmp_path, other))
    for hidden in ("host=evil.example", "hostaddr=10.0.0.1", "service=evil", "port=99"):
        with pytest.raises(SettingsError):
            password_of(at(tmp_path, f"postgresql://me@db.example/shop?{hidden}"))
    assert destinations.forget(before, "warehouse", utc_now)
    assert password_of(at(tmp_path, "postgresql://me@evil.example/shop")) is None


def test_the_environments_password_goes_to_no_server_named_in_the_console(tmp_path: Path) -> None:
    given = {"CHIMPLINE_DESTINATION_PASSWORD": "battery"}
    configuration = at(tmp_path, "postgresql://me@db.example/shop", **given)
    assert "battery" == password_of(configuration)
    url = "postgresql://me@evil.example/shop"
    with contextlib.closing(Connections(VAULT, tmp_path)) as ours:
        ours.hosts.name(hosts.of_destination("warehouse"), [kind_of(url).server(url)])
    assert "" == password_of(at(tmp_path, url, **given))
    assert "battery" == password_of(configuration)
