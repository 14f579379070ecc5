"""Where the cells of an answer lead to."""

from __future__ import annotations

import pytest

from chimpline.interfaces.console.pages.data.cells import shown_rows
from chimpline.load.reading import Answer, Cell, Column


@pytest.mark.parametrize(
    ("cell", "link"), [("a1", "/data/p/tables/lists/row?id=a1"), (380001, None), (None, None)]
)
def test_an_id_of_an_audience_leads_to_it_and_a_number_does_not(
    cell: Cell, link: str | None
) -> None:
    answer = Answer((Column("list_id", "text"),), ((cell,),))
    ((shown,),) = shown_rows(answer, "/data/p", {"lists"})
    assert link == shown.link
