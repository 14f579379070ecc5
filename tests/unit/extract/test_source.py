"""The requests of a slice, through the real client to the seam of the network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import pytest

from chimpline.api.budget import Budget
from chimpline.api.client import Client, Retry
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import Answer
from chimpline.catalog.tables import tables
from chimpline.errors import SourceUnavailable
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.source import Source
from chimpline.extract.walk import walk
from tests.unit.extract.fakes import Collection, Taken
from tests.words import refused

T = TypeVar("T")
Respond = Callable[[str, dict[str, str]], tuple[int, object]]


class FakeTransport:
    """Answers by `respond`, which is given the path and the parameters."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def get(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float, **_: Any
    ) -> Answer:
        assert headers
        assert timeout_s
        parts = urlsplit(url)
        asked = (parts.path.removeprefix("/3.0"), dict(parse_qsl(parts.query)))
        self.asked.append(asked)
        status, body = self.respond(*asked)
        kind = "application/json" if status == 200 else "application/problem+json"
        head = {"content-type": kind, "date": "Mon, 23 Nov 2026 12:00:07 GMT"}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Answer(status, head, raw)

    async def post_form(
        self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        raise NotImplementedError

    async def close(self) -> None:
        pass


class World:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.transport = FakeTransport(lambda _, __: (404, {"title": "Not Found", "status": 404}))

    def source(self, table: str, *parent: str, ask: str = "") -> Source:
        client = Client(
            api_root="https://us6.api.mailchimp.com/3.0",
            credential=Credential("0123456789abcdef0123456789abcdef-us6", is_api_key=True),
            transport=self.transport,
            budget=Budget(self.directory, "us6-1"),
            retry=Retry(attempts=3, wait_initial_s=0, wait_max_s=0),
        )
        return Source(client, Decoder(tables()[table]), parent, ask)

    def answers(self, respond: Respond) -> None:
        self.transport.respond = respond

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_walk_reaches_the_network_as_mailchimp_expects_it(world: World) -> None:
    there = Collection("members", [{"id": f"m{i}"} for i in range(1500)])
    world.answers(lambda _, asked: (200, there.answer(asked)))
    taken = Taken()
    found = world.run(walk(world.source("list_segment_members", "a/b c", "7"), taken))
    everyone = {
        "include_cleaned": "true",
        "include_transactional": "true",
        "include_unsubscribed": "true",
        "exclude_fields": "members._links,_links",
        "count": "1000",
    }
    path = "/lists/a%2Fb%20c/segments/7/members"
    assert [
        (path, {**everyone, "offset": "0"}),
        (path, {**everyone, "offset": "999"}),
    ] == world.transport.asked
    assert "walk: 1500 of 1500, 2 pages, overlaps match" == found.proof
    assert {("a/b c", 7)} == {
        (row["list_id"], row["segment_id"])
        for batch in taken.batches
        for row in batch.select(["list_id", "segment_id"]).to_pylist()
    }


def test_a_broken_page_is_asked_again_and_counted(world: World) -> None:
    bodies = [b'{"lists":[', b'{"members":[]}', b'{"lists":[{"id":"l"}],"total_items":1}']
    world.answers(lambda _, __: (200, bodies.pop(0)))
    source = world.source("lists")
    page = world.run(source.page()).value
    assert (["l"], 3) == (page.keys, source.requests)


def test_a_page_that_stays_broken_is_told_after_all_retries(world: World) -> None:
    world.answers(lambda _, __: (200, b'{"lists":{"name":"no list"}}'))
    with refused(SourceUnavailable, "An answer for lists has another form"):
        world.run(world.source("lists").page())
    assert 3 == len(world.transport.asked)


def test_what_is_no_record_belongs_to_every_ask(world: World) -> None:
    sent = b'{"members":[{"id":"m","status":"archived"},5]}'
    world.answers(lambda _, __: (200, sent))
    source = world.source("list_members", "l1", ask="status=archived")
    assert None is source.astray(world.run(source.page()).value)


def test_a_page_with_an_odd_record_is_asked_once_more_and_then_taken(world: World) -> None:
    odd, good = b'{"lists":[{"id":"l"},{"id":null}]}', b'{"lists":[{"id":"l"},{"id":"m"}]}'
    bodies = [odd, good]
    world.answers(lambda _, __: (200, bodies.pop(0)))
    assert ["l", "m"] == world.run(world.source("lists").page()).value.keys
    world.answers(lambda _, __: (200, odd))
    source = world.source("lists")
    assert 1 == len(world.run(source.page()).value.odd)
    assert 2 == source.requests


@pytest.mark.parametrize(
    ("lie", "total"),
    [
        ({"members": [{"id": "m", "status": "subscribed", "last_changed": "2026-02-01"}]}, 5),
        ({"members": [{"id": "m", "status": "archived", "last_changed": ""}] * 2}, 5),
        ({"members": []}, 5),
        (
            {
                "members": [
                    {"id": "m", "status": "archived", "last_changed": "2025-12-31T00:00:00+00:00"}
                ]
            },
            5,
        ),
        ({"members": [{"id": "m", "status": "archived", "last_changed": "then"}]}, 5),
    ],
)
def test_a_count_that_answers_another_question_is_asked_for_again(
    world: World, lie: dict[str, object], total: int
) -> None:
    one = {"id": "m", "status": "archived", "last_changed": "2026-01-01T00:00:01+00:00"}
    told = [{**lie, "total_items": total}, {"members": [one], "total_items": 3}]
    world.answers(lambda _, __: (200, told.pop(0)))
    source = world.source("list_members", "l1", ask="status=archived")
    window = {"since_last_changed": "2026-01-01T00:00:00+00:00"}
    assert (3, 2) == (world.run(source.total(window)), source.requests)


@pytest.mark.parametrize(
    "ask", ["status=subscribed&email_type=html", "email_type=html&status=subscribed"]
)
def test_what_an_ask_narrows_besides_is_no_lie(world: World, ask: str) -> None:
    one = {"id": "m", "status": "subscribed", "last_changed": "2026-01-01T00:00:01+00:00"}
    two = [one, one | {"id": "n"}]
    world.answers(lambda _, __: (200, {"members": two, "total_items": 3}))
    source = world.source("list_members", "l1", ask=ask)
    assert (3, 1) == (world.run(source.total()), source.requests)
    ((_, asked),) = world.transport.asked
    assert ("subscribed", "html") == (asked["status"], asked["email_type"])


def test_a_count_that_stays_another_question_s_is_none(world: World) -> None:
    one = {"id": "m", "status": "archived", "last_changed": "2026-01-01T00:00:01+00:00"}
    world.answers(lambda _, __: (200, {"members": [one], "total_items": 3}))
    assert world.run(world.source("list_members", "l1").total()) is None


def test_the_whole_is_counted_by_a_page_that_no_window_s_count_looks_like(world: World) -> None:
    one = {"id": "m", "status": "subscribed", "last_changed": "2026-01-01T00:00:01+00:00"}
    window = {"members": [one], "total_items": 3}
    told = [window, {"members": [one, one | {"id": "n", "last_changed": ""}], "total_items": 4}]
    world.answers(lambda _, __: (200, told.pop(0)))
    assert 4 == world.run(world.source("list_members", "l1").total())
    assert {"2"} == {asked["count"] for _, asked in world.transport.asked}


def test_what_does_not_page_is_counted_by_all_of_it(world: World) -> None:
    emails = [{"id": "a"}, {"id": "b"}, {"id": "c"}]
    world.answers(lambda _, __: (200, {"emails": emails, "total_items": 3}))
    assert 3 == world.run(world.source("automation_emails", "w1").total())


def test_a_total_is_asked_by_a_page_of_one(world: World) -> None:
    one = {"id": "m", "status": "archived", "last_changed": "2026-01-01T00:00:01+00:00"}
    world.answers(lambda _, __: (200, {"members": [one], "total_items": 77}))
    source = world.source("list_members", "l1", ask="status=archived")
    assert 77 == world.run(source.total({"since_last_changed": "2026-01-01T00:00:00+00:00"}))
    ((path, asked),) = world.transport.asked
    assert "/lists/l1/members" == path
    assert {
        "status": "archived",
        "count": "1",
        "offset": "0",
        "since_last_changed": "2026-01-01T00:00:00+00:00",
        "exclude_fields": "members._links,_links",
    } == asked
    assert 1 == source.requests


def test_one_record_is_asked_by_its_key(world: World) -> None:
    world.answers(lambda _, __: (200, {"id": "l/1", "name": "A"}))
    page = world.run(world.source("lists").record("l/1"))
    assert page is not None
    assert ["l/1"] == page.keys
    assert [
        ("/lists/l%2F1", {"include_total_contacts": "true", "exclude_fields": "_links"})
    ] == world.transport.asked


def test_a_parameter_that_the_record_does_not_take_is_not_sent(world: World) -> None:
    world.answers(lambda _, __: (200, {"id": "e"}))
    world.run(world.source("automation_emails", "w1").record("e"))
    assert [("/automations/w1/emails/e", {})] == world.transport.asked


def test_a_record_that_is_gone_is_none(world: World) -> None:
    source = world.source("list_members", "l1")
    assert world.run(source.record("m1")) is None
    assert 1 == source.requests


def test_a_table_without_single_records_says_so(world: World) -> None:
    with pytest.raises(LookupError, match="list_segment_members has no path for one record"):
        world.run(world.source("list_segment_members", "l1", "7").record("m1"))


def test_the_parents_key_has_the_types_of_its_columns(world: World) -> None:
    source = world.source("list_segment_members", "l1", "7")
    assert {"list_id": "l1", "segment_id": 7} == source.parent_values
    assert {} == world.source("lists").parent_values
