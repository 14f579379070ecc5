"""How each sent campaign did."""

from __future__ import annotations

from chimpline.catalog.rows.people import CONTACT
from chimpline.catalog.table import ORDINAL, Events, Gate, Refresh, T

REPORT = "/reports/{campaign_id}"

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
