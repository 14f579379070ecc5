"""The account itself, at the root of the API."""

from __future__ import annotations

from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Collection, Row

TIMEZONES = ("Europe/Berlin", "Asia/Seoul")


def move_account(account: Account) -> Row:
    """To the other of two time zones."""
    account.timezone = TIMEZONES[account.timezone == TIMEZONES[0]]
    return {"account_timezone": account.timezone}


COLLECTION = Collection(
    name="account",
    path="/",
    document=True,
    key=("account_id",),
    links="Root",
    times=("member_since", "first_payment", "last_login"),
    things=lambda account: [account],
    row=lambda _account, thing: thing.root(),
    changes={"move_account": move_account},
)
