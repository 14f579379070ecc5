"""A slice that is read whole: proven, unproven, failed, and what of it is marked as deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chimpline.api.transport import Answer
from chimpline.errors import SourceUnavailable
from chimpline.model import Deletes
from chimpline.sandbox.tables import descendants
from tests.memory import Key
from tests.unit.runs.account import JSON, Asked, Script, World, always, problem
from tests.words import heard

SEGMENTS = r"^/lists/[^/]+/segments\?"
TABLES = (
    *("campaigns", "campaign_feedback", "automations", "automation_emails", "templates"),
    *("lists", "list_members", "reports", "reports_sent_to"),
)


def page(collection: str, *records: dict[str, Any], total: int | None = None) -> Answer:
    body = {collection: list(records), "total_items": len(records) if total is None else total}
    return Answer(200, {"content-type": JSON}, json.dumps(body).encode())


def lying(world: World, path: str, change: Callable[[dict[str, Any]], None]) -> Script:
    """The account's own answers to `path`, changed."""

    def lie(asked: Asked) -> Answer:
        answer = world.transport.honest(asked)
        body = json.loads(answer.body)
        change(body)
        return Answer(answer.status, answer.headers, json.dumps(body).encode())

    return Script((path, lie))


def campaigns(world: World) -> set[Key]:
    return set(world.live("campaigns"))


def dropping(number: int, collection: str = "campaigns") -> Callable[[dict[str, Any]], None]:
    """Leaves the first records out, and says that there are so many fewer."""

    def drop(body: dict[str, Any]) -> None:
        del body[collection][:number]
        body["total_items"] -= number

    return drop


def state(world: World, table: str, script: Script | None = None, **chosen: Any) -> tuple[int, str]:
    finished = world.run(script, **chosen)
    return finished.exit, finished.tables[table]["state"]


def test_what_is_proven_is_in_the_ledger_with_its_rule_its_rows_and_its_requests(
    new: World,
) -> None:
    new.run(tables=("campaigns",))
    (line,) = [one for one in new.destination.lines if one.table_name == "campaigns"]
    assert ("proven", 4, 1) == (line.state, line.rows, line.requests)
    assert line.proof
    assert line.until < new.now()


def test_a_total_that_does_not_hold_is_unproven_lands_its_rows_and_buries_nothing(
    copied: World,
) -> None:
    gone = copied.engine.change("delete_campaign")["id"]
    copied.engine.change("create_campaign")

    def more(body: dict[str, Any]) -> None:
        body["total_items"] += 1

    assert (1, "unproven") == state(copied, "campaigns", lying(copied, r"^/campaigns\?", more))
    assert {key for (key,) in campaigns(copied)} == {
        gone,
        *(row["id"] for row in copied.engine.truth("campaigns")),
    }
    assert (0, "done") == state(copied, "campaigns")
    assert {gone} == {key for (key,) in copied.destination.buried("campaigns")}


def test_a_table_that_is_unproven_says_so_of_what_hangs_below_it(copied: World) -> None:
    def more(body: dict[str, Any]) -> None:
        body["total_items"] += 1

    finished = copied.run(lying(copied, r"^/automations\?", more))
    assert "unproven" == finished.tables["automation_emails"]["state"]
    assert "automation_emails depends on" in heard(finished.tables["automation_emails"])


def test_records_without_a_key_are_unproven_and_all_others_land(copied: World) -> None:
    def odd(body: dict[str, Any]) -> None:
        body["campaigns"].append({"id": None, "type": "regular"})
        body["total_items"] += 1

    finished = copied.run(lying(copied, r"^/campaigns\?", odd))
    assert (1, "unproven") == (finished.exit, finished.tables["campaigns"]["state"])
    assert "_chimpline_slices" in heard(finished.tables["campaigns"])
    assert copied.truth("campaigns", "id") == copied.live("campaigns").keys()


# -- failures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (problem("Bad Request", 400), "Bad Request"),
        (problem("Internal Server Error", 500), "500"),
        (Answer(200, {"content-type": "text/html"}, b"<html>"), ""),
        (Answer(200, {"content-type": JSON}, b'{"campaigns": [{"id"'), ""),
        (Answer(200, {"content-type": JSON}, b'{"others": []}'), ""),
    ],
)
def test_one_slice_that_fails_stops_no_other_and_the_next_run_reads_it(
    copied: World, answer: Answer, what: str
) -> None:
    copied.engine.change("create_campaign")
    copied.engine.change("subscribe")
    finished = copied.run(Script((r"^/campaigns\?", always(answer))))
    failed = finished.tables["campaigns"]
    assert (1, "failed") == (finished.exit, failed["state"])
    assert what in heard(failed)
    below = {"campaigns", *descendants("campaigns")}
    assert {"done"} == {one["state"] for name, one in finished.tables.items() if name not in below}
    assert copied.truth("list_members", "list_id", "id") == copied.live("list_members").keys()
    assert (0, "done") == state(copied, "campaigns")
    assert copied.truth("campaigns", "id") == copied.live("campaigns").keys()


def test_what_passes_is_retried_and_told_once(copied: World) -> None:
    left = [problem("Internal Server Error", 500), problem("Too Many Requests", 429)]

    def fail(_: Asked) -> Answer | None:
        return left.pop() if left else None

    assert (0, "done") == state(copied, "campaigns", Script((r"^/campaigns\?", fail)))
    assert [] == left


def test_where_nothing_answers_any_more_the_run_ends_and_buries_nothing(copied: World) -> None:
    def dead(asked: Asked) -> Answer | None:
        return problem("Internal Server Error", 500) if asked.number > 5 else None

    copied.engine.change("delete_campaign")
    with pytest.raises(SourceUnavailable):
        copied.run(Script(("", dead)))
    assert set() == copied.destination.buried("campaigns")
    assert 0 == copied.run().exit


# -- vanished records -------------------------------------------------------------------------


def test_a_record_that_is_gone_is_asked_for_by_id_and_marked(copied: World) -> None:
    gone = copied.engine.change("delete_campaign")["id"]
    assert (0, "done") == state(copied, "campaigns")
    # Once for itself, and once for what hangs below it.
    assert 2 * [f"/campaigns/{gone}"] == [one.path for one in copied.asked(f"/campaigns/{gone}")]
    assert {(gone,)} == copied.destination.buried("campaigns")
    row = copied.destination.stored["campaigns"][gone,]
    assert row["type"]  # a marked row keeps its cells
    (line,) = [one for one in copied.destination.lines if one.table_name == "campaigns"]
    assert "1 gone: 1 asked by id" in line.proof


def test_a_record_that_a_walk_missed_and_that_answers_is_read_again_and_stays(
    copied: World,
) -> None:
    before = campaigns(copied)
    walks: list[Asked] = []

    def once(asked: Asked) -> Answer | None:
        walks.append(asked)
        if len(walks) > 1:
            return None
        answer = copied.transport.honest(asked)
        body = json.loads(answer.body)
        dropping(1)(body)
        return Answer(answer.status, answer.headers, json.dumps(body).encode())

    assert (0, "done") == state(copied, "campaigns", Script((r"^/campaigns\?", once)))
    assert 2 == len(walks)
    assert before == campaigns(copied)


def test_what_every_walk_misses_stays_while_it_answers_by_id(copied: World) -> None:
    before = campaigns(copied)
    state(copied, "campaigns", lying(copied, r"^/campaigns\?", dropping(2)))
    assert before == campaigns(copied)


@pytest.mark.parametrize(
    "answer", [problem("Bad Request", 400), problem("Internal Server Error", 500)]
)
def test_where_it_cannot_be_told_whether_a_record_is_gone_it_stays(
    copied: World, answer: Answer
) -> None:
    gone = copied.engine.change("delete_campaign")["id"]
    script = Script((f"^/campaigns/{gone}", always(answer)))
    assert (1, "failed") == state(copied, "campaigns", script)
    assert (gone,) in campaigns(copied)


def test_an_answer_of_another_record_confirms_nothing(copied: World) -> None:
    gone = copied.engine.change("delete_campaign")["id"]
    other = copied.engine.truth("campaigns")[0]
    body = json.dumps({"id": other["id"], "type": "regular"}).encode()
    script = Script((f"^/campaigns/{gone}", always(Answer(200, {"content-type": JSON}, body))))
    assert (1, "unproven") == state(copied, "campaigns", script)
    assert (gone,) in campaigns(copied)


@pytest.mark.parametrize("policy", list(Deletes))
def test_what_is_gone_is_treated_as_the_policy_says(copied: World, policy: Deletes) -> None:
    gone = copied.engine.change("delete_campaign")["id"]
    assert (0, "done") == state(copied, "campaigns", deletes=policy)
    stored = copied.destination.stored["campaigns"]
    assert (policy is not Deletes.REMOVE) == ((gone,) in stored)
    assert (policy is Deletes.IGNORE) == ((gone,) in campaigns(copied))


def test_a_listing_that_is_empty_all_at_once_buries_no_one_who_answers(copied: World) -> None:
    """It agrees with itself; so some of those it lacks are asked for by id."""
    held = set(copied.live("reports_sent_to"))
    campaign = next(iter(held))[0]
    copied.engine.change("add_event", campaign_id=campaign)
    script = Script((rf"^/reports/{campaign}/sent-to\?", always(page("sent_to"))))
    state(copied, "reports_sent_to", script)
    assert held == set(copied.live("reports_sent_to"))


def test_nothing_is_missing_from_a_table_that_was_empty(new: World) -> None:
    """What a first load meets is all that there is: nothing is asked for by id."""
    assert 0 == new.run().exit
    assert [] == new.asked(r"^/campaigns/[^/?]+\?")
