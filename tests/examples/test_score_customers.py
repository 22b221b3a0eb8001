"""The handlers of score-customers: what the spec's examples say of a row, in requests of either form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.examples.places import Example, staged
from tests.examples.test_handlers import invoke


@pytest.fixture(scope="module")
def example() -> Iterator[Example]:
    with staged("score-customers") as found:
        yield found


def redshift(*rows: list[Any]) -> dict[str, Any]:
    return {"external_function": "score_customers.score_customers", "num_records": len(rows), "arguments": rows}


def test_scores_come_back_in_the_order_of_the_rows(example: Example) -> None:
    reply = invoke(example, "score-customers", redshift([42, "gold"], [7, None], [42, "gold"]))
    assert reply == {"success": True, "num_records": 3, "results": [87.5, 77.5, 87.5]}


def test_a_customer_that_is_none_fails_the_request(example: Example) -> None:
    reply = invoke(example, "score-customers", redshift([42, "gold"], [-1, None]))
    assert reply == {"success": False, "error_msg": "row 2: ValueError: no customer has the number -1"}


def test_an_address_that_is_none_is_one_row_s_error(example: Example) -> None:
    rows: Any = [{"address": {"street": street, "city": "Dublin"}} for street in ("Nowhere 1", "1 Main Street")]
    assert invoke(example, "check-addresses", rows) == [
        {"errorType": "LookupError", "errorMessage": "no such address"},
        {"postcode": "D02 AF30"},
    ]


def test_a_rate_keeps_its_digits(example: Example) -> None:
    assert invoke(example, "exchange-rate", {"currency": "SEK"}) == {"rate": 0.0875}
