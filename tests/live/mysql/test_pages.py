"""Rows of many pages in one result set: fetched one after the other, within one deadline, all or none."""

from __future__ import annotations

import json
import time

import pymysql
import pytest

from tests.live.mysql.databases import SPEC as SHOP
from tests.live.mysql.databases import changed, put, sql
from tests.scripted import Script, ScriptedLambda

SPEC = changed(
    SHOP,
    ("  stock:\n    binding: one\n", "  stock:\n    binding: one\n    payload: {thing: $thing, after: $after}\n"),
    ("{thing: text}\n    returns: {table", "{thing: text, after: json}\n    returns: {table"),
    ("rows: $.items}\n", "rows: $.items}\n    follow: {token: $.next, into: after, max_pages: 500}\n"),
    ("timeout: 10s", "timeout: 2s"),
)
ONE = "call shop.stock('x', null)"


def page(number: int, token: object, rows: int = 1, **how: float) -> Script:
    """Return a page of rows that are told apart, and its token."""
    items = [{"place": f"p{number}.{row} \U0001f600", "count": None if row % 2 else number} for row in range(rows)]
    return Script(json.dumps({"items": items, "next": token}).encode(), **how)  # type: ignore[arg-type]


@pytest.fixture
def shop(server: str) -> str:
    """A server with the paged function."""
    put(server, SPEC)
    return server


def test_the_rows_of_all_pages_are_one_result(shop: str, scripted: ScriptedLambda) -> None:
    tokens = ["a", 7, {"k": [1.50]}, 'it\'s "x"\n', False, "", None]
    scripted.play(*(page(number, token, rows=3) for number, token in enumerate(tokens)))
    found = sql(shop, ONE, "app")
    assert found == [(f"p{n}.{r} \U0001f600", None if r % 2 else n) for n in range(6) for r in range(3)]
    assert [json.loads(request.body)["after"] for request in scripted.requests] == [None, *tokens[:5]]
    assert [b'"after":{"k": [1.5]}' in request.body for request in scripted.requests].count(True) == 1


def test_many_pages_of_many_rows(shop: str, scripted: ScriptedLambda) -> None:
    scripted.play(*(page(number, number, rows=100) for number in range(300)), page(300, None))
    assert len(sql(shop, ONE, "app")) == 30_001
    assert len(scripted.requests) == 301


def test_a_page_too_many_is_an_error_and_no_rows_come(shop: str, scripted: ScriptedLambda) -> None:
    scripted.play(page(1, "more"))
    with pytest.raises(pymysql.Error, match=r"\[udfgen too_large\]: one: more than 500 pages: raise max_pages, or let"):
        sql(shop, ONE, "app")
    assert len(scripted.requests) == 500


def test_one_deadline_is_over_all_pages(shop: str, scripted: ScriptedLambda) -> None:
    scripted.play(page(1, "more", delay=0.3))
    began = time.monotonic()
    with pytest.raises(pymysql.Error, match=r"\[udfgen timeout\]: one: timed out after 2000 ms while"):
        sql(shop, ONE, "app")
    assert 1.9 < time.monotonic() - began < 2.5
    assert 5 <= len(scripted.requests) <= 7
