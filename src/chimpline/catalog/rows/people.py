"""What rows about people have in common."""

from __future__ import annotations

# Who has no id has this: docs/mailchimp-facts.md#contacts-without-an-e-mail-address
CONTACT = "contact_id"
