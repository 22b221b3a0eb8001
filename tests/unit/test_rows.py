"""Rows as the JSON of a batch: each type's text, and texts that are no value."""

from __future__ import annotations

import json

import pytest

from udfgen import dialect
from udfgen.errors import CallError
from udfgen.ir import Function
from udfgen.resolve import resolve
from udfgen.rows import written
from udfgen.spec.check import check_text

SPEC = f"""\
udfgen: 1
name: sets
aws: {{region: eu-west-1, endpoint: "http://127.0.0.1:9001/", credentials: {{source: imds}}}}
bindings:
  ask: {{function: ask, qualifier: live}}
functions:
  count_all:
    binding: ask
    parameters: {{n: "decimal(9,2)", yes: boolean, note: text, doc: json, raw: bytes}}
    returns: void
    batch: {{wire: list}}
engines:
  {dialect.names()[0]}: {{}}
"""


@pytest.fixture(scope="module")
def function() -> Function:
    (found,) = resolve(check_text(SPEC, "spec.yaml")).functions
    return found


def test_values_stand_in_the_order_of_the_parameters(function: Function) -> None:
    row = {"raw": "00ff", "doc": '{"a": 1.50}', "note": 'é"', "yes": "true", "n": "1.50"}
    assert written(function, [row, {}]) == '[[1.50,true,"\\u00e9\\"",{"a": 1.50},"AP8="],[null,null,null,null,null]]'


@pytest.mark.parametrize(("name", "text"), [("n", "1e"), ("n", "01"), ("n", "NaN"), ("yes", "yes"), ("yes", "1")])
def test_what_is_none_of_its_type_is_left_to_the_core(function: Function, name: str, text: str) -> None:
    assert text in json.loads(written(function, [{name: text}]))[0]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("doc", "1], [2", "doc: what is given is no json"),
        ("doc", "[" * 100_000, "doc: what is given is no json"),
        ("raw", "zz", "raw: what is given is no hexadecimal text"),
        ("raw", "0", "raw: what is given is no hexadecimal text"),
    ],
)
def test_what_would_not_be_one_value_is_refused(function: Function, name: str, text: str, told: str) -> None:
    with pytest.raises(CallError, match=f"^{told}$"):
        written(function, [{name: text}])
