"""What code refers to is in the repository: pages and their headings, and no page from outside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.docs.test_docs import PAGES, REPOSITORY, anchors_of

HERE = Path(__file__).relative_to(REPOSITORY).as_posix()
CODE = {
    path.relative_to(REPOSITORY).as_posix(): path.read_text("utf-8")
    for folder in ("src", "tests", "scripts")
    for path in sorted((REPOSITORY / folder).rglob("*"))
    if path.suffix in {".py", ".patch", ".sql", ".toml"}
}
WRITTEN = CODE | {
    page.relative_to(REPOSITORY).as_posix(): page.read_text("utf-8") for page in PAGES
}

CITED = re.compile(r"(?<![\w/])((?:docs/[\w./-]+|CONTRIBUTING|README|CHANGELOG)\.md)(?:#([\w-]+))?")
OUTSIDE = re.compile(r"\b(?:FACTS|DESIGN|STACK|HOUSE|DESTINATIONS\.md)\b")
"""Pages that this was built from, and that no reader of the repository has."""


def wrong_in(text: str) -> list[str]:
    """The citations that lead nowhere."""
    found = []
    for page, anchor in CITED.findall(text):
        there = REPOSITORY / page
        if not there.exists() or (anchor and anchor not in anchors_of(there)):
            found.append(f"{page}#{anchor}")
    return found


def test_what_code_refers_to_is_there() -> None:
    wrong = {name: wrong_in(text) for name, text in CODE.items() if name != HERE}
    assert {} == {name: found for name, found in wrong.items() if found}


def test_the_facts_are_referred_to_by_heading() -> None:
    cited = {a for text in CODE.values() for page, a in CITED.findall(text) if "facts" in page}
    assert "" not in cited
    assert len(cited) > 20


def test_nothing_refers_to_what_is_not_in_the_repository() -> None:
    told = {name: OUTSIDE.findall(text) for name, text in WRITTEN.items() if name != HERE}
    assert {} == {name: found for name, found in told.items() if found}


@pytest.mark.parametrize(
    "planted", ["docs/none.md", "docs/glossary.md#none", "(CONTRIBUTING.md#none)"]
)
def test_a_reference_to_nothing_would_be_found(planted: str) -> None:
    assert [planted.strip("()")] == [one.removesuffix("#") for one in wrong_in(f"See {planted}.")]


def test_modules_that_a_page_names_exist() -> None:
    """Written from inside the package: `runs/job.py`."""
    packages = "|".join(p.name for p in (REPOSITORY / "src/chimpline").iterdir() if p.is_dir())
    inside = re.compile(rf"(?<![\w/])((?:{packages})/[\w/]+(?:\.py|/))(?![\w/])")
    named = {(p.name, one) for p in PAGES for one in inside.findall(p.read_text("utf-8"))}
    assert len(named) > 5
    assert [] == [n for n in sorted(named) if not (REPOSITORY / "src/chimpline" / n[1]).exists()]


def test_each_fact_says_how_sure_it_is() -> None:
    """Every heading below *How sure a fact is* that has a text of its own."""
    page = (REPOSITORY / "docs" / "mailchimp-facts.md").read_text("utf-8")
    marks = re.compile(r"\b(?:measured|documented|reported|follows)\b|\bnot known\b")
    facts = re.findall(r"^### (.+)\n((?:(?!^#).*\n)*)", page, re.MULTILINE)
    assert len(facts) > 25
    assert [] == [name for name, text in facts if not marks.search(text)]
