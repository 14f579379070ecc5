"""Screens are as wide as the terminal: lines end between words, and long tables fold by rows."""

from __future__ import annotations

import io
import shlex

import pytest
from rich.cells import cell_len

from chimpline.interfaces.cli.commands import command_lines
from chimpline.interfaces.cli.screen.fold import fold, terminal_width
from chimpline.interfaces.cli.screen.grid import grid

TEXT = "Copying 뉴스레터 구독자 목록 🍌 Grüße to duckdb:///a/very/long/path/copy.duckdb now"


@pytest.mark.parametrize("width", [80, 60, 40, 20])
@pytest.mark.parametrize("indent", ["", "    "])
def test_a_line_ends_between_words_and_only_a_word_is_wider_than_the_terminal(
    width: int, indent: str
) -> None:
    lines = fold(indent + TEXT, width)
    assert TEXT.split() == [word for line in lines for word in line.split()]
    assert all(line.startswith(indent) for line in lines)
    assert [] == [line for line in lines if cell_len(line) > width and len(line.split()) > 1]


def test_what_fits_or_goes_to_no_terminal_is_left_as_it_is() -> None:
    assert ["a  b", "", "  c"] == fold("a  b\n\n  c", 10)
    assert [TEXT] == fold(TEXT, None)


def test_only_a_terminal_has_a_width(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "61")
    assert (61, None) == (terminal_width(Terminal()), terminal_width(io.StringIO()))
    monkeypatch.setenv("COLUMNS", "none")
    assert 80 == terminal_width(Terminal())
    monkeypatch.setenv("TERM", "dumb")
    assert None is terminal_width(Terminal())


HEADERS = ("", "table", "method", "rows", "why")
ROWS = (
    ("✓", "list_members", "Incremental (CDC)", "1,234", "two audiences have changed since then"),
    ("?", "lists", "Full Table", "3", ""),
)


def test_a_table_that_fits_is_side_by_side() -> None:
    assert [
        "   table         method              rows  why",
        "✓  list_members  Incremental (CDC)  1,234  two audiences have changed since then",
        "?  lists         Full Table             3",
    ] == grid(HEADERS, ROWS, numbers=("rows",), width=80)
    assert grid(HEADERS, ROWS, numbers=("rows",)) == grid(
        HEADERS, ROWS, numbers=("rows",), width=200
    )


def test_the_last_column_is_folded_in_its_place_while_there_is_room() -> None:
    assert [
        "   table         method              rows  why",
        "✓  list_members  Incremental (CDC)  1,234  two audiences have changed",
        "                                           since then",
        "?  lists         Full Table             3",
    ] == grid(HEADERS, ROWS, numbers=("rows",), width=70)


def test_columns_move_below_their_row_as_named_and_then_from_the_end() -> None:
    assert [
        "   table          rows",
        "✓  list_members  1,234",
        "     method: Incremental (CDC);",
        "     why: two audiences have changed",
        "     since then",
        "?  lists             3",
        "     method: Full Table",
    ] == grid(HEADERS, ROWS, numbers=("rows",), below=("method",), width=40)


def test_letters_of_two_columns_are_aligned_as_the_terminal_shows_them() -> None:
    lines = grid(("audience", "rows"), [("뉴스레터 🍌", "5"), ("Shop", "1,000")], numbers=("rows",))
    assert ["뉴스레터 🍌      5", "Shop         1,000"] == lines[1:]
    assert 1 == len({cell_len(line) for line in lines})


@pytest.mark.parametrize("width", [80, 60, 45])
def test_a_command_of_several_lines_is_still_one_command(width: int) -> None:
    command = "chimpline tables --to duckdb:///demo/chimpline.duckdb --dataset 'my own' --json"
    lines = command_lines(command, width)
    assert shlex.split(command) == shlex.split("\n".join(lines).replace("\\\n", ""))
    assert [] == [line for line in lines if len(line) > width]
