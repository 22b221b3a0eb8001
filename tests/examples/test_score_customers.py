"""score-customers: the handlers by themselves, in requests of either form; and sets of rows and kept results in SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.examples.places import Example, Runtime, Server, staged
from tests.examples.test_handlers import invoke

EXAMPLE = "score-customers"
TABLES = ("table",)
SCORES = [(42, 87.5), (43, 77.5), (44, 77.5)]
POSTCODES = [(42, "D02 AF30"), (43, "T12 RX8E"), (44, None)]


@pytest.fixture(scope="module")
def example() -> Iterator[Example]:
    with staged(EXAMPLE) as found:
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


def as_floats(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows of a number and a score, which drivers give as decimals."""
    return [(number, float(score)) for number, score in rows]


def test_the_script_scores_every_customer(server: Server) -> None:
    before = len(server.example.sent())
    found = server.script("scores")
    sent = server.example.sent()[before:]
    if server.engine == "postgresql":
        assert found == POSTCODES
        assert as_floats(server.rows("select id, score from customers order by id")) == SCORES
    else:
        assert as_floats(found) == SCORES
    scored = [each for each in sent if "arguments" in each]
    assert [each["arguments"] for each in scored] == [[[42, "gold"], [43, "basic"], [44, None]]] * len(scored)
    assert {(each["num_records"], each["external_function"]) for each in scored} == {
        (3, "score_customers.score_customers")
    }


RATE = "select score_customers.exchange_rate('SEK')"


def test_a_rate_is_asked_for_once_in_a_session(server: Server) -> None:
    before = len(server.example.sent())
    found = server.rows(f"{RATE}; {RATE}; {RATE}")
    assert [float(rate) for (rate,) in found] == [0.0875]
    assert server.example.sent()[before:] == [{"currency": "SEK"}]


def test_a_runtime_scores_a_set(runtime: Runtime) -> None:
    before = len(runtime.example.sent())
    rows = [{"customer_id": number, "tier": tier} for number, tier in (("42", "gold"), ("7", None), ("42", "gold"))]
    assert runtime.runner.call_rows("score_customers", rows) == ["87.50", "77.50", "87.50"]
    (sent,) = runtime.example.sent()[before:]
    assert sent["arguments"] == [[42, "gold"], [7, None]]


def test_a_runtime_has_null_for_an_address_that_is_none(runtime: Runtime) -> None:
    rows = [{"street": street, "city": "Dublin"} for street in ("Nowhere 1", "1 Main Street")]
    assert runtime.runner.call_rows("check_addresses", rows) == [None, "D02 AF30"]


def test_a_runtime_has_the_rate(runtime: Runtime) -> None:
    assert runtime.call("exchange_rate", currency="SEK") == [{"result": "0.087500"}]
