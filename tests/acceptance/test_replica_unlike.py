"""What ends a slice, and what ends the run: answers of one path, and of the whole account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chimpline.api.client import Retry
from chimpline.errors import AccountBlocked, ChimplineError, WrongDataCenter
from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.runs.report.events import RunFinished
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import Replica, assert_true_to, replicate
from tests.acceptance.stories import NOT_THE_FIRST
from tests.words import heard, told_of

pytestmark = pytest.mark.either_engine

SEGMENTS = "/lists/.*/segments$"
"""A path of each audience, above one other table."""

TABLES = ("lists", "list_segments", "list_segment_members", "list_members", "campaigns")
FEW = Retry(attempts=3, wait_initial_s=0.0, wait_max_s=0.001)
ONE = pytest.mark.parametrize("engine", ["duckdb"])


def states(finished: RunFinished) -> dict[str, str]:
    return {name: table["state"] for name, table in finished.tables.items()}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(members=60, campaigns=3, events=60, audiences=2, seed=5) as own:
        yield own


@pytest.mark.within
@pytest.mark.parametrize("title", ["Resource Nesting Too Deep"])
def test_a_4xx_with_a_problem_fails_its_slice_and_all_else_lands(
    sandbox: Sandbox, replica: Replica, title: str
) -> None:
    """The kind: any 4xx that explains itself, on any path but those that open a run."""
    sandbox.faults([{"path": SEGMENTS, "kind": "problem", "title": title, "times": None}])
    finished = replicate(sandbox, replica, tables=TABLES)
    sandbox.clear_faults()
    assert 1 == finished.exit
    failed = {name for name, state in states(finished).items() if state != "done"}
    assert {"list_segments", "list_segment_members"} == failed
    assert f"{title}: " in str(heard(finished.tables["list_segments"]))
    assert 0 == replicate(sandbox, replica, tables=TABLES).exit
    assert_true_to(sandbox, replica, TABLES)


@pytest.mark.within
def test_a_4xx_of_the_edge_is_asked_again(sandbox: Sandbox, replica: Replica) -> None:
    page = {"path": NOT_THE_FIRST, "kind": "html", "times": None, "probability": 0.05}
    sandbox.faults([{**page, "status": status} for status in (400, 409, 414, 451)])
    finished = replicate(sandbox, replica, retry=Retry(attempts=20, wait_initial_s=0.0))
    sandbox.clear_faults()
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica)


@pytest.mark.within
@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("User Disabled", AccountBlocked),
        ("Compliance Related", AccountBlocked),  # a 503
        ("Wrong Datacenter", WrongDataCenter),
    ],
)
def test_a_blocked_account_ends_the_run_in_the_middle_and_nothing_is_buried(
    sandbox: Sandbox, replica: Replica, title: str, kind: type[ChimplineError]
) -> None:
    """The kind: a title that speaks of the account. The next run goes on."""
    tables = ("lists", "list_merge_fields", "list_segments", "automations", "automation_emails")
    assert 0 == replicate(sandbox, replica, tables=tables).exit
    sandbox.change("create_list")
    blocked = {"path": NOT_THE_FIRST, "kind": "problem", "title": title, "times": None}
    sandbox.faults([{**blocked, "after": 6}])
    sandbox.reset_metrics()
    with pytest.raises(kind) as met:
        replicate(sandbox, replica, tables=tables)
    assert (2, True) == (met.value.exit_status, title in told_of(met.value).what)
    # After the first one came only what was under way already.
    statuses = sandbox.metrics()["statuses"]
    assert 1 <= sum(n for status, n in statuses.items() if int(status) >= 400) <= 8
    assert not any(replica.buried(table) for table in tables)
    sandbox.clear_faults()
    assert 0 == replicate(sandbox, replica, tables=tables).exit
    for table in tables:
        assert len(sandbox.truth(table)) == len(replica.live(table))


@ONE
@pytest.mark.parametrize("kind", ["500", "reset", "reset-in-body", "not-json", "truncated"])
def test_pages_that_are_too_heavy_are_read_in_smaller_ones(
    sandbox: Sandbox, replica: Replica, kind: str
) -> None:
    """The kind: however it shows that a page is too heavy."""
    heavy = r"(^|&)count=(1000|500|250|125|62)(&|$)"
    sandbox.faults([{"path": SEGMENTS, "query": heavy, "kind": kind, "times": None}])
    finished = replicate(sandbox, replica, tables=("lists", "list_segments"))
    sandbox.clear_faults()
    assert (0, None) == (finished.exit, finished.said)
    assert len(sandbox.truth("list_segments")) == len(replica.live("list_segments"))


@ONE
@pytest.mark.parametrize("kind", ["endless", "bomb", "deep-json"])
def test_an_answer_of_no_sound_server_fails_its_table_only(
    sandbox: Sandbox, replica: Replica, kind: str
) -> None:
    sandbox.faults([{"path": "/automations$", "kind": kind, "times": None}])
    finished = replicate(sandbox, replica, retry=FEW, tables=("automations", "lists"))
    assert (1, {"lists": "done", "automations": "failed"}) == (finished.exit, states(finished))


SETTINGS = """\
[connections.main]
api_root = "{root}"

[pipelines.daily]
connection = "main"
destination = "duckdb:///copy.duckdb"
tables = ["lists", "list_members", "list_segments"]
"""


COMMANDS = (("check", "main"), ("discover", "main"), ("run", "--dry-run"), ("reconcile",))


def test_every_command_tells_the_true_cause(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "chimpline.toml").write_text(SETTINGS.format(root=sandbox.api_root))
    environ = {
        "CHIMPLINE_API_KEY": sandbox.api_key,
        "PATH": "",
        "CHIMPLINE_SLOTS_DIR": str(tmp_path / "slots"),
    }

    def typed(words: tuple[str, ...]) -> tuple[int, str, str]:
        status = main(list(words), Session(environ=environ, cwd=tmp_path))
        shown = capsys.readouterr()
        return status, " ".join(shown.out.split()), " ".join(shown.err.split())

    assert 0 == typed(("run",))[0]
    blocked = {"path": "/lists", "kind": "problem", "title": "User Disabled", "times": None}
    part = {"path": "/lists/.*/(segments|interest-categories)$", "times": None}
    for words in COMMANDS:
        sandbox.faults([blocked])
        status, _, told = typed(words)
        assert (words, 2) == (words, status)
        cause = "blocked this user or the whole account (403 User Disabled: "
        assert cause in told, words
        sandbox.faults([{**part, "kind": "problem", "title": "Conflict"}])
        status, out, err = typed(words)
        assert status in (0, 1), words
        assert "409 Conflict" in out + err, words
