"""Batch functions: one over arrays, one over a query that runs with its caller's rights, and what is between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from udfgen.ir import Function, Program, Result, describe

from . import DIALECT, quote, routines
from .routines import CLOSED, ISO, Argument, Draft, Loaded, native_type

FROM, PART = "_from", "_part"
"""How the names of the function over a query end, and of the one that it hands its rows to."""

QUERY = "query"
"""What the function over a query calls its argument."""

MOST_IN_HAND = 65_536
"""Rows that are read before they are sent, unless one request takes more; so a session's memory stays flat."""

WAVES = 4
"""How many times all requests that go at a time: between two reads none is under way."""

PART_COMMENT = "What {name} hands its rows to; `rows_before` went before in the same call."
FROM_COMMENT = "As {name}, for the rows of a query, which runs with its caller's rights."

# The union makes PostgreSQL say at once, also where no row comes, that a query has other columns. Nothing is pinned
# here: search_path and all else are as the caller's query wants them.
READ = """
declare
    udfgen_cursor refcursor;
    udfgen_before bigint := 0;
    udfgen_count integer;
{declared}
begin
    begin
        open udfgen_cursor no scroll for execute
            pg_catalog.concat({frame}, query, pg_catalog.chr(10), ')');
    exception when syntax_error or datatype_mismatch then
        raise exception using errcode = sqlstate, message = sqlerrm, hint = {hint};
    end;
    loop
        udfgen_count := 0;
{emptied}
        while udfgen_count < {rows} loop
            fetch udfgen_cursor into {row};
            exit when not found;
            udfgen_count := udfgen_count + 1;
{taken}
        end loop;
        {send};
        udfgen_before := udfgen_before + udfgen_count;
        exit when udfgen_count < {rows};
    end loop;
    close udfgen_cursor;
end
"""
EACH_ROW = """return query
            select * from rows from (pg_catalog.unnest({columns}), {part}(udfgen_before, {columns}))"""
NO_RESULTS = "perform {part}(udfgen_before, {columns})"


def drafts(function: Function, program: Program, loaded: Loaded) -> Iterator[Draft]:
    """Yield what a batch function is made of: over arrays, over some of the rows of a call, over a query."""
    arrays = tuple(Argument(each.name, f"{native_type(each)}[]") for each in function.parameters)
    comment = PART_COMMENT.format(name=function.name + FROM)
    yield _sending(
        function, program, loaded.body(describe(function), "batch", _ending(function, "udfgen_call")), arrays
    )
    part = loaded.body(describe(function), "batch", _ending(function, "udfgen_call.part"))
    first = Argument(_before(function), "bigint")
    yield replace(_sending(function, program, part, (first, *arrays)), name=function.name + PART, comment=comment)
    yield _reading(function, program)


def names(function: Function) -> tuple[str, ...]:
    """Return the names of all that a function is made of."""
    return (function.name, *((function.name + FROM, function.name + PART) if function.batch else ()))


def _ending(function: Function, called: str) -> str:
    return f"return {called}(*args)" if _result(function) else f"{called}(*args)"


def _result(function: Function) -> str:
    """Return the type of a row's result, '' where there is none."""
    return DIALECT.types[function.returns.type.kind] if isinstance(function.returns, Result) else ""


def _before(function: Function) -> str:
    """Return a name for how many rows went before, which is none of the function's."""
    taken = {each.name for each in function.parameters}
    return next(name for i in count() if (name := f"rows_before{'_' * i}") not in taken)


def _sending(function: Function, program: Program, code: str, arguments: tuple[Argument, ...]) -> Draft:
    """Return a function that sends the rows of its arrays, with its owner's rights."""
    result = _result(function)
    return Draft(
        schema=routines.schema_of(program),
        name=function.name,
        returns=f"setof {result}" if result else "void",
        language=f"language plpython3u {function.volatility.value} security definer cost 10000"
        + (" rows 1000" if result else ""),
        code=code,
        comment=function.description,
        arguments=arguments,
        settings=CLOSED + (ISO if routines.is_zoned(function) else ()),
        grantees=routines.grantees(function.grants, program),
    )


def _reading(function: Function, program: Program) -> Draft:
    """Return the function over a query: with its caller's rights, and none of the owner's while the query runs."""
    result = _result(function)
    columns = {each.name: native_type(each) for each in function.parameters} | ({"result": result} if result else {})
    spelled = ", ".join(f"{quote.identifier(name)} {type_}" for name, type_ in columns.items())
    return Draft(
        schema=routines.schema_of(program),
        name=function.name + FROM,
        returns=f"table ({spelled})" if result else "void",
        # What a query does is not known here.
        language="language plpgsql volatile cost 10000" + (" rows 1000" if result else ""),
        code=_read(function, program),
        comment=FROM_COMMENT.format(name=function.name),
        arguments=(Argument(QUERY, "text"),),
        columns=tuple(columns) if result else (),
        settings=(),
        grantees=routines.grantees(function.grants, program),
    )


def _read(function: Function, program: Program) -> str:
    types = [native_type(each) for each in function.parameters]
    values, arrays = ([f"udfgen_{what}_{i + 1}" for i in range(len(types))] for what in ("value", "values"))
    declared = [f"{name} {type_};" for name, type_ in zip(values, types, strict=True)]
    declared += [f"{name} {type_}[];" for name, type_ in zip(arrays, types, strict=True)]
    send = EACH_ROW if _result(function) else NO_RESULTS
    part = quote.qualified(routines.schema_of(program), function.name + PART)
    return READ.format(
        declared=_lines(declared, 4),
        frame=quote.literal(f"select {', '.join(f'null::{each}' for each in types)} where false union all ("),
        hint=quote.literal(_hint(function)),
        emptied=_lines([f"{name} := '{{}}';" for name in arrays], 8),
        rows=in_hand(function),
        row=", ".join(values),
        taken=_lines([f"{name}[udfgen_count] := {value};" for name, value in zip(arrays, values, strict=True)], 12),
        send=send.format(part=part, columns=", ".join(arrays)),
    )


def _lines(lines: list[str], indent: int) -> str:
    return "\n".join(" " * indent + line for line in lines)


def _hint(function: Function) -> str:
    columns = ", ".join(f"{each.name} {native_type(each)}" for each in function.parameters)
    number = len(function.parameters)
    return f"Give one SELECT with {number} column{'s' * (number > 1)}, whose types fit: {columns}."


def in_hand(function: Function) -> int:
    """Return how many rows of a query are read before they are sent."""
    if function.batch is None:
        raise ValueError(f"{function.name} takes one row")
    rows = function.batch.max_rows
    return max(rows, min(WAVES * function.batch.concurrency * rows, MOST_IN_HAND))
