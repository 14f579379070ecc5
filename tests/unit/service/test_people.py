"""People, sessions, tokens, and whoever guesses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import argon2
import pytest

from chimpline.errors import UserError
from chimpline.service.control import ControlDatabase
from chimpline.service.people.people import People, Person, Role
from chimpline.service.people.sessions import AT_MOST, UNUSED_FOR, Sessions
from chimpline.service.people.throttle import FREE, LONGEST_WAIT_S, Throttle
from chimpline.service.people.tokens import Scope, Tokens

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse battery"


class World:
    def __init__(self, database: ControlDatabase) -> None:
        self.now = NOW
        self.people = People(lambda: database, lambda: self.now, CHEAP)
        self.sessions = Sessions(lambda: database, lambda: self.now)
        self.tokens = Tokens(lambda: database, lambda: self.now)

    def anna(self) -> Person:
        self.people.put("anna", Role.ADMIN, PASSWORD)
        (anna,) = self.people.everyone()
        return anna


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    database = ControlDatabase(tmp_path)
    yield World(database)
    database.close()


def test_a_person_is_known_by_name_and_password(world: World) -> None:
    anna = world.anna()
    assert anna == world.people.known("anna", PASSWORD)
    assert None is world.people.known("anna", PASSWORD + "x")
    assert None is world.people.known("berta", PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "kind"),
    [
        ("anna", "short", "password-length"),
        ("anna", "x" * 1001, "password-length"),
        ("annaannaanna", "annaannaanna", "password-is-the-name"),
        ("a b", PASSWORD, "person-name"),
        ("", PASSWORD, "person-name"),
        ("<script>", PASSWORD, "person-name"),
    ],
)
def test_what_cannot_be_is_refused(world: World, name: str, password: str, kind: str) -> None:
    with pytest.raises(UserError) as refused:
        world.people.put(name, Role.VIEWER, password)
    assert kind == refused.value.kind
    assert [] == world.people.everyone()


def test_the_last_admin_stays(world: World) -> None:
    world.anna()
    world.people.put("vera", Role.VIEWER, PASSWORD)
    with pytest.raises(UserError):
        world.people.remove("anna")
    world.people.put("berta", Role.ADMIN, PASSWORD)
    world.people.remove("anna")
    assert ["berta", "vera"] == [one.name for one in world.people.everyone()]


def test_a_name_is_taken_once_and_nothing_changes_for_who_has_it(world: World) -> None:
    word = world.sessions.begin(world.anna())
    with pytest.raises(UserError) as refused:
        world.people.add("anna", Role.VIEWER, PASSWORD + "2")
    assert "person-name-taken" == refused.value.kind
    assert world.people.known("anna", PASSWORD) is not None
    assert world.sessions.of(word) is not None


def test_a_change_is_made_whole_or_not_at_all(world: World) -> None:
    word = world.sessions.begin(world.anna())
    with pytest.raises(UserError):
        world.people.change("anna", Role.VIEWER, PASSWORD + "2")
    with pytest.raises(UserError):
        world.people.change("anna", Role.ADMIN, "short")
    with pytest.raises(UserError):
        world.people.change("nobody")
    assert world.people.known("anna", PASSWORD) is not None
    assert world.sessions.of(word) is not None
    world.people.put("berta", Role.ADMIN, PASSWORD)
    world.people.change("anna", Role.VIEWER, PASSWORD + "2")
    anna = world.people.known("anna", PASSWORD + "2")
    assert anna is not None
    assert Role.VIEWER is anna.role
    assert None is world.sessions.of(word)


def test_a_session_lasts_while_it_is_used(world: World) -> None:
    word = world.sessions.begin(world.anna())
    for _ in range(int(AT_MOST / (UNUSED_FOR - MINUTE))):
        world.now += UNUSED_FOR - MINUTE
        assert world.sessions.of(word) is not None
    world.now = NOW + AT_MOST + MINUTE
    assert None is world.sessions.of(word)


def test_a_session_that_is_not_used_ends(world: World) -> None:
    word = world.sessions.begin(world.anna())
    world.now += UNUSED_FOR + MINUTE
    assert None is world.sessions.of(word)


def test_signing_in_ends_the_session_before_it(world: World) -> None:
    """Whoever planted a word in a browser holds nothing after its owner signed in."""
    first = world.sessions.begin(world.anna())
    second = world.sessions.begin(world.anna(), instead_of=first)
    assert first != second
    assert None is world.sessions.of(first)


def test_a_new_password_and_a_removal_end_all_sessions(world: World) -> None:
    anna = world.anna()
    word = world.sessions.begin(anna)
    world.people.put("anna", Role.ADMIN, PASSWORD + "2")
    assert None is world.sessions.of(word)
    assert None is world.sessions.of("no such word")


def test_a_token_reaches_as_far_as_its_scopes(world: World) -> None:
    word = world.tokens.create("grafana", [Scope.OPERATE])
    token = world.tokens.of(word)
    assert token is not None
    reach = {scope: token.may(scope) for scope in Scope}
    assert {
        Scope.READ: True,
        Scope.OPERATE: True,
        Scope.ADMIN: False,
        Scope.DATA: False,
    } == reach
    admin = world.tokens.of(world.tokens.create("deploy", [Scope.ADMIN]))
    assert admin is not None
    assert not admin.may(Scope.DATA)


def test_a_token_expires_and_can_be_revoked(world: World) -> None:
    word = world.tokens.create("short", [Scope.READ], NOW + MINUTE)
    assert world.tokens.of(word) is not None
    world.now += MINUTE
    assert None is world.tokens.of(word)
    lasting = world.tokens.create("lasting", [Scope.READ])
    world.tokens.revoke("lasting")
    assert None is world.tokens.of(lasting)
    with pytest.raises(UserError):
        world.tokens.revoke("lasting")


def test_names_of_tokens_are_taken_once_and_the_last_use_is_noted(world: World) -> None:
    word = world.tokens.create("one", [Scope.READ])
    with pytest.raises(UserError):
        world.tokens.create("one", [Scope.READ])
    world.tokens.of(word)
    (token,) = world.tokens.everything()
    assert NOW == token.used_at


def test_whoever_guesses_waits_longer_and_longer() -> None:
    now = 0.0
    throttle = Throttle(lambda: now)
    for _ in range(FREE - 1):
        throttle.failed("anna")
    assert 0.0 == throttle.wait_s("anna")
    waits = []
    for _ in range(12):
        throttle.failed("anna")
        waits.append(throttle.wait_s("anna", "somebody else"))
        now += waits[-1]
    assert sorted(waits) == waits
    assert (1.0, LONGEST_WAIT_S) == (waits[0], waits[-1])
    throttle.worked("anna")
    assert 0.0 == throttle.wait_s("anna")
