"""Apps that may use the account."""

from __future__ import annotations

from chimpline.sandbox.registry import plain

COLLECTION = plain(
    "authorized_app",
    lambda _id, number: {
        "id": 7100 + number,
        "name": f"Läden & Co. {number} 🛒",
        "description": "" if number % 2 else 'Brings "orders" to Mailchimp.',
        "users": ["ada", "ünal"][: number % 3],
    },
    name="authorized_apps",
    path="/authorized-apps",
    array="apps",
    record="app_id",
    edited=lambda _account, app: app.update(users=[*app["users"], "신입"]),
)
