"""Alerts: one message a cause and one when it is over, tried again until it is sent."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chimpline.errors import UserError
from chimpline.extract.decode.decoder import Decoder
from chimpline.message import Message, Problem
from chimpline.model import RunState
from chimpline.runs.report.events import Notice, as_json
from chimpline.runs.report.extras import oddities_of
from chimpline.service.alerts.alerts import Alerts, changes_at_source, in_words
from chimpline.service.alerts.kinds import AlertKind
from chimpline.service.alerts.memory import AlertMessage
from chimpline.service.alerts.sending import Sent
from chimpline.service.connection.statuses import ConnectionState, OnDemand, Statuses
from chimpline.service.desk import Desk
from chimpline.service.execution.past import PastRun
from tests.words import refused, sentence

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
ADDRESS = "jsons://me:hush-hush@hooks.example.com/path"
SETTINGS = """\
# ours
[connections.main]

[pipelines.daily]
connection = "main"
fresh_within = "6 hours"

[pipelines.other]
connection = "main"

[alerts.team]  # all of it
"""


class World:
    """A desk in a directory, a clock that is set, and a service that takes what is sent to it."""

    def __init__(self, cwd: Path) -> None:
        self.now = NOW
        self.answer = Sent(ok=True)
        self.sent: list[tuple[str, str]] = []
        self.file = cwd / "chimpline.toml"
        self.file.write_text(SETTINGS, encoding="utf-8")
        environ = {"CHIMPLINE_VAULT_KEY": "ab" * 32}
        self.desk = Desk(environ, cwd, clock=lambda: self.now)
        self.alerts = self.started()
        self.alerts.put("team", tuple(AlertKind), None, ADDRESS)

    def started(self) -> Alerts:
        return Alerts(self.desk, self.say, self.send)

    @staticmethod
    def say(message: Message, part: str | None) -> str:
        return f"{part or 'body'} {message}"

    def send(self, address: str, title: str, body: str) -> Sent:
        assert title.startswith("title alert-")
        self.sent.append((address, body))
        return self.answer

    def ran(self, state: RunState, pipeline: str = "daily", **given: Any) -> str:
        run_id = f"r{self.now:%d%H%M%S}"
        begun = self.now - dt.timedelta(seconds=30)
        run = PastRun(run_id, pipeline, state, begun, finished_at=begun, exit=1)
        self.desk.past.put(dataclasses.replace(run, **given))
        return run_id

    def says(self, *, after: dt.timedelta = dt.timedelta(minutes=1)) -> list[str]:
        """What is sent at the next look: its kinds, and whom each is about."""
        self.now += after
        before = len(self.sent)
        self.alerts.look()
        self.alerts.deliver()
        return [body.removeprefix("body alert-") for _, body in self.sent[before:]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.desk.close()


def test_a_failure_is_told_once_and_its_recovery_once(world: World) -> None:
    first = world.ran(RunState.FAILED)
    assert [f"failure (subject=daily, run_id={first})"] == world.says()
    assert [] == world.says()
    world.ran(RunState.FAILED)
    assert [] == world.says()
    world.ran(RunState.SKIPPED)
    assert [] == world.says()
    last = world.ran(RunState.SUCCEEDED)
    assert [f"recovery (subject=daily, run_id={last})"] == world.says()
    again = world.ran(RunState.FAILED)
    assert [f"failure (subject=daily, run_id={again})"] == world.says()
    assert {ADDRESS} == {address for address, _ in world.sent}


def test_another_start_tells_nothing_twice(world: World) -> None:
    world.ran(RunState.UNPROVEN)
    assert ["unproven"] == [one.partition(" ")[0] for one in world.says()]
    world.alerts = world.started()
    assert [] == world.says()


def test_data_that_gets_too_old_is_told_and_what_is_fresh_again_too(world: World) -> None:
    world.ran(RunState.SUCCEEDED)
    assert [] == world.says(after=dt.timedelta(hours=5))
    assert ["late"] == [one.partition(" ")[0] for one in world.says(after=dt.timedelta(hours=2))]
    world.ran(RunState.SUCCEEDED)
    assert ["recovery"] == [one.partition(" ")[0] for one in world.says()]


def test_a_sign_in_that_is_refused_is_told_once_for_all_pipelines(world: World) -> None:
    statuses = Statuses(OnDemand(world.desk.state.path), world.desk.clock)
    error = Problem(sentence("Refused."), Message("kept-nothing-touched"))
    statuses.set("main", ConnectionState.NEEDS_REAUTHENTICATION, error=error)
    for pipeline in ("daily", "other"):
        world.ran(RunState.FAILED, pipeline, run_id=pipeline, exit=2)
    assert ["reauthentication (subject=main, run_id=None)"] == world.says()
    text = world.file.read_text("utf-8")
    world.file.write_text(text + "[pipelines.wrong]\ncolour = 1\n", "utf-8")
    assert [] == world.says()
    world.file.write_text(text, "utf-8")
    assert [] == world.says()
    statuses.set("main", ConnectionState.VERIFIED)
    assert ["recovery-sign-in (subject=main, run_id=None)"] == world.says()


def test_a_schema_change_is_told_once_a_field(world: World) -> None:
    def noticed(*fields: str) -> None:
        run_id = world.ran(RunState.SUCCEEDED)
        with world.desk.state.event_file(run_id) as file:
            told = Message.of("run-met-fields", paths=fields, more=None)
            file.write(as_json(Notice(at=NOW, said=told, table="lists")))
            file.write(as_json(Notice(at=NOW, said=sentence("Slow."))))

    noticed("jane@example.com", "b")
    (told,) = world.says()
    assert told.startswith("schema (subject=daily, run_id=")
    noticed("b")
    assert [] == world.says()
    noticed("c", "b")
    assert ["schema"] == [one.partition(" ")[0] for one in world.says()]
    assert "jane" not in json.dumps(world.sent)


def test_what_a_run_says_of_the_source_is_told_apart_from_all_else() -> None:
    def event(said: Message) -> dict[str, Any]:
        return as_json(Notice(at=NOW, said=said, table="list_members"))

    read = Message.of("members-read-whole", where="x", why="due", on=None, definitions=None)
    assert [] == changes_at_source(event(read))
    anew = Message.of("members-read-whole", where="x", why="defined", on=None, definitions="d1")
    assert ["d1"] == changes_at_source(event(anew))
    decoder = cast(Decoder, SimpleNamespace(in_extra={"b", "a"}, replaced=True))
    said = [said for _, said in oddities_of({"lists": decoder})]
    assert [["a", "b"], []] == [changes_at_source(event(one)) for one in said]


def test_what_cannot_be_sent_is_tried_again_ever_later_and_shown(world: World) -> None:
    world.answer = Sent(ok=False, status=404)
    world.ran(RunState.FAILED)
    assert 1 == len(world.says())
    (kept,) = world.alerts.memory.newest()
    assert (1, "alert-trouble-refused", None) == (kept.tries, kept.trouble, kept.sent_at)
    assert kept.again_at == world.now + dt.timedelta(minutes=1)
    assert 0 == len(world.says(after=dt.timedelta(seconds=30)))
    assert 1 == len(world.says(after=dt.timedelta(minutes=1)))
    assert 0 == len(world.says(after=dt.timedelta(minutes=1)))
    world.answer = Sent(ok=True)
    assert 1 == len(world.says(after=dt.timedelta(hours=1)))
    (kept,) = world.alerts.memory.newest()
    assert (3, None, world.now) == (kept.tries, kept.trouble, kept.sent_at)
    assert [] == world.alerts.memory.due()


def test_another_address_is_tried_at_once(world: World) -> None:
    world.answer = Sent(ok=False, status=404)
    world.ran(RunState.FAILED)
    world.says()
    memory = world.alerts.memory
    (kept,) = memory.newest()
    assert [] == memory.due()
    memory.at_once("another")
    assert [] == memory.due()
    memory.at_once(kept.alert)
    (again,) = memory.due()
    assert (kept.id, 0, None) == (again.id, again.tries, again.trouble)


def test_what_could_not_be_sent_for_days_is_given_up() -> None:
    message = AlertMessage("team", AlertKind.LATE, "daily", None, NOW, tries=80)
    near = dataclasses.replace(message, tried_at=NOW + dt.timedelta(days=2))
    assert near.tried_at is not None
    assert near.again_at == near.tried_at + dt.timedelta(hours=1)
    over = dataclasses.replace(message, tried_at=NOW + dt.timedelta(days=3))
    assert over.given_up
    assert over.again_at is None


def test_an_alert_that_is_taken_out_of_the_file_says_nothing_more(world: World) -> None:
    world.answer = Sent(ok=False)
    world.ran(RunState.FAILED)
    world.says()
    assert 1 == world.alerts.memory.unsent()
    world.file.write_text(SETTINGS.partition("[alerts")[0], encoding="utf-8")
    world.now += dt.timedelta(hours=1)
    world.answer, world.sent = Sent(ok=True), []
    world.alerts.deliver()
    assert ([], 0) == (world.sent, world.alerts.memory.unsent())


def test_an_alert_is_told_only_what_it_asks_for(world: World) -> None:
    world.alerts.put("team", [AlertKind.LATE], ["other"], None)
    world.ran(RunState.FAILED, "other")
    world.ran(RunState.FAILED, "daily", run_id="x")
    assert [] == world.says()
    assert [] == world.says(after=dt.timedelta(hours=7))  # `daily` is late


def test_the_file_keeps_its_comments_and_never_has_the_address(world: World) -> None:
    world.alerts.put("team", [AlertKind.FAILURE], ["daily"], None)
    world.alerts.put("boss", [AlertKind.RECOVERY], None, ADDRESS)
    text = world.file.read_text("utf-8")
    assert text.startswith("# ours\n")
    assert "[alerts.team]  # all of it\n" in text
    assert "hush-hush" not in text
    assert "hush-hush" not in repr(world.alerts.everything())
    assert [("team", "Webhook (JSON)"), ("boss", "Webhook (JSON)")] == [
        (one.name, one.service) for one in world.alerts.everything()
    ]
    assert b"hush-hush" not in (world.desk.state.path / "control.db").read_bytes()


def test_an_alert_that_is_removed_takes_its_address_with_it(world: World) -> None:
    world.answer = Sent(ok=False)
    world.ran(RunState.FAILED)
    world.says()
    world.alerts.remove("team")
    assert "alerts" not in world.file.read_text("utf-8")
    assert [] == world.alerts.memory.newest()
    with refused(UserError, "There is no alert team"):
        world.alerts.test("team")
    with refused(UserError, "has no address"):
        world.alerts.put("team", [AlertKind.LATE], None, None)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (("a/b", [AlertKind.LATE], None, ADDRESS), "alert-name"),
        (("ok", [], None, ADDRESS), "alert-without-kind"),
        (("ok", [AlertKind.LATE], ["nightly"], ADDRESS), "console-pipeline-unknown"),
        (("ok", [AlertKind.LATE], None, "file:///etc/passwd"), "alert-address-not-understood"),
    ],
)
def test_what_no_alert_can_be_is_refused_and_leaves_nothing(
    world: World, given: Any, kind: str
) -> None:
    before = world.file.read_text("utf-8")
    with pytest.raises(UserError) as caught:
        world.alerts.put(*given)
    assert kind == caught.value.kind
    assert before == world.file.read_text("utf-8")


def test_a_test_says_that_it_is_one(world: World) -> None:
    assert Sent(ok=True) == world.alerts.test("team")
    assert [(ADDRESS, "body alert-test (alert=team)")] == world.sent


def test_another_key_of_the_vault_takes_the_addresses_along(world: World) -> None:
    vault = world.alerts._book()._vault
    vault.rotate_key("cd" * 32)
    world.desk.environ = {"CHIMPLINE_VAULT_KEY": "cd" * 32}
    assert Sent(ok=True) == world.alerts.test("team")


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_has_words_of_its_own(kind: AlertKind) -> None:
    message = AlertMessage("team", kind, "daily", "r1", NOW)
    assert in_words(message).facts.keys() <= {"subject", "run_id"}
