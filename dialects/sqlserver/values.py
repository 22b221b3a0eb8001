"""Neutral texts (native/contract/README.md) as SQL Server takes and shows them: in styles that no setting changes.

https://learn.microsoft.com/en-us/sql/t-sql/functions/cast-and-convert-transact-sql
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence

from udfgen import rows, trial
from udfgen.errors import CallError
from udfgen.ir import Function, Kind, Parameter, Program, Result, Table, Type

from . import names, quote, types

Row = Sequence["str | None"]

TEXTS = (Kind.TEXT, Kind.VARCHAR, Kind.JSON)
"""What any text is a value of; of the others the empty one is none, which SQL Server takes for 0 or 1900."""


def call(program: Program, function: Function, arguments: Mapping[str, str | None]) -> str:
    """Return the batch that calls a wrapper; CallError for what is no value.

    The arguments are variables: EXEC takes no expressions, and an expression around a call might call twice.
    """
    passed = dict(_passed(function, arguments))
    declared = [
        f"declare @{name} {types.argument(each.type)} = {_taken(each, text)};" for name, (each, text) in passed.items()
    ]
    return "\n".join((*declared, _statement(program, function, passed)))


def call_rows(program: Program, function: Function, given: Sequence[Mapping[str, str | None]]) -> str:
    """Return the batch that calls a wrapper with rows; CallError for what is no value."""
    name, returns = names.qualified(program, function), function.returns
    declared = f"declare @rows nvarchar(max) = {quote.literal(rows.written(function, given))};"
    if not isinstance(returns, Result):
        return f"{declared}\nexec {name} @rows = @rows;"
    return f"{declared}\nselect {_shown(returns.type, '[result]')} from {name}(@rows) order by [row];"


def _passed(
    function: Function, arguments: Mapping[str, str | None]
) -> Iterator[tuple[str, tuple[Parameter, str | None]]]:
    """Yield what is given, by name, in the order of the parameters; what is not is a default of T-SQL."""
    return ((each.name, (each, arguments[each.name])) for each in function.parameters if each.name in arguments)


def _taken(parameter: Parameter, text: str | None) -> str:
    """Return the expression that makes an argument of a neutral text."""
    if text is None:
        return "null"
    if not text and parameter.type.kind not in (*TEXTS, Kind.BYTES):
        raise CallError(f"{parameter.name}: what is given is no {parameter.type}", None)
    literal = quote.literal(text)
    if parameter.type.kind is Kind.BYTES:
        return f"convert(varbinary(max), {literal}, 2)"
    return literal if parameter.type.kind in TEXTS else f"cast({literal} as {types.argument(parameter.type)})"


def _statement(program: Program, function: Function, passed: Mapping[str, object]) -> str:
    name = names.qualified(program, function)
    returns = function.returns
    if returns is None:
        named = ", ".join(f"@{each} = @{each}" for each in passed)
        return f"exec {name}{f' {named}' if named else ''};"
    listed = ", ".join(f"@{each.name}" if each.name in passed else "default" for each in function.parameters)
    if isinstance(returns, Table):
        shown = ", ".join(_shown(each.result.type, quote.identifier(each.name)) for each in returns.columns)
        return f"select {shown} from {name}({listed});"
    return f"select {_shown(returns.type, f'{name}({listed})')};"


def _shown(type_: Type, value: str) -> str:
    """Return the expression by which the server spells a value, with all its digits."""
    return _SHOWN.get(type_.kind, "convert(nvarchar(max), {})").format(value)


_MOMENT = "convert(nvarchar(40), {}, 121)"
_FLOAT = "convert(nvarchar(40), {}, 3)"
_SHOWN = {
    Kind.REAL: _FLOAT,
    Kind.DOUBLE: _FLOAT,
    Kind.DATE: _MOMENT,
    Kind.TIME: _MOMENT,
    Kind.TIMESTAMP: _MOMENT,
    Kind.TIMESTAMPTZ: "convert(nvarchar(40), switchoffset({}, N'+00:00'), 121)",
    Kind.BYTES: "convert(nvarchar(max), {}, 2)",
}
"""Style 121 is ODBC's, with all digits of a fraction; 3 has all digits of a float; 2 is hex without 0x."""


def neutral_rows(function: Function, found: Sequence[Row]) -> list[dict[str, str | None]]:
    """Return rows by the columns' names, their values as neutral texts; a void call gives one NULL."""
    returns = function.returns
    if returns is None:
        return [{"result": None}]
    types_ = (
        {each.name: each.result.type for each in returns.columns}
        if isinstance(returns, Table)
        else {"result": returns.type}
    )
    return [
        {name: neutral(type_, text) for (name, type_), text in zip(types_.items(), row, strict=True)} for row in found
    ]


def neutral_results(function: Function, found: Sequence[Row]) -> list[str | None]:
    """Return the results of a batch as neutral texts, none where it is void."""
    returns = function.returns
    return [neutral(returns.type, text) for (text,) in found] if isinstance(returns, Result) else []


def neutral(type_: Type, text: str | None) -> str | None:
    """Return a value as the contract's cases spell it."""
    return None if text is None else _SPELL.get(type_.kind, str)(text)


def _clock(text: str) -> str:
    """Return a time without the zeros that fill up its fraction."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{digits}" if (digits := fraction.rstrip("0")) else whole


def _moment(text: str) -> str:
    return _clock(text.replace(" ", "T"))


def _single(text: str) -> str:
    """Return the fewest digits that are still this real, of 32 bits."""
    wanted = struct.pack("f", float(text))
    (number,) = struct.unpack("f", wanted)
    digits = (f"{number:.{count}g}" for count in range(1, 10))
    return trial.floating(next(each for each in digits if struct.pack("f", float(each)) == wanted))


_SPELL: dict[Kind, Callable[[str], str]] = {
    Kind.BOOLEAN: {"0": "false", "1": "true"}.__getitem__,
    Kind.REAL: _single,
    Kind.DOUBLE: trial.floating,
    Kind.TIME: _clock,
    Kind.TIMESTAMP: _moment,
    Kind.TIMESTAMPTZ: lambda text: f"{_moment(text.removesuffix(' +00:00'))}Z",
    Kind.UUID: str.lower,
    Kind.BYTES: str.lower,
}
