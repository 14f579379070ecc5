"""How a campaign did by mail domain: the counters of its report, so that they move together."""

from __future__ import annotations

from chimpline.sandbox.model.campaign import Campaign, rate
from chimpline.sandbox.model.report import dealt
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns


def _rows(campaign: Campaign) -> list[Row]:
    found, sent, left = campaign.counters(), campaign.emails_sent, campaign.unsubscribed()
    lost = found.hard + found.soft
    totals = {"bounces": lost, "opens": found.opens, "clicks": found.clicks, "unsubs": left}
    domains = [{"domain": name} for name in ("example.com", "bücher.example")]
    rows = dealt(domains, emails_sent=sent, delivered=sent - lost, **totals)
    shares = [("emails_sent", "emails_pct", sent), *((n, f"{n}_pct", t) for n, t in totals.items())]
    return [row | {share: rate(row[of], n) for of, share, n in shares} for row in rows if sent]


COLLECTION = Collection(
    name="reports_domain_performance",
    path="/reports/{campaign_id}/domain-performance",
    array="domains",
    key=("domain",),
    below=campaigns.COLLECTION,
    things=_rows,
    around=lambda campaign: {"campaign_id": campaign.id, "total_sent": campaign.emails_sent},
    pages=False,
)
