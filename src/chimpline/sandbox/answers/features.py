"""Parts of Mailchimp that an account may lack: their lists are refused, or are not there.

Which of the two is real nobody has said; both can be had.
"""

from __future__ import annotations

from chimpline.sandbox.answers.problems import Problem, not_found
from chimpline.sandbox.model.account import Account

FEATURES = {
    "contacts": ("/audiences",),
    "ecommerce": ("/ecommerce/",),
    "surveys": ("/lists/{list_id}/surveys", "/reporting/surveys"),
    "ads": ("/facebook-ads", "/reporting/facebook-ads"),
    "landing-pages": ("/landing-pages", "/reporting/landing-pages"),
    "sms": ("/sms-campaigns",),
}


def check(features: str) -> tuple[str, ...]:
    """Names with commas between them, as the option has them."""
    names = tuple(name for name in features.split(",") if name)
    for name in names:
        if name not in FEATURES:
            raise ValueError(f"No part {name!r}; an account may lack: {', '.join(FEATURES)}.")
    return names


def lacks(account: Account, template: str) -> bool:
    """Whether a path belongs to what the account lacks."""
    return any(template.startswith(FEATURES[name]) for name in check(account.lacks))


def answer(account: Account) -> Problem:
    """What comes in the place of a list that the account lacks."""
    return Problem("Forbidden") if account.options.lacking_status == 403 else not_found()
