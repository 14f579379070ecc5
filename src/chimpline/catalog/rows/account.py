"""What belongs to the account itself, and to none of its audiences and campaigns."""

from __future__ import annotations

from chimpline.catalog.row import DAILY, HOURLY, Document, Refresh, T

# fmt: off
ROWS = (
    # Each mail and each new subscriber moves it, and nothing else tells so.
    T("account", "/", "account_id", Document(), every=HOURLY,
      about="One row: who owns the account, its plan, its address, and how many subscribers it has."),
    T("authorized_apps", "/authorized-apps", "id", Refresh(), every=DAILY, called="name",
      about="The apps that may use the account, and the users who let them."),
    T("connected_sites", "/connected-sites", "foreign_id", Refresh(), every=DAILY, called="domain",
      about="The web sites that are connected to the account, each with the script that it includes."),
    T("verified_domains", "/verified-domains", "domain", Refresh(), every=DAILY,
      about="The domains that mail may be sent from: which are verified, and which are authenticated."),
    T("batch_webhooks", "/batch-webhooks", "id", Refresh(), every=DAILY,
      about="The addresses that Mailchimp tells when a batch job has ended."),
)
# fmt: on
