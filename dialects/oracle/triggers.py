"""Triggers of a spec as PL/SQL: which rows are passed by, and what a call is given of the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from udfgen.expression import Spelling, leaves, spell
from udfgen.ir import (
    Cell,
    Constant,
    Event,
    Expression,
    Fact,
    Kind,
    Level,
    Name,
    Operator,
    Parameter,
    Program,
    Result,
    Row,
    Trigger,
)

from . import batches, names, nodes, quote
from .types import BOOLEAN_SINCE, native, variable

USER = "sys_context('USERENV', 'SESSION_USER')"
"""Who logged in: neither the owner of the trigger nor whoever's rights count just now."""

TIME, DROPPED = '"udfgen_time"', '"udfgen_dropped"'
KEPT = '"udfgen_rows"("udfgen_at")'
HANDLE = '"udfgen_batch"'
OPERATION = "case when inserting then 'insert' when updating then 'update' else 'delete' end"

DISTINCT = "{0} is null and {1} is not null or {0} is not null and ({1} is null or {0} <> {1})"
"""True or false, and never NULL."""

COPIES = {"clob": '"udfgen_clob"', "blob": '"udfgen_blob"'}
"""What copies a LOB of a row, which is kept: a temporary LOB that lives as long as the trigger's state, or is freed.

https://docs.oracle.com/en/database/oracle/oracle-database/19/adlob/temporary-LOBs-created-by-SQL-and-PLSQL-builtin-functions.html
"""

NOTHING = '"udfgen_nothing" boolean'
"""What a row is kept as when a call takes no arguments: a record has a field at least."""

ROW, TIMED, STATEMENT = "row_trigger.sql", "timed_trigger.sql", "statement_trigger.sql"
BATCH = "batch_trigger.sql"
INDENTS = {ROW: 4, TIMED: 8, STATEMENT: 12, BATCH: 12}
"""Columns before the call in each template."""


def fold(name: Name) -> str:
    """Return a name as the dictionary has it: in capitals, unless it was quoted."""
    return name.text if name.exact else name.text.upper()


def identifier(name: Name) -> str:
    """Return a quoted name; ValueError for one that our scripts cannot spell."""
    return quote.identifier(fold(name))


def template(trigger: Trigger) -> str:
    """Return the template of a trigger: only a compound one knows when its statement began."""
    if trigger.level is Level.STATEMENT:
        return BATCH if trigger.function.batch else STATEMENT
    return TIMED if any(each is Fact.TIME for argument in trigger.arguments for each in leaves(argument)) else ROW


def node(trigger: Trigger, program: Program, version: str) -> nodes.Trigger:
    """Return a trigger; `version` tells what it reaches apart from what it will reach after a change."""
    release = names.options(program).version
    returns, batch, package = trigger.function.returns, trigger.function.batch, names.core_package(program)
    arguments = tuple(_assigned(trigger, release))
    kept = tuple(_kept_until_the_end(trigger, arguments))
    lobs = tuple(each for each in kept if each.type in COPIES)
    return nodes.Trigger(
        name=quote.identifier(trigger.name.upper()),
        events=" or ".join(event.value for event in trigger.events),
        table=identifier(trigger.table),
        version=version,
        passes=tuple(quote.wrapped(each, 12) for each in _passes(trigger, program)),
        dropped=(f"{DROPPED} {variable(returns.type, release)}",) if isinstance(returns, Result) and not batch else (),
        call=_add(trigger, arguments, kept, package) if batch else _call(trigger, arguments, kept),
        arguments=kept,
        fields=quote.listed([f"{each.name} {each.type}" for each in kept] or [NOTHING], 8),
        copies=tuple(nodes.Copy(COPIES[each], each) for each in dict.fromkeys(each.type for each in lobs)),
        lobs=tuple(f"{KEPT}.{each.name}" for each in lobs),
        error_codes=(quote.identifier(names.error_code(program)),) if trigger.skips_off else (),
        begin=batches.begin(trigger.function, package) if batch else "",
        package=package,
        limit=batches.limit(batch) if batch else 0,
    )


def _call(trigger: Trigger, arguments: tuple[nodes.Assigned, ...], kept: tuple[nodes.Assigned, ...]) -> str:
    """Return the call of a wrapper: with what a row gives, or at the end of the statement with what was kept of it."""
    into = f"{DROPPED} := " if trigger.function.returns is not None else ""
    return f"{into}{names.routine(trigger.function)}{_listed(trigger, list(_given(arguments, kept)))}"


def _add(
    trigger: Trigger, arguments: tuple[nodes.Assigned, ...], kept: tuple[nodes.Assigned, ...], package: str
) -> str:
    """Return the call by which a batch takes in what was kept of a row."""
    given = [f"{batches.HANDLE} => {HANDLE}", *_given(arguments, kept)]
    return f"{package}.{names.routine(trigger.function, '$ADD')}{_listed(trigger, given)}"


def _given(arguments: tuple[nodes.Assigned, ...], kept: tuple[nodes.Assigned, ...]) -> Iterator[str]:
    names_kept = {each.name for each in kept}
    for each in arguments:
        yield f"{each.name} => {f'{KEPT}.{each.name}' if each.name in names_kept else each.value}"


def _listed(trigger: Trigger, given: list[str]) -> str:
    indent = INDENTS[template(trigger)]
    lines = f",\n{' ' * (indent + 4)}".join(quote.wrapped(each, indent + 8) for each in given)
    return f"(\n{' ' * (indent + 4)}{lines}\n{' ' * indent})" if given else ""


def columns(trigger: Trigger) -> tuple[Name, ...]:
    """Return the columns that a trigger reads, each once, in the order of their places in the spec."""
    read = (each for expression in expressions(trigger) for each in leaves(expression))
    cells = (each.column for each in read if isinstance(each, Cell))
    return tuple({fold(each): each for each in (*trigger.of, *cells)}.values())


def expressions(trigger: Trigger) -> Iterator[Expression]:
    """Yield the condition of a trigger, where it has one, and its arguments."""
    if trigger.when is not None:
        yield trigger.when
    yield from trigger.arguments


# What is passed by


def _passes(trigger: Trigger, program: Program) -> Iterator[str]:
    """Yield conditions, one of which is true of a row that calls nothing."""
    users = tuple(unless_users(trigger, program))
    if users:
        yield f"{USER} in ({', '.join(map(quote.literal, users))})"
    if trigger.of:
        yield " and ".join(_kept(trigger))
    if trigger.when is not None:
        yield f"not nvl({spell(trigger.when, _spelling(trigger, names.options(program).version))}, false)"


def unless_users(trigger: Trigger, program: Program) -> Iterator[str]:
    """Yield the users whose writes call nothing."""
    yield from dict.fromkeys(name for each in trigger.unless_users for name in names.means(each, program))


def _kept(trigger: Trigger) -> Iterator[str]:
    """Yield conditions, all of which are true only of an update that gives each column the value that it has."""
    if trigger.events != (Event.UPDATE,):
        yield "updating"
    for column in trigger.of:
        new, old = (f":{row.value}.{identifier(column)}" for row in (Row.NEW, Row.OLD))
        yield f"({new} = {old} or {new} is null and {old} is null)"


# What a call is given


def _assigned(trigger: Trigger, version: int) -> Iterator[nodes.Assigned]:
    spelling = _spelling(trigger, version)
    for parameter, argument in zip(trigger.function.parameters, trigger.arguments, strict=True):
        value = _constant(argument, parameter, version) if isinstance(argument, Constant) else spell(argument, spelling)
        name = quote.identifier(parameter.name.upper())
        yield nodes.Assigned(name, variable(parameter.type, version), quote.wrapped(value, 12))


def _kept_until_the_end(trigger: Trigger, arguments: tuple[nodes.Assigned, ...]) -> Iterator[nodes.Assigned]:
    """Yield what a row must be asked for before the end of its statement: of a LOB, a copy."""
    if trigger.level is Level.ROW:
        return
    for each, argument in zip(arguments, trigger.arguments, strict=True):
        if not isinstance(argument, Constant):
            value = f"{COPIES[each.type]}({each.value})" if each.type in COPIES else each.value
            yield replace(each, value=value)


def _constant(constant: Constant, parameter: Parameter, version: int) -> str:
    """Return a constant of a parameter's type; the text of JSON is that of the document already."""
    if parameter.type.kind is Kind.JSON and constant.value is not None:
        return quote.literal(str(constant.value))
    return quote.constant(constant.value, parameter.type.kind, native(parameter.type, version))


def _spelling(trigger: Trigger, version: int) -> Spelling:
    """Return how PL/SQL writes the parts of an expression."""
    facts = {
        Fact.OPERATION: f"({OPERATION})" if len(trigger.events) > 1 else quote.literal(trigger.events[0].value),
        Fact.TABLE: quote.literal(".".join(each.text for each in (trigger.schema, trigger.table) if each)),
        Fact.TIME: TIME,
        Fact.USER: USER,
    }
    return Spelling(
        cell=lambda cell: f":{cell.row.value}.{identifier(cell.column)}",
        constant=lambda constant: _literal(constant.value, version),
        fact=facts.__getitem__,
        operators={Operator.DISTINCT: DISTINCT},
    )


def _literal(value: bool | Decimal | str | None, version: int) -> str:
    """Return a literal inside of an expression; one that is strung together stands in parentheses."""
    if isinstance(value, bool):
        return str(value).lower() if version >= BOOLEAN_SINCE else str(int(value))
    if value is None:
        return "null"
    if isinstance(value, Decimal):
        return format(value, "f")
    text = quote.literal(value)
    return f"({text})" if "\n" in text else text
