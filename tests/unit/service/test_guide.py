"""One text tells how to sign in, wherever it is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chimpline import errors
from chimpline.service.guide import guide, steps
from chimpline.service.settings.every import DEFAULT_REDIRECT_URI

REPOSITORY = Path(__file__).parents[3]


def test_the_docs_are_the_packaged_text() -> None:
    assert guide() == (REPOSITORY / "docs/mailchimp-authentication.md").read_text("utf-8")


def test_the_steps_before_are_in_it_in_order() -> None:
    found = steps()
    assert 6 == len(found)
    assert f"`{DEFAULT_REDIRECT_URI}`" in found[3]
    assert found[5].startswith("`chimpline connect NAME`")


@pytest.mark.parametrize(
    "kind", sorted(one.__name__ for one in errors.NotAuthenticated.__subclasses__())
)
def test_each_error_of_the_walk_is_explained(kind: str) -> None:
    assert f"| `{kind}` |" in guide()


def test_it_teaches_no_secret_on_a_command_line() -> None:
    assert [] == re.findall(r"CHIMPLINE_\w+=\S+", guide())
