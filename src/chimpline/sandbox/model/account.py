"""The emulated account: audiences, campaigns, automations, and who owns it."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any

from chimpline.sandbox.instants import LogicalClock, iso
from chimpline.sandbox.oddities import Oddities

if TYPE_CHECKING:
    from chimpline.sandbox.model.audience import Audience
    from chimpline.sandbox.model.automation import Automation
    from chimpline.sandbox.model.campaign import Campaign
    from chimpline.sandbox.model.shop import Store

Row = dict[str, Any]

API_KEY = "0123456789abcdef0123456789abcdef-us19"
SECOND_API_KEY = "fedcba9876543210fedcba9876543210-us19"
ACCESS_TOKEN = "00112233445566778899aabbccddeeff"  # noqa: S105 - opens an emulated account
CLIENT_ID = "123456789012"
CLIENT_SECRET = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"  # noqa: S105 - the same
DATA_CENTER = "us19"


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What an account is generated from. The same options give the same account."""

    members: int = 2000
    campaigns: int = 20
    events: int = 10_000
    seed: int = 1
    audiences: int = 3
    largest_share: float = 0.6  # of the members, in the largest audience
    bulk_share: float = 0.15  # of the largest audience, changed in one second by an import
    bulk_members: int | None = None  # the same as a number
    members_without_last_changed: int = 0
    tags_of_one_member: int = 0  # one member with more tags than a row shows
    merge_field_bytes: int = 0  # so much longer is a text of each member
    recipients_per_event: float = 1.2
    automation_emails: int = 3  # of the longest series
    account_id: str = ""  # "" and 0: made from the seed, so that another seed is another account
    login_id: int = 0
    account_name: str = "Sandbox Goods"
    api_key: str = API_KEY
    second_api_key: str = SECOND_API_KEY
    access_token: str = ACCESS_TOKEN
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    redirect_uri: str | None = None  # None: the first one that an authorize page is asked for
    role: str = "owner"
    # A member's erasure takes its events out of the report's counters. Nobody has said whether the
    # real one does; both can be had.
    erasure_moves_counters: bool = True
    # After a change of address, reports show the member under the new id and address; False: they
    # keep showing the address that the mail was sent to. Nobody has said which is so.
    reports_follow_address: bool = True
    # How the live list shows contacts without an address is not established: null or "".
    absent_id: str | None = None
    contacts_answer_by_contact_id: bool = True  # in place of a member's id; neither is this
    # Of pages that name the next one: whether the last page does so too, and an empty one follows.
    # Nobody has said which is so, nor how long a name is known.
    last_page_names_a_next: bool = False
    names_of_pages_last_s: int = 3600
    # "ecommerce,surveys": parts of Mailchimp that the account lacks (answers/features.py), and the
    # status that their paths answer with, 403 or 404. Nobody has said which of the two is real.
    lacks: str = ""
    lacking_status: int = 403
    problem_on_429: bool = True  # False: the eleventh request is refused without a body
    connection_limit: int = 10

    def __post_init__(self) -> None:
        made = hashlib.sha256(f"account {self.seed}".encode()).hexdigest()
        if not self.account_id:
            object.__setattr__(self, "account_id", made[:25])
        if not self.login_id:
            object.__setattr__(self, "login_id", 100_000_000 + int(made[25:], 16) % 900_000_000)


class Account:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = LogicalClock()
        self.oddities = Oddities()
        self.role = options.role
        self.lacks = options.lacks
        self.timezone = "Europe/Berlin"
        self.audiences: dict[str, Audience] = {}
        self.former_audiences: dict[str, Audience] = {}  # deleted; their reports stay
        self.campaigns: dict[str, Campaign] = {}
        self.automations: dict[str, Automation] = {}
        self.stores: dict[str, Store] = {}
        self.records: dict[str, list[Row]] = {}  # of collections that have no model, by name
        self.made = 0  # things that were made since the account was generated

    def total_subscribers(self) -> int:
        return sum(len(a.indexes["subscribed"]) for a in self.audiences.values())

    def root(self) -> Row:
        options = self.options
        return {
            "account_id": options.account_id,
            "login_id": str(options.login_id),
            "account_name": options.account_name,
            "email": "owner@example.com",
            "first_name": "Ada",
            "last_name": "Ünal",
            "username": "owner@example.com",
            "avatar_url": "https://example.com/avatar.png",
            "role": self.role,
            "member_since": "2012-03-04T05:06:07+00:00",
            "pricing_plan_type": "monthly",
            "first_payment": "",
            "account_timezone": self.timezone,
            "account_industry": "",
            "contact": {
                "company": options.account_name,
                "addr1": "1 Main St",
                "addr2": "",
                "city": "Berlin",
                "state": "",
                "zip": "10115",
                "country": "DE",
            },
            "pro_enabled": False,
            "last_login": iso(self.clock.second() // 86400 * 86400),
            "total_subscribers": self.total_subscribers(),
            "industry_stats": {"open_rate": 0.2176, "bounce_rate": 0.0061, "click_rate": 0.0262},
        }
