"""Mailchimp's beta of contacts: people of an audience, with an e-mail address, a phone, or both."""

from __future__ import annotations

from chimpline.catalog.row import Refresh, T
from chimpline.catalog.rows.people import CHANNELS

# fmt: off
ROWS = (
    # Its ids are those of lists, as far as anybody has seen; nothing says that they have to be.
    T("audiences", "/audiences", "id", Refresh(), called="name",
      off="off-beta-audiences",
      about="One row per audience as the beta of contacts shows it: its name, its channels, how many contacts it has."),
    # A digest of a number or an address is undone by a list of them.
    T("contacts", "/audiences/{audience_id}/contacts", "id", Refresh("last_updated_at"), person=CHANNELS,
      digests={"sms_channel__hashed_sms_phone": "sms_channel__sms_phone"}, expects=("stats__total_contacts",),
      off="off-beta-contacts",
      about="One row per contact of an audience, as the beta shows it: e-mail and SMS, each with its consent and "
            "subscription status. `id` is the `contact_id` of `list_members`."),
)
# fmt: on
