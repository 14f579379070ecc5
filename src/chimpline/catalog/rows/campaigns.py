"""Campaigns and classic automations, and what they are made of."""

from __future__ import annotations

from chimpline.catalog.row import DAILY, HOURLY, Document, Gate, Refresh, T
from chimpline.catalog.rows.people import CONTACT

# Nothing of a draft's row moves when what it holds is edited; what was sent stays as it was sent.
SENT = Gate(
    "campaigns", ("status", "send_time"), holds=lambda campaign: campaign.get("status") == "sent"
)

# fmt: off
ROWS = (
    T("campaign_folders", "/campaign-folders", "id", Refresh(), every=DAILY,
      about="Folders of campaigns, with how many campaigns lie in each."),
    T("campaigns", "/campaigns", "id", Refresh(), params={"include_resend_shortcut_eligibility": "true"},
      called="settings__title",
      about="Campaigns of every status, including drafts and scheduled ones."),
    T("campaign_content", "/campaigns/{campaign_id}/content", (), Document(), gate=SENT,
      off="off-each-campaign",
      about="What each campaign says: its HTML, its plain text, and the contents of a multivariate test. A campaign "
            "without any content has no row."),
    # Nothing of a campaign moves when somebody comments on it.
    T("campaign_feedback", "/campaigns/{campaign_id}/feedback", "feedback_id", Refresh(), every=DAILY,
      about="Comments on campaigns by those who work on them."),
    T("sms_campaigns", "/sms-campaigns", "id", Refresh("updated_at"), called="name",
      off="off-newer-than-specification",
      about="Campaigns by SMS or WhatsApp: name, status, how many recipients, which segments, and when. `list_id` is a "
            "number here, and not the id of `lists`."),
    # The bare list has those that Mailchimp offers to everyone as well.
    T("templates", "/templates", "id", Refresh(), every=DAILY, params={"type": "user"},
      about="The account's own templates, without those that Mailchimp offers to everyone."),
    T("template_folders", "/template-folders", "id", Refresh(), every=DAILY,
      about="Folders of templates, with how many templates lie in each."),
    T("automations", "/automations", "id", Refresh("create_time"),
      about="Classic automations. Mailchimp cannot list Customer Journeys."),
    T("automation_emails", "/automations/{workflow_id}/emails", "id", Refresh(),
      about="The emails of each classic automation."),
    # Nothing of an automation or of its emails moves when somebody joins a queue, or is taken out.
    T("automation_queue", "/automations/{workflow_id}/emails/{workflow_email_id}/queue", "id", Refresh(),
      every=HOURLY, stands_in=CONTACT,
      about="Who is about to be sent an email of a classic automation, and when. `id` is the member's, "
            "`email_id` that of the email."),
    T("automation_removed_subscribers", "/automations/{workflow_id}/removed-subscribers", "id", Refresh(),
      every=HOURLY, stands_in=CONTACT,
      about="Who was taken out of a classic automation."),
    T("landing_pages", "/landing-pages", "id", Refresh(),
      about="Landing pages of every status, including drafts."),
    T("file_folders", "/file-manager/folders", "id", Refresh(), every=DAILY,
      about="Folders of the file manager, with how many files lie in each."),
    T("files", "/file-manager/files", "id", Refresh(),
      about="Images and other files of the file manager: name, address, size. Not what is in them."),
    T("facebook_ads", "/facebook-ads", "id", Refresh(), every=DAILY, called="name",
      about="Ads on Facebook and Instagram: audience, budget, content."),
)
# fmt: on
