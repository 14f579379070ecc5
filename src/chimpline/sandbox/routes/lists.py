"""`/lists` and what belongs to an audience, members and segments apart."""

from __future__ import annotations

from chimpline.sandbox.answers.answer import Page, Record, paged
from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.problems import not_found
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.instants import parse
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience, InterestCategory
from chimpline.sandbox.model.lists import list_row
from chimpline.sandbox.model.member import hash_of

Variables = dict[str, str]
CATEGORY_TYPES = ("checkboxes", "dropdown", "radio", "hidden")


def audience_of(account: Account, variables: Variables) -> Audience:
    audience = account.audiences.get(variables["list_id"])
    if audience is None:
        raise not_found()
    return audience


def root(account: Account, _variables: Variables, _query: Query) -> Record:
    return Record(account.root(), "Root", "/")


def ping(_account: Account, _variables: Variables, _query: Query) -> Record:
    return Record({"health_status": "Everything's Chimpy!"})


def lists(account: Account, _variables: Variables, query: Query) -> Page:
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
        audiences = []
    totals = query.flag("include_total_contacts")
    rows = [list_row(audience, total_contacts=totals) for audience in audiences]
    for name in ("since_campaign_last_sent", "before_campaign_last_sent"):
        limit = query.instant(name)
        if limit is not None:
            rows = [row for row in rows if _sent_within(row["stats"], name, limit)]
    if query.choice("sort_field", ("date_created",)):
        rows.sort(key=lambda row: str(row["date_created"]), reverse=query.descending)
    constraints = {
        "may_create": True,
        "max_instances": -1,
        "current_total_instances": len(account.audiences),
    }
    return Page(
        "lists",
        paged(query, rows),
        len(rows),
        "/lists",
        "Lists",
        around={"constraints": constraints},
        offset=query.offset,
    )


def _sent_within(stats: dict[str, str], name: str, limit: int) -> bool:
    sent = parse(stats["campaign_last_sent"])
    if sent is None:
        return False
    return sent > limit if name.startswith("since") else sent <= limit


def one_list(account: Account, variables: Variables, query: Query) -> Record:
    audience = audience_of(account, variables)
    row = list_row(audience, total_contacts=query.flag("include_total_contacts"))
    return Record(row, "Lists", f"/lists/{audience.id}")


def merge_fields(account: Account, variables: Variables, query: Query) -> Page:
    audience = audience_of(account, variables)
    found = sorted(audience.merge_fields, key=lambda field: tie(field.merge_id + 3))
    kind = query.text("type")
    if kind:
        found = [field for field in found if field.type == kind]
    if query.given("required"):
        found = [field for field in found if field.required == query.flag("required")]
    return Page(
        "merge_fields",
        [audience.merge_field_row(field) for field in paged(query, found)],
        len(found),
        f"/lists/{audience.id}/merge-fields",
        "Lists/MergeFields",
        own="merge_id",
        around={"list_id": audience.id},
        offset=query.offset,
    )


def one_merge_field(account: Account, variables: Variables, _query: Query) -> Record:
    audience = audience_of(account, variables)
    for field in audience.merge_fields:
        if str(field.merge_id) == variables["merge_id"]:
            path = f"/lists/{audience.id}/merge-fields/{field.merge_id}"
            return Record(audience.merge_field_row(field), "Lists/MergeFields", path)
    raise not_found()


def categories(account: Account, variables: Variables, query: Query) -> Page:
    audience = audience_of(account, variables)
    found = audience.categories
    kind = query.text("type")
    if kind:
        found = [category for category in found if category.type == kind]
    return Page(
        "categories",
        [audience.category_row(category) for category in paged(query, found)],
        len(found),
        f"/lists/{audience.id}/interest-categories",
        "Lists/InterestCategories",
        around={"list_id": audience.id},
        offset=query.offset,
    )


def _category(audience: Audience, variables: Variables) -> InterestCategory:
    for category in audience.categories:
        if category.id == variables["interest_category_id"]:
            return category
    raise not_found()


def one_category(account: Account, variables: Variables, _query: Query) -> Record:
    audience = audience_of(account, variables)
    category = _category(audience, variables)
    path = f"/lists/{audience.id}/interest-categories/{category.id}"
    return Record(audience.category_row(category), "Lists/InterestCategories", path)


def interests(account: Account, variables: Variables, query: Query) -> Page:
    audience = audience_of(account, variables)
    category = _category(audience, variables)
    found = [i for i in audience.interests if i.category_id == category.id]
    return Page(
        "interests",
        [audience.interest_row(interest) for interest in paged(query, found)],
        len(found),
        f"/lists/{audience.id}/interest-categories/{category.id}/interests",
        "Lists/InterestCategories/Interests",
        around={"list_id": audience.id, "category_id": category.id},
        offset=query.offset,
    )


def one_interest(account: Account, variables: Variables, _query: Query) -> Record:
    audience = audience_of(account, variables)
    category = _category(audience, variables)
    for interest in audience.interests:
        if (interest.category_id, interest.id) == (category.id, variables["interest_id"]):
            path = f"/lists/{audience.id}/interest-categories/{category.id}/interests/{interest.id}"
            kind = "Lists/InterestCategories/Interests"
            return Record(audience.interest_row(interest), kind, path)
    raise not_found()
