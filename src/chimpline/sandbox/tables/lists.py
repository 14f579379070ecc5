"""Audiences, which Mailchimp calls lists."""

from __future__ import annotations

from chimpline.sandbox.answers.answer import Page, Record, paged
from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.changes.audiences import create_list, delete_list, rename_list
from chimpline.sandbox.instants import parse
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.lists import list_row
from chimpline.sandbox.model.member import hash_of
from chimpline.sandbox.registry import Collection, Row, Variables


def _row(account: Account, audience: Audience, query: Query) -> Row:
    row = list_row(audience, total_contacts=query.flag("include_total_contacts"))
    return COLLECTION.shown(account, (), row)[1]


def _listing(account: Account, _variables: Variables, query: Query) -> Page:
    audiences = sorted(account.audiences.values(), key=lambda a: tie(a.number + 7))
    since, before = query.instant("since_date_created"), query.instant("before_date_created")
    if since is not None:
        audiences = [a for a in audiences if a.created > since]
    if before is not None:
        audiences = [a for a in audiences if a.created <= before]
    email = query.text("email")
    if email:
        audiences = [a for a in audiences if a.member(hash_of(email)) is not None]
    if query.flag("has_ecommerce_store"):
        with_store = {store.audience.id for store in account.stores.values()}
        audiences = [a for a in audiences if a.id in with_store]
    rows = [_row(account, audience, query) for audience in audiences]
    for name in ("since_campaign_last_sent", "before_campaign_last_sent"):
        limit = query.instant(name)
        if limit is not None:
            rows = [row for row in rows if _sent_within(row["stats"], name, limit)]
    if query.choice("sort_field", ("date_created",)):
        rows.sort(key=lambda row: str(row["date_created"]), reverse=query.descending)
    return COLLECTION.page((account,), paged(query, rows), len(rows), query.offset)


def _sent_within(stats: dict[str, str], name: str, limit: int) -> bool:
    sent = parse(stats["campaign_last_sent"])
    if sent is None:
        return False
    return sent > limit if name.startswith("since") else sent <= limit


def _single(account: Account, variables: Variables, query: Query) -> Record:
    audience: Audience = COLLECTION.found((account,), variables["list_id"])
    return Record(_row(account, audience, query), COLLECTION.linked, f"/lists/{audience.id}")


def _around(account: Account) -> Row:
    total = len(account.audiences)
    limits = {"may_create": True, "max_instances": -1, "current_total_instances": total}
    return {"constraints": limits}


COLLECTION = Collection(
    name="lists",
    path="/lists",
    array="lists",
    record="list_id",
    times=(
        "date_created",
        "stats__campaign_last_sent",
        "stats__last_sub_date",
        "stats__last_unsub_date",
    ),
    things=lambda account: list(account.audiences.values()),
    find=lambda account, text: account.audiences.get(text),
    # A complete replica asks for the total of contacts too.
    row=lambda _account, audience: list_row(audience, total_contacts=True),
    around=_around,
    listing=_listing,
    single=_single,
    changes={
        "create_list": create_list,
        "rename_list": rename_list,
        "delete_list": delete_list,
    },
)
