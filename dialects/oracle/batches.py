"""Batch functions: a wrapper in PL/SQL that hands the rows of a cursor to Java, and pipes them with their results."""

from __future__ import annotations

from collections.abc import Iterator

from udfgen.ir import Batch, Function, Program, Result

from . import java, names, nodes, quote
from .types import attribute, native, variable, way

CURSOR = '("ROWS" in sys_refcursor)'
"""Weakly typed: a type of our own would stand in a package, which nobody but the owner may use."""

BATCH = '"batch"'
HANDLE = '"BATCH$"'
"""No parameter of a spec has a dollar in its name."""

WIDE = "varchar2(4000)"
"""What is piped of an argument that may be too long: a row with a NULL may go by without a check."""

IN_HAND = 100
"""Rows that are read at a time where a request takes fewer: they are checked before the first of them is sent."""


def limit(batch: Batch) -> int:
    """Return how many rows are in hand at a time: those of whole requests."""
    return batch.max_rows * max(1, IN_HAND // batch.max_rows)


def attributes(function: Function, returns: Result, version: int) -> Iterator[str]:
    """Yield the columns of what a batch function pipes: the arguments of a row, then its result."""
    for parameter in function.parameters:
        declared = native(parameter.type, version)
        yield f"{_name(parameter.name)} {WIDE if declared == 'varchar2' else declared}"
    yield f"{_name('result')} {attribute(returns.type, version)}"


def specs(function: Function, program: Program) -> Iterator[nodes.CallSpec]:
    """Yield the call specifications by which a call of a batch function begins and takes in a row."""
    version = names.options(program).version
    begun = f"function {names.routine(function, '$BATCH')}"
    yield nodes.CallSpec(begun, "", "return number ", java.begin_call(function, program))
    given = (f"{_name(each.name)} in {native(each.type, version)}" for each in function.parameters)
    listed = f"({quote.listed([f'{HANDLE} in number', *given], 8)})"
    yield nodes.CallSpec(f"procedure {names.routine(function, '$ADD')}", listed, "", java.call(function, program))


def steps(program: Program) -> Iterator[nodes.CallSpec]:
    """Yield the call specifications by which the rows of any batch are sent, and forgotten."""
    if java.has_batches(program):
        for name, method in (("RUN_BATCH", "runBatch"), ("CLOSE_BATCH", "closeBatch")):
            reached = java.full_name(program, method, [java.NUMBER])
            yield nodes.CallSpec(f'procedure "{name}"', '("HANDLE" in number)', "", reached)


def wrapper(function: Function, batch: Batch, program: Program) -> nodes.BatchWrapper:
    """Return a batch function as a routine over a cursor."""
    version, package = names.options(program).version, names.core_package(program)
    fields = [f"{_name(each.name)} {variable(each.type, version)}" for each in function.parameters]
    given, piped = (
        [f'"given"("{place}").{_name(each.name)}' for each in function.parameters] for place in ("at", "piped")
    )
    returns = function.returns
    cells = [f'{package}."{way(returns.type, version).cell}"("batch", 0)'] if isinstance(returns, Result) else []
    return nodes.BatchWrapper(
        head=f"{'function' if cells else 'procedure'} {names.routine(function)}{CURSOR}",
        returns=f"return {names.routine(function, '$ROWS')} pipelined " if cells else "",
        comment=quote.comment(function.description),
        fields=quote.listed(fields, 8),
        begin=begin(function, package),
        add=f"{package}.{names.routine(function, '$ADD')}({quote.listed([BATCH, *given], 16)})",
        limit=limit(batch),
        package=package,
        row=names.routine(function, "$ROW"),
        cells=quote.listed([*piped, *cells], 16),
    )


def begin(function: Function, package: str) -> str:
    """Return the expression by which a call of a batch function begins."""
    return f"{package}.{names.routine(function, '$BATCH')}"


def _name(name: str) -> str:
    return quote.identifier(name.upper())
