"""One file a collection, from which its answers, its oddities and its truth follow."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from chimpline.catalog.tables import tables
from chimpline.sandbox import Sandbox
from chimpline.sandbox.answers.answer import decode
from chimpline.sandbox.answers.problems import Problem
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.generate.account import generate
from chimpline.sandbox.model.account import Account, Options
from chimpline.sandbox.registry import Collection, plain
from chimpline.sandbox.tables import COLLECTIONS, TABLES, lists

# -- what the files state -------------------------------------------------------------------------


def test_the_two_witnesses_agree_on_the_tables_and_their_keys() -> None:
    """Each stated for itself: the catalog what it copies, the account what there is."""
    copied = {name: table.schema.primary_key for name, table in tables().items()}
    assert copied == {name: table.primary_key for name, table in TABLES.items()}


def instants(shape: dict[str, Any], prefix: str = "") -> set[str]:
    """The columns of a record that hold times; what is in an array is no column."""
    found = set()
    for name, inner in shape.items():
        if isinstance(inner, dict):
            found |= instants(inner, f"{prefix}{name}__")
        elif inner == "date-time":
            found.add(f"{prefix}{name}")
    return found


@pytest.mark.parametrize("name", COLLECTIONS)
def test_the_times_are_those_of_the_specification(name: str, shapes: dict[str, Any]) -> None:
    collection = COLLECTIONS[name]
    if collection.rides:
        above = collection.below
        assert above is not None
        ((record,),) = [one[collection.rides] for one in shapes[above.path][above.array]]
    else:
        shape = shapes[collection.path]
        (record,) = [shape] if collection.document else shape[collection.array]
    if name == "reports_email_activity":  # a row is an event
        (record,) = record["activity"]
    assert instants(record) == set(collection.times)


def test_a_change_is_named_once() -> None:
    named = Counter(change for one in COLLECTIONS.values() for change in one.changes)
    assert {} == {change: n for change, n in named.items() if n > 1}


# -- what follows from a file ---------------------------------------------------------------------

NOTES = Collection(
    name="list_notes",
    path="/lists/{list_id}/notes",
    array="notes",
    key=("number",),
    record="note_number",
    below=lists.COLLECTION,
    times=("written__at",),
    things=lambda audience: range(audience.number + 1),
    row=lambda _audience, place: {"number": place, "text": None, "written": {"at": "", "by": ""}},
    order=lambda place: -place,
    sorts=("number",),
)
PLACES = Collection(
    name="places",
    path="/places",
    array="places",
    key=("country", "region"),
    things=lambda account: account.records["places"],
)


def places() -> list[dict[str, Any]]:
    return [{"country": "DE", "at": {"north": 52}}, {"country": "DE", "region": "BE"}]


@pytest.fixture
def account() -> Account:
    return generate(Options(members=0, campaigns=0, events=0))


def ask(collection: Collection, account: Account, path: str, **query: str) -> Any:
    """The answer of a made-up collection, which no server serves."""
    for template, route in collection.routes.items():
        given, parts = path.split("/"), template.split("/")
        if len(given) == len(parts):
            pairs = zip(parts, given, strict=True)
            variables = {part[1:-1]: value for part, value in pairs if part.startswith("{")}
            asked = Query(query)
            return decode(route(account, variables, asked).body(asked, "http://x/3.0"))
    raise AssertionError(path)


def test_a_list_and_a_record_are_answered(account: Account) -> None:
    third = list(account.audiences)[2]
    bare = {"exclude_fields": "notes._links,_links"}
    answer = ask(NOTES, account, f"/lists/{third}/notes", count="1", offset="1", **bare)
    note = {"number": 1, "text": None, "written": {"at": "", "by": ""}}
    assert {"notes": [note], "list_id": third, "total_items": 3} == answer
    whole = ask(NOTES, account, f"/lists/{third}/notes")
    assert [2, 1, 0] == [row["number"] for row in whole["notes"]]
    one = ask(NOTES, account, f"/lists/{third}/notes/1")
    assert one in whole["notes"]
    assert f"http://x/3.0/lists/{third}/notes/1" == one["_links"][0]["href"]
    assert one["_links"][0]["targetSchema"].endswith("/Lists/Notes/Response.json")
    sorted_ = ask(NOTES, account, f"/lists/{third}/notes", sort_field="number", sort_dir="ASC")
    assert [0, 1, 2] == [row["number"] for row in sorted_["notes"]]
    for lost in (f"/lists/{third}/notes/3", "/lists/beef/notes/1", "/lists/beef/notes"):
        with pytest.raises(Problem, match="Resource Not Found"):
            ask(NOTES, account, lost)


def test_oddities_are_served_and_the_account_stays_as_it_was(account: Account) -> None:
    account.records["places"] = places()
    account.oddities.add_field("places", "mood", "good")
    account.oddities.set_value("places", ("DE", ""), "at.north", "far")
    odd, other = ask(PLACES, account, "/places")["places"]
    assert {"country": "DE", "at": {"north": "far"}, "mood": "good"} == odd
    assert {"country": "DE", "region": "BE", "mood": "good"} == other
    assert places() == account.records["places"]


def test_the_truth_has_the_columns_of_the_path_and_no_absent_key(account: Account) -> None:
    keys = [key for key, _, _ in NOTES.records(account)]
    ids = list(account.audiences)
    assert [(ids[0], "0"), (ids[1], "0"), (ids[1], "1")] == keys[:3]
    assert [{"list_id": one} for one in ids] == [
        columns for (_, number), _, columns in NOTES.records(account) if number == "0"
    ]
    account.records["places"] = places()
    found = {key: record for key, record, _ in PLACES.records(account)}
    assert [("DE", ""), ("DE", "BE")] == list(found)
    assert "" == found["DE", ""]["region"]
    assert ("list_id", "number") == NOTES.primary_key


def test_a_plain_collection_is_made_from_the_seed_and_has_its_changes() -> None:
    gone: list[dict[str, Any]] = []
    cups = plain(
        "cup",
        lambda id_, number: {"id": id_, "size": number},
        name="cups",
        path="/cups",
        array="cups",
        record="cup_id",
        deleted=lambda _account, cup: gone.append(cup),
    )
    one, same, other = (generate(Options(members=0, seed=seed)) for seed in (1, 1, 2))
    first = list(cups.things(one))
    assert ([0, 1], first) == ([cup["size"] for cup in first], cups.things(same))
    assert first != cups.things(other)
    made = cups.changes["create_cup"](one)
    assert [*first, made] == ask(cups, one, "/cups", exclude_fields="cups._links,_links")["cups"]
    assert len({cup["id"] for cup in cups.things(one)}) == 3
    assert made == cups.changes["delete_cup"](one)
    assert ([made], first) == (gone, cups.things(one))
    for _ in first:
        cups.changes["delete_cup"](one)
    with pytest.raises(ValueError, match="The account has no cup"):
        cups.changes["delete_cup"](one)


def test_a_plain_collection_below_audiences_is_one_for_each_of_them(account: Account) -> None:
    hats = plain(
        "hat",
        lambda audience, id_, number: {"id": id_, "of": audience.id, "size": number},
        name="list_hats",
        path="/lists/{list_id}/hats",
        array="hats",
        below=lists.COLLECTION,
        edited=lambda _account, hat: hat.update(size=hat["size"] + 10),
    )
    first, second, *_ = account.audiences.values()
    before = {audience.id: list(hats.things(audience)) for audience in (first, second)}
    ids = {hat["id"] for own in before.values() for hat in own}
    assert 4 == len(ids)
    edited = hats.changes["edit_hat"](account, second.id)
    assert 11 == edited["size"] == hats.things(second)[-1]["size"]
    assert edited == hats.changes["delete_hat"](account, list_id=second.id)
    assert (before[first.id], before[second.id][:1]) == (hats.things(first), hats.things(second))


def test_each_path_is_found_again(quiet: Sandbox) -> None:
    account = quiet._engine.account
    found = NOTES.samples(account)
    assert [3, 6] == [len(real) for real in found.values()]
    for path in found["/lists/{list_id}/notes/{note_number}"]:
        assert int(path.rpartition("/")[2]) == ask(NOTES, account, path)["number"]
