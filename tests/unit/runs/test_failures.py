"""What each failure of a slice means for its table, for what hangs below it, and for the run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from chimpline.catalog.tables import tables
from chimpline.clock import utc_now
from chimpline.errors import (
    BrokenAnswer,
    NotFound,
    NotUnderstood,
    Refused,
    SliceError,
    SourceUnavailable,
)
from chimpline.extract.source import Found
from chimpline.model import RunState
from chimpline.runs.failures import MANY_FAILURES, Failures
from chimpline.runs.report.events import Event, Notice
from chimpline.runs.report.names import Names
from chimpline.runs.report.outcome import Outcome, judged
from chimpline.runs.report.tally import Tally
from tests.words import heard, saying, sentence

CATALOG = tables()
SEGMENTS, BELOW, BESIDE = "list_segments", "list_segment_members", "list_merge_fields"
READ = (SEGMENTS, BELOW, BESIDE)
SHOP = ("stores", "store_orders", "store_promo_rules", "store_promo_codes")
AUDIENCE = ("4d2a",)
KINDS: dict[str, Callable[[], SliceError]] = {
    "NotFound": lambda: NotFound("It is not there."),
    "Refused": lambda: saying(Refused, "Mailchimp refuses it.", do="Ask the owner."),
    "SourceUnavailable": lambda: saying(SourceUnavailable, "Nothing answers.", do="Run later."),
    "NotUnderstood": lambda: NotUnderstood("It was not taken."),
    "BrokenAnswer": lambda: BrokenAnswer("The answer is cut."),
}


class Books:
    """The failures of one run. `parents`: those that are still there."""

    def __init__(
        self, *parents: str, alive: SliceError | None = None, held: tuple[str, ...] = ()
    ) -> None:
        self.events: list[Event] = []
        self.pings = 0
        self.parents = parents
        self.looks: SliceError | None = None
        self._alive = alive
        read = [CATALOG[name] for name in ("lists", *READ, *SHOP)]
        self.tally = Tally(self.events.append, utc_now, read, (*READ, *SHOP))
        self.failures = Failures(CATALOG, self.tally, Names(), self._source, self._ping, held=held)

    def _source(self, *_: object) -> Any:
        async def record(key: str) -> object:
            if self.looks is not None:
                raise self.looks
            return key if key in self.parents else None

        return SimpleNamespace(record=record)

    async def _ping(self) -> None:
        self.pings += 1
        if self._alive is not None:
            raise self._alive

    def fail(
        self,
        error: SliceError,
        times: int = 1,
        *,
        table: str = SEGMENTS,
        parent: tuple[str, ...] = AUDIENCE,
    ) -> None:
        async def main() -> None:
            for _ in range(times):
                await self.failures.failed(CATALOG[table], parent, error)

        asyncio.run(main())

    @property
    def states(self) -> tuple[str, ...]:
        """How the table, the one below it and the one beside it end."""
        return tuple(self.tally[name].outcome.value for name in READ)

    def told(self, table: str) -> str:
        return heard(self.tally[table].said)

    @property
    def notices(self) -> list[str]:
        return [heard(event) for event in self.events if isinstance(event, Notice)]


@pytest.mark.parametrize(
    ("kind", "states", "told"),
    [
        ("NotFound", ("failed", "failed", "done"), "It is not there. Run again."),
        ("Refused", ("refused", "refused", "done"), "Mailchimp refuses it. Ask the owner."),
        ("SourceUnavailable", ("failed", "failed", "done"), "Nothing answers. Run later."),
        ("NotUnderstood", ("failed", "failed", "done"), "It was not taken. Run again; if it comes"),
        ("BrokenAnswer", ("failed", "failed", "done"), "The answer is cut. What was read before"),
    ],
)
def test_a_slice_that_fails_spoils_its_table_and_what_hangs_below_and_no_other(
    kind: str, states: tuple[str, ...], told: str
) -> None:
    books = Books(*AUDIENCE)
    books.fail(KINDS[kind]())
    assert states == books.states
    assert told in books.told(SEGMENTS)
    assert "depends on list_segments" in books.told(BELOW)
    assert [] == books.notices


def test_each_kind_of_error_is_among_these() -> None:
    known = {type(make()) for make in KINDS.values()}
    assert set(SliceError.__subclasses__()) == known


def test_of_a_parent_that_went_meanwhile_nothing_failed() -> None:
    books = Books()
    books.fail(KINDS["NotFound"]())
    assert ("done", "done", "done") == books.states
    assert ["list_segments of audience 4d2a was deleted at Mailchimp during this run."] == (
        books.notices
    )


def test_a_table_without_a_parent_cannot_have_gone() -> None:
    books = Books()
    asyncio.run(books.failures.failed(CATALOG["lists"], (), KINDS["NotFound"]()))
    assert "failed" == books.tally["lists"].outcome
    assert ("failed", "failed", "failed") == books.states


@pytest.mark.parametrize("kind", KINDS)
def test_where_the_parent_cannot_be_asked_for_it_is_not_taken_to_be_gone(kind: str) -> None:
    books = Books()
    books.looks = KINDS[kind]()
    books.fail(KINDS["NotFound"]())
    assert ("failed", "failed", "done") == books.states


def test_what_is_refused_is_left_out_with_all_below_it_and_told_once() -> None:
    books = Books()
    books.fail(KINDS["Refused"](), times=3)
    assert {SEGMENTS, BELOW} == books.failures.refused
    assert "Mailchimp refuses it. Ask the owner." == books.told(SEGMENTS)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"Refused"}))
def test_no_other_failure_leaves_a_table_out(kind: str) -> None:
    books = Books(*AUDIENCE)
    books.fail(KINDS[kind]())
    assert set() == books.failures.refused


# -- what an account may lack -----------------------------------------------------------------


def told_of_shop(books: Books) -> tuple[str, ...]:
    """How the tables of the shop end."""
    return tuple(books.tally[name].outcome.value for name in SHOP)


@pytest.mark.parametrize("kind", ["NotFound", "Refused"])
def test_what_the_account_lacks_is_left_out_and_told_once(kind: str) -> None:
    books = Books()
    books.fail(KINDS[kind](), times=2, table="stores", parent=())
    assert ("not available",) * 4 == told_of_shop(books)
    assert set(SHOP) == books.failures.refused
    (said,) = books.notices
    assert said.startswith("This account has no stores, or its plan or your role does not show")
    assert said.endswith(f"Left out: {', '.join(SHOP)}.")
    assert {""} == {books.told(name) for name in SHOP}
    assert Outcome(RunState.SUCCEEDED, 0) == judged(books.tally)


def test_what_is_there_no_more_stays_as_it_was_copied() -> None:
    books = Books(held=("store_orders",))
    books.fail(KINDS["NotFound"](), table="stores", parent=())
    assert ("not available",) * 4 == told_of_shop(books)
    (said,) = books.notices
    assert said.endswith("Rows that were copied earlier stay as they are.")
    assert Outcome(RunState.SUCCEEDED, 0) == judged(books.tally)


def test_what_could_be_read_before_is_refused_to_a_user_not_lacked_by_the_account() -> None:
    books = Books(held=("store_orders",))
    books.fail(KINDS["Refused"](), table="stores", parent=())
    assert ("refused",) * 4 == told_of_shop(books)
    assert [] == books.notices
    assert RunState.FAILED is judged(books.tally).state


@pytest.mark.parametrize(("kind", "state"), [("NotFound", "failed"), ("Refused", "refused")])
def test_a_part_whose_top_could_be_read_is_there(kind: str, state: str) -> None:
    books = Books("s1")
    books.fail(KINDS[kind](), table="store_promo_rules", parent=("s1",))
    assert ("done", "done", state, state) == told_of_shop(books)
    assert [] == books.notices


def test_only_what_could_not_be_asked_for_at_all_is_lacked() -> None:
    for kind in KINDS.keys() - {"NotFound", "Refused"}:
        books = Books()
        books.fail(KINDS[kind](), table="stores", parent=())
        assert ("failed",) * 4 == told_of_shop(books)


# -- where nothing answers --------------------------------------------------------------------


def test_many_that_no_answer_came_for_end_the_run_where_none_comes_at_all() -> None:
    books = Books(alive=KINDS["SourceUnavailable"]())
    books.fail(KINDS["SourceUnavailable"](), times=MANY_FAILURES - 1)
    assert 0 == books.pings
    with pytest.raises(SourceUnavailable):
        books.fail(KINDS["SourceUnavailable"]())
    assert "failed" == books.states[0]


@pytest.mark.parametrize("kind", ["NotFound", "NotUnderstood", "Refused"])
def test_any_answer_is_a_sign_of_life_and_the_run_goes_on(kind: str) -> None:
    books = Books(alive=KINDS[kind]())
    books.fail(KINDS["SourceUnavailable"](), times=2 * MANY_FAILURES + 1)
    assert 2 == books.pings


def test_a_page_between_them_is_one_as_well() -> None:
    books = Books(alive=KINDS["SourceUnavailable"]())
    for _ in range(3):
        books.fail(KINDS["SourceUnavailable"](), times=MANY_FAILURES - 1)
        books.failures.answered()
    assert 0 == books.pings


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"SourceUnavailable"}))
def test_what_was_answered_does_not_count(kind: str) -> None:
    books = Books(alive=KINDS["SourceUnavailable"]())
    books.fail(KINDS[kind](), times=2 * MANY_FAILURES)
    assert 0 == books.pings


# -- no error, and no proof -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ((), "the copy may be incomplete, because it shifted. The rows that were read are saved"),
        (({"key": "k"},), "it shifted, so that the table is not complete. All other rows were"),
    ],
)
def test_what_could_not_be_proven_is_unproven_with_all_below_it(odd: Any, told: str) -> None:
    books = Books()
    books.failures.unproven(
        CATALOG[SEGMENTS], AUDIENCE, Found(3, 1, None, sentence("it shifted"), odd)
    )
    assert ("unproven", "unproven", "done") == books.states
    assert f"list_segments of audience 4d2a: {told}" in books.told(SEGMENTS)
    below = "list_segment_members depends on list_segments of audience 4d2a, which is unproven."
    assert below == books.told(BELOW)


def test_the_worst_of_several_is_told() -> None:
    books = Books(*AUDIENCE)
    books.failures.unproven(CATALOG[SEGMENTS], AUDIENCE, Found(3, 1, None, sentence("it shifted")))
    books.fail(KINDS["NotUnderstood"]())
    assert ("failed", "failed", "done") == books.states
