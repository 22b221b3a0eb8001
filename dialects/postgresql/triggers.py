"""Triggers: one function in PL/pgSQL for each, and what makes its table run it.

https://www.postgresql.org/docs/current/plpgsql-trigger.html and
https://www.postgresql.org/docs/current/sql-createtrigger.html
"""

from __future__ import annotations

from collections.abc import Iterator

from udfgen.bundle import Key, Phase, Requirement
from udfgen.expression import Spelling, leaves, spell
from udfgen.ir import Cell, Constant, Event, Expression, Fact, Kind, Level, Name, Parameter, Program, Row, Trigger
from udfgen.render import Text, Unit

from . import batches, nodes, quote, routines
from .routines import CLOSED, ISO, Argument, Draft

KIND = "trigger"

DEEPEST = 16
"""How deep triggers may stand in each other before that is taken for a circle."""

VARIABLES = {Row.OLD: "old", Row.NEW: "new"}
TABLES = {Row.OLD: "udfgen_old", Row.NEW: "udfgen_new"}
"""How a row's trigger names its rows, and a statement's trigger: `old` and `new` would be two things there."""

BODY = """
declare
    udfgen_types oid[];
begin
    if pg_trigger_depth() > {deepest} then
        raise exception using
            errcode = 'triggered_action_exception',
            message = {message},
            hint = 'What is called writes to a table whose triggers lead here again: name who writes in unless_user.';
    end if;
{calls}
    return null;
end
"""
UNLESS = """if session_user in ({users}) then
    return null;
end if;"""
OWN = 16384
"""The first oid that is not PostgreSQL's own: https://github.com/postgres/postgres/blob/master/src/include/access/transam.h"""

# Casts of a user's own type are that user's functions, and would run here with the rights of the owner of the wrappers.
# A domain has none of its own.
TRUSTED = (
    "(owner.rolsuper and known.typtype in ('b', 'e') and known.typelem = 0"
    f" or known.typtype = 'd' and known.typbasetype < {OWN})"
)
"""What type may be touched, of a row `known` of pg_type whose owner is a row `owner` of pg_roles."""

# pg_typeof knows what the columns are now; a query could see them as they were when the transaction began.
GUARD = """udfgen_types := {types};
if {own} <= any (udfgen_types) then
    if exists (
        select from unnest(udfgen_types) as used (type)
        where used.type >= {own} and not exists (
            select from pg_type as known
            join pg_roles as owner on owner.oid = known.typowner
            where known.oid = used.type and {trusted}
        )
    ) then
        raise exception using
            errcode = 'insufficient_privilege',
            message = {message},
            hint = 'Its casts would run with the rights of the functions: make a superuser own the type.';
    end if;
end if;"""
# The SQLSTATE of `disabled`. A block with a handler is a subtransaction: 1 microsecond.
SKIPPING = """begin
{call}
exception when sqlstate 'UL010' then
    null; -- when_off: skip
end;"""
IF = """if {condition} then
{call}
end if;"""

# A plan for few rows is kept for many, and the sets of a statement have no index: pairing them row by row is quadratic.
JOINED = ("set enable_nestloop = off",)
# By hash, all of a statement's rows would be in memory before the first of them are sent.
CHUNKED = ("set enable_hashagg = off",)
# What a column's text depends on besides.
PLAIN = ("set intervalstyle = 'postgres'", "set bytea_output = 'hex'", "set extra_float_digits = 1")

# The rows of a batch go some at a time; chunk after chunk they are one call, whose rows are counted on. PERFORM would
# keep what it selects until the end, so the results are counted.
SEND = """perform count(*)
from (
    select {part}(
        udfgen_rows.udfgen_chunk * {rows},
        {arrays}
    )
    from (
        select
            {values},
            (row_number() over () - 1) / {rows} as udfgen_chunk
        from {source}{where}
    ) as udfgen_rows
    group by udfgen_rows.udfgen_chunk
    order by udfgen_rows.udfgen_chunk
) as udfgen_results;"""

# Not every json can be a jsonb: \u0000, half of a surrogate pair, numbers and depths beyond its limits.
DIFFERS = """
begin
    return before::jsonb is distinct from after::jsonb;
exception when others then
    return before is distinct from after;
end
"""

# A deferrable index lets two rows have the same key for a while, that of a parent knows nothing of its children's rows;
# an expression is no column, its place in indkey is 0.
UNIQUE = """exists (
        select from pg_catalog.pg_index as made
        join pg_catalog.pg_class as relation on relation.oid = made.indrelid
        where made.indrelid = {relation} and made.indisunique and made.indisvalid and made.indimmediate
            and not made.indisexclusion and made.indpred is null
            and not exists (
                select from unnest(made.indkey) with ordinality as part (number, place)
                left join pg_catalog.pg_attribute as known
                    on known.attrelid = made.indrelid and known.attnum = part.number and part.number <> 0
                where part.place <= made.indnkeyatts and coalesce(known.attname <> all ({columns}), true)
            )
            and (
                relation.relkind = 'p'
                or not exists (select from pg_catalog.pg_inherits where inhparent = made.indrelid)
            )
    )"""
"""Whether a unique index tells the rows of a table apart by some of these columns, so that pairs are no others."""

AMBIGUOUS = "two rows could have the same"
UNIQUE_ADVICE = (
    "make a unique index, neither partial nor deferrable and of a table without inheriting ones, "
    "or name the primary key in key"
)


def units(program: Program) -> Iterator[Unit]:
    """Yield what makes the triggers, and the function that compares for those that look for changes."""
    origin = next((trigger.origin for trigger in program.triggers if trigger.of), None)
    if origin:
        yield routines.unit(routines.spell(_differs(program), routines.owner_of(program)), "function", origin)
    yield from (_unit(trigger, program) for trigger in program.triggers)


def differs_name(program: Program) -> str:
    """Return the name of the function that compares two values."""
    return f"udfgen_{program.name}_differs"


def _differs(program: Program) -> Draft:
    return Draft(
        schema=routines.schema_of(program),
        name=differs_name(program),
        returns="boolean",
        language="language plpgsql immutable",
        code=DIFFERS,
        comment="Whether two values differ, given as JSON: by value where jsonb can hold them, else by their text.",
        arguments=(Argument("before", "text"), Argument("after", "text")),
    )


def _unit(trigger: Trigger, program: Program) -> Unit:
    """Return what makes a trigger: its function, and what runs it."""
    hooks = tuple(_hooks(trigger, program))
    draft = Draft(
        schema=routines.schema_of(program),
        name=trigger.name,
        returns="trigger",
        language="language plpgsql security definer",
        code=_code(trigger, program),
        comment="",
        settings=CLOSED + ISO + PLAIN + _planned(trigger),
        hooks=tuple(_shown(hook) for hook in hooks),
    )
    routine = routines.spell(draft, routines.owner_of(program))
    unhook = nodes.Unhook(quote.literal(table_of(trigger, program)), routine.signature_text, quote.array(draft.hooks))
    made = [Text("hooks.sql", unhook), *(Text("trigger.sql", hook) for hook in hooks)]
    made += [Text("key.sql", _demand(trigger, program))] if _is_paired(trigger) else []
    steps = ((Phase.TRIGGER, text) for text in made)
    return routines.unit(routine, KIND, trigger.origin, (Phase.WRAPPER, Text("watch.sql", unhook)), *steps)


def _planned(trigger: Trigger) -> tuple[str, ...]:
    """Return what the planner must not do with a statement's rows."""
    if trigger.level is Level.ROW:
        return ()
    return JOINED + (CHUNKED if trigger.function.batch else ())


def _is_paired(trigger: Trigger) -> bool:
    """Return whether rows of before are looked for by the key of those of after, or the other way round."""
    is_update = trigger.level is Level.STATEMENT and Event.UPDATE in trigger.events
    return is_update and len(_given(trigger, Event.UPDATE)) == len(Row)


def _demand(trigger: Trigger, program: Program) -> nodes.Demand:
    table, columns = table_of(trigger, program), [fold(name) for name in trigger.key]
    message = f"trigger {trigger.name}: {AMBIGUOUS} key in table {table}: {', '.join(map(quote.identifier, columns))}"
    condition = UNIQUE.format(relation=f"to_regclass({quote.literal(table)})", columns=quote.array(columns))
    tag = quote.fence(condition, message)
    return nodes.Demand(tag, condition, quote.literal(message), quote.literal(f"{UNIQUE_ADVICE}."))


def watched(program: Program) -> tuple[str, str, str]:
    """Return the arrays of trigger functions, of what runs them, and of the tables, by which the catalog is asked."""
    rows = [
        (f"{quote.qualified(routines.schema_of(program), trigger.name)}()", hook.name[1:-1], hook.table)
        for trigger in program.triggers
        for hook in _hooks(trigger, program)
    ]
    functions, names, tables = (quote.array([row[column] for row in rows]) for column in range(3))
    return functions, names, tables


def requirements(program: Program) -> Iterator[Requirement]:
    """Yield the tables and columns that the triggers name, and the keys that must tell rows apart."""
    for trigger in program.triggers:
        table = table_of(trigger, program)
        yield Requirement(Key("table", table), trigger.origin)
        for column in columns_of(trigger):
            yield Requirement(Key("column", f"{table}.{quote.identifier(fold(column))}"), trigger.origin)
        if _is_paired(trigger):
            columns = (quote.identifier(fold(name)) for name in trigger.key)
            yield Requirement(Key("key", ".".join((table, *columns))), trigger.origin)


def columns_of(trigger: Trigger) -> tuple[Name, ...]:
    """Return the columns that a trigger names, each once."""
    cells = (leaf for each in _expressions(trigger) for leaf in leaves(each) if isinstance(leaf, Cell))
    return tuple(dict.fromkeys((*trigger.of, *trigger.key, *(cell.column for cell in cells))))


def table_of(trigger: Trigger, program: Program) -> str:
    """Return the table of a trigger, quoted, in its schema."""
    schema = fold(trigger.schema) if trigger.schema else routines.options(program).tables
    return quote.qualified(schema, fold(trigger.table))


def fold(name: Name) -> str:
    """Return a name as PostgreSQL takes it: in lower case unless it was quoted."""
    return name.text if name.exact else name.text.lower()


def _expressions(trigger: Trigger) -> tuple[Expression, ...]:
    return (*trigger.arguments, *(() if trigger.when is None else (trigger.when,)))


def _shown(hook: nodes.Hook) -> str:
    return f"{hook.name} on {hook.table}"


# What runs the function


def _hooks(trigger: Trigger, program: Program) -> Iterator[nodes.Hook]:
    """Yield one trigger for all events, but one for each where it takes a statement's rows: PostgreSQL wants that."""
    table = table_of(trigger, program)
    function = quote.qualified(routines.schema_of(program), trigger.name)
    if trigger.level is Level.ROW:
        events = " or ".join(event.value for event in trigger.events)
        yield nodes.Hook(quote.identifier(trigger.name), events, table, ("for each row",), function)
        return
    for event in trigger.events:
        name = trigger.name if len(trigger.events) == 1 else f"{trigger.name}_{event.value}"
        given = " ".join(f"{row.value} table as {TABLES[row]}" for row in _given(trigger, event))
        clauses = (f"referencing {given}", "for each statement")
        yield nodes.Hook(quote.identifier(name), event.value, table, clauses, function)


def _used(trigger: Trigger, event: Event) -> set[Row]:
    """Return the rows whose cells are looked at for an event."""
    cells = (leaf for each in _expressions(trigger) for leaf in leaves(each) if isinstance(leaf, Cell))
    compared = set(Row) if trigger.of and event is Event.UPDATE else set()
    return {cell.row for cell in cells} | compared


def _base(trigger: Trigger, event: Event) -> Row:
    """Return the rows that are gone through: one call for each."""
    only_old = event is Event.UPDATE and _used(trigger, event) == {Row.OLD}
    return Row.OLD if event is Event.DELETE or only_old else Row.NEW


def _given(trigger: Trigger, event: Event) -> list[Row]:
    """Return the rows that a statement's trigger asks PostgreSQL to keep."""
    wanted = _used(trigger, event) if event is Event.UPDATE else set()
    return [row for row in Row if row in wanted | {_base(trigger, event)}]


# The function


def _code(trigger: Trigger, program: Program) -> str:
    unless = _unless(trigger, program)
    calls = [_row_call(trigger, program)] if trigger.level is Level.ROW else list(_set_calls(trigger, program))
    message = f"trigger {trigger.name}: more than {DEEPEST} triggers deep"
    return BODY.format(deepest=DEEPEST, message=quote.literal(message), calls=_inside("\n".join([*unless, *calls])))


def _unless(trigger: Trigger, program: Program) -> list[str]:
    roles = [role for user in trigger.unless_users for role in routines.roles_of(user, program)]
    users = ", ".join(quote.literal(role) for role in dict.fromkeys(roles))
    return [UNLESS.format(users=users)] if users else []


def _row_call(trigger: Trigger, program: Program) -> str:
    spelling = _spelling(trigger, VARIABLES, "lower(tg_op)")
    changed = _changed(trigger, program, VARIABLES)
    if changed and trigger.events != (Event.UPDATE,):
        changed = f"tg_op <> 'UPDATE' or {changed}"
    condition = _condition(trigger, changed, spelling)
    call = _if(condition, _skipping(trigger, f"{_perform(trigger, program, spelling)};"))
    return _guarded(trigger, _types(trigger, VARIABLES[Row.NEW]), call)


def _set_calls(trigger: Trigger, program: Program) -> Iterator[str]:
    """Yield a call per event, over the rows that the statement wrote."""
    for event in trigger.events:
        spelling = _spelling(trigger, TABLES, quote.literal(event.value))
        changed = _changed(trigger, program, TABLES) if event is Event.UPDATE else ""
        condition = _condition(trigger, changed, spelling)
        send = _send if trigger.function.batch else _call_each
        call = send(trigger, program, spelling, _source(trigger, event), condition)
        rows = TABLES[_base(trigger, event)]
        guarded = _guarded(trigger, f"(select {_types(trigger, rows)} from {rows} limit 1)", _skipping(trigger, call))
        is_one = len(trigger.events) == 1
        yield _if("" if is_one else f"tg_op = '{event.name}'", guarded)


def _call_each(trigger: Trigger, program: Program, spelling: Spelling, source: str, condition: str) -> str:
    """Return a call for each row of a statement."""
    where = f"\nwhere {condition}" if condition else ""
    return f"{_perform(trigger, program, spelling)}\nfrom {source}{where};"


def _send(trigger: Trigger, program: Program, spelling: Spelling, source: str, condition: str) -> str:
    """Return one call of a batch function for all rows of a statement, none where no row passes."""
    pairs = list(zip(trigger.function.parameters, trigger.arguments, strict=True))
    names = [quote.identifier(each.name) for each, _ in pairs]
    values = (f"{_argument(each, value, spelling)} as {quote.identifier(each.name)}" for each, value in pairs)
    return SEND.format(
        part=quote.qualified(routines.schema_of(program), trigger.function.name + batches.PART),
        rows=batches.in_hand(trigger.function),
        arrays=",\n        ".join(f"array_agg(udfgen_rows.{name})" for name in names),
        values=",\n            ".join(values),
        source=source,
        where=f"\n        where {_inside(_inside(condition)).lstrip()}" if condition else "",
    )


def _types(trigger: Trigger, rows: str) -> str:
    """Return the types of the columns that a trigger touches, which are the same before and after."""
    columns = (quote.identifier(fold(name)) for name in columns_of(trigger))
    return f"array[{', '.join(f'pg_typeof({rows}.{each})' for each in dict.fromkeys(columns))}]::oid[]"


def _guarded(trigger: Trigger, types: str, call: str) -> str:
    """Return a call behind what refuses columns of types that nobody may bring; one that touches none as it is."""
    if not columns_of(trigger):
        return call
    message = quote.literal(f"trigger {trigger.name}: a column of its table has a type of a user's own")
    return f"{GUARD.format(types=types, own=OWN, trusted=TRUSTED, message=message)}\n{call}"


def _source(trigger: Trigger, event: Event) -> str:
    """Return the rows of a statement; beside them those of before or after, of which an insert or delete has none.

    An update's are paired by the key: a row whose key changed has none of before.
    """
    base = _base(trigger, event)
    others = _used(trigger, event) - {base}
    if not others:
        return TABLES[base]
    (other,) = others
    if event is not Event.UPDATE:
        return f"{TABLES[base]} left join {TABLES[base]} as {TABLES[other]} on false"
    columns = [quote.identifier(fold(name)) for name in trigger.key]
    pairs = " and ".join(f"{TABLES[Row.OLD]}.{each} = {TABLES[Row.NEW]}.{each}" for each in columns)
    return f"{TABLES[base]} left join {TABLES[other]} on {pairs}"


def _changed(trigger: Trigger, program: Program, rows: dict[Row, str]) -> str:
    """Return whether one of the columns of `of` changed, '' without such.

    First by the bytes of the values, which can be compared whatever their type. Those that differ there are compared as
    jsonb, also of a type without `=` or whose operators are out of the closed path: numbers by value, texts by their
    characters whatever the collation. https://www.postgresql.org/docs/current/functions-comparisons.html#COMPOSITE-TYPE-COMPARISON
    """
    differs = quote.qualified(routines.schema_of(program), differs_name(program))
    columns = (quote.identifier(fold(name)) for name in trigger.of)
    pairs = ([f"{rows[row]}.{each}" for row in (Row.OLD, Row.NEW)] for each in columns)
    return " or ".join(
        f"(record_image_ne(row({old}), row({new})) and {differs}(to_json({old})::text, to_json({new})::text))"
        for old, new in pairs
    )


def _condition(trigger: Trigger, changed: str, spelling: Spelling) -> str:
    when = "" if trigger.when is None else spell(trigger.when, spelling)
    found = [each for each in (changed, when) if each]
    return found[0] if len(found) == 1 else "\n    and ".join(f"({each})" for each in found)


def _if(condition: str, call: str) -> str:
    return IF.format(condition=condition, call=_inside(call)) if condition else call


def _skipping(trigger: Trigger, call: str) -> str:
    return SKIPPING.format(call=_inside(call)) if trigger.skips_off else call


def _inside(text: str) -> str:
    """Return lines, moved to the right; no literal of a spec goes over more than one."""
    return "    " + text.replace("\n", "\n    ")


def _perform(trigger: Trigger, program: Program, spelling: Spelling) -> str:
    name = quote.qualified(routines.schema_of(program), trigger.function.name)
    pairs = zip(trigger.function.parameters, trigger.arguments, strict=True)
    given = [f"\n    {quote.identifier(each.name)} => {_argument(each, value, spelling)}" for each, value in pairs]
    return f"perform {name}({','.join(given)}{chr(10) if given else ''})"


def _argument(parameter: Parameter, value: Expression, spelling: Spelling) -> str:
    """Return an argument of exactly its parameter's type: PostgreSQL finds no function for one that is near it."""
    type_ = routines.native_type(parameter)
    if not isinstance(value, Constant):
        return f"cast({spell(value, spelling)} as {type_})"
    # A constant of json is its text already.
    kind = Kind.TEXT if parameter.type.kind is Kind.JSON else parameter.type.kind
    return f"{quote.constant(value.value, kind)}::{type_}"


def _spelling(trigger: Trigger, rows: dict[Row, str], operation: str) -> Spelling:
    table = ".".join(name.text for name in (trigger.schema, trigger.table) if name)
    facts = {
        Fact.OPERATION: operation,
        Fact.TABLE: quote.literal(table),
        Fact.TIME: "statement_timestamp()",
        # Who logged in: inside of this function, current_user is its owner.
        Fact.USER: "session_user::text",
    }
    return Spelling(
        cell=lambda cell: f"{rows[cell.row]}.{quote.identifier(fold(cell.column))}",
        constant=_literal,
        fact=lambda fact: facts[fact],
    )


def _literal(constant: Constant) -> str:
    """Return a literal of an expression: PostgreSQL gives a text in quotes the type of what it is compared with."""
    if isinstance(constant.value, str):
        return quote.literal(constant.value)
    return quote.number(constant.value)
