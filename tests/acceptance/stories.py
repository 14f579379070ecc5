"""Stories of an account and its replica, as data: told once by chance, told again word for word.

A story begins with an account, empty-handed or after a first run, and goes on in steps: changes,
time that passes, runs that meet whatever a run can meet. `World` tells it and holds every run to
what docs/guarantees.md#the-promise says.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import random
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chimpline.api.client import Retry
from chimpline.catalog.tables import tables
from chimpline.model import Deletes
from chimpline.runs.report.events import RunFinished
from chimpline.sandbox import Sandbox
from chimpline.sandbox.model.member import STATUSES
from tests.acceptance.destinations import (
    ALL,
    SERVICE,
    DuckDBReplica,
    Key,
    Replica,
    Row,
    key_of,
)
from tests.acceptance.replica import (
    CHANGES,
    SHOWN,
    STALE,
    Difference,
    Truth,
    changes_of,
    differences,
    replicate,
    truth_of,
)

AT_ONCE = dt.timedelta(0)
NOT_THE_FIRST = r"^/(?!$|ping)"
"""Any path but those that open a run."""

TRANSIENT = (
    "429",
    "429-empty",
    "500",
    "502-html",
    "504-html",
    "403-html",
    "403-empty",
    "reset",
    "reset-in-body",
    "truncated",
    "not-json",
    "wrong-content-type",
)
MISLEADING = ("repeated-page", "empty-page")

# At one in ten, many failures in a row do happen among thousands of requests.
STUBBORN = Retry(attempts=30, attempts_when_busy=60, wait_initial_s=0.0, wait_max_s=0.001)

# Read whole by each run, so that what no specification knows shows at once.
READ_WHOLE = tuple(t for t in ALL if t not in STALE and not tables()[t].row.gate)
ODD: dict[str, tuple[str, Any]] = {
    "list_members": ("member_rating", "three"),
    "list_merge_fields": ("required", {"since": "today"}),
    "list_segments": ("member_count", "many"),
    "list_segment_members": ("member_rating", [5]),
    "campaigns": ("emails_sent", "lots"),
    "automations": ("create_time", "long ago"),
}
# Odd values of members, and what no specification knows of activity: no gate betrays them either.
LAGGING: dict[str, frozenset[str]] = {
    **STALE,
    "list_members": STALE["list_members"] | {"_extra"},
    "reports_email_activity": frozenset({"_extra"}),
}
LATE_S = (30, 600, 3 * 86400, 200 * 86400)


# -- the account ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Account:
    """What an account is generated from (`chimpline.sandbox.model.account.Options`); small ones."""

    members: int = 45
    audiences: int = 2
    campaigns: int = 3
    events: int = 50
    seed: int = 1
    bulk_members: int | None = None
    members_without_last_changed: int = 0
    erasure_moves_counters: bool = True
    reports_follow_address: bool = True

    @property
    def options(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Change:
    """One thing that happens to the account.

    `place` 0: to what the sandbox would choose; else to something chosen by that number.
    """

    kind: str
    place: int = 0

    def make(self, sandbox: Sandbox) -> bool:
        """False where there is nothing that this could be done to."""
        try:
            arguments = self._arguments(sandbox)
            sandbox.change(self.kind, **arguments)
        except (ValueError, IndexError):
            return False
        return True

    def _arguments(self, sandbox: Sandbox) -> dict[str, Any]:
        rng = random.Random(self.place)  # noqa: S311 - a choice is no secret
        if self.kind == "odd_value":
            table = rng.choice(list(ODD))
            row = rng.choice(sandbox.truth(table))
            key = [str(part) for part in key_of(table, row)]
            field, value = ODD[table]
            return {"table": table, "key": key, "field": field, "value": value}
        if self.kind == "unknown_field":
            return {"table": rng.choice(READ_WHOLE), "value": rng.choice(["new", 7, {"a": [1]}])}
        if not self.place:
            return {}
        takes = inspect.signature(CHANGES[self.kind]).parameters
        chosen: dict[str, Any] = {}
        if "list_id" in takes:
            chosen["list_id"] = rng.choice(sandbox.truth("lists"))["id"]
        if "member_id" in takes:
            chosen["member_id"] = rng.choice(_of(sandbox, "list_members", chosen))["id"]
        if "segment_id" in takes:
            kinds = {"tag": {"static"}, "untag": {"static"}, "rename_tag": {"static"}}.get(
                self.kind, {"saved", "fuzzy"}
            )
            if self.kind == "delete_segment":
                kinds = {"static", "saved", "fuzzy"}
            segments = [r for r in _of(sandbox, "list_segments", chosen) if r["type"] in kinds]
            chosen["segment_id"] = rng.choice(segments)["id"]
        if "campaign_id" in takes:
            table = "reports" if "email_id" in takes else "campaigns"
            chosen["campaign_id"] = rng.choice(sandbox.truth(table))["id"]
        if "email_id" in takes:
            recipients = _of(sandbox, "reports_sent_to", {"campaign_id": chosen["campaign_id"]})
            chosen["email_id"] = rng.choice(recipients)["email_id"]
        return chosen | self._details(sandbox, rng)

    def _details(self, sandbox: Sandbox, rng: random.Random) -> dict[str, Any]:
        match self.kind:
            case "subscribe":
                return {"status": rng.choice(STATUSES)}
            case "create_segment":
                return {"segment_type": rng.choice(["static", "saved", "fuzzy"])}
            case "add_event":
                late = rng.choice(LATE_S)
                then = dt.datetime.fromtimestamp(sandbox.now - late, dt.UTC).replace(microsecond=0)
                when = {"timestamp": then.isoformat()} if rng.random() < 0.5 else {}
                return {"action": rng.choice(["open", "click", "proxy_open"]), **when}
            case "bounce":
                return {"bounce_type": rng.choice(["hard", "soft"])}
            case "send_campaign":
                return {"recipients": rng.choice([5, 20]), "events": rng.choice([0, 30])}
            case "add_merge_field":
                return {"default_value": rng.choice(["", "none"])}
            case _:
                return {}


def _of(sandbox: Sandbox, table: str, of: Mapping[str, Any]) -> list[Row]:
    return [
        row
        for row in sandbox.truth(table)
        if all(row.get(name) == value for name, value in of.items())
    ]


# -- steps ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Pass:
    """Time, in which nothing happens."""

    seconds: int


@dataclasses.dataclass(frozen=True)
class Run:
    """A run, and what it meets.

    `faults`: kinds with the probability of each, at any request; misleading pages among them, at
    the paths `misled`. `small`: paths (a regular expression) whose pages have 15 rows. `changes`:
    as the n-th request of the run arrives. `stop`: the request at which the run is cancelled.
    `full`: a full refresh.
    """

    faults: tuple[tuple[str, float], ...] = ()
    small: str | None = None
    changes: tuple[tuple[int, Change], ...] = ()
    stop: int | None = None
    connections: int = 8
    full: bool = False
    misled: str = NOT_THE_FIRST

    @property
    def plan(self) -> list[Mapping[str, Any]]:
        rules: list[Mapping[str, Any]] = [
            {
                "path": self.misled if kind in MISLEADING else "",
                "kind": kind,
                "times": None,
                "probability": probability,
            }
            for kind, probability in self.faults
        ]
        if self.small is not None:
            # Answered 504 to, the client shrinks its pages to 15 rows.
            large = r"(^|&)count=(1000|500|250|125|62|31)(&|$)"
            small = {"path": self.small, "query": large, "kind": "504-html", "times": None}
            rules.append(small)
        return rules


@dataclasses.dataclass(frozen=True)
class Quiet:
    """A run that meets nothing, after which all is true.

    `again`: the same once more, which has nothing to do. `complete`: members and gates are then
    read anew, so that nothing lags any more.
    """

    again: bool = False
    complete: bool = False


Step = Change | Pass | Run | Quiet


# -- telling ----------------------------------------------------------------------------------


class World:
    """An account and its replica, and all that was told of them."""

    def __init__(
        self,
        account: Account,
        sandbox: Sandbox,
        replica: Replica,
        deletes: Deletes,
        *,
        begun: bool,
        tables: Sequence[str] = ALL,
    ) -> None:
        self.account = account
        self.sandbox = sandbox
        self.replica = replica
        self.deletes = deletes
        self.begun = begun
        self.tables = tuple(tables)
        self.steps: list[Step] = []
        self.runs = 0
        self._due: dict[int, list[Change]] = {}
        self._stop: tuple[int, threading.Event] | None = None
        self._seen = 0
        self._changed = 0
        sandbox.on_request(self._arrives)

    def tell(self, *steps: Step) -> None:
        """Raises `AssertionError` where a promise is broken, with the story so far as a note."""
        for step in steps:
            self.steps.append(step)
            try:
                self._tell(step)
            except BaseException as error:
                error.add_note(self.story)
                raise

    @property
    def story(self) -> str:
        told = "\n".join(f"    {step}," for step in self.steps)
        return (
            f"The story, for tests/acceptance/test_stories.py ({self.replica.kind}):\n"
            f"    {self.account}, {self.deletes}, begun={self.begun},\n"
            f"    tables={self.tables},\n{told}"
        )

    def _tell(self, step: Step) -> None:
        match step:
            case Change():
                step.make(self.sandbox)
            case Pass():
                self.sandbox.advance(step.seconds)
            case Run():
                self._run(step)
            case Quiet():
                self._quiet(step)

    def _arrives(self, *_: str) -> None:
        """In the sandbox's thread, before the request is answered."""
        self._seen += 1
        for change in self._due.get(self._seen, ()):
            self._changed += change.make(self.sandbox)
        if self._stop is not None and self._seen == self._stop[0]:
            self._stop[1].set()

    def _run(self, step: Run) -> None:
        before = self._buried()
        self._seen = self._changed = 0
        for number, change in step.changes:
            self._due.setdefault(number, []).append(change)
        cancelled = threading.Event()
        self._stop = None if step.stop is None else (step.stop, cancelled)
        self.sandbox.faults(step.plan)
        # A page that is repeated is one of this run. An answer kept from before the last change
        # would be as good as any other to whoever reads it.
        self.sandbox._engine.last_bodies.clear()
        self.runs += 1
        finished = replicate(
            self.sandbox,
            self.replica,
            retry=STUBBORN,
            cancelled=cancelled,
            connections=step.connections,
            full_refresh=step.full,
            deletes=self.deletes,
            tables=self.tables,
        )
        self.sandbox.clear_faults()
        self._due, self._stop = {}, None
        lies = any(kind in MISLEADING for kind, _ in step.faults)
        if cancelled.is_set():
            assert finished.exit in (0, 1), finished
        elif not lies and not self._changed:
            assert (0, None) == (finished.exit, finished.said)
        else:
            assert finished.exit in (0, 1), finished
        if self._changed:
            return
        stored = self._stored()
        if stored:
            truth = self._truth()
            assert_no_grave_of_the_living(truth, stored, before)
        if finished.exit == 0:
            self._assert_true(finished)

    def _quiet(self, step: Quiet) -> None:
        finished = self._replicate()
        assert (0, None) == (finished.exit, finished.said)
        lagging = self._assert_true(finished)
        if step.again:
            again = self._replicate()
            assert (0, {}) == (again.exit, changes_of(again))
        if not step.complete:
            return
        healed = self._replicate(complete_read_every=AT_ONCE)
        assert (0, None) == (healed.exit, healed.said)
        rows: dict[str, set[Key]] = {}
        for one in lagging:
            rows.setdefault(one.table, set()).add(one.key)
        expected = {table: (0, len(keys), 0) for table, keys in rows.items()}
        assert expected == changes_of(healed)
        assert [] == self._assert_true(healed)

    def _replicate(self, **overrides: Any) -> RunFinished:
        self.runs += 1
        return replicate(
            self.sandbox,
            self.replica,
            retry=STUBBORN,
            deletes=self.deletes,
            tables=self.tables,
            **overrides,
        )

    # -- what is held against the account -------------------------------------------------

    def _stored(self) -> dict[str, list[Row]]:
        """Every row of every table, with the service columns; nothing before the first run."""
        if isinstance(self.replica, DuckDBReplica) and not self.replica.path.exists():
            return {}
        return self.replica.stored_in(self.replica.tables())

    def _truth(self) -> Truth:
        """Of what can be stored, and of the reports, whose campaigns tell what outlives them."""
        return truth_of(self.sandbox, {*self.tables, "reports"})

    def _buried(self) -> dict[str, set[Key]]:
        return buried_in(self._stored())

    def _assert_true(self, finished: RunFinished) -> list[Difference]:
        """Each of its tables equals the account; the cells that may lag and do."""
        stored = self._stored()
        truth = self._truth()
        assert set(self.tables) == stored.keys()
        assert_no_key_twice(stored)
        assert_no_grave_of_the_living(truth, stored, {})
        wrong: list[Difference] = []
        lagging: list[Difference] = []
        for table in self.tables:
            rows = [
                {name: cell for name, cell in row.items() if name not in SERVICE}
                for row in stored[table]
                if not row["_deleted_at"] and not self._outlives(table, row, truth)
            ]
            for one in differences(table, truth[table], rows):
                may_lag = one.column in LAGGING.get(table, ())
                (lagging if may_lag else wrong).append(one)
        shown = "\n".join(str(one) for one in wrong[:SHOWN])
        assert not wrong, (
            f"After run {finished.run_id}, which ended {finished.exit}, {len(wrong)} cells or rows"
            f" differ (expected != actual):\n{shown}"
        )
        return lagging

    @staticmethod
    def _outlives(table: str, row: Row, truth: Mapping[str, Mapping[Key, Row]]) -> bool:
        """What people did stays without the campaign: docs/how-it-reads.md#what-is-gone."""
        return table == "reports_email_activity" and (row["campaign_id"],) not in truth["reports"]


def buried_in(stored: Mapping[str, Iterable[Row]]) -> dict[str, set[Key]]:
    return {
        table: {key_of(table, row) for row in rows if row["_deleted_at"]}
        for table, rows in stored.items()
    }


def assert_no_key_twice(stored: Mapping[str, list[Row]]) -> None:
    twice = {
        table: len(rows) - len({key_of(table, row) for row in rows})
        for table, rows in stored.items()
    }
    assert not any(twice.values()), f"keys that are stored twice: {twice}"


def assert_no_grave_of_the_living(
    truth: Mapping[str, Mapping[Key, Row]],
    stored: Mapping[str, Iterable[Row]],
    before: Mapping[str, set[Key]],
) -> None:
    """No tombstone lies on a record that exists, but those that lay there `before`."""
    wrong = {
        table: sorted(map(str, (keys - before.get(table, set())) & truth[table].keys()))[:SHOWN]
        for table, keys in buried_in(stored).items()
    }
    wrong = {table: keys for table, keys in wrong.items() if keys}
    assert not wrong, f"tombstones on records that exist: {wrong}"
