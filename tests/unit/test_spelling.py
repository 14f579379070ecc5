"""Whichever name is misspelt, the nearest one is told in the same words."""

from __future__ import annotations

import pytest

from chimpline.interfaces.messages import whole
from chimpline.spelling import did_you_mean, meant

TABLES = ("lists", "list_members", "Campaigns")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("list_member", " Did you mean 'list_members'?"),
        ("LISTS", " Did you mean 'lists'?"),
        ("campaigns", " Did you mean 'Campaigns'?"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_the_nearest_name_is_told_whatever_its_capitals(word: str, hint: str) -> None:
    assert hint == whole(did_you_mean(word, TABLES))


def test_how_much_alike_is_enough_can_be_asked_for() -> None:
    assert "lists" == meant("last", TABLES)
    assert meant("last", TABLES, alike=0.75) is None


def test_of_nothing_nothing_is_near() -> None:
    assert "" == whole(did_you_mean("lists", ()))
