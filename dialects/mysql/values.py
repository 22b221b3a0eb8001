"""Neutral texts (native/contract/README.md) as these servers spell them, both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from udfgen import rows, trial
from udfgen.ir import Function, Kind, Program, Result, Table, Type

from . import batches, lower
from .types import spelled


def call(program: Program, function: Function, arguments: Mapping[str, str | None]) -> tuple[str, list[str | None]]:
    """Return the statement that calls a wrapper, and its arguments; what is not given is the spec's default."""
    defaults = {each.name: each.default.value for each in function.parameters if each.default is not None}
    neutral = trial.neutral_arguments(function, defaults) | dict(arguments)
    given = [_spelled(each.type, neutral[each.name]) for each in function.parameters]
    marks = ", ".join("unhex(%s)" if each.type.kind is Kind.BYTES else "%s" for each in function.parameters)
    verb = "call" if lower.form(function) == "procedure" else "select"
    return f"{verb} {lower.qualified(program, function)}({marks})", given


def call_rows(
    program: Program, function: Function, given: Sequence[Mapping[str, str | None]]
) -> tuple[str, list[str | None]]:
    """Return the statement that calls a batch function with rows, and its arguments. CallError for what is no value."""
    verb = "call" if lower.form(function) == "procedure" else "select"
    return f"{verb} {lower.qualified(program, function)}(%s, %s)", [rows.written(function, given), str(len(given))]


def neutral_results(function: Function, found: Sequence[tuple[Any, ...]]) -> list[str | None]:
    """Return the results of a batch as neutral texts, none where it is void."""
    returns = function.returns
    if not isinstance(returns, Result):
        return []
    return [neutral(returns.type, each) for each in batches.results(returns.type, str(found[0][0]))]


def _spelled(type_: Type, text: str | None) -> str | None:
    return None if text is None else spelled(type_, text)


def neutral_rows(function: Function, rows: Sequence[tuple[Any, ...]]) -> list[dict[str, str | None]]:
    """Return rows by the columns' names, their values as neutral texts; a void call gives one NULL."""
    returns = function.returns
    if returns is None:
        return [{"result": None}]
    types = (
        {each.name: each.result.type for each in returns.columns}
        if isinstance(returns, Table)
        else {"result": returns.type}
    )
    return [
        {name: neutral(type_, value) for (name, type_), value in zip(types.items(), row, strict=True)} for row in rows
    ]


def neutral(type_: Type, value: Any) -> str | None:
    """Return a value as the contract's cases spell it."""
    if value is None:
        return None
    text = value.hex() if isinstance(value, bytes) else str(value)
    return _SPELL.get(type_.kind, str)(text)


def _moment(text: str) -> str:
    """Return a date and time with `T`, without the zeros that fill up its fraction."""
    return _clock(text.replace(" ", "T"))


def _clock(text: str) -> str:
    whole, _, fraction = text.partition(".")
    return f"{whole}.{digits}" if (digits := fraction.rstrip("0")) else whole


_SPELL: dict[Kind, Callable[[str], str]] = {
    Kind.BOOLEAN: lambda text: "false" if text == "0" else "true",
    Kind.REAL: trial.floating,
    Kind.DOUBLE: trial.floating,
    Kind.TIME: _clock,
    Kind.TIMESTAMP: _moment,
    Kind.TIMESTAMPTZ: lambda text: f"{_moment(text)}Z",
}
