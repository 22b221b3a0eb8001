"""modernize: the wrapper gives what the procedure gave, for every kind of parcel, and callers need not change."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from types import ModuleType

import pytest

from tests.conformance.jvm_runner import JvmRunner
from tests.examples.places import EXAMPLES, RUNTIMES, Runtime, Server, staged

EXAMPLE = "modernize"
TABLES: tuple[str, ...] = ()
PARCELS = list(
    product(
        ("domestic", "europe", "world"),
        ("0.001", "1.000", "1.001", "2.500", "17.200", "30.000"),
        ("99.99", "100.00"),
        ("false", "true"),
    )
)
"""What parcels.sql makes: zone, weight, the order's total, whether by express."""


def rule() -> ModuleType:
    """Import the handler, which is plain Python."""
    path = EXAMPLES / EXAMPLE / "handlers" / "shipping_price.py"
    found = importlib.util.spec_from_file_location("shipping_price", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shop(server: Server) -> Server:
    """A server with the procedure and the parcels of the application."""
    if server.engine == "mysql":
        server.rows("create database shop")
    for name in ("shipping_price", "parcels"):
        server.rows(("use shop;" if server.engine == "mysql" else "") + server.example.script(server.engine, name))
    return server


def test_procedure_and_wrapper_give_the_same(shop: Server) -> None:
    before = len(shop.example.sent())
    assert shop.script("compare") == []
    sent = shop.example.sent()[before:]
    asked = [(each["zone"], each["weight"], each["order_total"], str(bool(each["express"])).lower()) for each in sent]
    assert sorted(asked) == sorted(PARCELS), "every parcel was priced by the Lambda function, and by nothing else"


def test_a_difference_is_shown(shop: Server) -> None:
    """With a kilo dearer in the database, every domestic parcel of more than one kilo that is not free shows up."""
    text = shop.example.script(shop.engine, "shipping_price").replace("0.49", "0.50")
    drop = "drop function shipping_price" + (";" if shop.engine == "mysql" else "(varchar, numeric, numeric, boolean);")
    use = "use shop;" if shop.engine == "mysql" else ""
    shop.rows(use + drop + text)
    found = {(row[0], Decimal(row[1])) for row in shop.script("compare")}
    assert found == {("domestic", Decimal(weight)) for weight in ("1.001", "2.5", "17.2", "30")}
    shop.rows(use + drop + shop.example.script(shop.engine, "shipping_price"))


ASIDE = {
    "postgresql": (
        "create schema before; "
        "alter function public.shipping_price(varchar, numeric, numeric, boolean) set schema before",
        "select shipping_price('europe'::varchar, 2.5, 40), shipping_price('europe', 2.5, 40, express => true)",
        "alter function before.shipping_price(varchar, numeric, numeric, boolean) set schema public",
    ),
    "mysql": (
        "use shop; drop function shipping_price; create function shipping_price("
        "zone varchar(10), weight decimal(8, 3), order_total decimal(12, 2), express boolean) "
        "returns decimal(8, 2) reads sql data return modernize.shipping_price(zone, weight, order_total, express); "
        "grant execute on function shop.shipping_price to app",
        "select shop.shipping_price('europe', 2.5, 40, false), shop.shipping_price('europe', 2.5, 40, true)",
        "use shop; drop function shipping_price;",
    ),
}
"""By engine: how the procedure steps aside, a call as it always was, the way back."""


def test_callers_reach_the_wrapper_when_the_procedure_steps_aside(shop: Server) -> None:
    aside, call, back = ASIDE[shop.engine]
    shop.rows(aside)
    before = len(shop.example.sent())
    assert shop.rows(call, "app") == [(Decimal("14.41"), Decimal("21.62"))]
    assert len(shop.example.sent()) == before + 2
    shop.rows(back)


def test_a_runtime_gives_what_the_rule_says(runtime: Runtime) -> None:
    price = rule().price
    for zone, weight, total, express in PARCELS:
        (row,) = runtime.call("shipping_price", zone=zone, weight=weight, order_total=total, express=express)
        assert row == {"result": str(price(zone, Decimal(weight), Decimal(total), express == "true"))}


@pytest.fixture
def oracle() -> Iterator[JvmRunner]:
    """Oracle's Java in H2, which has the parcels: their SQL is the same to both."""
    with staged(EXAMPLE) as example, RUNTIMES["oracle-h2"](example) as found:
        assert isinstance(found.runner, JvmRunner)
        found.runner.run(example.script("oracle", "parcels").rstrip().removesuffix(";"))
        yield found.runner


def differing(runner: JvmRunner, before: str) -> list[list[str | None]]:
    """Return what the comparison for Oracle finds, with an expression in the place of the procedure's price."""
    query = (EXAMPLES / EXAMPLE / "sql" / "oracle" / "compare.sql").read_text(encoding="utf-8")
    priced = re.sub(r"(?<!\.)\bshipping_price(?=\()", before, query)
    assert priced != query
    called = priced.replace("modernize.shipping_price", runner.called("shipping_price")).rstrip().removesuffix(";")
    return runner.run(called, *["text"] * 3, "number", "number", "number")


def test_oracle_s_parcels_are_those(oracle: JvmRunner) -> None:
    found = oracle.run("select zone, weight, order_total, express from parcel", *["text"] * 4)
    told = [
        (zone, Decimal(weight or ""), Decimal(total or ""), express == "1") for zone, weight, total, express in found
    ]
    wanted = [(zone, Decimal(weight), Decimal(total), express == "true") for zone, weight, total, express in PARCELS]
    assert sorted(told) == sorted(wanted)


def test_oracle_s_comparison_shows_a_difference_and_nothing_else(oracle: JvmRunner) -> None:
    wrapper = oracle.called("shipping_price")
    assert differing(oracle, wrapper) == []
    dearer = differing(oracle, f"case zone when 'europe' then 1 else 0 end + {wrapper}")
    assert len(dearer) == 24
    assert {(row[0], Decimal(row[4] or "") - Decimal(row[5] or "")) for row in dearer} == {("europe", Decimal(1))}
    assert len(differing(oracle, f"case zone when 'world' then null else 0 end + {wrapper}")) == 24
