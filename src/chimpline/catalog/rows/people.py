"""What rows about people have in common."""

from __future__ import annotations

# Who has no id has this: docs/mailchimp-facts.md#contacts-without-an-e-mail-address
CONTACT = "contact_id"

CHANNELS = {
    "email_address": "email_channel__email",
    "email_id": "email_channel__hashed_email",
    "contact_id": "id",
    "sms_phone_number": "sms_channel__sms_phone",
}
"""What contacts (the beta) call what other tables of people have."""

RESPONDENT = {
    "email_address": "contact__email",
    "email_id": "contact__email_id",
    "contact_id": "contact__contact_id",
    "full_name": "contact__full_name",
    "sms_phone_number": "contact__phone",
}
"""What records of surveys call what other tables of people have."""
