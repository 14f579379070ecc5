"""How each sent campaign did."""

from __future__ import annotations

from chimpline.catalog.row import DAILY, ORDINAL, Events, Gate, Refresh, Riding, T
from chimpline.catalog.rows.people import CONTACT

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

# What moves a part of a report only needs a part of these. What people are told of themselves (whether
# they are VIP, what their merge fields say) moves none of them, hence `silent`.
ABUSE = Gate("reports", ("list_is_active", "abuse_reports"))
OPENS = Gate("reports", ("list_is_active", "emails_sent", "opens__"))
# The shares of a link follow from its clicks, those of the campaign, and to how many it was delivered.
CLICKS = Gate("reports", ("emails_sent", "rss_last_send", "bounces__", "clicks__"))
# An order that goes while another of the same worth comes is found by the next complete read.
SOLD = Gate("reports", ("ecommerce__",))
CLICKED = Gate("reports_click_details", ("total_clicks", "unique_clicks", "last_click"))

# fmt: off
ROWS = (
    T("reports", "/reports", "id", Refresh(), keeps=("list_id", "send_time"), called="campaign_title",
      about="One row per sent campaign: its counters, rates and dates."),
    T("reports_abuse_reports", f"{REPORT}/abuse-reports", "id", Refresh(), gate=ABUSE, expects=("abuse_reports",),
      silent=("merge_fields", "vip"),
      about="Who reported a campaign as spam, and when."),
    # It has no id. Advice compares with the industry and with other campaigns, so that it can change
    # while its report rests: no gate.
    T("reports_advice", f"{REPORT}/advice", ("type", "message"), Refresh(), every=DAILY,
      about="What Mailchimp remarks about each campaign: whether it is good or bad news, and the words."),
    T("reports_click_details", f"{REPORT}/click-details", "id", Refresh(), gate=CLICKS, called="url",
      about="One row per link of a campaign, with its clicks."),
    # An audience that is deleted moves nothing of a link: who was erased before, and whether the list is
    # active, is found by the next complete read.
    T("reports_click_members", f"{REPORT}/click-details/{{link_id}}/members", "email_id", Refresh(),
      gate=CLICKED, silent=("merge_fields", "vip", "contact_status", "list_is_active"), stands_in=CONTACT,
      off="off-each-link",
      about="One row per recipient who clicked a link of a campaign, with how often."),
    T("reports_domain_performance", f"{REPORT}/domain-performance", "domain", Refresh(), gate=NEWS,
      about="One row per campaign and mail domain of its recipients: sent, bounces, opens, clicks, unsubscribes."),
    # A product can have no sku, and the same one can be sold in several currencies.
    T("reports_ecommerce_products", f"{REPORT}/ecommerce-product-activity", ("sku", "title", "currency_code"),
      Refresh(), gate=SOLD, silent=("image_url",),
      about="What was bought through each campaign, by product."),
    # Clicks on the page of a campaign are no clicks of its report: no gate.
    T("reports_eepurl", f"{REPORT}/eepurl", "referrer", Refresh(), every=DAILY,
      about="From which pages people came to the page of a campaign, with how many clicks."),
    T("reports_email_activity", f"{REPORT}/email-activity", ("email_id", "action", "timestamp", "url", ORDINAL),
      Events("timestamp"), unnest="activity", gate=NEWS, expects=("emails_sent",), stands_in=CONTACT,
      about="One row per event: an open, a click or a bounce of one recipient of one campaign. `_ordinal` "
            "distinguishes identical events, so that each has its own row."),
    T("reports_locations", f"{REPORT}/locations", ("country_code", "region"), Refresh(), gate=NEWS,
      about="One row per campaign and place of opening: country and region. Where Mailchimp does not tell "
            "one of them, it is an empty text."),
    T("reports_open_details", f"{REPORT}/open-details", "email_id", Refresh(), gate=OPENS,
      expects=("opens__unique_opens",), silent=("merge_fields", "vip", "contact_status"), stands_in=CONTACT,
      about="One row per recipient who opened a campaign, with the time of each opening."),
    T("reports_opens", f"{REPORT}/open-details", ("timestamp", ORDINAL), Riding("reports_open_details", "opens"),
      about="One row per open of a campaign by one recipient, with its time, and whether a proxy opened it. "
            "`_ordinal` distinguishes opens within one second."),
    T("reports_sent_to", f"{REPORT}/sent-to", "email_id", Refresh(), gate=NEWS, expects=("emails_sent",),
      silent=("merge_fields", "vip"), stands_in=CONTACT,
      about="One row per recipient of a campaign, with the delivery status."),
    # A campaign that is sent again to some has a report of its own, which moves none of the first: no gate.
    T("reports_sub_reports", f"{REPORT}/sub-reports", "id", Refresh(), every=DAILY,
      about="The reports of a campaign's parts: what was tested against each other, or sent again."),
    T("unsubscribes", f"{REPORT}/unsubscribed", "email_id", Refresh(), gate=NEWS, expects=("unsubscribed",),
      silent=("merge_fields", "vip"), stands_in=CONTACT,
      about="Who unsubscribed through which campaign, when, and for which reason."),
)
# fmt: on
