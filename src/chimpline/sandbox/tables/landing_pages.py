"""Landing pages: the list reads `count`, and no `offset`."""

from __future__ import annotations

from chimpline.sandbox.answers.answer import Page
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.instants import at, iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.member import digest
from chimpline.sandbox.registry import Row, Variables, plain


def _page(id_: str, number: int) -> Row:
    draft = number % 2 == 1
    created = at(2023) + number * 7200
    return {
        "id": id_,
        "name": f"Willkommen {number} 👋",
        "title": "" if draft else f"Herzlich willkommen, 환영합니다 ({number})",
        "description": "",
        "template_id": 148,
        "status": "draft" if draft else "published",
        "list_id": "",
        "store_id": "",
        "web_id": int(id_[:6], 16),
        "created_by_source": "web",
        "url": "" if draft else f"https://mailchi.mp/{id_}/welcome",
        "created_at": iso(created),
        "published_at": "" if draft else iso(created + 60),
        "unpublished_at": "",
        "updated_at": iso(created + 60),
        "tracking": {"track_with_mailchimp": True, "enable_restricted_data_processing": False},
    }


def _row(account: Account, page: Row) -> Row:
    """What was published asks people to join the first audience, also once that is gone."""
    options = account.options
    first = digest(options.seed, options.account_id, "list", 0)[:10]
    return page | {"list_id": first if page["published_at"] else ""}


def _edited(account: Account, page: Row) -> None:
    """A draft is published; what is published is taken back."""
    now = iso(account.clock.second())
    taken_back = page["status"] == "published"
    page["status"] = "unpublished" if taken_back else "published"
    page["unpublished_at" if taken_back else "published_at"] = now
    page["url"] = page["url"] or f"https://mailchi.mp/{page['id']}/welcome"
    page["updated_at"] = now


def _listing(account: Account, _variables: Variables, query: Query) -> Page:
    every = [COLLECTION.record_of(account, (account,), page) for page in COLLECTION.things(account)]
    if by := query.choice("sort_field", ("created_at", "updated_at")):
        every.sort(key=lambda row: str(row[by]), reverse=query.descending)
    return COLLECTION.page((account,), every[: query.count], len(every), 0)


COLLECTION = plain(
    "landing_page",
    _page,
    edited=_edited,
    name="landing_pages",
    path="/landing-pages",
    array="landing_pages",
    record="page_id",
    times=("created_at", "published_at", "unpublished_at", "updated_at"),
    row=_row,
    listing=_listing,
)
