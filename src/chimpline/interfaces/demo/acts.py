"""What happens in the demo: six changes, what became of them, what others miss, three questions."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.session import say

if TYPE_CHECKING:
    from chimpline.interfaces.demo.replica import Replica
    from chimpline.sandbox import SandboxControl


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to the account, and how to see that the copy has it.

    `found` tells it in words from the copy alone, or returns None where it is not there.
    """

    kind: str
    told: str
    made: dict[str, Any]
    found: Callable[[Replica], str | None]


_SUBSCRIBED = """
    SELECT m.list_id, m.id, m.email_address, m.contact_id, s.campaign_id
    FROM list_members m JOIN reports_email_activity s ON s.email_id = m.id AND s.action = 'click'
    WHERE m.status = 'subscribed' AND s.list_id = m.list_id
    QUALIFY row_number() OVER (PARTITION BY m.id ORDER BY s.campaign_id) = 1
    ORDER BY m.id LIMIT 4
"""


def six_changes(control: SandboxControl, replica: Replica) -> list[Change]:
    """Make them, each to somebody else."""
    erased, moved, archived, late = replica.select(_SUBSCRIBED)
    draft = replica.one("SELECT id FROM campaigns WHERE status = 'save' ORDER BY id LIMIT 1")
    audience = replica.one("SELECT id FROM lists ORDER BY stats__member_count LIMIT 1")
    title = replica.one("SELECT settings__title FROM campaigns WHERE id = ?", draft)
    name = replica.one("SELECT name FROM lists WHERE id = ?", audience)

    def member(kind: str, row: dict[str, Any]) -> dict[str, Any]:
        return control.change(kind, list_id=row["list_id"], member_id=row["id"])

    made = [
        member("delete_permanently", erased),
        member("change_address", moved),
        member("archive", archived),
        control.change(
            "add_event",
            campaign_id=late["campaign_id"],
            email_id=late["id"],
            action="click",
            timestamp=_yesterday(replica),
        ),
        control.change("send_campaign", campaign_id=draft),
        control.change(
            "add_merge_field", list_id=audience, tag="LOYALTY", name="Loyalty", field_type="number"
        ),
    ]
    new_id = made[1]["id"]
    told = [
        f"{erased['email_address']} asks to be forgotten, and is erased",
        f"{moved['email_address']} changes to another address",
        f"{archived['email_address']} is archived",
        f"a click of {late['email_address']} shows up, a day late",
        f"campaign {draft} ({title}) is sent to {made[4]['emails_sent']} people",
        f"audience {audience} ({name}) gets a merge field, LOYALTY",
    ]
    finders = [
        lambda r: _erased(r, erased["id"]),
        lambda r: _moved(r, moved, new_id),
        lambda r: _archived(r, archived["id"]),
        lambda r: _late_click(r, late),
        lambda r: _sent(r, draft),
        lambda r: _merge_field(r, audience),
    ]
    return [Change(m["kind"], t, m, f) for m, t, f in zip(made, told, finders, strict=True)]


def _yesterday(replica: Replica) -> str:
    newest: dt.datetime = replica.one('SELECT max("timestamp") FROM reports_email_activity')
    return (newest - dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _erased(replica: Replica, member: str) -> str | None:
    gone = replica.one(
        "SELECT count(*) FROM list_members WHERE id = ? AND _deleted_at IS NOT NULL", member
    )
    of_theirs = "SELECT count(*) FROM reports_email_activity WHERE email_id = ? AND _deleted_at"
    events = replica.one(f"{of_theirs} IS NOT NULL", member)
    left = replica.one(f"{of_theirs} IS NULL", member)
    return f"marked deleted, with all {events} events" if gone and not left else None


def _moved(replica: Replica, old: dict[str, Any], new_id: str) -> str | None:
    row = replica.select("SELECT * FROM list_members WHERE id = ? AND _deleted_at IS NULL", new_id)
    gone = replica.one(
        "SELECT count(*) FROM list_members WHERE id = ? AND _deleted_at IS NOT NULL", old["id"]
    )
    if not row or not gone or row[0]["contact_id"] != old["contact_id"]:
        return None
    return f"now {row[0]['email_address']}, the same contact_id; the old id is marked deleted"


def _archived(replica: Replica, member: str) -> str | None:
    status = replica.one(
        "SELECT status FROM list_members WHERE id = ? AND _deleted_at IS NULL", member
    )
    return "still there, with status archived" if status == "archived" else None


def _late_click(replica: Replica, late: dict[str, Any]) -> str | None:
    run = replica.one("SELECT max(_synced_at) FROM reports_email_activity")
    rows = replica.select(
        "SELECT * FROM reports_email_activity WHERE campaign_id = ? AND email_id = ?"
        " AND action = 'click' AND _synced_at = ?",
        late["campaign_id"],
        late["id"],
        run,
    )
    return (
        f"copied, with the time of the click, {rows[0]['timestamp']:%Y-%m-%d %H:%M:%S}"
        if rows
        else None
    )


def _sent(replica: Replica, campaign: str) -> str | None:
    status = replica.one("SELECT status FROM campaigns WHERE id = ?", campaign)
    people = replica.one(
        "SELECT count(*) FROM reports_sent_to WHERE campaign_id = ? AND _deleted_at IS NULL",
        campaign,
    )
    events = replica.one(
        "SELECT count(*) FROM reports_email_activity WHERE campaign_id = ?", campaign
    )
    return f"sent, with {people} recipients and {events} events" if status == "sent" else None


def _merge_field(replica: Replica, audience: str) -> str | None:
    view = f"list_members__{audience}"
    columns = {
        row["column_name"]: row["column_type"] for row in replica.select(f'DESCRIBE "{view}"')
    }
    kind = columns.get("LOYALTY")
    return f"a column LOYALTY {kind} in the view {view}" if kind else None


def show_found(changes: Sequence[Change], replica: Replica) -> bool:
    """Each change as the copy tells it, then every table that changed; whether all were found."""
    complete = True
    for change in changes:
        words = change.found(replica)
        complete = complete and words is not None
        say(f"    {'✗' if words is None else '✓'} {change.told}:")
        say(f"        {words or 'not found'}")
    return complete


def show_missed(
    account: dict[str, Any], control: SandboxControl, replica: Replica, changes: Sequence[Change]
) -> None:
    """Read the account as a plain script does, and count what that leaves out."""
    from chimpline.interfaces.demo.plain import plain_read

    control.latency(base_s=0.0)
    plain = plain_read(account["api_root"], account["api_key"])
    cells = []
    for table, (rows, why) in plain.items():
        have = replica.one(f'SELECT count(*) FROM "{table}" WHERE _deleted_at IS NULL')
        cells.append([table, f"{rows:,}", f"{have:,}", f"{have - rows:,}", why])
    numbers = ("plain", "chimpline", "missed")
    show_grid(["table", *numbers, "because"], cells, numbers=numbers)
    erased = next(change for change in changes if change.kind == "delete_permanently")
    say()
    say(
        f"  And {erased.made['email_address']} would stay in its copy forever: Mailchimp does not "
        "say which members were erased. chimpline compares counts, and asks which are missing."
    )


QUESTIONS = (
    (
        "Which campaigns were clicked most, for each hundred people they reached?",
        """
        SELECT settings__title AS campaign, emails_sent AS sent,
               round(100.0 * report_summary__subscriber_clicks / emails_sent, 1) AS clicked
        FROM campaigns WHERE status = 'sent' AND emails_sent >= 50 AND _deleted_at IS NULL
        ORDER BY clicked DESC LIMIT 3
        """,
    ),
    (
        "How many people of each audience could still be written to?",
        """
        SELECT l.name AS audience, count(*) FILTER (m.status = 'subscribed') AS subscribed,
               count(*) AS all_of_them
        FROM lists l JOIN list_members m ON m.list_id = l.id
        WHERE m._deleted_at IS NULL AND l._deleted_at IS NULL GROUP BY 1 ORDER BY 2 DESC
        """,
    ),
    (
        "Who clicked, and unsubscribed from the same campaign?",
        """
        SELECT u.email_address AS who, u.reason, count(*) AS clicks
        FROM unsubscribes u JOIN reports_email_activity a USING (campaign_id, email_id)
        WHERE a.action = 'click' AND u._deleted_at IS NULL AND a._deleted_at IS NULL
        GROUP BY ALL ORDER BY 3 DESC, 1 LIMIT 3
        """,
    ),
)


def show_questions(replica: Replica) -> None:
    for number, (question, sql) in enumerate(QUESTIONS, 1):
        say(f"  {number}. {question}")
        rows = replica.select(sql)
        names = list(rows[0]) if rows else []
        numbers = [name for name in names if isinstance(rows[0][name], int | float)]
        show_grid(names, [[_text(v) for v in row.values()] for row in rows], numbers=numbers)
        say()


def _text(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
