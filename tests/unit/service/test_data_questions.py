"""The landed data: statements that show rows, charts that lack something, and CSV."""

from __future__ import annotations

import csv
import io

import pytest

from chimpline.errors import UserError
from chimpline.load.reading import Answer, Column
from chimpline.service.data import member, tables
from chimpline.service.data.charts import CHARTS, chart_of
from chimpline.service.data.sheet import csv_of, disarmed
from chimpline.service.data.tables import Compare, Gone, Look, Structure

STRUCTURE: Structure = {
    "list_members": {
        **dict.fromkeys(("list_id", "id", "email_address"), "text"),
        "member_rating": "number",
        "last_changed": "time",
        "tags": "json",
        "_deleted_at": "time",
    },
    "reports_email_activity": dict.fromkeys(("list_id", "email_id", "timestamp", "action"), "text"),
}


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u3000=1"]
)
def test_what_a_spreadsheet_takes_for_a_formula_is_disarmed(cell: str) -> None:
    assert f"'{cell}" == disarmed(cell)


@pytest.mark.parametrize("cell", [-1, 1.5, None, True, "person@example.com", "", "1-2"])
def test_what_is_no_formula_stays(cell: str | float | None) -> None:
    assert cell == disarmed(cell)


def test_csv_keeps_every_row_and_names_are_disarmed_too() -> None:
    answer = Answer(
        (Column("=n", "number"), Column("t", "text")), tuple((i, 'a"b,\n') for i in range(1200))
    )
    text = "".join(csv_of(answer))
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert (1201, ["'=n", "t"], ["1199", 'a"b,\n']) == (len(rows), rows[0], rows[-1])


def test_names_are_quoted_and_values_bound() -> None:
    hostile = {"x": {'a" OR 1=1 --': "text"}}
    look = Look("x", column='a" OR 1=1 --', test=Compare.IS, value="'; DROP TABLE x")
    rows, count = tables.questions(hostile, look)
    assert '"a"" OR 1=1 --"' in rows.sql
    assert ("'; DROP TABLE x",) == rows.values == count.values


def test_a_past_stands_after_whose_it_is_and_has_its_order() -> None:
    names = ("zeta", "list_growth_history", "lists_daily", "list_members_history", "lists")
    columns = ("list_id", "id", "_valid_from", "_day", "month")
    rows = tuple((name, column, "text") for name in names for column in columns)
    structure = tables.structure_of(Answer((), rows))
    assert ["lists", "lists_daily", "list_growth_history", "list_members_history", "zeta"] == list(
        structure
    )
    orders = {
        table: tables.questions(structure, Look(table))[0].sql.partition(" ORDER BY ")[2]
        for table in names
    }
    assert {
        "zeta": "",
        "list_growth_history": '"list_id" NULLS LAST, "month" NULLS LAST',
        "lists_daily": '"id" NULLS LAST, "_day" NULLS LAST',
        "list_members_history": '"list_id" NULLS LAST, "id" NULLS LAST, "_valid_from" NULLS LAST',
        "lists": '"id" NULLS LAST',
    } == {table: order.partition(" LIMIT ")[0] for table, order in orders.items()}


def test_rows_are_asked_for_in_one_order_with_the_key_last() -> None:
    look = Look("list_members", sort="last_changed", descending=True, gone=Gone.HIDDEN, page=3)
    rows, _ = tables.questions(STRUCTURE, look)
    assert 'WHERE "_deleted_at" IS NULL' in rows.sql
    assert rows.sql.endswith(
        'ORDER BY "last_changed" DESC NULLS LAST, "list_id" NULLS LAST, "id" NULLS LAST '
        "LIMIT 50 OFFSET 100"
    )


def test_a_text_is_looked_for_as_it_stands() -> None:
    look = Look("list_members", column="email_address", value="50%_!")
    assert ("%50!%!_!!%",) == tables.questions(STRUCTURE, look)[0].values


@pytest.mark.parametrize(
    ("look", "kind"),
    [
        (Look("nope"), "data-table-unknown"),
        (Look("list_members", column="nope", value="1"), "data-column-unknown"),
        (
            Look("list_members", column="member_rating", test=Compare.IS, value="x"),
            "data-value-wrong",
        ),
        (
            Look("list_members", column="last_changed", test=Compare.LEAST, value="x"),
            "data-value-wrong",
        ),
    ],
)
def test_what_cannot_be_asked_is_said(look: Look, kind: str) -> None:
    with pytest.raises(UserError) as caught:
        tables.questions(STRUCTURE, look)
    assert kind == caught.value.kind


def test_of_a_member_only_what_is_copied_is_asked() -> None:
    asked = member.questions(STRUCTURE, {"list_id": "l1", "id": "m1"})
    assert ["member", "events"] == list(asked)
    assert "JOIN" not in asked["events"].sql
    with pytest.raises(UserError):
        member.questions(STRUCTURE, {"id": "m1"})


def test_a_chart_says_what_it_lacks() -> None:
    assert ["list_members.status"] == CHARTS["domains"].lacking(STRUCTURE)
    with pytest.raises(UserError) as caught:
        chart_of("audience", STRUCTURE)
    assert ("list_growth_history",) == caught.value.facts["names"]
    assert "('list_members')" in chart_of("freshness", STRUCTURE).sql
