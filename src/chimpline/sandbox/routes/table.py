"""Which path is answered by what."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from chimpline.sandbox.answers.answer import Page, Record
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.routes import campaigns, lists, members, reports

Variables = dict[str, str]
Route = Callable[[Account, Variables, Query], Page | Record]

_L = "/lists/{list_id}"
_R = "/reports/{campaign_id}"
_A = "/automations/{workflow_id}"
_C = f"{_L}/interest-categories"
ROUTES: dict[str, Route] = {
    "/": lists.root,
    "/ping": lists.ping,
    "/lists": lists.lists,
    _L: lists.one_list,
    f"{_L}/members": members.members,
    f"{_L}/members/{{subscriber_hash}}": members.one_member,
    f"{_L}/members/{{subscriber_hash}}/tags": members.member_tags,
    f"{_L}/segments": members.segments,
    f"{_L}/segments/{{segment_id}}": members.one_segment,
    f"{_L}/segments/{{segment_id}}/members": members.segment_members,
    f"{_L}/tag-search": members.tag_search,
    f"{_L}/merge-fields": lists.merge_fields,
    f"{_L}/merge-fields/{{merge_id}}": lists.one_merge_field,
    _C: lists.categories,
    f"{_C}/{{interest_category_id}}": lists.one_category,
    f"{_C}/{{interest_category_id}}/interests": lists.interests,
    f"{_C}/{{interest_category_id}}/interests/{{interest_id}}": lists.one_interest,
    "/campaigns": campaigns.campaigns,
    "/campaigns/{campaign_id}": campaigns.one_campaign,
    "/campaign-folders": campaigns.folders,
    "/campaign-folders/{folder_id}": campaigns.one_folder,
    "/automations": campaigns.automations,
    _A: campaigns.one_automation,
    f"{_A}/emails": campaigns.automation_emails,
    f"{_A}/emails/{{workflow_email_id}}": campaigns.one_automation_email,
    "/reports": reports.reports,
    _R: reports.one_report,
    f"{_R}/sub-reports": reports.sub_reports,
    f"{_R}/email-activity": reports.email_activity,
    f"{_R}/email-activity/{{subscriber_hash}}": reports.one_email_activity,
    f"{_R}/sent-to": reports.sent_to,
    f"{_R}/sent-to/{{subscriber_hash}}": reports.one_sent_to,
    f"{_R}/unsubscribed": reports.unsubscribed,
    f"{_R}/unsubscribed/{{subscriber_hash}}": reports.one_unsubscribed,
}


def _by_length() -> dict[int, list[tuple[str, tuple[str, ...], Route]]]:
    table: dict[int, list[tuple[str, tuple[str, ...], Route]]] = {}
    for template, route in ROUTES.items():
        parts = tuple(part for part in template.split("/") if part)
        table.setdefault(len(parts), []).append((template, parts, route))
    return table


_TABLE = _by_length()


def resolve(path: str) -> tuple[str, Variables, Route] | None:
    """The template that the (still percent-encoded) path fits, its variables, and the route."""
    given = [part for part in path.split("/") if part]
    for template, parts, route in _TABLE.get(len(given), ()):
        variables: Variables = {}
        for part, value in zip(parts, given, strict=True):
            if part.startswith("{"):
                variables[part[1:-1]] = unquote(value)
            elif part != value:
                break
        else:
            return template, variables, route
    return None
