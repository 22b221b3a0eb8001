"""score-customer: a score from 0 to 100. Runs in AWS Lambda, and unchanged under `udfgen local`."""

TIERS = {"basic": 0.0, "gold": 10.0}


def handler(event: dict, context: object) -> dict:
    customer = event["customer"]
    if customer <= 0:
        raise ValueError(f"no customer has the number {customer}")
    return {"score": min(100.0, 77.5 + TIERS[event["tier"]])}
