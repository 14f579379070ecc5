"""The catalog: one row a table. CONTRIBUTING tells how to add one.

Every list that the API offers is a row here or has a written reason why not (`LEFT_OUT`); a test
holds both against the specification's digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chimpline.catalog.check import above, check
from chimpline.catalog.digest import SPECIFICATION, endpoints
from chimpline.catalog.table import ORDINAL, Changed, Events, Gate, Refresh, T, Table
from chimpline.errors import UnknownTable
from chimpline.spelling import did_you_mean

SCHEMA_VERSION = f"{SPECIFICATION}+3"
"""Raised by hand whenever a column or key changes; `make docs` tells when it was forgotten."""

LIST = "/lists/{list_id}"
CATEGORY = f"{LIST}/interest-categories"
SEGMENT = f"{LIST}/segments/{{segment_id}}"
REPORT = "/reports/{campaign_id}"

# Without these flags people are left out: docs/mailchimp-facts.md#who-a-segment-leaves-out
EVERYONE = {
    "include_cleaned": "true",
    "include_transactional": "true",
    "include_unsubscribed": "true",
}

# Who has no id has this: docs/mailchimp-facts.md#contacts-without-an-e-mail-address
CONTACT = "contact_id"

# `list_is_active` moves when the audience is deleted: its members are not read from then on, so that
# no vanished one of them could betray which campaigns held it. What else a report has moves with the
# industry, the audience or the shop.
NEWS = Gate(
    "reports",
    (
        "list_is_active",
        "emails_sent",
        "abuse_reports",
        "unsubscribed",
        "rss_last_send",
        "bounces__",
        "forwards__",
        "opens__",
        "clicks__",
    ),
)

# fmt: off
ROWS = (
    T("lists", "/lists", "id", Refresh(), params={"include_total_contacts": "true"}, called="name",
      about="One row per audience, with its settings and statistics."),
    T("list_merge_fields", f"{LIST}/merge-fields", "merge_id", Refresh(),
      keeps=("tag", "name", "type", "display_order"),
      about="The merge fields of each audience: tag, name, type, options."),
    T("list_growth_history", f"{LIST}/growth-history", "month", Refresh(),
      about="How many members each audience had in each month, and how many came and went by status."),
    T("list_interest_categories", CATEGORY, "id", Refresh(), keeps=("title", "display_order"),
      about="The groups of interests of each audience."),
    T("list_interests", f"{CATEGORY}/{{interest_category_id}}/interests", "id", Refresh(),
      keeps=("name", "display_order"),
      about="The interests that a member can have, for each category."),
    # The bare list hides these: docs/mailchimp-facts.md#archived-members
    T("list_members", f"{LIST}/members", "id", Changed("last_changed"), ask=("", "status=archived"),
      silent=("member_rating", "stats", "vip", "interests", "last_note", "location", "email_client"),
      expects=("stats__member_count", "stats__unsubscribe_count", "stats__cleaned_count"), stands_in=CONTACT,
      about="One row per member of an audience, with any status: subscribed, unsubscribed, cleaned, "
            "pending, transactional or archived. A person in two audiences has two rows. A contact without "
            "an e-mail address has the id `contact:<contact_id>`."),
    T("list_segments", f"{LIST}/segments", "id", Refresh("updated_at"), params=EVERYONE,
      keeps=("name", "type"),
      about="Segments of each audience, including tags (type `static`)."),
    # Joining a segment moves no cursor anywhere, so nothing can gate this one.
    T("list_segment_members", f"{SEGMENT}/members", "id", Refresh(), params=EVERYONE,
      expects=("member_count",), undercounts=True, stands_in=CONTACT,
      about="One row per member of a segment or tag, including unsubscribed, cleaned and transactional "
            "members."),
    T("campaign_folders", "/campaign-folders", "id", Refresh(),
      about="Folders of campaigns, with how many campaigns lie in each."),
    T("campaigns", "/campaigns", "id", Refresh(), params={"include_resend_shortcut_eligibility": "true"},
      called="settings__title",
      about="Campaigns of every status, including drafts and scheduled ones."),
    T("template_folders", "/template-folders", "id", Refresh(),
      about="Folders of templates, with how many templates lie in each."),
    T("automations", "/automations", "id", Refresh("create_time"),
      about="Classic automations. Mailchimp cannot list Customer Journeys."),
    T("automation_emails", "/automations/{workflow_id}/emails", "id", Refresh(),
      about="The emails of each classic automation."),
    T("reports", "/reports", "id", Refresh(), keeps=("list_id", "send_time"), called="campaign_title",
      about="One row per sent campaign: its counters, rates and dates."),
    T("reports_domain_performance", f"{REPORT}/domain-performance", "domain", Refresh(), gate=NEWS,
      about="One row per campaign and mail domain of its recipients: sent, bounces, opens, clicks, unsubscribes."),
    T("reports_email_activity", f"{REPORT}/email-activity", ("email_id", "action", "timestamp", "url", ORDINAL),
      Events("timestamp"), unnest="activity", gate=NEWS, expects=("emails_sent",), stands_in=CONTACT,
      about="One row per event: an open, a click or a bounce of one recipient of one campaign. `_ordinal` "
            "distinguishes identical events, so that each has its own row."),
    T("reports_locations", f"{REPORT}/locations", ("country_code", "region"), Refresh(), gate=NEWS,
      about="One row per campaign and place of opening: country and region. Where Mailchimp does not tell "
            "one of them, it is an empty text."),
    T("reports_sent_to", f"{REPORT}/sent-to", "email_id", Refresh(), gate=NEWS, expects=("emails_sent",),
      silent=("merge_fields", "vip"), stands_in=CONTACT,
      about="One row per recipient of a campaign, with the delivery status."),
    T("unsubscribes", f"{REPORT}/unsubscribed", "email_id", Refresh(), gate=NEWS, expects=("unsubscribed",),
      silent=("merge_fields", "vip"), stands_in=CONTACT,
      about="Who unsubscribed through which campaign, when, and for which reason."),
)
# fmt: on

_LATER = "not copied yet"
_PER_MEMBER = "not copied yet: it takes one request per member, which can take days"

LEFT_OUT = {
    "/account-exports": "a list of downloads, not of the account's data",
    "/activity-feed/chimp-chatter": "a feed of headlines about data that other tables have",
    "/audiences": "beta of Mailchimp's contacts: the same data as lists",
    "/audiences/{audience_id}/contacts": "beta of Mailchimp's contacts: the same data as list_members",
    "/authorized-apps": _LATER,
    "/automations/{workflow_id}/emails/{workflow_email_id}/queue": _LATER,
    "/automations/{workflow_id}/removed-subscribers": _LATER,
    "/batch-webhooks": _LATER,
    "/batches": "the last week's batch jobs, not the account's data",
    "/campaigns/{campaign_id}/content": "a single document, not a list",
    "/campaigns/{campaign_id}/feedback": _LATER,
    "/campaigns/{campaign_id}/send-checklist": "advice before sending, not data",
    "/connected-sites": _LATER,
    "/conversations": "deprecated by Mailchimp; it has no inbox data",
    "/conversations/{conversation_id}/messages": "deprecated by Mailchimp",
    "/ecommerce/orders": "not copied yet: the orders of all stores",
    "/ecommerce/stores": _LATER,
    "/ecommerce/stores/{store_id}/carts": _LATER,
    "/ecommerce/stores/{store_id}/carts/{cart_id}/lines": _LATER,
    "/ecommerce/stores/{store_id}/customers": _LATER,
    "/ecommerce/stores/{store_id}/orders": _LATER,
    "/ecommerce/stores/{store_id}/orders/{order_id}/lines": _LATER,
    "/ecommerce/stores/{store_id}/products": _LATER,
    "/ecommerce/stores/{store_id}/products/{product_id}/images": _LATER,
    "/ecommerce/stores/{store_id}/products/{product_id}/variants": _LATER,
    "/ecommerce/stores/{store_id}/promo-rules": _LATER,
    "/ecommerce/stores/{store_id}/promo-rules/{promo_rule_id}/promo-codes": _LATER,
    "/facebook-ads": _LATER,
    "/file-manager/files": _LATER,
    "/file-manager/folders": _LATER,
    "/file-manager/folders/{folder_id}/files": "the same files as /file-manager/files",
    "/landing-pages": _LATER,
    "/lists/{list_id}/abuse-reports": _LATER,
    "/lists/{list_id}/activity": _LATER,
    "/lists/{list_id}/clients": _LATER,
    "/lists/{list_id}/locations": _LATER,
    "/lists/{list_id}/members/{subscriber_hash}/activity": _PER_MEMBER,
    "/lists/{list_id}/members/{subscriber_hash}/activity-feed": _PER_MEMBER,
    "/lists/{list_id}/members/{subscriber_hash}/events": _PER_MEMBER,
    "/lists/{list_id}/members/{subscriber_hash}/goals": _PER_MEMBER,
    "/lists/{list_id}/members/{subscriber_hash}/notes": _PER_MEMBER,
    "/lists/{list_id}/members/{subscriber_hash}/tags": _PER_MEMBER,
    "/lists/{list_id}/signup-forms": _LATER,
    "/lists/{list_id}/surveys": "Mailchimp's specification does not describe the answer",
    "/lists/{list_id}/tag-search": "tags are static segments with the same ids: list_segments",
    "/lists/{list_id}/webhooks": _LATER,
    "/reporting/facebook-ads": _LATER,
    "/reporting/facebook-ads/{outreach_id}/ecommerce-product-activity": _LATER,
    "/reporting/landing-pages": _LATER,
    "/reporting/surveys": _LATER,
    "/reporting/surveys/{survey_id}/questions": _LATER,
    "/reporting/surveys/{survey_id}/questions/{question_id}/answers": _LATER,
    "/reporting/surveys/{survey_id}/responses": _LATER,
    "/reports/{campaign_id}/abuse-reports": _LATER,
    "/reports/{campaign_id}/advice": _LATER,
    "/reports/{campaign_id}/click-details": _LATER,
    "/reports/{campaign_id}/click-details/{link_id}/members": _LATER,
    "/reports/{campaign_id}/ecommerce-product-activity": _LATER,
    "/reports/{campaign_id}/eepurl": _LATER,
    "/reports/{campaign_id}/open-details": _LATER,
    "/reports/{campaign_id}/sub-reports": "not copied yet: the parts of A/B tests",
    "/search-campaigns": "a search, not a list",
    "/templates": _LATER,
    "/verified-domains": _LATER,
}


def made_of(rows: tuple[T, ...]) -> dict[str, Table]:
    """The tables of these rows by name, parents before children.

    Raises `RowError` for the first row that no reader can read.
    """
    check(rows)
    by_path: dict[str | None, Table] = {}
    for row in rows:
        by_path[row.path] = Table(
            row,
            endpoints()[row.path],
            by_path.get(above(row.path)),
            asked=tuple(dict.fromkeys((*row.keeps, *_expected_of(row, rows)))),
            watched=tuple(dict.fromkeys(_watched_of(row, rows))),
        )
    return {table.name: table for table in by_path.values()}


def _expected_of(row: T, rows: tuple[T, ...]) -> Iterator[str]:
    for child in rows:
        if above(child.path) == row.path:
            yield from child.expects


def _watched_of(row: T, rows: tuple[T, ...]) -> Iterator[str]:
    for child in rows:
        if child.gate is not None and child.gate.of == row.name:
            yield from child.gate.columns


_TABLES = made_of(ROWS)


def tables() -> dict[str, Table]:
    """Every table of the catalog by name, parents before children."""
    return _TABLES


def select(
    names: tuple[str, ...] | None, among: Mapping[str, Table] | None = None
) -> tuple[Table, ...]:
    """The tables of these names, in the catalog's order; None means all of them.

    Raises `UnknownTable`, with the nearest name.
    """
    known = tables() if among is None else among
    if names is None:
        return tuple(known.values())
    for name in names:
        if name not in known:
            raise UnknownTable(
                "catalog-no-table",
                name=repr(name),
                near=did_you_mean(name, known),
                tables=tuple(known),
            )
    return tuple(table for name, table in known.items() if name in names)


def descendants(table: Table, among: Mapping[str, Table] | None = None) -> tuple[Table, ...]:
    """Tables below this one, at any depth; their first key columns hold this table's key."""
    known = tables() if among is None else among
    return tuple(t for t in known.values() if table.name in _ancestors(t))


def _ancestors(table: Table) -> tuple[str, ...]:
    return (table.parent.name, *_ancestors(table.parent)) if table.parent else ()
