"""Triggers: a call for each row, by the loadable function itself: no change of a wrapper is in a write's way."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import partial

from udfgen.expression import Spelling, leaves, spell
from udfgen.ir import (
    Cell,
    Constant,
    Event,
    Expression,
    Fact,
    Kind,
    Name,
    Operator,
    Parameter,
    Program,
    Row,
    Trigger,
    Type,
)

from . import nodes, quote
from .names import Account, excepted, table_of
from .types import declared, spelled

DISABLED = 51010
"""The number of the error `disabled`."""

USER = "left(user(), char_length(user()) - locate('@', reverse(user())))"
"""Who is connected, without the host: a name may hold `@`, a host cannot. `current_user()` would be the definer."""

HOST = "substring_index(user(), '@', -1)"

OPERATORS = {Operator.DISTINCT: "not ({0} <=> {1})"}

ABSENT = {Event.INSERT: Row.OLD, Event.DELETE: Row.NEW}
"""The row that an event does not have: the servers refuse its name."""

FLOATS = (Kind.REAL, Kind.DOUBLE)
MOMENTS = (Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.DATE)


def lowered(program: Program, place: nodes.Place) -> Iterator[tuple[Trigger, nodes.Trigger]]:
    """Yield the triggers of every event, each with what it comes from."""
    for trigger in program.triggers:
        for event in trigger.events:
            yield trigger, _lower(trigger, event, program, place)


def _lower(trigger: Trigger, event: Event, program: Program, place: nodes.Place) -> nodes.Trigger:
    database, table = table_of(program, trigger)
    name = name_of(trigger, event)
    spelling = _spelling(event, _said(trigger))
    return nodes.Trigger(
        name=quote.qualified(database, name),
        name_text=quote.literal(name),
        database_text=quote.literal(database),
        table=quote.qualified(database, table),
        table_text=quote.literal(table),
        event=event.value,
        owner=place.owner,
        condition=" and ".join(f"({each})" for each in _conditions(trigger, event, program, spelling)),
        declarations=tuple(_declarations(trigger, spelling, place)),
        call=_call(trigger, place),
    )


def name_of(trigger: Trigger, event: Event) -> str:
    """Return the name of the trigger for one event."""
    return f"{trigger.name}_{event.value}"


def _said(trigger: Trigger) -> str:
    """Return the table as the spec says it."""
    return ".".join(name.text for name in (trigger.schema, trigger.table) if name)


def _conditions(trigger: Trigger, event: Event, program: Program, spelling: Spelling) -> Iterator[str]:
    yield from (f"not ({_is(account)})" for account in excepted(program, trigger))
    if trigger.of and event is Event.UPDATE:
        yield " or ".join(f"not ({_same(column)})" for column in trigger.of)
    if trigger.when is not None:
        yield spell(trigger.when, spelling)


def _is(account: Account) -> str:
    """Return whether an account is connected: users by every letter, hosts by a pattern as accounts have it."""
    user, host = account
    named = f"cast({USER} as binary) = {quote.literal(user)}"
    return named if host == "%" else f"{named} and {HOST} like {quote.literal(host)}"


def _same(column: Name) -> str:
    """Return whether a column has the value of before, by its letters too: a collation may take others for equal."""
    old, new = (f"{row.value}.{quote.identifier(column.text)}" for row in Row)
    return f"{old} <=> {new} and cast({old} as binary) <=> cast({new} as binary)"


def _declarations(trigger: Trigger, spelling: Spelling, place: nodes.Place) -> Iterator[str]:
    """Yield variables of the parameters' types: what does not fit one fails, as it would in a wrapper."""
    for number, (parameter, value) in enumerate(zip(trigger.function.parameters, trigger.arguments, strict=True), 1):
        yield f"udfgen_{number} {declared(parameter.type)} default {spell(value, spelling)}"
    if place.shown_token != nodes.NOTHING_SHOWN:
        # Read here: MySQL 9.7 may crash where a SET gives a loadable function what a query finds.
        yield f"udfgen_token longtext default {place.shown_token}"
    yield "udfgen_result longblob"
    if trigger.skips_off:
        yield f"continue handler for {DISABLED} begin end"


def _call(trigger: Trigger, place: nodes.Place) -> str:
    """Return the call for a SET: a SELECT in a trigger makes none where the writer's sql_select_limit is 0."""
    token = nodes.NOTHING_SHOWN if place.shown_token == nodes.NOTHING_SHOWN else "udfgen_token"
    given = (f"udfgen_{number}" for number, _ in enumerate(trigger.arguments, 1))
    return f"{place.udf}({', '.join([quote.literal(trigger.function.name), 'user()', token, *given])})"


# Expressions


def _spelling(event: Event, table: str) -> Spelling:
    return Spelling(partial(_cell, event), _constant, partial(_fact, event, table), OPERATORS)


def _cell(event: Event, cell: Cell) -> str:
    return "null" if ABSENT.get(event) is cell.row else f"{cell.row.value}.{quote.identifier(cell.column.text)}"


def _fact(event: Event, table: str, fact: Fact) -> str:
    spellings = {
        Fact.OPERATION: quote.literal(event.value),
        Fact.TABLE: quote.literal(table),
        Fact.TIME: "utc_timestamp(6)",
        Fact.USER: USER,
    }
    return spellings[fact]


def _constant(constant: Constant) -> str:
    value = constant.value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value, constant.type)
    is_floating = constant.type is not None and constant.type.kind in FLOATS
    # A number with an exponent is a double, one without is a decimal of at most 65 digits.
    return f"{value:E}" if is_floating else f"{value:f}"


def _text(value: str, type_: Type | None) -> str:
    if type_ is not None and type_.kind is Kind.BYTES:
        return f"x'{base64.b64decode(value).hex()}'"
    is_moment = type_ is not None and type_.kind in MOMENTS
    return quote.literal(spelled(type_, value) if type_ is not None and is_moment else value)


# What the owner may, and what must be there


def rights(program: Program, place: nodes.Place) -> Iterator[tuple[Trigger, nodes.Right]]:
    """Yield what the owner needs on every table, with the first trigger that asks for it.

    The servers want of a definer TRIGGER on the table, and SELECT on the columns that it reads
    (https://dev.mysql.com/doc/refman/8.4/en/create-trigger.html).
    """
    for table, found in _by_table(program).items():
        columns = dict.fromkeys(column for trigger in found for column in columns_of(trigger))
        yield found[0], _right(table, tuple(columns), place)


def _by_table(program: Program) -> dict[tuple[str, str], list[Trigger]]:
    found: dict[tuple[str, str], list[Trigger]] = {}
    for trigger in program.triggers:
        found.setdefault(table_of(program, trigger), []).append(trigger)
    return found


def _right(table: tuple[str, str], columns: tuple[str, ...], place: nodes.Place) -> nodes.Right:
    named = ", ".join(map(quote.identifier, columns))
    return nodes.Right(
        table=quote.qualified(*table),
        database_text=quote.literal(table[0]),
        table_text=quote.literal(table[1]),
        privileges=f"trigger, select ({named})" if named else "trigger",
        statement_text=quote.literal(f" on {quote.qualified(*table)} from {place.owner}"),
        columns_text=", ".join(map(quote.literal, ("", *columns))),
        owner=place.owner,
        owner_grantee_text=place.owner_grantee_text,
    )


def columns_of(trigger: Trigger) -> tuple[str, ...]:
    """Return the columns that a trigger reads, each once, as the spec first writes it."""
    cells = (leaf.column for each in _expressions(trigger) for leaf in leaves(each) if isinstance(leaf, Cell))
    # The servers' columns differ by more than their case.
    found: dict[str, str] = {}
    for name in (*_compared(trigger), *cells):
        found.setdefault(name.text.lower(), name.text)
    return tuple(found.values())


def _compared(trigger: Trigger) -> tuple[Name, ...]:
    return trigger.of if Event.UPDATE in trigger.events else ()


def _expressions(trigger: Trigger) -> Iterator[Expression]:
    if trigger.when is not None:
        yield trigger.when
    yield from trigger.arguments


def moments_of(trigger: Trigger) -> Iterator[str]:
    """Yield the columns that stand for a moment in UTC, which a TIMESTAMP shows in the session's time zone."""
    for parameter, value in zip(trigger.function.parameters, trigger.arguments, strict=True):
        yield from _moments(parameter, value)


def _moments(parameter: Parameter, value: Expression) -> Iterator[str]:
    if parameter.type.kind is Kind.TIMESTAMPTZ:
        yield from (leaf.column.text for leaf in leaves(value) if isinstance(leaf, Cell))
