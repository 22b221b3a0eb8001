"""shipping-price: what a parcel's shipping costs. The rule that stood in the database's procedures."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any

CENT = Decimal("0.01")

BASE = {"domestic": Decimal("4.20"), "europe": Decimal("9.90"), "world": Decimal("19.50")}
PER_KILO = {"domestic": Decimal("0.49"), "europe": Decimal("1.75"), "world": Decimal("5.25")}
"""Euros per parcel, and per kilo that was begun behind the first."""

FUEL = Decimal("1.0755")
"""The carrier's surcharge, on everything but what is free."""

EXPRESS = Decimal("1.5")
FREE_FROM = Decimal("100")
"""Euros of an order that ships free, inside of the country and not by express."""


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Return the price as text, and take amounts as text: no cent is lost on the way."""
    return {
        "price": str(price(event["zone"], Decimal(event["weight"]), Decimal(event["order_total"]), event["express"]))
    }


def price(zone: str, weight: Decimal, order_total: Decimal, express: bool) -> Decimal:
    """Return the price in euros, rounded half up to the cent."""
    if zone == "domestic" and not express and order_total >= FREE_FROM:
        return Decimal("0.00")
    plain = BASE[zone] + PER_KILO[zone] * (ceil(weight) - 1)
    return (plain * FUEL * (EXPRESS if express else 1)).quantize(CENT, ROUND_HALF_UP)
