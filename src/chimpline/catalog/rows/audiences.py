"""Audiences, which Mailchimp calls lists, and what is inside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimpline.catalog.row import DAILY, HOURLY, ORDINAL, Changed, Gate, Refresh, Riding, T
from chimpline.catalog.rows.people import CONTACT
from chimpline.catalog.rows.segments import follows_members

LIST = "/lists/{list_id}"
CATEGORY = f"{LIST}/interest-categories"
SEGMENT = f"{LIST}/segments/{{segment_id}}"

# Without these flags people are left out: docs/mailchimp-facts.md#who-a-segment-leaves-out
EVERYONE = {
    "include_cleaned": "true",
    "include_transactional": "true",
    "include_unsubscribed": "true",
}

# Joining a segment may move no cursor anywhere (docs/mailchimp-facts.md#joining-a-segment). Whoever
# joins as somebody else leaves is found by the read of the next day.
JOINED = Gate(
    "list_segments",
    ("type", "member_count", "updated_at", "options__"),
    holds=follows_members,
    otherwise=HOURLY,
    audience=True,
    complete=DAILY,
)
MEMBER = f"{LIST}/members/{{subscriber_hash}}"

# What Mailchimp is known to move of a member's row, and what follows from what a member does.
# Nothing that is personal: the ledger keeps the values of a gate.
MOVED = Gate(
    "list_members",
    ("last_changed", "stats__", "tags_count", "last_note__note_id", "last_note__created_at"),
)
SHOWN = 50
"""So many tags a member's own record shows: docs/mailchimp-facts.md#tags-in-a-row"""


def _at_the_cap(member: Mapping[str, Any]) -> bool:
    """Whether a member may have more tags than its record shows; so it is where nothing tells."""
    count = member.get("tags_count")
    return not isinstance(count, int) or count >= SHOWN


CAPPED = Gate("list_members", ("last_changed", "tags_count"), among=_at_the_cap)
EACH = "off-each-member"

# fmt: off
ROWS = (
    T("lists", "/lists", "id", Refresh(), params={"include_total_contacts": "true"}, called="name",
      about="One row per audience, with its settings and statistics."),
    T("list_merge_fields", f"{LIST}/merge-fields", "merge_id", Refresh(),
      keeps=("tag", "name", "type", "display_order"),
      about="The merge fields of each audience: tag, name, type, options."),
    T("list_growth_history", f"{LIST}/growth-history", "month", Refresh(), every=DAILY,
      about="How many members each audience had in each month, and how many came and went by status."),
    # Days leave the list after 180 days. Of the columns of an audience only rates follow its opens
    # and clicks, rounded, so that nothing can gate this one; nor the next five, which no counter tells.
    T("list_activity", f"{LIST}/activity", "day", Refresh(), every=DAILY,
      about="What happened in each audience, day by day: mails, opens, clicks, bounces, and who came and went. "
            "Mailchimp lists the last 180 days; the row of an older day is treated as that of a deleted record."),
    # The same complaint moves the report of its campaign, so that `reports_abuse_reports` has it at once.
    T("list_abuse_reports", f"{LIST}/abuse-reports", "id", Refresh(), every=HOURLY,
      about="Complaints: who called which campaign spam, and when."),
    T("list_clients", f"{LIST}/clients", "client", Refresh(), every=DAILY,
      about="With which programs the members of each audience read their mail, and how many do."),
    # A place may have no code: the name of the country then tells it from the others.
    T("list_locations", f"{LIST}/locations", ("cc", "country"), Refresh(), every=DAILY,
      about="In which countries the members of each audience are, and how many. Where Mailchimp knows no "
            "code of a country, `cc` is an empty text."),
    # The specification names no id; its address is what a form is known by.
    T("list_signup_forms", f"{LIST}/signup-forms", "signup_form_url", Refresh(), every=DAILY,
      about="The form by which people join each audience: its address, texts and styles."),
    T("list_webhooks", f"{LIST}/webhooks", "id", Refresh(), every=DAILY,
      about="The addresses that Mailchimp tells what happens in each audience, and which events they are told of."),
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
    T("list_member_tags", f"{LIST}/members", "id", Riding("list_members", "tags"),
      about="One row per tag of a member. Of more than 50 tags of one member, Mailchimp shows the first 50 there: "
            "`list_member_all_tags` has all of them."),
    T("list_member_permissions", f"{LIST}/members", "marketing_permission_id",
      Riding("list_members", "marketing_permissions"),
      about="One row per member and marketing permission that the audience asks for: its text, and whether it was given."),
    T("list_member_all_tags", f"{MEMBER}/tags", "id", Refresh("date_added"), gate=CAPPED, expects=("tags_count",),
      off="off-each-member-of-many-tags",
      misses="a tag that is renamed, or one that goes as another comes, where the member's `last_changed` stays",
      about="All tags of each member who has 50 tags or more, with the time when each was added. `list_member_tags` "
            "has all tags of the others."),
    # Two links that are clicked in one second differ in `link_clicked` only, two mails in the campaign.
    T("list_member_activity", f"{MEMBER}/activity-feed",
      ("created_at_timestamp", "activity_type", "campaign_id", "link_clicked", ORDINAL),
      Refresh("created_at_timestamp"), gate=MOVED, off=EACH,
      misses="an activity that leaves the member's rates as they were, as a second open of one mail",
      about="What each member did, and what was sent to them: the activity feed of each member. `_ordinal` "
            "distinguishes identical activities, so that each has its own row."),
    T("list_member_events", f"{MEMBER}/events", ("occurred_at", "name", ORDINAL), Refresh("occurred_at"),
      gate=MOVED, off=EACH,
      misses="an event of a member whose row stays as it is; nothing says that events change it",
      about="The events that were reported of each member through Mailchimp's API. `_ordinal` distinguishes "
            "events with one name in one second."),
    T("list_member_goals", f"{MEMBER}/goals", "goal_id", Refresh("last_visited_at"), gate=MOVED, off=EACH,
      misses="a goal of a member whose row stays as it is; nothing says that goals change it",
      about="The goals that each member has reached, and when last."),
    T("list_member_notes", f"{MEMBER}/notes", "id", Refresh("updated_at"), gate=MOVED, off=EACH,
      misses="a note that is edited, or deleted while a newer one stays",
      about="The notes that were written about each member."),
    T("list_segments", f"{LIST}/segments", "id", Refresh("updated_at"), params=EVERYONE,
      keeps=("name", "type"),
      about="Segments of each audience, including tags (type `static`)."),
    # Without `name`, the search finds all. What is new of them is in `list_segments` at once.
    T("list_tags", f"{LIST}/tag-search", "id", Refresh(), every=HOURLY,
      about="The tags of each audience. A tag is a segment with the same id: `list_segments` counts its members, "
            "and `list_segment_members` has who they are."),
    T("list_segment_members", f"{SEGMENT}/members", "id", Refresh(), params=EVERYONE, gate=JOINED,
      expects=("member_count",), undercounts=True, stands_in=CONTACT,
      silent=("member_rating", "stats", "vip", "interests", "last_note", "location", "email_client"),
      about="One row per member of a segment or tag, including unsubscribed, cleaned and transactional "
            "members."),
)
# fmt: on
