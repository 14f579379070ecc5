"""A list whose answers name the next one: what is read of it, and what may be called proven."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import pytest

from chimpline.api.client import Client, PageSize, Reply
from chimpline.catalog.row import Refresh, T
from chimpline.catalog.selection import TableSelection
from chimpline.catalog.tables import made_of
from chimpline.errors import NotUnderstood
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.source import Found, Source
from chimpline.extract.walk import ATTEMPTS, EMPTY, walk
from tests.unit.extract.fakes import DATE, Record, Taken, run
from tests.words import heard

V = TypeVar("V")
TABLES = made_of(
    (
        T("audiences", "/audiences", "id", Refresh()),
        T("contacts", "/audiences/{audience_id}/contacts", "id", Refresh()),
    )
)
DECODER = Decoder(TABLES["contacts"])


@dataclasses.dataclass
class Server:
    """People in some order; a page is named by the last of the page before.

    `order`: who was made first comes first, or the latest or the oldest update. `names_last`: so
    does the last page. `names`: whether any page does. `most`: a page of its own size. `before` is
    called with the number of each request, `tamper` may change its answer, `date` is its clock.
    """

    people: list[Record]
    order: str = "made"
    names: bool = True
    names_last: bool = False
    most: int = 1000
    before: Callable[[int], None] = lambda _: None
    date: Callable[[int], dt.datetime] = lambda _: DATE
    tamper: Callable[[int, Record], None] = lambda _, __: None
    asked: list[dict[str, str]] = dataclasses.field(default_factory=list)

    async def get(
        self,
        path: str,  # noqa: ARG002
        params: Mapping[str, str],
        *,
        parse: Callable[[bytes], V],
        size: PageSize | None = None,
        **_: Any,
    ) -> Reply[V]:
        count = size.value if size else int(params["count"])
        self.asked.append({**params, "count": str(count)})
        self.before(len(self.asked))
        answer = self.answer(params, min(count, self.most))
        self.tamper(len(self.asked), answer)
        date = self.date(len(self.asked))
        return Reply(parse(json.dumps(answer).encode()), date, 1, size.value if size else None)

    def answer(self, params: Mapping[str, str], count: int) -> Record:
        since = params.get("updated_since", "")
        found = [one for one in self.people if one["last_updated_at"] > since]

        def place(one: Record) -> str:
            return one["id"] if self.order == "made" else f"{one['last_updated_at']} {one['id']}"

        down = self.order == "latest"
        found.sort(key=place, reverse=down)
        if name := params.get("cursor"):
            found = [one for one in found if (place(one) < name if down else place(one) > name)]
        page, rest = found[:count], found[count:]
        answer: Record = {"contacts": page}
        if self.names and page and (rest or self.names_last):
            answer["next_cursor"] = place(page[-1])
        return answer


def time(seconds: int) -> str:
    return (DATE + dt.timedelta(seconds=seconds)).isoformat()


def people(n: int) -> list[Record]:
    return [{"id": f"c{i:03}", "last_updated_at": time(i - 5000)} for i in range(n)]


def ids(n: int) -> list[str]:
    return [one["id"] for one in people(n)]


def read(
    server: Server, count: int, *, expected: int = 0, decoder: Decoder = DECODER
) -> tuple[Found, Taken]:
    taken = Taken()
    size = PageSize(start=count, floor=1)
    source = Source(cast("Client", server), decoder, ("a1",), size=size)
    return run(walk(source, taken, expected=expected)), taken


@pytest.mark.parametrize("names_last", [False, True])
@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 5, 7, 8, 12])
def test_all_pages_are_read_however_the_last_one_is_told(rows: int, *, names_last: bool) -> None:
    server = Server(people(rows), names_last=names_last)
    found, taken = read(server, 4)
    assert ids(rows) == list(dict.fromkeys(taken.ids))
    assert (rows, len(server.asked)) == (found.rows, found.requests)
    assert found.proof
    assert found.proof.startswith(f"chain: {rows} in ")
    assert all("offset" not in asked for asked in server.asked)


def test_pages_are_asked_for_by_name_and_once_more_for_what_was_updated_meanwhile() -> None:
    server = Server(people(9))
    found, _ = read(server, 4)
    names = [asked.get("cursor") for asked in server.asked]
    assert [None, "c003", "c007", None] == names
    since = [asked.get("updated_since") for asked in server.asked]
    assert [None] * 3 + [time(-10)] == since
    assert "chain: 9 in 4 pages, the last names no next" == found.proof


def test_a_name_is_asked_for_where_only_some_columns_are() -> None:
    selection = TableSelection(columns=frozenset({"id", "status"}))
    table = dataclasses.replace(TABLES["contacts"], selection=selection)
    server = Server(people(9))
    found, taken = read(server, 4, decoder=Decoder(table))
    assert "next_cursor" in server.asked[0]["fields"].split(",")
    assert (ids(9), True) == (taken.ids, found.proof is not None)


def test_who_moves_while_pages_are_read_is_met_all_the_same() -> None:
    """The latest update comes first: whoever is updated unread goes where it was read already."""
    server = Server(people(12), order="latest")

    def update(number: int) -> None:
        if number == 2:
            server.people[0]["last_updated_at"] = time(1)

    server.before = update
    found, taken = read(server, 4)
    assert set(ids(12)) == set(taken.ids)
    assert (12, True) == (found.rows, found.proof is not None)


def test_a_clock_that_is_wrong_in_one_answer_hides_no_move() -> None:
    server = Server(people(12), order="latest")
    server.date = lambda number: DATE + dt.timedelta(days=number == 1)

    def update(number: int) -> None:
        if number == 2:
            server.people[0]["last_updated_at"] = time(1)

    server.before = update
    found, taken = read(server, 4)
    assert (set(ids(12)), True) == (set(taken.ids), found.proof is not None)


def test_who_moves_behind_where_they_were_met_is_no_second_record() -> None:
    """The oldest update comes first: whoever is updated once read comes again at the end."""
    server = Server(people(12), order="oldest")

    def update(number: int) -> None:
        if number == 2:
            server.people[0]["last_updated_at"] = time(1)

    server.before = update
    found, taken = read(server, 4)
    assert {one: 3 if one == "c000" else 1 for one in ids(12)} == Counter(taken.ids)
    assert (12, 5, True) == (found.rows, found.requests, found.proof is not None)


@pytest.mark.parametrize(("updated", "proven"), [(3, True), (4, False)])
def test_what_was_updated_just_before_is_whole_where_it_is_shorter_than_a_page(
    updated: int, *, proven: bool
) -> None:
    """Each time an empty page follows, and a full one may have lost who moved before it came."""
    there = people(9)
    for one in there[:updated]:
        one["last_updated_at"] = time(-1)
    found, taken = read(Server(there, names_last=True), 4)
    assert set(ids(9)) == set(taken.ids)
    assert proven == (found.proof is not None)


def test_a_list_that_never_rests_proves_nothing() -> None:
    server = Server(people(12), order="latest")

    def update(number: int) -> None:
        for one in server.people:
            one["last_updated_at"] = time(number)

    server.before = update
    found, taken = read(server, 4)
    assert found.proof is None
    assert set(taken.ids) <= set(ids(12))


@pytest.mark.parametrize("rows", [4, 9])
def test_where_nothing_tells_of_updates_several_pages_prove_nothing(rows: int) -> None:
    table = TABLES["contacts"]
    query = {name: kind for name, kind in table.endpoint.query.items() if name != "updated_since"}
    endpoint = dataclasses.replace(table.endpoint, query=query)
    decoder = Decoder(dataclasses.replace(table, endpoint=endpoint))
    found, taken = read(Server(people(rows)), 5, expected=rows, decoder=decoder)
    assert (set(ids(rows)), rows == 4) == (set(taken.ids), found.proof is not None)


@pytest.mark.parametrize(
    ("most", "expected", "requests"),
    [
        (7, 12, 2),  # its own page size; the parent tells more
        (10, 0, 2),  # as many as a page where `count` is not read
        (20, 0, 2),  # as many as were asked for
        (1, 12, 1),
    ],
)
def test_a_first_page_of_a_server_that_names_none_is_not_taken_for_all(
    most: int, expected: int, requests: int
) -> None:
    server = Server(people(60), names=False, most=most)
    found, _ = read(server, 20, expected=expected)
    assert (None, ATTEMPTS * requests) == (found.proof, len(server.asked))
    assert "names no next one" in heard(found.trouble)


@pytest.mark.parametrize(("rows", "count", "expected"), [(4, 4, 4), (10, 20, 0), (3, 4, 5)])
def test_a_server_that_names_pages_where_there_are_some_is_believed(
    rows: int, count: int, expected: int
) -> None:
    server = Server(people(rows))
    found, taken = read(server, count, expected=expected)
    assert (ids(rows), True) == (taken.ids, found.proof is not None)
    assert str(rows - 1) == server.asked[-1]["count"]


def test_as_many_as_the_parent_tells_cost_one_request() -> None:
    server = Server(people(3))
    found, _ = read(server, 4, expected=3)
    assert (1, True) == (len(server.asked), found.proof is not None)


def test_an_empty_answer_where_the_parent_tells_of_people_is_looked_at_again() -> None:
    server = Server([])
    found, _ = read(server, 4, expected=5)
    assert EMPTY == len(server.asked)
    assert found.proof
    assert "where its parent tells 5" in found.proof


def tampering(server: Server, **of: Any) -> Server:
    """Every answer names this page, or holds these people."""
    server.tamper = lambda _, answer: answer.update(of)
    return server


def test_a_page_that_names_one_that_was_read_ends_without_proof() -> None:
    found, taken = read(tampering(Server(people(20)), next_cursor="c003"), 4)
    assert (None, set(ids(8))) == (found.proof, set(taken.ids))
    assert "come to no end" in heard(found.trouble)
    assert 2 * ATTEMPTS == found.requests


def test_a_first_page_that_comes_again_under_every_name_ends_without_proof() -> None:
    server = Server(people(20))
    number = iter(range(99))
    server.tamper = lambda _, answer: answer.update(
        contacts=people(4), next_cursor=f"n{next(number)}"
    )
    found, _ = read(server, 4)
    assert (None, 2 * ATTEMPTS) == (found.proof, found.requests)
    assert "came again" in heard(found.trouble)


def test_empty_pages_that_go_on_and_on_end_without_proof() -> None:
    server, number = Server(people(4)), iter(range(999))
    server.tamper = lambda _, answer: answer.update(contacts=[], next_cursor=f"n{next(number)}")
    found, _ = read(server, 4)
    assert (None, ATTEMPTS) == (found.proof, found.requests // 8)


def test_an_empty_page_in_the_middle_is_no_end() -> None:
    server = Server(people(8))

    def tamper(number: int, answer: Record) -> None:
        if number == 2:
            answer.update(contacts=[], next_cursor="c0035")

    server.tamper = tamper
    found, taken = read(server, 4)
    assert (ids(8), True) == (taken.ids, found.proof is not None)


def test_a_person_who_comes_twice_is_no_proof() -> None:
    server = Server([*people(8), *people(8)[-1:]])
    found, taken = read(server, 7)
    assert (None, set(ids(8))) == (found.proof, set(taken.ids))
    assert "1 key came with two records" in heard(found.trouble)


def test_a_name_that_is_not_known_any_more_begins_anew() -> None:
    server = Server(people(8))

    def forget(number: int) -> None:
        if number == 2:
            raise NotUnderstood("api-not-understood", path="/", answer="x")

    server.before = forget
    found, taken = read(server, 4)
    assert (ids(8), True) == (list(dict.fromkeys(taken.ids)), found.proof is not None)
    assert [None, "c003", None, "c003"] == [asked.get("cursor") for asked in server.asked[:4]]


def test_a_question_that_is_not_understood_is_no_matter_of_names() -> None:
    server = Server(people(8))

    def refuse(_: int) -> None:
        raise NotUnderstood("api-not-understood", path="/", answer="x")

    server.before = refuse
    with pytest.raises(NotUnderstood):
        read(server, 4)
