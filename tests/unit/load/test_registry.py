"""Kinds of destinations: what each says of itself holds, and another one joins by one file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chimpline.errors import SettingsError
from chimpline.load import registry
from chimpline.load.registry import Kind, UrlRefused
from tests.words import told_of


def each_kind() -> list[Kind]:
    return list(registry.kinds())


def test_the_kinds_of_this_package() -> None:
    assert ["DuckDB", "PostgreSQL"] == [kind.name for kind in registry.kinds()]
    assert ("duckdb", "postgresql") == registry.schemes()


def test_to_know_the_kinds_loads_no_driver() -> None:
    code = (
        "import sys; from chimpline.load.registry import kinds; kinds();"
        "print(*{'duckdb', 'adbc_driver_manager', 'pyarrow'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "\n"


@pytest.mark.parametrize("kind", each_kind(), ids=lambda kind: kind.name)
def test_the_urls_that_a_kind_shows_are_its_own(kind: Kind) -> None:
    for form in kind.forms:
        assert kind is registry.kind_of(form)
        assert form == registry.read(form)
        assert form in registry.forms()


@pytest.mark.parametrize("kind", each_kind(), ids=lambda kind: kind.name)
def test_its_settings_make_a_url_that_it_reads(kind: Kind) -> None:
    for setting in kind.settings:
        assert re.fullmatch(setting.pattern, setting.example)
    whole = {setting.name: setting.example for setting in kind.settings}
    least = {setting.name: setting.example for setting in kind.settings if setting.needed}
    for settings in (whole, least):
        assert kind is registry.kind_of(kind.url(settings))
        assert kind.url(settings) == registry.read(kind.url(settings))


@pytest.mark.parametrize(
    ("scheme", "settings", "url"),
    [
        ("duckdb", {"file": "copy.duckdb"}, "duckdb:///copy.duckdb"),
        ("duckdb", {"file": "/data/my copy?.duckdb"}, "duckdb:////data/my copy%3F.duckdb"),
        ("postgresql", {"database": "shop"}, "postgresql:///shop"),
        (
            "postgresql",
            {"host": "db.example.com", "port": "5433", "user": "a@b", "database": "a/b"},
            "postgresql://a%40b@db.example.com:5433/a%2Fb",
        ),
        ("postgresql", {"host": "::1", "database": "x"}, "postgresql://[::1]/x"),
        (
            "postgresql",
            {"host": "/run/postgresql", "user": "me", "database": "x", "sslmode": "disable"},
            "postgresql://me@/x?host=/run/postgresql&sslmode=disable",
        ),
    ],
)
def test_from_settings_to_a_url(scheme: str, settings: dict[str, str], url: str) -> None:
    kind = registry.kind_named(scheme)
    assert kind is not None
    assert url == kind.url(settings)
    assert url == kind.read(url)


@pytest.mark.parametrize("letters", ["a b", "메일", "100%", "why?", "#1", "%23"])
def test_a_file_is_found_again_whatever_it_and_its_directory_are_called(
    tmp_path: Path, letters: str
) -> None:
    (tmp_path / letters).mkdir()
    (tmp_path / letters / f"{letters}.duckdb").touch()
    kind = registry.kind_of("duckdb:")
    url = kind.absolute(kind.url({"file": f"{letters}.duckdb"}), tmp_path / letters)
    assert url == kind.read(url)
    assert not kind.is_missing(url)


def test_an_older_scheme_is_written_as_the_usual_one() -> None:
    assert "postgresql://me@db/x" == registry.read("postgres://me@db/x")


def test_a_user_without_a_password_may_have_the_colon_of_one() -> None:
    assert "postgresql://me:@db/x" == registry.read("postgresql://me:@db/x")


@pytest.mark.parametrize(
    "rest",
    [
        "me@db/shop#?host=evil",
        "me@db/shop?application_name=x#&host=evil",
        "db#@evil/shop",
        "db?@evil/shop",
        "db?application_name=a@evil",
        "me@evil,you@db/shop",
        "me@db/shop?sslkeylogfile=/tmp/keys",
    ],
)
def test_a_url_that_libpq_takes_for_another_servers_is_refused(rest: str) -> None:
    """Its password would go where nobody asked whether it may."""
    with pytest.raises(UrlRefused) as refused:
        registry.read(f"postgresql://{rest}")
    assert not refused.value.secret


def test_a_password_is_named_as_such_whatever_is_in_it() -> None:
    for password in ("a#b", "a@b", "a?b"):
        with pytest.raises(UrlRefused) as refused:
            registry.read(f"postgresql://me:{password}@db/shop")
        assert refused.value.secret


def test_a_scheme_that_nobody_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        registry.read("mysql://me:secret@db/x")
    assert "secret" not in str(told_of(caught.value))
    assert f"Write {registry.forms()}." == told_of(caught.value).do
