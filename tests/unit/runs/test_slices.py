"""What is asked by id before rows are marked as deleted: only a 404 tells that they are gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import pyarrow as pa
import pytest

from chimpline.api.client import Client, Reply
from chimpline.catalog.selected import applied
from chimpline.catalog.selection import TableSelection
from chimpline.catalog.tables import tables
from chimpline.errors import NotFound, NotUnderstood
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.source import Found, Source
from chimpline.runs.slice.by_id import looked_up
from chimpline.runs.slice.read import weight_of
from chimpline.runs.slice.second_look import present
from tests.unit.extract.fakes import DATE, run
from tests.words import heard

T = TypeVar("T")
TIME = "2026-11-20T00:00:00+00:00"
EVENT = {"action": "click", "timestamp": TIME, "url": "u"}


class Answers:
    """One answer to each path; 404 for any other."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers

    async def get(
        self,
        path: str,
        params: Mapping[str, str],  # noqa: ARG002
        *,
        parse: Callable[[bytes], T],
    ) -> Reply[T]:
        if path not in self.answers:
            raise NotFound(path)
        return Reply(parse(json.dumps(self.answers[path]).encode()), DATE, 1, None)


async def never(*_: Any, **__: Any) -> Found:
    raise AssertionError("it walks")


def asked(name: str, answer: Any) -> tuple[int | None, str]:
    """How many of the rows of `e1` and `e2` are there, where only `e1` answers, and the rule."""
    table = tables()[name]
    decoder = Decoder(table)
    there = Answers({f"{table.path.format(campaign_id='c1')}/e1": answer})
    source = Source(cast("Client", there), decoder, ("c1",))
    records = [
        {"email_id": e, "activity": [EVENT]} if table.row.unnest else {"email_id": e}
        for e in ("e1", "e2")
    ]
    body = json.dumps({table.collection: records}).encode()
    rows = decoder.batch(decoder.page(body), source.parent_values)
    missing = pa.Table.from_batches([rows.select(list(table.schema.primary_key))])
    found, rule = asyncio.run(present(source, missing, never))
    return None if found is None else found.num_rows, rule if isinstance(rule, str) else heard(rule)


@pytest.mark.parametrize("name", ["reports_email_activity", "reports_sent_to"])
def test_what_answers_by_id_is_there_and_a_404_is_gone(name: str) -> None:
    assert (1, "2 asked by id") == asked(name, {"email_id": "e1", "activity": [EVENT]})


def test_an_event_that_is_not_in_a_readable_answer_is_gone() -> None:
    answer = {"email_id": "e1", "activity": []}
    assert (0, "2 asked by id") == asked("reports_email_activity", answer)


@pytest.mark.parametrize(
    ("name", "answer", "why"),
    [
        ("reports_sent_to", {"email_id": None}, "in an answer by id, 1 record has no key"),
        ("reports_sent_to", {}, "in an answer by id, 1 record has no key"),
        ("reports_sent_to", {"email_id": "e3"}, "an answer by id is another's"),
        (
            "reports_email_activity",
            {"email_id": "e1", "activity": "none"},
            "in an answer by id, 1 record has events that cannot be read",
        ),
        (
            "reports_email_activity",
            {"email_id": "e1", "activity": [{**EVENT, "timestamp": "then"}]},
            "in an answer by id, 1 event has no readable key",
        ),
    ],
)
def test_an_odd_answer_by_id_confirms_no_deletion(name: str, answer: Any, why: str) -> None:
    assert (None, why) == asked(name, answer)


class Refusing:
    """Takes no question at all."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get(self, path: str, *_: Any, **__: Any) -> Reply[Any]:
        self.asked.append(path)
        raise NotUnderstood(path)


@pytest.mark.parametrize("name", ["list_members", "reports_sent_to", "unsubscribes"])
def test_a_contact_is_not_found_where_mailchimp_does_not_take_its_id(name: str) -> None:
    client, table = Refusing(), tables()[name]
    source = Source(cast("Client", client), Decoder(table), ("p1",))
    assert run(looked_up(source, "contact:4d")) is None
    assert 1 == source.requests == len(client.asked)
    with pytest.raises(NotUnderstood):  # a member's id is a question that it takes
        run(looked_up(source, "4d"))


@pytest.mark.parametrize("name", ["list_members", "reports_sent_to", "unsubscribes"])
def test_the_hash_of_a_contact_is_not_asked_for(name: str) -> None:
    chosen = {"list_members": TableSelection(hashed=frozenset({"contact_id"}))}
    client, table = Refusing(), applied(chosen)[name]
    source = Source(cast("Client", client), Decoder(table, b"a salt of sixteen"), ("p1",))
    assert run(looked_up(source, "contact:4d")) is None
    assert [] == client.asked


def test_a_contact_that_is_gone_is_confirmed_by_a_second_walk_and_by_no_refusal() -> None:
    table = tables()["reports_sent_to"]
    decoder = Decoder(table)
    source = Source(cast("Client", Refusing()), decoder, ("c1",))
    body = json.dumps({table.collection: [{"contact_id": "4d"}]}).encode()
    rows = decoder.batch(decoder.page(body), source.parent_values)
    missing = pa.Table.from_batches([rows.select(list(table.schema.primary_key))])

    async def nobody(*_: Any, **__: Any) -> Found:
        return Found(0, 1, "walked")

    found, rule = asyncio.run(present(source, missing, nobody))
    assert (0, "absent from a second walk too, ten asked by id") == (
        None if found is None else found.num_rows,
        rule,
    )


def test_a_slice_of_unknown_length_weighs_a_page_and_an_empty_one_nothing() -> None:
    """It weighed nothing, so that it was read behind everything else."""
    assert [1000, 0, 5000] == [weight_of(expected) for expected in (None, 0, 5000)]
