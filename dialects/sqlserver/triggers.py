"""Triggers: a call for each row that a statement wrote, out of the two sets that SQL Server gives a trigger.

https://learn.microsoft.com/sql/t-sql/statements/create-trigger-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from udfgen.bundle import Key, Phase, Requirement
from udfgen.expression import Spelling, leaves, spell
from udfgen.ir import Cell, Constant, Event, Fact, Kind, Name, Operator, Program, Result, Row, Trigger
from udfgen.render import Text, Unit

from . import batches, names, nodes, quote, targets
from .limits import columns, grantees_of
from .routines import behind, form
from .types import argument, result

DEEPEST = 16
"""Triggers upon triggers before one stops: half of what SQL Server itself allows, whose error names no way out."""

OPERATION, TIME, RESULT, ROW = "@udfgen$operation", "@udfgen$time", "@udfgen$result", "@udfgen$row"
"""Variables of a trigger; the others have the names of parameters, in which there is no $."""

MARK = "[udfgen$row]"
"""What stands beside a row for a mark."""

NUMBER = "[udfgen$number]"
"""What stands beside a row for its place among the others."""

SETS = {Row.NEW: "inserted", Row.OLD: "deleted"}
WRITES = {Row.NEW: {Event.INSERT, Event.UPDATE}, Row.OLD: {Event.UPDATE, Event.DELETE}}
"""The events that fill a set."""

# IS DISTINCT FROM is SQL Server 2022's.
# https://learn.microsoft.com/sql/t-sql/queries/is-distinct-from-transact-sql
DISTINCT = "not exists (select {0} intersect select {1})"

INDENT = 12
"""Columns before the parts of a query."""


def units(program: Program) -> Iterator[Unit]:
    """Yield every trigger; it stands in its table's schema.

    What was there goes first: who writes locks the table and then what the trigger calls, so an install does too.
    """
    for trigger in program.triggers:
        name = f"{schema(program, trigger)}.{trigger.name}"
        node = _node(program, trigger)
        before = (*_asked(program, trigger), Text("trigger_drop.sql", node))
        written = "trigger_rows.sql" if trigger.function.batch else "trigger.sql"
        made = (Text(written, node), Text("trigger_mark.sql", node))
        statements = (*((Phase.PREPARE, each) for each in before), *((Phase.TRIGGER, each) for each in made))
        yield Unit(Key("trigger", name), trigger.origin, statements)


def _asked(program: Program, trigger: Trigger) -> Iterator[Text]:
    """Yield what asks the table, where no plan has: somebody may run the file by hand."""
    place = schema(program, trigger)
    yield Text("trigger_table.sql", targets.node(place, trigger))
    if _is_paired(trigger):
        yield Text("trigger_key.sql", targets.required(targets.key(place, trigger)))


def requirements(program: Program) -> Iterator[Requirement]:
    """Yield the tables, their columns and keys, and the users whose writes call nothing."""
    for trigger in program.triggers:
        table = f"{schema(program, trigger)}.{trigger.table.text}"
        yield Requirement(Key("table", table), trigger.origin)
        for column in columns(trigger):
            yield Requirement(Key("column", f"{table}.{column.text}"), trigger.origin)
        if _is_paired(trigger):
            yield Requirement(targets.key(schema(program, trigger), trigger), trigger.origin)
        for name in _unless(program, trigger):
            yield Requirement(Key("principal", name), trigger.origin)


def schema(program: Program, trigger: Trigger) -> str:
    """Return the schema of a trigger's table."""
    return trigger.schema.text if trigger.schema else names.options(program).tables


def _unless(program: Program, trigger: Trigger) -> tuple[str, ...]:
    options = names.options(program)
    return tuple(dict.fromkeys(name for each in trigger.unless_users for name in grantees_of(each, options)))


def _node(program: Program, trigger: Trigger) -> nodes.Trigger:
    place, name = schema(program, trigger), quote.qualified(schema(program, trigger), trigger.name)
    is_batch = trigger.function.batch is not None
    rows = tuple(_json(trigger) if is_batch else _rows(trigger))
    return nodes.Trigger(
        name=name,
        name_text=quote.literal(name),
        table=quote.qualified(place, trigger.table.text),
        schema_text=quote.literal(place),
        table_text=quote.literal(trigger.table.text),
        trigger_text=quote.literal(trigger.name),
        events=", ".join(each.value for each in Event if each in trigger.events),
        before=(*_guard(program, trigger), *_declared(trigger, rows)),
        rows=rows,
        condition=(f"{batches.ROWS} is not null" if is_batch else "@@fetch_status = 0", *_unless_off(program, trigger)),
        fetch="" if is_batch else f"fetch next from [udfgen$rows] into{behind(_variables(trigger))};",
        deepest=DEEPEST,
        nested=quote.literal(
            f"{trigger.name}: triggers upon triggers, {DEEPEST} deep: break the circle with unless_user or when"
        ),
        call=tuple(batches.call(program, trigger.function)) if is_batch else (_call(program, trigger),),
        label=names.LABEL,
        program=quote.literal(program.name),
    )


# What it knows


def _fact(trigger: Trigger, fact: Fact) -> str:
    """Return what a trigger knows beside the rows; the operation is a constant where there is one event."""
    if fact is Fact.OPERATION:
        return quote.literal(trigger.events[0].value) if len(trigger.events) == 1 else OPERATION
    if fact is Fact.TABLE:
        return quote.literal(".".join(each.text for each in (trigger.schema, trigger.table) if each))
    return TIME if fact is Fact.TIME else "original_login()"


def _guard(program: Program, trigger: Trigger) -> Iterator[str]:
    """Yield what ends a trigger for the writes of some: by the user of the database, and by who logged in."""
    users = _unless(program, trigger)
    if users:
        listed = quote.listed(map(quote.literal, users), 8)
        yield f"if user_name() in ({listed}) or original_login() in ({listed})"
        yield "    return; -- What they write calls nothing."


def _declared(trigger: Trigger, rows: tuple[str, ...]) -> Iterator[str]:
    """Yield the declarations: what the query asks for, the arguments of a call, its result."""
    asked = "\n".join(rows)
    if OPERATION in asked:
        yield from (f"declare {OPERATION} nvarchar(6) = case", *_operation(trigger), "end;")
    if TIME in asked:
        yield f"declare {TIME} datetimeoffset(6) = sysdatetimeoffset();"
    if trigger.function.batch:
        return
    for each in trigger.function.parameters:
        yield f"declare @{each.name} {argument(each.type)};"
    if not trigger.function.parameters:
        yield f"declare {ROW} bit;"
    if isinstance(trigger.function.returns, Result):
        yield f"declare {RESULT} {result(trigger.function.returns.type)};"


def _operation(trigger: Trigger) -> Iterator[str]:
    """Yield the cases that tell the events apart by which of the sets have rows."""
    *others, last = (each for each in (Event.INSERT, Event.DELETE, Event.UPDATE) if each in trigger.events)
    empty = {Event.INSERT: "deleted", Event.DELETE: "inserted"}
    yield from (f"    when not exists (select 1 from {empty[each]}) then N'{each.value}'" for each in others)
    yield f"    else N'{last.value}'"


# Expressions


def _spelling(trigger: Trigger) -> Spelling:
    return Spelling(_cell, _constant, partial(_fact, trigger), {Operator.DISTINCT: DISTINCT})


def _cell(cell: Cell) -> str:
    return f"{cell.row.value}.{quote.identifier(cell.column.text)}"


def _constant(constant: Constant) -> str:
    """Return a constant that no setting of a session changes; JSON is its text."""
    value, type_ = constant.value, constant.type
    if type_ is not None and type_.kind is not Kind.JSON:
        return quote.constant(value, type_.kind)
    if isinstance(value, bool):
        return f"cast({int(value)} as bit)"
    return quote.literal(value) if isinstance(value, str) else "null" if value is None else format(value, "f")


# The rows


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows come from: lines behind FROM, a condition that leaves some out, a key's column as a pattern."""

    lines: tuple[str, ...]
    key: str
    condition: str = ""


def _rows(trigger: Trigger) -> Iterator[str]:
    """Yield the query: a row of arguments for each row that counts."""
    source, columns = _source(trigger), list(_arguments(trigger)) or ["1"]
    yield from ("select", *(f"    {each}," for each in columns[:-1]), f"    {columns[-1]}", *_counted(trigger, source))
    if trigger.key:
        yield f"order by {_order(trigger, source)}"


def _arguments(trigger: Trigger) -> Iterator[str]:
    """Yield the arguments, each as an expression of its parameter's type."""
    spelling = _spelling(trigger)
    for each, parameter in zip(trigger.arguments, trigger.function.parameters, strict=True):
        yield f"cast({spell(each, spelling)} as {argument(parameter.type)})"


def _counted(trigger: Trigger, source: Source) -> Iterator[str]:
    """Yield the end of a query: where the rows come from, and which of them count."""
    yield from source.lines
    conditions = [each for each in (source.condition, _changed(trigger)) if each]
    if trigger.when is not None:
        conditions.append(spell(trigger.when, _spelling(trigger)))
    if conditions:
        first, *rest = conditions if len(conditions) == 1 else (f"({each})" for each in conditions)
        yield from (f"where {first}", *(f"    and {each}" for each in rest))


def _order(trigger: Trigger, source: Source) -> str:
    """Return what sorts the rows: the key's columns."""
    return ", ".join(source.key.format(quote.identifier(each.text)) for each in trigger.key)


def _json(trigger: Trigger) -> Iterator[str]:
    """Yield the query of one text for all rows that count, without the brackets around them; NULL where none does."""
    source = _source(trigger)
    order = _order(trigger, source) or "(select null)"
    parameters = trigger.function.parameters
    yield from batches.written(parameters, NUMBER)
    yield from ("from (", "    select")
    for each, parameter in zip(_arguments(trigger), parameters, strict=True):
        yield f"        {each} as {quote.identifier(parameter.name)},"
    yield f"        row_number() over (order by {order}) as {NUMBER}"
    yield from (f"    {line}" for line in _counted(trigger, source))
    yield f") as {batches.GIVEN}"


def _source(trigger: Trigger) -> Source:
    """Return the set that has the rows, or both of them, paired by the key or one behind the other."""
    if _is_paired(trigger):
        return _paired(trigger)
    used, events = _used(trigger), set(trigger.events)
    first, other = (Row.OLD, Row.NEW) if used == {Row.OLD} else (Row.NEW, Row.OLD)
    for row in (first, other):
        if events <= WRITES[row] and used <= {row}:
            return Source((f"from {SETS[row]} as {row.value}",), f"{row.value}.{{0}}")
    return _joined(first, other) if Event.UPDATE not in events else _partly(first, other, events)


def _is_paired(trigger: Trigger) -> bool:
    """Return whether old rows and new ones have to be paired: only an update has both."""
    return Event.UPDATE in trigger.events and len(_used(trigger)) == len(Row)


def _used(trigger: Trigger) -> set[Row]:
    if trigger.of:
        return set(Row)
    return {each.row for each in _leaves(trigger) if isinstance(each, Cell)}


def _leaves(trigger: Trigger) -> Iterator[Cell | Fact | Constant]:
    for each in (*trigger.arguments, *((trigger.when,) if trigger.when else ())):
        yield from leaves(each)


def _paired(trigger: Trigger) -> Source:
    """Return new rows with their old ones; of an update that changes the key, the new row stands alone.

    INTERSECT takes NULL for a value, and can be joined by a hash. A column of a key may be NULL, so that what is a new
    row is told by a mark.
    """
    new, old = (_cells(row, trigger.key) for row in (Row.NEW, Row.OLD))
    on = f"exists (select {new} intersect select {old})"
    if Event.DELETE not in trigger.events:
        return Source(("from inserted as new", f"left join deleted as old on {on}"), "new.{0}")
    return Source(
        ("from inserted as new", f"cross join (values (1)) as {MARK} (is_new)", f"full join deleted as old on {on}"),
        "coalesce(new.{0}, old.{0})",
        f"{OPERATION} <> N'update' or {MARK}.is_new = 1",
    )


def _cells(row: Row, columns: tuple[Name, ...]) -> str:
    return ", ".join(f"{row.value}.{quote.identifier(each.text)}" for each in columns)


def _joined(first: Row, other: Row) -> Source:
    """Return both sets, of which one is empty."""
    joined = f"full join {SETS[other]} as {other.value} on 1 = 0"
    return Source((f"from {SETS[first]} as {first.value}", joined), "coalesce(new.{0}, old.{0})")


def _partly(first: Row, other: Row, events: set[Event]) -> Source:
    """Return a set, and rows of NULL for the event that does not fill it."""
    (event,) = events - WRITES[first]
    empty = f"(select 1 as {MARK} from {SETS[other]} where {OPERATION} = N'{event.value}') as {other.value}"
    return Source((f"from {SETS[first]} as {first.value}", f"full join {empty} on 1 = 0"), f"{first.value}.{{0}}")


def _changed(trigger: Trigger) -> str:
    """Return the condition that an update changed a value, '' without one; EXCEPT takes NULL for a value."""
    new, old = (_cells(row, trigger.of) for row in (Row.NEW, Row.OLD))
    exists = f"exists (select {new} except select {old})"
    if len(trigger.events) > 1:
        exists = f"{OPERATION} <> N'update' or {exists}"
    return exists if trigger.of else ""


# The call


def _unless_off(program: Program, trigger: Trigger) -> Iterator[str]:
    """Yield the condition of who is to be silent, and so asks first: an error in a trigger dooms the transaction."""
    if trigger.skips_off:
        binding = quote.literal(trigger.function.binding.name)
        yield "and not exists ("
        yield f"    select 1 from {names.placed(program).switch} with (readcommittedlock)"
        yield f"    where binding = {binding} and mode <> N'dry_run'"
        yield ")"


def _variables(trigger: Trigger) -> str:
    return quote.listed([f"@{each.name}" for each in trigger.function.parameters] or [ROW], INDENT)


def _call(program: Program, trigger: Trigger) -> str:
    """Return the call of what people call."""
    function = trigger.function
    name = names.qualified(program, function)
    if form(function) == "procedure":
        named = [f"@{each.name} = @{each.name}" for each in function.parameters]
        return f"exec {name}{behind(quote.listed(named, INDENT)) if named else ''};"
    passed = quote.listed((f"@{each.name}" for each in function.parameters), INDENT)
    return f"set {RESULT} = {name}({passed});"
