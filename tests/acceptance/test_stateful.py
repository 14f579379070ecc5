"""Whatever happens to the account, to the network and to the run: one quiet run makes it true.

Hypothesis invents the stories, and shortens those that break a promise. Stories that once did are
kept in test_stories.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from chimpline.model import Deletes
from tests.acceptance.conftest import MEMORY, Templates
from tests.acceptance.replica import CHANGES, OTHERS, READ
from tests.acceptance.stories import (
    MISLEADING,
    TRANSIENT,
    Account,
    Change,
    Pass,
    Quiet,
    Run,
    Step,
    World,
)
from tests.conftest import DRAWN, chance_of

CASES = {"duckdb": 2, "postgresql": 2, MEMORY: 10}
CASES_OF_SOAK = {"duckdb": 200, "postgresql": 200, MEMORY: 2600}
"""The reading is the same without an engine, which costs several times as much a story."""

AT_A_TIME, AT_A_TIME_OF_SOAK = 10, 50
"""So many cases are one test, so that processes can share them."""

ACCOUNTS = (
    Account(members=36, campaigns=2, events=30),
    Account(
        members=45,
        audiences=1,
        campaigns=2,
        bulk_members=30,
        events=30,
        members_without_last_changed=3,
        seed=2,
    ),
    Account(
        audiences=1,
        campaigns=2,
        events=30,
        erasure_moves_counters=False,
        reports_follow_address=False,
        seed=3,
    ),
    Account(members=30, campaigns=2, events=30, erasure_moves_counters=False, seed=4),
)

changes = st.builds(
    Change, st.sampled_from(sorted(set(CHANGES) - {"postdate"})), st.integers(0, 40)
)
seconds = st.sampled_from([1, 20, 600, 3600, 86_400, 3 * 86_400, 8 * 86_400, 200 * 86_400])
transient = st.tuples(st.sampled_from(TRANSIENT), st.sampled_from([0.02, 0.1]))
misleading = st.tuples(st.sampled_from(MISLEADING), st.sampled_from([0.02, 0.1, 0.3]))
faults = st.lists(transient | misleading, max_size=3, unique_by=lambda one: one[0]).map(tuple)
during = st.lists(st.tuples(st.integers(1, 80), changes), max_size=6).map(tuple)
runs = st.builds(
    Run,
    faults=faults,
    small=st.sampled_from([None, "/members$", "^/reports/", "segments", ""]),
    changes=during,
    stop=st.none() | st.integers(1, 120),
    connections=st.sampled_from([1, 8]),
    full=st.sampled_from([False, False, False, True]),
)


class Story(RuleBasedStateMachine):
    """Changes, time and runs in any order, then quiet.

    The rules write the story, and the end tells it: what is drawn must not hang on how a run went,
    since two runs of one story may differ in what they do at once.
    """

    def __init__(self, templates: Templates, engine: str) -> None:
        super().__init__()
        self.templates = templates
        self.engine = engine
        self.steps: list[Step] = []
        self.world: World | None = None
        self.broken_by = ""

    @initialize(
        account=st.sampled_from(ACCOUNTS),
        begun=st.booleans(),
        deletes=st.sampled_from([Deletes.MARK, Deletes.MARK, Deletes.REMOVE]),
        others=st.sets(st.sampled_from(OTHERS), max_size=3),
    )
    def begin(self, account: Account, begun: bool, deletes: Deletes, others: set[str]) -> None:
        """Read are one table of each kind, and some others: `make soak` comes to all."""
        self.beginning = (account, begun, deletes, (*READ, *sorted(others)))

    @rule(made=st.lists(changes, min_size=1, max_size=4))
    def the_account_changes(self, made: list[Change]) -> None:
        self.steps += made

    @rule(seconds=seconds)
    def time_passes(self, seconds: int) -> None:
        self.steps.append(Pass(seconds))

    @rule(run=runs)
    def it_runs(self, run: Run) -> None:
        self.steps.append(run)

    @rule(run=runs, made=st.lists(changes, max_size=4), seconds=seconds)
    def it_runs_after_changes(self, run: Run, made: list[Change], seconds: int) -> None:
        self.steps += [*made, Pass(seconds), run]

    @rule()
    def all_is_quiet(self) -> None:
        self.steps.append(Quiet())

    def teardown(self) -> None:
        if not self.steps:
            return
        account, begun, deletes, tables = self.beginning
        pair = self.templates.begin(self.engine, begun=begun, **account.options)
        self.world = World(account, pair.sandbox, pair.replica, deletes, begun=begun, tables=tables)
        odd = bool(len(self.steps) % 2)
        try:
            self.world.tell(*self.steps, Quiet(again=odd, complete=not odd))
        except Exception as error:
            self.broken_by = f"{type(error).__name__}: {error}\n{self.world.story}"
            raise
        finally:
            self.templates.discard(pair)


@dataclasses.dataclass(frozen=True)
class Part:
    engine: str
    begin: int
    cases: int

    def __str__(self) -> str:
        return f"{self.engine}-{self.begin}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chance = chance_of(metafunc.config)
    size = AT_A_TIME_OF_SOAK if chance.soak else AT_A_TIME
    parts = []
    for engine, cases in (CASES_OF_SOAK if chance.soak else CASES).items():
        total = chance.cases or cases
        parts += [Part(engine, begin, min(size, total - begin)) for begin in range(0, total, size)]
    metafunc.parametrize("part", parts, ids=str)


def test_after_one_quiet_run_every_table_equals_the_account(
    templates: Templates,
    part: Part,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    chance = chance_of(request.config)
    chosen = chance.seed + part.begin
    told: list[Story] = []

    @seed(chosen)
    def story() -> Story:
        told.append(Story(templates, part.engine))
        return told[-1]

    drawn = settings(
        max_examples=part.cases,
        stateful_step_count=6 if chance.soak else 2,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    try:
        # A function will do, says its documentation; its type does not.
        run_state_machine_as_test(cast("type[Story]", story), settings=drawn)
    except BaseException as error:
        # The shortest one, also where it is true when told again.
        broken = [one.broken_by for one in told if one.broken_by]
        error.add_note(min(broken, key=len, default="No story was broken."))
        raise
    finally:
        runs = sum(one.world.runs for one in told if one.world)
        record_property(
            DRAWN, f"stories on {part.engine}: {len(told)} cases, {runs} runs, seed {chosen}"
        )
