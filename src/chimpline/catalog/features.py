"""Parts of Mailchimp that an account may lack, and how its answers tell so.

Nobody has said how the list of such a part answers then: with a problem document of 403 or 404
(docs/mailchimp-facts.md#parts-that-an-account-may-lack). Either way the account is copied without.
"""

from __future__ import annotations

from chimpline.catalog.table import Table
from chimpline.errors import NotFound, Refused, SliceError

FEATURES = {
    "/audiences": "contacts-beta",
    "/ecommerce": "stores",
    "/facebook-ads": "ads",
    "/landing-pages": "landing-pages",
    "/lists/{list_id}/surveys": "surveys",
    "/reporting/facebook-ads": "ad-reports",
    "/reporting/landing-pages": "landing-page-reports",
    "/reporting/surveys": "survey-reports",
    "/sms-campaigns": "sms-campaigns",
}
"""What is below these paths, as messages name it."""


def feature_of(table: Table) -> str | None:
    """The part of Mailchimp that a table belongs to; None where each account has it."""
    inside = (name for path, name in FEATURES.items() if f"{table.path}/".startswith(f"{path}/"))
    return next(inside, None)


def lacking(table: Table, error: SliceError) -> str | None:
    """The part of Mailchimp that an account lacks whose list gave this answer; else None.

    Only the list at its top tells: what is refused below it is there.
    """
    feature = feature_of(table)
    at_its_top = table.parent is None or feature_of(table.parent) is None
    return feature if at_its_top and isinstance(error, NotFound | Refused) else None
