"""Classic automations and their emails."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from chimpline.sandbox.instants import iso

if TYPE_CHECKING:
    from chimpline.sandbox.model.account import Account
    from chimpline.sandbox.model.audience import Audience

Row = dict[str, Any]
TRACKING: Row = {
    "opens": True,
    "html_clicks": True,
    "text_clicks": False,
    "goal_tracking": False,
    "ecomm360": False,
    "google_analytics": "",
    "clicktale": "",
}
SUMMARY: Row = {
    "opens": 0,
    "unique_opens": 0,
    "open_rate": 0,
    "clicks": 0,
    "subscriber_clicks": 0,
    "click_rate": 0,
}


@dataclasses.dataclass(slots=True)
class Automation:
    account: Account
    id: str
    number: int
    audience: Audience
    title: str
    status: str
    created: int
    started: int
    emails_sent: int
    email_ids: list[str]

    def _recipients(self) -> Row:
        return {
            "list_id": self.audience.id,
            "list_is_active": not self.audience.deleted,
            "list_name": self.audience.name,
        }

    def _trigger(self) -> Row:
        return {
            "workflow_type": "emailSeries",
            "workflow_title": self.title,
            "runtime": {
                "days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                "hours": {"type": "send_asap"},
            },
            "workflow_emails_count": len(self.email_ids),
        }

    def row(self) -> Row:
        row: Row = {
            "id": self.id,
            "create_time": iso(self.created),
            "start_time": iso(self.started),
            "status": self.status,
            "emails_sent": self.emails_sent,
            "recipients": self._recipients(),
            "settings": {
                "title": self.title,
                "from_name": "Sandbox Goods",
                "reply_to": "news@example.com",
                "use_conversation": False,
                "to_name": "*|FNAME|*",
                "authenticate": True,
                "auto_footer": False,
                "inline_css": False,
            },
            "tracking": dict(TRACKING),
            "trigger_settings": self._trigger(),
        }
        if self.started:
            opens = self.emails_sent // 3
            row["report_summary"] = SUMMARY | {
                "opens": opens,
                "unique_opens": opens,
                "open_rate": 1 / 3 if opens else 0,
            }
        return row

    def email_row(self, email_id: str) -> Row:
        place = self.email_ids.index(email_id)
        return {
            "id": email_id,
            "web_id": 3_000_000 + self.number * 1000 + place,
            "workflow_id": self.id,
            "position": place + 1,
            "delay": {
                "amount": place,
                "type": "day" if place else "now",
                "direction": "after",
                "action": "previous_campaign_sent" if place else "signup",
                "action_description": "",
                "full_description": f"{place} days after",
            },
            "create_time": iso(self.created + place * 60),
            "start_time": iso(self.started),
            "archive_url": f"http://eepurl.com/{email_id[:6]}",
            "status": self.status,
            "emails_sent": self.emails_sent // max(1, len(self.email_ids)),
            "send_time": "",
            "content_type": "template",
            "needs_block_refresh": False,
            "has_logo_merge_tag": False,
            "recipients": self._recipients()
            | {"segment_text": "", "recipient_count": self.emails_sent},
            "settings": {
                "subject_line": f"{self.title} {place + 1}",
                "preview_text": "",
                "title": f"{self.title} {place + 1}",
                "from_name": "Sandbox Goods",
                "reply_to": "news@example.com",
                "authenticate": True,
                "auto_footer": False,
                "inline_css": False,
                "auto_tweet": False,
                "fb_comments": True,
                "template_id": 148,
                "drag_and_drop": True,
            },
            "tracking": dict(TRACKING),
            "trigger_settings": self._trigger(),
        }
