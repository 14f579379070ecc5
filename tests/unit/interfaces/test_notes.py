"""What a run notes about a table names it once."""

import datetime as dt

import pytest

from chimpline.interfaces.cli.screen.displays import PlainLines
from chimpline.message import Message
from chimpline.runs.report.events import Notice

NOON = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)


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
