"""A registered secret is hidden in whatever form it is written; no text commands a terminal."""

from __future__ import annotations

import json
import sys
import unicodedata
from urllib.parse import quote, quote_plus

import pytest

from chimpline.redact import one_line, printable, redact, register, shown

SECRET = 'pä"ss \\wörd&=+'


def test_a_secret_is_hidden_plain_in_json_in_a_url_and_in_a_form() -> None:
    register(SECRET)
    forms = (
        SECRET,
        json.dumps({"message": SECRET}),
        json.dumps({"message": SECRET}, ensure_ascii=False),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
    )
    for form in forms:
        assert "[hidden]" in redact(form)
        assert "ss" not in redact(form).replace("message", "")


def test_an_api_key_and_a_password_in_a_url_are_hidden_without_being_registered() -> None:
    key = "13579bdf02468ace13579bdf02468ace-us7"
    assert "key [hidden]." == redact(f"key {key}.")
    assert "postgresql://me:[hidden]@host/db" == redact("postgresql://me:tiger@host/db")


# What is not printable and stays all the same: an end of line is ours, the others are seen or shape
# what is seen.
STAYS = {"\n", "\u200c", "\u200d"}
SEEN = ("ARABIC", "SYRIAC ABBREVIATION", "KAITHI")


def test_every_control_format_and_bidirectional_character_is_escaped_and_no_other() -> None:
    commands = {
        letter
        for letter in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        and not unicodedata.name(letter, "").startswith(SEEN)
    }
    commands |= {"\u061c"}  # ARABIC LETTER MARK turns the direction, and is not seen
    escaped = {
        letter for letter in map(chr, range(sys.maxunicode + 1)) if printable(letter) != letter
    }
    assert commands - STAYS == {one for one in escaped if unicodedata.category(one) != "Cn"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred", r"\u001b[31mred"),
        ("\x9b2J", r"\u009b2J"),
        ("a\u202eb", r"a\u202eb"),
        ("half \ud83d", r"half \ud83d"),
        ("tag \U000e0041", r"tag \udb40\udc41"),
        ("한국어 👩‍👩‍👧 é\u3000ß", "한국어 👩‍👩‍👧 é\u3000ß"),
    ],
)
def test_what_a_terminal_obeys_is_written_as_json_writes_it(text: str, expected: str) -> None:
    assert expected == printable(text)
    line = json.dumps({"name": text}, ensure_ascii=False)
    assert {"name": text} == json.loads(printable(line))


def test_a_name_is_one_line() -> None:
    assert r"A B C\u0007" == one_line("A\n B\r\tC\x07 ")


def test_what_is_shown_has_neither_secrets_nor_commands() -> None:
    assert "[hidden]\\u0007\n" == shown("13579bdf02468ace13579bdf02468ace-us7\x07\n")
