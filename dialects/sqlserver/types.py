"""Native types: what a portable type is declared as, and by which class and method its values pass to .NET and back."""

from __future__ import annotations

from dataclasses import dataclass

from udfgen.ir import Kind, Type

from . import DIALECT, LONGEST_VARCHAR

WIDEST = 38
"""Digits of the widest decimal: https://learn.microsoft.com/sql/t-sql/data-types/decimal-and-numeric-transact-sql"""

LONGEST = 4000
"""UTF-16 units of the longest nvarchar that is not nvarchar(max)."""


@dataclass(frozen=True, slots=True)
class Way:
    """How values pass: the class of an argument or a result, and the core's method that gives one."""

    csharp: str
    method: str


WAYS = {
    Kind.BOOLEAN: Way("SqlBoolean", "Boolean"),
    Kind.SMALLINT: Way("SqlInt16", "Int16"),
    Kind.INTEGER: Way("SqlInt32", "Int32"),
    Kind.BIGINT: Way("SqlInt64", "Int64"),
    Kind.DECIMAL: Way("SqlDecimal", "Decimal"),
    Kind.REAL: Way("SqlSingle", "Single"),
    Kind.DOUBLE: Way("SqlDouble", "Double"),
    Kind.TEXT: Way("SqlChars", "Chars"),
    Kind.VARCHAR: Way("SqlChars", "Chars"),
    Kind.DATE: Way("DateTime?", "Date"),
    Kind.TIME: Way("TimeSpan?", "Time"),
    Kind.TIMESTAMP: Way("DateTime?", "Date"),
    Kind.TIMESTAMPTZ: Way("DateTimeOffset?", "Offset"),
    Kind.UUID: Way("SqlGuid", "Guid"),
    Kind.JSON: Way("SqlChars", "Chars"),
    Kind.BYTES: Way("SqlBytes", "Bytes"),
}


def argument(type_: Type) -> str:
    """Return the type of a parameter, wide: SQL Server would cut and round what the core is to check."""
    if type_.kind is Kind.DECIMAL:
        return f"decimal({WIDEST},{type_.scale})"
    return f"nvarchar({LONGEST})" if _is_short(type_) else _plain(type_)


def result(type_: Type) -> str:
    """Return the type of a result or a column: a character may take two UTF-16 units."""
    if type_.kind is Kind.DECIMAL:
        return f"decimal({type_.precision},{type_.scale})"
    return f"nvarchar({2 * (type_.length or 0)})" if _is_short(type_) else _plain(type_)


def _is_short(type_: Type) -> bool:
    return type_.kind is Kind.VARCHAR and (type_.length or 0) <= LONGEST_VARCHAR


def _plain(type_: Type) -> str:
    return DIALECT.types[Kind.TEXT if type_.kind is Kind.VARCHAR else type_.kind]
