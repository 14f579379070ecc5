"""Campaigns of all types and statuses, as `/campaigns` lists them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.activity import CLICK, Activity, Counters

if TYPE_CHECKING:
    from chimpline.sandbox.model.account import Account
    from chimpline.sandbox.model.audience import Audience
    from chimpline.sandbox.model.member import Member

Row = dict[str, Any]
PRICE = 2.5
"""What each thing costs that is bought through a campaign."""


@dataclasses.dataclass(slots=True)
class Unsubscribe:
    number: int
    instant: int
    reason: str


def rate(part: float, whole: float) -> float:
    """A share as it is sent: 0 and 1 without a point."""
    if not whole:
        return 0
    share = round(part / whole, 8)
    return int(share) if share in (0, 1) else share


class Campaign:
    def __init__(
        self, account: Account, campaign_id: str, number: int, audience: Audience, kind: str
    ) -> None:
        self.account = account
        self.id = campaign_id
        self.number = number
        self.web_id = 2_000_000 + number * 4
        self.audience = audience
        self.type = kind
        self.status = "save"
        self.parent_id = ""
        self.created = 0
        self.sent = 0
        self.title = ""
        self.subject = ""
        self.folder_id = ""
        self.segment_id = 0
        self.edited = 0  # so often was its content
        self.emails_sent = 0
        self.complaints: list[tuple[int, int]] = []  # of whom, and when
        self.bought: list[Row] = []  # through it: title, sku, and how many times
        self.urls: list[str] = []
        self.activity = Activity()
        self.unsubscribes: list[Unsubscribe] = []
        self.aliases: dict[int, tuple[str, str]] = {}  # number -> the (id, address) once mailed to
        self.combinations: list[str] = []  # ids of the campaigns a variate one consists of
        self.combination_sizes: list[int] = []
        self.kept: dict[str, Any] = {}  # parts of the report, until something happens
        self._counted: Counters | None = None
        self._erased: Counters | None = None
        self._erased_unsubscribes = 0
        self._erased_complaints = 0
        self.erased_clicks: list[tuple[int, int, int]] = []  # of whom, which link, and when

    # What recipients did

    def counters(self) -> Counters:
        if self._counted is None:
            counted = self.activity.counters(self.sent)
            self._counted = counted if self._erased is None else counted.plus(self._erased)
        return self._counted

    def unsubscribed(self) -> int:
        return len(self.unsubscribes) + self._erased_unsubscribes

    @property
    def abuse_reports(self) -> int:
        return len(self.complaints) + self._erased_complaints

    def revenue(self) -> Row:
        times = sum(product["times"] for product in self.bought)
        return {"total_orders": times, "total_spent": times * PRICE, "total_revenue": times * PRICE}

    def touched(self) -> None:
        self._counted = None
        self.kept.clear()

    def forget(self, number: int) -> bool:
        """A member was erased: its rows leave. Whether the counters follow is an option."""
        kept = [u for u in self.unsubscribes if u.number != number]
        gone = len(self.unsubscribes) - len(kept)
        self.unsubscribes = kept
        fair = [complaint for complaint in self.complaints if complaint[0] != number]
        unfair = len(self.complaints) - len(fair)
        self.complaints = fair
        position = self.activity.position(number)
        if position is not None:
            if self.account.options.erasure_moves_counters:
                self.activity.remove(position)
            else:
                before = self.activity.counters(self.sent)
                self.erased_clicks += [
                    (number, event.url, event.instant)
                    for event in self.activity.events(position)
                    if event.kind == CLICK
                ]
                self.activity.remove(position)
                lost = before.minus(self.activity.counters(self.sent))
                self._erased = lost if self._erased is None else self._erased.plus(lost)
        if not self.account.options.erasure_moves_counters:
            self._erased_unsubscribes += gone
            self._erased_complaints += unfair
        self.touched()
        return position is not None or gone > 0 or unfair > 0

    def shown(self, member: Member) -> tuple[str, str]:
        """The id and address that reports show for a member."""
        return self.aliases.get(member.number, (member.id, member.email))

    # Records

    @property
    def list_is_active(self) -> bool:
        return not self.audience.deleted

    def row(self) -> Row:
        row: Row = {"id": self.id, "web_id": self.web_id}
        if self.parent_id:
            row["parent_campaign_id"] = self.parent_id
        row |= {
            "type": self.type,
            "create_time": iso(self.created),
            "archive_url": f"http://eepurl.com/{self.id[:6]}",
            "long_archive_url": f"https://us19.campaign-archive.com/?u=1dc04a4d&id={self.id}",
            "status": self.status,
            "emails_sent": self.emails_sent,
            "send_time": iso(self.sent),
            "content_type": "template",
            "needs_block_refresh": False,
            "resendable": self.status == "sent" and not self.parent_id,
            "recipients": self._recipients(),
            "settings": self._settings(),
        }
        if self.type == "variate":
            row["variate_settings"] = self._variate_settings()
        row["tracking"] = {
            "opens": True,
            "html_clicks": True,
            "text_clicks": False,
            "goal_tracking": False,
            "ecomm360": True,
            "google_analytics": "",
            "clicktale": "",
        }
        if self.type == "rss":
            row["rss_opts"] = self._rss()
        if self.type == "absplit":
            row["ab_split_opts"] = self._ab_split()
        if self.number % 5 == 1:
            row["social_card"] = {
                "image_url": "https://example.com/card.png",
                "description": "",
                "title": self.title,
            }
        if self.status == "sent":
            row["report_summary"] = self._summary()
        row["delivery_status"] = self.delivery_status()
        return row

    def delivery_status(self) -> Row:
        if self.status != "sending":
            return {"enabled": False}
        return {
            "enabled": True,
            "can_cancel": True,
            "status": "delivering",
            "emails_sent": self.emails_sent,
            "emails_canceled": 0,
        }

    def _recipients(self) -> Row:
        recipients: Row = {
            "list_id": self.audience.id,
            "list_is_active": self.list_is_active,
            "list_name": self.audience.name,
            "segment_text": "",
            "recipient_count": self.emails_sent or len(self.audience.indexes["subscribed"]),
        }
        if self.segment_id:
            recipients["segment_text"] = "<p>Contacts match <strong>any</strong> condition.</p>"
            recipients["segment_opts"] = {
                "saved_segment_id": self.segment_id,
                "match": "any",
                "conditions": [
                    {
                        "condition_type": "TextMerge",
                        "field": "FNAME",
                        "op": "contains",
                        "value": "a",
                    }
                ],
            }
        return recipients

    def _settings(self) -> Row:
        settings: Row = {}
        if self.subject:  # a draft without a subject lacks the keys
            settings |= {
                "subject_line": self.subject,
                "preview_text": "",
                "from_name": "Sandbox Goods",
                "reply_to": "news@example.com",
            }
        return settings | {
            "title": self.title,
            "use_conversation": False,
            "to_name": "*|FNAME|*",
            "folder_id": self.folder_id,
            "authenticate": True,
            "auto_footer": False,
            "inline_css": False,
            "auto_tweet": False,
            "fb_comments": True,
            "timewarp": False,
            "template_id": 148 if self.number % 2 else 0,
            "drag_and_drop": self.number % 2 == 1,
        }

    def _variate_settings(self) -> Row:
        return {
            "winning_combination_id": self.combinations[0] if self.combinations else "",
            "winning_campaign_id": self.combinations[0] if self.combinations else "",
            "winner_criteria": "opens",
            "wait_time": 240,
            "test_size": 100,
            "subject_lines": [self.subject, f"{self.subject} (B)"],
            "send_times": [iso(self.sent)] if self.sent else [],
            "from_names": ["Sandbox Goods"],
            "reply_to_addresses": ["news@example.com"],
            "contents": ["Current content"],
            "combinations": [
                {
                    "id": child,
                    "subject_line": place,
                    "send_time": 0,
                    "from_name": 0,
                    "reply_to": 0,
                    "content_description": 0,
                    "recipients": self.combination_sizes[place],
                }
                for place, child in enumerate(self.combinations)
            ],
        }

    def _rss(self) -> Row:
        days = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
        return {
            "feed_url": "https://example.com/feed.xml",
            "frequency": "daily",
            "schedule": {"hour": 7, "daily_send": {day: day != "sunday" for day in days}},
            "last_sent": iso(self.sent),
            "constrain_rss_img": False,
        }

    def _ab_split(self) -> Row:
        return {
            "split_test": "subject",
            "pick_winner": "opens",
            "wait_units": "hours",
            "wait_time": 4,
            "split_size": 50,
            "from_name_a": "",
            "from_name_b": "",
            "reply_email_a": "",
            "reply_email_b": "",
            "subject_a": self.subject,
            "subject_b": f"{self.subject} (B)",
            "send_time_a": "",
            "send_time_b": "",
            "send_time_winner": "",
        }

    def _summary(self) -> Row:
        found = self.counters()
        return {
            "opens": found.opens,
            "unique_opens": found.unique_opens,
            "open_rate": rate(found.unique_opens, self.emails_sent),
            "clicks": found.clicks,
            "subscriber_clicks": found.clickers,
            "click_rate": rate(found.clickers, self.emails_sent),
            "ecommerce": self.revenue(),
        }
