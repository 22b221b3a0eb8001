"""Rows that a trigger hands over in one call: a text of JSON that is exact under any settings of who writes.

FOR JSON would round floats to 16 digits, and has no way to put a value of json in its place unless that is an object
or an array. What stands here is read by the core as a trigger's: values of json are strings that hold the text, so that
none of them can end its row and begin another one, and bytes are hexadecimal digits.

https://learn.microsoft.com/sql/relational-databases/json/how-for-json-converts-sql-server-data-types-to-json-data-types-sql-server
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from udfgen.ir import Function, Kind, Parameter, Program

from . import names, quote, routines

ROWS = "@udfgen$rows"
"""The variable of the text."""

GIVEN = "given"
"""The query of the rows: a column for each parameter."""

COLLATION = "Latin1_General_100_BIN2"
"""Columns of several collations cannot be strung together; Unicode stays what it is in this one."""

ESCAPED = "string_escape({}, N'json')"

# https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql
BARE = {
    Kind.BOOLEAN: "convert(nvarchar(4), {})",
    Kind.SMALLINT: "convert(nvarchar(20), {})",
    Kind.INTEGER: "convert(nvarchar(20), {})",
    Kind.BIGINT: "convert(nvarchar(20), {})",
    Kind.DECIMAL: "convert(nvarchar(41), {})",
    Kind.REAL: "convert(nvarchar(40), {}, 3)",
    Kind.DOUBLE: "convert(nvarchar(40), {}, 3)",
}
"""Values that are JSON as T-SQL spells them; in style 3 a float has all its digits."""

QUOTED = {
    Kind.TEXT: ESCAPED,
    Kind.VARCHAR: ESCAPED,
    Kind.JSON: ESCAPED,
    Kind.DATE: "convert(nvarchar(10), {}, 121)",
    Kind.TIME: "convert(nvarchar(15), {}, 121)",
    Kind.TIMESTAMP: "convert(nvarchar(26), {}, 126)",
    Kind.TIMESTAMPTZ: "convert(nvarchar(32), {}, 126)",
    Kind.UUID: "convert(nvarchar(36), {})",
    Kind.BYTES: "convert(nvarchar(max), {}, 2)",
}
"""Values that are strings. Style 121 is ODBC's, 126 that of ISO 8601, 2 is hexadecimal digits without 0x."""


def written(parameters: Sequence[Parameter], number: str) -> Iterator[str]:
    """Yield the beginning of a query: the rows as JSON in the order of a column, with commas between them."""
    first, *rest = map(_cell, parameters)
    yield from ("select string_agg(", f"    cast(N'[' as nvarchar(max)) collate {COLLATION}", f"    + {first}")
    yield from (f"    + N',' + {each}" for each in rest)
    yield from ("    + N']',", "    N','", f") within group (order by {GIVEN}.{number})")


def _cell(parameter: Parameter) -> str:
    """Return the expression of a value; what is strung together is never NULL, which some settings take for ''."""
    kind, value = parameter.type.kind, f"{GIVEN}.{quote.identifier(parameter.name)}"
    if kind in BARE:
        return f"isnull({BARE[kind].format(value)}, N'null')"
    return f"iif({value} is null, N'null', N'\"' + {QUOTED[kind].format(value)} + N'\"')"


def call(program: Program, function: Function) -> Iterator[str]:
    """Yield the call of a function's method with the rows; results are only counted, so that each is asked for."""
    method = quote.qualified(names.schema(program), f"{names.CORE}{function.name}")
    modes = f"{names.placed(program).modes}()"
    if routines.form(function) == "procedure":
        passed = {routines.MODES: routines.MODES, f"@{routines.ROWS}": ROWS, routines.NATIVE: "1"}
        named = quote.listed((f"{name} = {value}" for name, value in passed.items()), 12)
        yield f"declare {routines.MODES} {routines.TEXT} = {modes};"
        yield f"exec {method}{routines.behind(named)};"
    else:
        yield "declare @udfgen$count int = ("
        yield f"    select count([row]) from {method}({quote.listed((modes, ROWS, '1'), 16)})"
        yield ");"
