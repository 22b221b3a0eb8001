"""Neutral texts (native/contract/README.md) as Oracle takes and shows them: by formats of our own, never by NLS.

https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Format-Models.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from udfgen import trial
from udfgen.errors import CallError
from udfgen.ir import Function, Kind, Program, Result, Table, Type

from . import DIALECT, names, quote, types

ORDER = '"ROW$"'
"""The column by which a cursor has its rows in order; no parameter of a spec has a dollar in its name."""

DATE, MOMENT = "'YYYY-MM-DD'", "'YYYY-MM-DD\"T\"HH24:MI:SS.FF6'"
ZONED = "'YYYY-MM-DD\"T\"HH24:MI:SS.FF6TZH:TZM'"


@dataclass(frozen=True, slots=True)
class Native:
    """How an argument of a native type is sent.

    `sent` is the end of the driver's name for the type of the bind, as in DB_TYPE_NUMBER, `value` makes its value of a
    neutral text, `taken` is the expression around the bind.
    """

    sent: str
    value: Callable[[str], Any] = str
    taken: str = ":{}"


@dataclass(frozen=True, slots=True)
class Bind:
    """An argument as the driver takes it; `type` as in `Native.sent`."""

    value: Any
    type: str


@dataclass(frozen=True, slots=True)
class Call:
    """The statement that calls a wrapper, and its arguments by the names of their binds."""

    sql: str
    binds: Mapping[str, Bind]


def call(program: Program, function: Function, arguments: Mapping[str, str | None]) -> Call:
    """Return the call of a wrapper with the arguments that are given, by name; CallError for what is no value."""
    version = program.options[DIALECT.name].version
    binds, passed = {}, []
    for number, each in enumerate(each for each in function.parameters if each.name in arguments):
        native = types.native(each.type, version)
        binds[f"p{number}"] = _bind(each.name, native, arguments[each.name])
        passed.append(f"{_column(each.name)} => {NATIVES[native].taken.format(f'p{number}')}")
    listed = f"({', '.join(passed)})" if passed else ""
    return Call(_statement(function, f"{names.routine(function)}{listed}"), binds)


def call_rows(program: Program, function: Function, rows: Sequence[Mapping[str, str | None]]) -> Call:
    """Return the call of a batch function with a cursor over these rows; CallError for what is no value."""
    version = program.options[DIALECT.name].version
    binds: dict[str, Bind] = {}
    # Without rows the cursor has its columns all the same.
    selects = [_row(function, version, number, row, binds) for number, row in enumerate(rows or [{}])]
    columns = ", ".join(_column(each.name) for each in function.parameters)
    where = "" if rows else " where 1 = 0"
    query = f"select {columns} from ({' union all '.join(selects)}){where} order by {ORDER}"
    name = names.routine(function)
    if function.returns is None:
        return Call(f'declare "rows" sys_refcursor; begin open "rows" for {query}; {name}("rows"); end;', binds)
    assert isinstance(function.returns, Result)
    shown = _shown(function.returns.type, _column("result"))
    return Call(f"select {shown} from table({name}(cursor({query})))", binds)


def _row(function: Function, version: int, number: int, row: Mapping[str, str | None], binds: dict[str, Bind]) -> str:
    """Return a row of a cursor as a query, and put its arguments among the binds."""
    columns = [f"{number} as {ORDER}"]
    for at, each in enumerate(function.parameters):
        native, bind = types.native(each.type, version), f"p{number}_{at}"
        binds[bind] = _bind(each.name, native, row.get(each.name))
        columns.append(f"{NATIVES[native].taken.format(bind)} as {_column(each.name)}")
    return f"select {', '.join(columns)} from dual"


def _bind(name: str, native: str, text: str | None) -> Bind:
    how = NATIVES[native]
    try:
        return Bind(None if text is None else how.value(text), how.sent)
    except (ValueError, InvalidOperation, KeyError):
        raise CallError(f"{name}: what is given is no {native.upper()}", None) from None


def _column(name: str) -> str:
    return quote.identifier(name.upper())


def _statement(function: Function, called: str) -> str:
    returns = function.returns
    if returns is None:
        return f"begin {called}; end;"
    if isinstance(returns, Table):
        shown = ", ".join(_shown(each.result.type, _column(each.name)) for each in returns.columns)
        return f"select {shown} from table({called})"
    return f"select {_shown(returns.type, called)} from dual"


def _shown(type_: Type, value: str) -> str:
    """Return the expression by which the server spells a moment itself, and the driver everything else."""
    return _SHOWN.get(type_.kind, "{}").format(value)


_SHOWN = {
    Kind.DATE: f"to_char({{}}, {DATE})",
    Kind.TIMESTAMP: f"to_char({{}}, {MOMENT})",
    Kind.TIMESTAMPTZ: f"to_char(sys_extract_utc({{}}), {MOMENT})",
}


TRUTH = {"true": True, "false": False}


def _number(text: str) -> Decimal:
    number = Decimal(TRUTH.get(text, text))
    if not number.is_finite():
        raise ValueError("NUMBER has no such value")
    return number


def _moment(text: str) -> str:
    """Return a moment with six digits of fraction, and its zone in digits, as the formats have them."""
    found = re.fullmatch(r"([^.]*?)(\.\d+)?(Z|[+-]\d\d:\d\d)?", text)
    if found is None:
        return text  # the server says what is wrong with it
    return f"{found[1]}{found[2] or '.':0<7}{(found[3] or '').replace('Z', '+00:00')}"


NATIVES = {
    "number": Native("NUMBER", _number),
    "boolean": Native("BOOLEAN", TRUTH.__getitem__),
    "varchar2": Native("VARCHAR"),
    "clob": Native("CLOB"),
    "blob": Native("BLOB", bytes.fromhex),
    "date": Native("VARCHAR", taken=f"to_date(:{{}}, {DATE})"),
    "timestamp": Native("VARCHAR", _moment, f"to_timestamp(:{{}}, {MOMENT})"),
    "timestamp with time zone": Native("VARCHAR", _moment, f"to_timestamp_tz(:{{}}, {ZONED})"),
}
"""By the native type of a parameter, without its length."""


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
    if type_.kind is Kind.DECIMAL:
        return f"{value:.{type_.scale}f}"
    return _SPELL.get(type_.kind, str)(value)


def _trimmed(text: str) -> str:
    """Return a moment without the zeros that fill up its fraction."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{digits}" if (digits := fraction.rstrip("0")) else whole


_SPELL: dict[Kind, Callable[[Any], str]] = {
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.SMALLINT: lambda value: f"{value:f}",
    Kind.INTEGER: lambda value: f"{value:f}",
    Kind.BIGINT: lambda value: f"{value:f}",
    Kind.REAL: lambda value: trial.floating(str(value)),
    Kind.DOUBLE: lambda value: trial.floating(str(value)),
    Kind.TIMESTAMP: _trimmed,
    Kind.TIMESTAMPTZ: lambda value: f"{_trimmed(value)}Z",
    Kind.BYTES: lambda value: value.hex(),
}
