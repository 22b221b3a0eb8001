"""recent-orders: the latest orders of a customer, newest first."""

ORDERS = {
    42: [
        {"id": "6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a01", "placed_at": "2026-02-03T10:15:00Z", "total": 99.90},
        {"id": "6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a02", "placed_at": "2026-01-28T08:00:00+01:00", "total": 12.5},
    ],
}


def handler(event: dict, context: object) -> dict:
    return {"orders": ORDERS.get(event["customer_id"], [])[: event["at_most"]]}
