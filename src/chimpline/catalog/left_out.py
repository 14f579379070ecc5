"""The lists of the API that are no table, and why."""

from __future__ import annotations

_INSIDE = "the same records as inside those of the table above, where they are read from"

LEFT_OUT = {
    "/account-exports": "a list of downloads, not of the account's data",
    "/activity-feed/chimp-chatter": "a feed of headlines about data that other tables have",
    "/batches": "the last week's batch jobs, not the account's data",
    "/campaigns/{campaign_id}/send-checklist": "advice before sending, not data",
    "/conversations": "deprecated by Mailchimp; it has no inbox data",
    "/conversations/{conversation_id}/messages": "deprecated by Mailchimp",
    "/ecommerce/orders": "the orders of all stores: store_orders",
    "/ecommerce/stores/{store_id}/carts/{cart_id}/lines": _INSIDE,
    "/ecommerce/stores/{store_id}/orders/{order_id}/lines": _INSIDE,
    "/ecommerce/stores/{store_id}/products/{product_id}/images": _INSIDE,
    "/ecommerce/stores/{store_id}/products/{product_id}/variants": _INSIDE,
    "/file-manager/folders/{folder_id}/files": "the same files as /file-manager/files",
    "/lists/{list_id}/members/{subscriber_hash}/activity": (
        "the last 50 entries of what list_member_activity has"
    ),
    "/lists/{list_id}/surveys": (
        "Mailchimp's specification does not say what it answers, not even under which name the "
        "surveys stand; the reports of surveys (/reporting/surveys) name the audience of each"
    ),
    "/search-campaigns": "a search, not a list",
}
