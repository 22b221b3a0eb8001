"""Program -> Module for Oracle: every decision is made here, every string leaves here quoted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain

import udfgen
from udfgen.bundle import Key, Phase, Requirement
from udfgen.errors import Origin
from udfgen.ir import Function, Grant, Parameter, Program, Result, Table, Trigger, Volatility
from udfgen.render import Module, Page, Text, Unit, type_out

from . import DIALECT, batches, compat, java, names, nodes, permissions, quote, triggers
from .limits import refuse
from .types import attribute, native, way

DROP = """begin
    execute immediate '{drop}';
exception
    when others then
        if sqlcode not in (-942, -4043, -4080, -29501) then
            raise;
        end if;
end;"""
"""Passes when there is no such table, object, trigger or Java object.

https://docs.oracle.com/en/error-help/db/ora-04080 https://docs.oracle.com/en/error-help/db/ora-29501
"""

FORMS = {"type": 'drop type "{name}" force', "switch": 'drop table "{name}" purge'}
KINDS = ("trigger", "function", "procedure", "package", "type", "java source", "java resource", "switch")
PLAIN_DROPS = {kind: FORMS.get(kind, f'drop {kind} "{{name}}"') for kind in KINDS}
DROPS = {kind: DROP.format(drop=drop) for kind, drop in PLAIN_DROPS.items()}
"""Triggers go first: one that calls what is gone makes every write to its table fail."""

NO_TRIGGER = "' '"
"""Stands in a list of literals that has no other: nothing is called so."""


DROP_IN_PARAMETERS = '("FN_NAME" in varchar2, "FN_ARGSJSON" in varchar2)'

ROOM = 70
"""Columns for a list of parameters behind a routine's name."""


def lower(program: Program) -> Module:
    """Return Oracle's module, or raise SpecError with all that Oracle cannot do."""
    refuse(program)
    place = _place(program)
    units = tuple(_units(program, place))
    rows = tuple(_recorded(unit.key) for unit in units)
    made = ", ".join(row.name for row in rows if row.key.kind == "trigger")
    wanted = Text("intend.sql", nodes.Record(place, rows, made or NO_TRIGGER))
    return Module(
        dialect=DIALECT,
        environment=program.environment,
        program=program.name,
        units=units,
        pages=tuple(_pages(program, place, units)),
        requirements=tuple(_requirements(program)),
        opening=(Text("opening.sql", place), wanted),
        retire=(),
        closing=(Text("record.sql", place),),
        removal=(Text("remove.sql", place),),
        catalog=Text("catalog.sql", place),
        registry=Text("registry_rows.sql", place),
        drops=DROPS,
    )


def switch(program: Program, binding: str, mode: str) -> Text:
    """Return the statement that sets a binding's mode; live has no row."""
    row = nodes.Mode(names.switch_table(program), quote.literal(binding), quote.literal(mode))
    return Text("live.sql" if mode == "live" else "switch.sql", row)


def modes(program: Program) -> Text:
    """Return the query of all bindings that are not live, with their modes."""
    return Text("modes.sql", nodes.Named(names.switch_table(program)))


def qualified(program: Program, function: Function) -> str:
    """Return a wrapper's quoted name in its schema."""
    return names.routine(function)


def form(function: Function) -> str:
    """Return what a function is here: what returns nothing is a procedure."""
    return "procedure" if function.returns is None else "function"


def _core(program: Program) -> Key:
    return Key("package", names.core(program))


# The routines


def _parameters(function: Function, program: Program, defaults: bool = True) -> str:
    declared = [_declared(each, names.options(program).version, defaults) for each in function.parameters]
    return f"({quote.listed(declared, 4 if defaults else 8, ROOM)})" if declared else ""


def _declared(parameter: Parameter, version: int, defaults: bool) -> str:
    type_ = native(parameter.type, version)
    text = f"{quote.identifier(parameter.name.upper())} in {type_}"
    if parameter.default is None or not defaults:
        return text
    return f"{text} default {quote.constant(parameter.default.value, parameter.type.kind, type_)}"


def _spec(function: Function, program: Program, name: str, returns: str, parameters: str) -> nodes.CallSpec:
    """Return a function's Java method as a routine of this name; `returns` is its type, '' for none."""
    head, result = f"{form(function)} {name}", f"return {returns} " if returns else ""
    return nodes.CallSpec(head, parameters, result, java.call(function, program))


def _returned(function: Function, program: Program) -> str:
    returns = function.returns
    if isinstance(returns, Table):
        return names.routine(function, "$ROWS")
    return native(returns.type, names.options(program).version) if returns else ""


def _wrapper(function: Function, program: Program) -> nodes.Wrapper:
    package = names.core_package(program)
    return nodes.Wrapper(
        spec=_spec(
            function, program, names.routine(function), _returned(function, program), _parameters(function, program)
        ),
        determinism=" deterministic" if function.volatility is Volatility.IMMUTABLE else "",
        comment=quote.comment(function.description),
        call=_call(function, package),
        package=package,
        row=names.routine(function, "$ROW") if isinstance(function.returns, Table) else "",
        cells=tuple(_cells(function, program, package)),
    )


def _call(function: Function, package: str) -> str:
    """Return how PL/SQL reaches a function's method: an expression for rows, else a statement."""
    given = [quote.identifier(parameter.name.upper()) for parameter in function.parameters]
    call = f"{package}.{names.routine(function, '$CALL')}{f'({quote.listed(given, 8)})' if given else ''}"
    return call if function.returns is None or isinstance(function.returns, Table) else f"return {call}"


def _cells(function: Function, program: Program, package: str) -> Iterator[str]:
    if isinstance(function.returns, Table):
        for number, column in enumerate(function.returns.columns):
            cell = way(column.result.type, names.options(program).version).cell
            yield f'{package}.{quote.identifier(cell)}("rows", {number})'


def is_plsql(function: Function) -> bool:
    """Return whether a wrapper is written in PL/SQL: for rows, and for defaults, which no call specification has.

    https://docs.oracle.com/en/error-help/db/pls-00255
    """
    return isinstance(function.returns, Table) or any(each.default is not None for each in function.parameters)


def _template(function: Function) -> str:
    if isinstance(function.returns, Table):
        return "table.sql"
    return "plsql.sql" if is_plsql(function) else "java.sql"


def _drop_in(drop_in: compat.DropIn, program: Program) -> nodes.Wrapper:
    """Return a drop-in name as a routine: its parameters are called as they were in 2016."""
    form = drop_in.form
    head = f"{'function' if form.is_function else 'procedure'} {quote.identifier(form.name.upper())}"
    returns = "return varchar2 " if form.is_function else ""
    spec = nodes.CallSpec(head, DROP_IN_PARAMETERS, returns, java.drop_in_call(drop_in, program))
    return nodes.Wrapper(spec, "", quote.comment(form.description), "", "", "", ())


def _package(program: Program) -> nodes.Package:
    probe = java.full_name(program, "probe", [java.TEXT], java.CLOB)
    specs = [nodes.CallSpec('function "PROBE"', '("WHAT" in varchar2)', "return clob ", probe)]
    specs += [each for function in program.functions for each in _hidden(function, program)]
    return nodes.Package(names.core_package(program), (*specs, *batches.steps(program), *_steps(program)))


def _hidden(function: Function, program: Program) -> Iterator[nodes.CallSpec]:
    """Yield the call specifications behind a wrapper in PL/SQL; that of a table gives its rows' handle, a number."""
    if function.batch:
        yield from batches.specs(function, program)
    elif is_plsql(function):
        returns = "number" if isinstance(function.returns, Table) else _returned(function, program)
        parameters = _parameters(function, program, defaults=False)
        yield _spec(function, program, names.routine(function, "$CALL"), returns, parameters)


def _steps(program: Program) -> Iterator[nodes.CallSpec]:
    """Yield the call specifications by which PL/SQL goes through rows."""
    if not java.has_rows(program):
        return
    handle = '("HANDLE" in number)'
    next_row = java.full_name(program, "nextRow", [java.NUMBER], java.NUMBER)
    yield nodes.CallSpec('function "NEXT_ROW"', handle, "return number ", next_row)
    for name, (declared, found) in java.cells(program).items():
        cell = java.full_name(program, f"{found.method}Cell", [java.NUMBER, "int"], found.java)
        both = '("HANDLE" in number, "CELL" in number)'
        yield nodes.CallSpec(f"function {quote.identifier(name)}", both, f"return {declared} ", cell)
    if java.has_tables(program):
        yield nodes.CallSpec('procedure "CLOSE_ROWS"', handle, "", java.full_name(program, "closeRows", [java.NUMBER]))


# Units


def _units(program: Program, place: nodes.Place) -> Iterator[Unit]:
    """Yield all that an install makes, in the order in which one needs the other.

    Triggers are told first: each stops before anything is touched that it calls, and is made when all is there.
    """
    code = Text("error_code.sql", nodes.ErrorCode(quote.identifier(names.error_code(program))))
    common = (*_java(program, place), _unit(place, _core(program), Text("package.sql", _package(program))))
    yield _setup(place)
    yield from (
        _trigger(each, program, place, (*_made(common), _wrapping(each.function, program), code))
        for each in program.triggers
    )
    yield _switch(program, place)
    yield from common
    for function in program.functions:
        yield from _types(function, program, place)
    for function in program.functions:
        key = Key(form(function), function.name.upper())
        grantees = names.grantees(function.grants, program)
        yield _unit(place, key, _wrapping(function, program), Phase.WRAPPER, grantees, function.origin)
    for drop_in in compat.drop_ins(program):
        yield _drop_in_unit(drop_in, program, place)
    yield _error_code(program, place, code)


def _wrapping(function: Function, program: Program) -> Text:
    if function.batch:
        template = "batch.sql" if function.returns else "batch_void.sql"
        return Text(template, batches.wrapper(function, function.batch, program))
    return Text(_template(function), _wrapper(function, program))


def _made(units: tuple[Unit, ...]) -> Iterator[Text]:
    """Yield the texts that make the objects of units."""
    yield from (text for unit in units for phase, text in unit.statements if phase is Phase.CORE)


def _place(program: Program) -> nodes.Place:
    setup = Key("package", f"{names.registry(program)}$SETUP")
    return nodes.Place(quote.identifier(names.registry(program)), quote.identifier(setup.name), _recorded(setup))


def _setup(place: nodes.Place) -> Unit:
    """Return the package by which every other object is closed, checked and recorded; it cannot close itself.

    What of it does not compile cannot check itself either: then the call fails, which is as good.
    """
    key = place.first.key
    made = (Text(f"{name}.sql", place) for name in ("setup_drop", "setup", "setup_body"))
    return Unit(key, None, tuple((Phase.PREPARE, text) for text in (*made, _step(place, "check_made", key))))


def _step(place: nodes.Place, routine: str, key: Key) -> Text:
    """Return the call of a routine of the package for one object."""
    of = _recorded(key)
    return Text("step.sql", nodes.Step(place.setup, routine, of.kind, of.name))


def _switch(program: Program, place: nodes.Place) -> Unit:
    """Return the table of switched bindings; its rows are kept, whatever is made of it."""
    key = Key("switch", names.switch(program))
    made = Text("switch_table.sql", nodes.SwitchTable(quote.identifier(key.name), _recorded(key).name))
    return Unit(key, None, ((Phase.PREPARE, _step(place, "close_made", key)), (Phase.CORE, made)))


def _trigger(trigger: Trigger, program: Program, place: nodes.Place, reached: tuple[Text, ...]) -> Unit:
    """Return a trigger that calls nothing from the first step of an install that changes what it reaches to the last.

    It is made anew with each of that. Enabled while it does not compile it would make every write fail.
    """
    key = Key("trigger", trigger.name.upper())
    version = hashlib.sha256("".join(type_out(DIALECT.name, each) for each in reached).encode()).hexdigest()[:12]
    made = Text(triggers.template(trigger), triggers.node(trigger, program, version))
    table = quote.literal(triggers.fold(trigger.table))
    stop = Text("stop_trigger.sql", nodes.Stop(place.setup, _recorded(key).name, table))
    statements = (
        (Phase.PREPARE, stop),
        (Phase.TRIGGER, made),
        (Phase.TRIGGER, _step(place, "check_made", key)),
        (Phase.TRIGGER, Text("enable_trigger.sql", nodes.Named(quote.identifier(key.name)))),
    )
    return Unit(key, trigger.origin, statements)


def _drop_in_unit(drop_in: compat.DropIn, program: Program, place: nodes.Place) -> Unit:
    key = Key("function" if drop_in.form.is_function else "procedure", drop_in.form.name.upper())
    grantees = names.grantees(drop_in.family.grants, program)
    made = Text("java.sql", _drop_in(drop_in, program))
    return _unit(place, key, made, Phase.WRAPPER, grantees, drop_in.family.origin)


def _java(program: Program, place: nodes.Place) -> Iterator[Unit]:
    core = java.core(program)
    if java.trusts_roots(program):
        roots = java.path(program, "roots.txt")
        resource = nodes.Resource(quote.identifier(roots), tuple(map(quote.block, java.roots())))
        yield _unit(place, Key("java resource", roots), Text("resource.sql", resource))
    name = java.path(program, "Core")
    source = nodes.Source(quote.identifier(name), core)
    yield _unit(place, Key("java source", name), Text("source.sql", source))
    functions = Text("functions.sql", java.functions(program, core))
    yield _unit(place, Key("java source", java.path(program, "Functions")), functions)


def _types(function: Function, program: Program, place: nodes.Place) -> Iterator[Unit]:
    """Yield the type of the rows that are piped, then that of all of them; who may call the function may use both."""
    columns = tuple(_columns(function, names.options(program).version))
    if not columns:
        return
    grantees = names.grantees(function.grants, program)
    both = nodes.RowType(
        names.routine(function, "$ROW"), names.routine(function, "$ROWS"), quote.listed(columns, 4, ROOM)
    )
    for ending, template in (("$ROW", "row.sql"), ("$ROWS", "rows.sql")):
        key = Key("type", f"{function.name.upper()}{ending}")
        yield _unit(place, key, Text(template, both), Phase.CORE, grantees, function.origin)


def _columns(function: Function, version: int) -> Iterator[str]:
    """Yield the columns of what a wrapper pipes, none where it does not."""
    if isinstance(function.returns, Table):
        for column in function.returns.columns:
            yield f"{quote.identifier(column.name.upper())} {attribute(column.result.type, version)}"
    elif function.batch and isinstance(function.returns, Result):
        yield from batches.attributes(function, function.returns, version)


def _error_code(program: Program, place: nodes.Place, made: Text) -> Unit:
    """Return the function that takes the code out of an error, for all who may see one."""
    grantees = names.grantees(_grants(program), program)
    return _unit(place, Key("function", names.error_code(program)), made, Phase.WRAPPER, grantees)


def _grants(program: Program) -> Iterator[Grant]:
    yield from chain.from_iterable(each.grants for each in program.functions)
    yield from chain.from_iterable(each.grants for each in program.compat)


def _unit(
    place: nodes.Place,
    key: Key,
    made: Text,
    phase: Phase = Phase.CORE,
    grantees: tuple[str, ...] = (),
    origin: Origin | None = None,
) -> Unit:
    """Return an object that is closed before it is made, checked after, and opened when all is there."""
    closing, checking = (_step(place, routine, key) for routine in ("close_made", "check_made"))
    statements = [(Phase.PREPARE, closing), (phase, made), (phase, checking)]
    if grantees:
        listed = ", ".join(map(quote.identifier, grantees))
        statements.append((Phase.GRANT, Text("grant.sql", nodes.Grant(quote.identifier(key.name), listed))))
    return Unit(key, origin, tuple(statements))


def _recorded(key: Key) -> nodes.Recorded:
    return nodes.Recorded(key, quote.literal(key.kind), quote.literal(key.name))


def _requirements(program: Program) -> Iterator[Requirement]:
    """Yield what must be there: who is connected, the release, Java permissions, people, tables; each once."""
    yield Requirement(Key("schema", names.schema(program)), program.origin)
    yield Requirement(Key("version", str(names.options(program).version)), program.origin)
    for row in permissions.needed(program):
        yield Requirement(Key("java permission", str(row)), program.origin)
    found: dict[Key, Origin] = {}
    for key, origin in (*_people(program), *_tables(program)):
        found.setdefault(key, origin)
    yield from (Requirement(key, origin) for key, origin in found.items())


def _people(program: Program) -> Iterator[tuple[Key, Origin]]:
    for grant in _grants(program):
        yield from ((Key("grantee", name), grant.origin) for name in names.means(grant.grantee, program))
    for trigger in program.triggers:
        yield from ((Key("writer", name), trigger.origin) for name in triggers.unless_users(trigger, program))


def _tables(program: Program) -> Iterator[tuple[Key, Origin]]:
    for trigger in program.triggers:
        table = triggers.identifier(trigger.table)
        yield Key("table", table), trigger.origin
        for column in triggers.columns(trigger):
            yield Key("column", f"{table}.{triggers.identifier(column)}"), trigger.origin


# Files


def _pages(program: Program, place: nodes.Place, units: tuple[Unit, ...]) -> Iterator[Page]:
    heading = tuple(_heading(program))
    drops = tuple(_drop(unit.key) for kind in DROPS for unit in reversed(units) if unit.key.kind == kind)
    yield Page("install.sql", Text("install.sql", nodes.Script(heading)))
    yield Page("uninstall.sql", Text("uninstall.sql", nodes.Removal(heading, place.registry, drops)))
    rows = tuple(_grant(row, program) for row in permissions.needed(program))
    rights = (f"grant create trigger to {quote.identifier(names.schema(program))}",) if program.triggers else ()
    yield Page("permissions.sql", Text("permissions.sql", nodes.Permissions(heading, rows, rights)))


def _drop(key: Key) -> nodes.Drop:
    return nodes.Drop(_recorded(key), quote.literal(PLAIN_DROPS[key.kind].format(name=key.name)))


def _heading(program: Program) -> Iterator[str]:
    env = f", environment {program.environment}" if program.environment else ""
    # Before `set define off`, SQL*Plus would ask what the user's & stands for.
    file = " ".join(quote.comment(program.origin.file)).replace("&", "+")
    yield f"-- Generated by udfgen {udfgen.__version__} from {file}{env}."
    yield "-- Do not edit: change the spec, run `udfgen build`, review the difference."


def _grant(row: permissions.Permission, program: Program) -> str:
    return ", ".join(map(quote.literal, (names.schema(program), f"SYS:{row.type}", row.name, row.action)))
