"""The charts that people ask of Mailchimp data: each one statement, the same for both engines.

Names are looked up in the dataset, so that a statement can be copied into the page's own box.
Times are of UTC.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from chimpline.errors import UserError
from chimpline.load.reading import Question
from chimpline.service.data.tables import Structure, freshness


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """`needs`: columns by table. `form`: lines, bars or week (of weekdays and hours).

    `series`: the columns that are drawn; the first column is what they stand over.
    """

    name: str
    sql: str
    needs: Mapping[str, tuple[str, ...]]
    form: str
    series: tuple[str, ...]

    @property
    def question(self) -> Question:
        return Question(self.sql)

    def lacking(self, structure: Structure) -> list[str]:
        """The tables and columns that are not copied."""
        found = []
        for table, columns in self.needs.items():
            if table not in structure:
                found.append(table)
            else:
                found += [f"{table}.{one}" for one in columns if one not in structure[table]]
        return found


AUDIENCE = Chart(
    "audience",
    """\
SELECT month,
       sum(existing) AS members_before,
       sum(subscribed + imports + optins) AS joined,
       sum(unsubscribed) AS unsubscribed,
       sum(cleaned) AS cleaned,
       round(CAST(100.0 * sum(unsubscribed + cleaned) / nullif(sum(existing), 0) AS NUMERIC), 2)
         AS churn_percent
FROM list_growth_history
WHERE _deleted_at IS NULL
GROUP BY month
ORDER BY month""",
    {
        "list_growth_history": (
            *("month", "existing", "subscribed", "imports", "optins", "unsubscribed", "cleaned"),
        )
    },
    "lines",
    ("joined", "unsubscribed", "cleaned"),
)
CAMPAIGNS = Chart(
    "campaigns",
    """\
SELECT campaign_title AS campaign,
       send_time,
       emails_sent,
       opens__unique_opens AS opened,
       clicks__unique_subscriber_clicks AS clicked,
       unsubscribed,
       id AS campaign_id
FROM reports
WHERE _deleted_at IS NULL AND send_time IS NOT NULL
ORDER BY send_time DESC
LIMIT 30""",
    {
        "reports": (
            *("id", "campaign_title", "send_time", "emails_sent", "unsubscribed"),
            *("opens__unique_opens", "clicks__unique_subscriber_clicks"),
        )
    },
    "bars",
    ("opened", "clicked", "unsubscribed"),
)
WEEK = Chart(
    "week",
    """\
SELECT CAST(extract(isodow FROM timestamp) AS INTEGER) AS weekday,
       CAST(extract(hour FROM timestamp) AS INTEGER) AS hour,
       count(*) FILTER (WHERE action = 'open') AS opens,
       count(*) FILTER (WHERE action = 'click') AS clicks
FROM reports_email_activity
WHERE _deleted_at IS NULL AND action IN ('open', 'click')
GROUP BY 1, 2
ORDER BY 1, 2""",
    {"reports_email_activity": ("timestamp", "action")},
    "week",
    ("opens", "clicks"),
)
OPENING = Chart(
    "opening",
    """\
WITH first_opens AS (
  SELECT a.campaign_id, a.email_id,
         extract(epoch FROM min(a.timestamp) - min(r.send_time)) / 3600.0 AS hours
  FROM reports_email_activity AS a
  JOIN reports AS r ON r.id = a.campaign_id
  WHERE a.action = 'open' AND a._deleted_at IS NULL AND r.send_time IS NOT NULL
  GROUP BY a.campaign_id, a.email_id
), sorted AS (
  SELECT CASE WHEN hours < 1 THEN 1 WHEN hours < 3 THEN 2 WHEN hours < 6 THEN 3
              WHEN hours < 12 THEN 4 WHEN hours < 24 THEN 5 WHEN hours < 48 THEN 6
              WHEN hours < 168 THEN 7 ELSE 8 END AS place
  FROM first_opens
)
SELECT CASE place WHEN 1 THEN '< 1 h' WHEN 2 THEN '1-3 h' WHEN 3 THEN '3-6 h'
                  WHEN 4 THEN '6-12 h' WHEN 5 THEN '12-24 h' WHEN 6 THEN '1-2 d'
                  WHEN 7 THEN '2-7 d' ELSE '> 7 d' END AS opened_within,
       count(*) AS first_opens
FROM sorted
GROUP BY place
ORDER BY place""",
    {
        "reports_email_activity": ("timestamp", "action", "campaign_id", "email_id"),
        "reports": ("id", "send_time"),
    },
    "bars",
    ("first_opens",),
)
DOMAINS = Chart(
    "domains",
    """\
SELECT lower(split_part(email_address, '@', 2)) AS domain,
       count(*) AS members,
       count(*) FILTER (WHERE status = 'cleaned') AS cleaned,
       count(*) FILTER (WHERE status = 'unsubscribed') AS unsubscribed,
       round(100.0 * count(*) FILTER (WHERE status = 'cleaned') / count(*), 1) AS cleaned_percent
FROM list_members
WHERE _deleted_at IS NULL AND email_address LIKE '%@%'
GROUP BY 1
HAVING count(*) FILTER (WHERE status IN ('cleaned', 'unsubscribed')) > 0
ORDER BY cleaned DESC, unsubscribed DESC, domain
LIMIT 30""",
    {"list_members": ("email_address", "status")},
    "bars",
    ("cleaned", "unsubscribed"),
)
# Its statement names the tables that are copied: `chart_of`.
FRESHNESS = Chart("freshness", "", {}, "bars", ("hours_ago",))
CHARTS = {chart.name: chart for chart in (AUDIENCE, CAMPAIGNS, WEEK, OPENING, DOMAINS, FRESHNESS)}


def chart_of(name: str, structure: Structure) -> Chart:
    """Raises `UserError` where there is no such chart, or what it needs is not copied."""
    chart = CHARTS.get(name)
    if chart is None:
        raise UserError("data-chart-unknown", name=name)
    lacking = chart.lacking(structure)
    if lacking:
        raise UserError("data-chart-lacks", names=lacking)
    if chart is FRESHNESS:
        return dataclasses.replace(chart, sql=freshness(structure))
    return chart
