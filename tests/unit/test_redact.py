"""A registered secret is hidden in whatever form it is written."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

from chimpline.redact import redact, register

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
