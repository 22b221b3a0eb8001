"""Batch functions: one over arrays, one over a query that runs with its caller's rights, and what is between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from udfgen.ir import Function, Program, Result, Volatility, describe

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

ACROSS = 4
"""Names in a line of a generated list."""

ROWS = " rows 1000"
"""What the planner is told of a function with a result for each row."""

PART_COMMENT = "What {name} hands its rows to; `rows_before` went before in the same call."
FROM_COMMENT = "As {name}, for the rows of a query, which runs with its caller's rights."

# The union makes PostgreSQL count the columns at once, also where no row comes; its NULLs have no type, so that each
# column keeps its own and is cast by assignment. Nothing is pinned here: search_path and all else are as the caller's
# query wants them. https://www.postgresql.org/docs/current/typeconv-union-case.html
READ = """
declare
    udfgen_cursor refcursor;
    udfgen_before bigint := 0;
    udfgen_count integer;
{declared}
begin
    if query is null then
        raise exception using errcode = 'null_value_not_allowed', message = {is_null};
    end if;
    begin
        open udfgen_cursor no scroll for execute
            pg_catalog.concat({frame}, query, pg_catalog.chr(10), ')');
    exception when syntax_error then
        raise exception using
            errcode = 'syntax_error',
            message = {wanted},
            detail = sqlerrm;
    end;
    loop
        udfgen_count := 0;
{emptied}
        while udfgen_count < {rows} loop
            fetch udfgen_cursor into
{row};
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
# Qualified, unnest takes one array; unqualified, it would be what the caller's search_path has.
EACH_ROW = """return query select * from rows from (
{rows},
            {part}(
                udfgen_before,
{columns}
            )
        )"""
NO_RESULTS = """perform {part}(
            udfgen_before,
{columns}
        )"""


def drafts(function: Function, program: Program, loaded: Loaded) -> Iterator[Draft]:
    """Yield what a batch function is made of: over arrays, over some of the rows of a call, over a query."""
    yield _sending(function, program, loaded)
    yield _part(function, program, loaded)
    yield _reading(function, program)


def names(function: Function) -> tuple[str, ...]:
    """Return the names of all that a function is made of."""
    return (function.name, *((function.name + FROM, function.name + PART) if function.batch else ()))


def _result(function: Function) -> str:
    """Return the type of a row's result, '' where there is none."""
    return DIALECT.types[function.returns.type.kind] if isinstance(function.returns, Result) else ""


def _sending(function: Function, program: Program, loaded: Loaded) -> Draft:
    """Return the function over arrays, which sends their rows with its owner's rights."""
    result = _result(function)
    return Draft(
        schema=routines.schema_of(program),
        name=function.name,
        returns=f"setof {result}" if result else "void",
        language=_language(function, function.volatility),
        code=_body(function, loaded, "udfgen_call"),
        comment=function.description,
        arguments=tuple(Argument(each.name, f"{native_type(each)}[]") for each in function.parameters),
        settings=CLOSED + (ISO if routines.is_zoned(function) else ()),
        grantees=routines.grantees(function.grants, program),
    )


def _part(function: Function, program: Program, loaded: Loaded) -> Draft:
    """Return the function over some of the rows of a call, which what reads them hands them to."""
    whole = _sending(function, program, loaded)
    return replace(
        whole,
        name=function.name + PART,
        # It goes on where its last call ended.
        language=_language(function, Volatility.VOLATILE),
        code=_body(function, loaded, "udfgen_call.part"),
        comment=PART_COMMENT.format(name=function.name + FROM),
        arguments=(Argument(_before(function), "bigint"), *whole.arguments),
    )


def _language(function: Function, volatility: Volatility) -> str:
    rows = ROWS if _result(function) else ""
    return f"language plpython3u {volatility.value} security definer cost 10000{rows}"


def _body(function: Function, loaded: Loaded, called: str) -> str:
    ending = f"{called}(*args)"
    return loaded.body(describe(function), "batch", f"return {ending}" if _result(function) else ending)


def _before(function: Function) -> str:
    """Return a name for how many rows went before, which is none of the function's."""
    taken = {each.name for each in function.parameters}
    return next(name for i in count() if (name := f"rows_before{'_' * i}") not in taken)


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
        language="language plpgsql volatile cost 10000" + (ROWS if result else ""),
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
    send, indent = (EACH_ROW, 16) if _result(function) else (NO_RESULTS, 12)
    part = quote.qualified(routines.schema_of(program), function.name + PART)
    return READ.format(
        declared=_lines(declared, 4),
        is_null=quote.literal(f"{function.name}{FROM}: the query is NULL"),
        frame=quote.literal(f"select {', '.join('null' for _ in types)} where false union all ("),
        wanted=quote.literal(f"{function.name}{FROM}: {_wanted(function)}"),
        emptied=_lines([f"{name} := '{{}}';" for name in arrays], 8),
        rows=in_hand(function),
        row=_listed(values, 16),
        taken=_lines([f"{name}[udfgen_count] := {value};" for name, value in zip(arrays, values, strict=True)], 12),
        send=send.format(
            part=part,
            rows=_lines([f"pg_catalog.unnest({name})," for name in arrays], 12).removesuffix(","),
            columns=_listed(arrays, indent),
        ),
    )


def _wanted(function: Function) -> str:
    columns = ", ".join(f"{each.name} {native_type(each)}" for each in function.parameters)
    number = len(function.parameters)
    return f"the query must be one SELECT with {number} column{'s' if number > 1 else ''}, in this order: {columns}"


def _lines(lines: list[str], indent: int) -> str:
    return "\n".join(" " * indent + line for line in lines)


def _listed(names: list[str], indent: int) -> str:
    """Return names in lines of a few, with commas."""
    lines = [", ".join(names[i : i + ACROSS]) for i in range(0, len(names), ACROSS)]
    return _lines([*(f"{line}," for line in lines[:-1]), *lines[-1:]], indent)


def in_hand(function: Function) -> int:
    """Return how many rows of a query are read before they are sent."""
    if function.batch is None:
        raise ValueError(f"{function.name} takes one row")
    rows = function.batch.max_rows
    return max(rows, min(WAVES * function.batch.concurrency * rows, MOST_IN_HAND))
