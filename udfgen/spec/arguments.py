"""Constants among a trigger's arguments: a value that the spec writes becomes one of the parameter's type."""

from __future__ import annotations

import json
from decimal import Decimal

from udfgen.ir import Constant, Kind, Type, Value, json_text
from udfgen.spec.types import NUMERIC
from udfgen.spec.values import convert
from udfgen.spec.wording import Wrong

UNQUOTED = NUMERIC | {Kind.BOOLEAN, Kind.JSON}
"""Types whose constants may stand without quotes."""


def typed(value: Value, type_: Type) -> Constant:
    """Return a value in the canonical form of a type, which it fits: numbers are exact, JSON is its text."""
    canonical = convert(value, type_)
    if type_.kind is Kind.JSON and canonical is not None:
        return Constant(json_text(canonical), type_)
    if isinstance(canonical, int) and not isinstance(canonical, bool):
        return Constant(Decimal(canonical), type_)
    assert canonical is None or isinstance(canonical, (bool, Decimal, str)), "types other than json have scalar values"
    return Constant(canonical, type_)


def passed(constant: Constant, type_: Type) -> Constant:
    """Return what a trigger passes for a constant, which fits the type; a text of JSON travels unchanged."""
    if type_.kind is Kind.JSON and isinstance(constant.value, str):
        return Constant(constant.value, type_)
    return typed(given(constant, type_), type_)


def given(constant: Constant, type_: Type) -> Value:
    """Return an argument's constant as a value of the spec, or raise Wrong where SQL would write it otherwise."""
    value = constant.value
    if isinstance(value, (bool, Decimal)) and type_.kind not in UNQUOTED:
        advice = "write a text of SQL, in single quotes within those of YAML: \"'…'\""
        raise Wrong(f"{json_text(value)} is not a value of {type_}", advice, "value")
    if isinstance(value, str) and type_.kind is Kind.JSON:
        _check_json(value)
    return int(value) if isinstance(value, Decimal) and value.as_tuple().exponent == 0 else value


def _check_json(text: str) -> None:
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Wrong("the argument is not JSON", "write the text of a JSON document in single quotes", "value") from None


def _refuse(word: str) -> str:
    raise ValueError(word)
