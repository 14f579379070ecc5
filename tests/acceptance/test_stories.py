"""Stories that once broke a promise, told again word for word."""

from __future__ import annotations

import pytest

from chimpline.model import Deletes
from tests.acceptance.conftest import Templates
from tests.acceptance.stories import Account, Change, Pass, Quiet, Run, Step, World

pytestmark = pytest.mark.either_engine

KEPT: dict[str, tuple[Account, bool, list[Step]]] = {
    # Nothing of the audience is read any more, and no counter of its reports moves.
    "a change of address before the audience goes": (
        Account(),
        True,
        [Change("change_address"), Change("delete_list", 10), Quiet(again=True)],
    ),
    "an erasure before the audience goes": (
        Account(erasure_moves_counters=False),
        True,
        [Change("delete_permanently"), Change("delete_list", 10), Quiet(again=True)],
    ),
    "a first run that is stopped while all changes": (
        Account(members=60, audiences=1, bulk_members=35, members_without_last_changed=3, seed=2),
        False,
        [
            Run(
                small="",
                changes=((40, Change("archive", 4)), (60, Change("add_merge_field"))),
                stop=70,
                connections=1,
            ),
            Pass(8 * 86_400),
            Change("delete_permanently", 18),
            Quiet(complete=True),
        ],
    ),
    # Rows of a campaign that were read before the erasure, in a run that was stopped after it.
    "an erasure during a stopped run": (
        Account(audiences=1, erasure_moves_counters=False, reports_follow_address=False, seed=3),
        False,
        [
            Pass(86_400),
            Run(
                faults=(("repeated-page", 0.1), ("not-json", 0.02), ("empty-page", 0.1)),
                small="/members$",
                changes=(
                    (61, Change("rename_tag", 14)),
                    (59, Change("untag", 25)),
                    (77, Change("set_interests", 27)),
                    (74, Change("delete_merge_field", 17)),
                    (11, Change("unsubscribe_from_campaign", 24)),
                    (24, Change("send_campaign", 7)),
                ),
            ),
            Change("tag", 23),
            Change("bounce", 4),
            Pass(3600),
            Run(
                faults=(("repeated-page", 0.1), ("429", 0.02), ("reset", 0.1)),
                small="",
                changes=((33, Change("untag", 6)), (29, Change("delete_permanently", 16))),
                stop=90,
            ),
            Quiet(complete=True),
        ],
    ),
    # Whose reports land and who does not, is missed by nobody when he is erased.
    "reports that are read beside unproven members": (
        Account(audiences=1, erasure_moves_counters=False, seed=3),
        False,
        [
            Run(faults=(("empty-page", 1.0),), misled="/members$"),
            Change("delete_permanently", 3),
            Quiet(complete=True),
        ],
    ),
}


@pytest.mark.within
@pytest.mark.parametrize("name", KEPT)
def test_a_story_that_broke_a_promise_keeps_it(
    templates: Templates, engine: str, name: str
) -> None:
    account, begun, steps = KEPT[name]
    pair = templates.begin(engine, begun=begun, tables=None, **account.options)
    world = World(account, pair.sandbox, pair.replica, Deletes.MARK, begun=begun)
    try:
        world.tell(*steps)
    finally:
        templates.discard(pair)
