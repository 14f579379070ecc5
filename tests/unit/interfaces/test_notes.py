"""What a run notes about a table names it once."""

import datetime as dt

import pytest

from chimpline.interfaces.cli.screen.displays import PlainLines
from chimpline.interfaces.cli.screen.said import not_due_of
from chimpline.message import Message
from chimpline.runs.report.events import Notice

NOON = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)


def test_the_tables_of_a_report_that_were_not_due_are_named_with_their_times() -> None:
    read, due = NOON.isoformat(), (NOON + dt.timedelta(days=1)).isoformat()
    tables: dict[str, dict[str, object]] = {
        "lists": {"state": "done"},
        "campaign_folders": {"state": "not due", "read_at": read, "due_at": due},
    }
    assert not_due_of(tables).splitlines()[1:] == [
        "- campaign_folders (last read 2026-11-27 12:00 UTC, due again 2026-11-28 12:00 UTC)"
    ]
    assert "" == not_due_of({"lists": {"state": "done"}})


@pytest.mark.parametrize(
    ("table", "message", "shown"),
    [
        (None, "Slow.", "Slow."),
        ("lists", "slowed down by 429", "lists: slowed down by 429"),
        ("lists", "Mailchimp lists nothing.", "lists: Mailchimp lists nothing."),
        ("lists", "2 rows of lists were there twice.", "2 rows of lists were there twice."),
        ("lists", "lists of 3 rows.", "lists of 3 rows."),
        ("lists", "The table lists was dropped.", "The table lists was dropped."),
        ("lists", "3 rows were added to lists.", "3 rows were added to lists."),
        ("lists", "A row of lists_2 is odd.", "lists: A row of lists_2 is odd."),
        ("lists", "The view of lists__1 is odd.", "lists: The view of lists__1 is odd."),
    ],
)
def test_a_note_names_its_table_once(
    table: str | None, message: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    PlainLines()(Notice(at=NOON, said=Message.of("stored-sentence", sentence=message), table=table))
    assert f"Note: {shown}\n" == capsys.readouterr().out
