"""Campaigns and classic automations, and what they are made of."""

from __future__ import annotations

from chimpline.catalog.table import Refresh, T

# fmt: off
ROWS = (
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
)
# fmt: on
