"""Program -> Module for Oracle: every decision is made here, every string leaves here quoted."""

from __future__ import annotations

from collections.abc import Iterator

import udfgen
from udfgen.bundle import Key, Phase, Requirement
from udfgen.errors import Origin
from udfgen.ir import Function, Parameter, Program, Table, Volatility
from udfgen.render import Module, Page, Text, Unit

from . import DIALECT, java, nodes, permissions, quote
from .limits import refuse
from .options import Options
from .types import attribute, native, way

DROP = """begin
    execute immediate '{drop}';
exception
    when others then
        if sqlcode not in (-4043, -29501) then
            raise;
        end if;
end;"""
"""Passes when there is no such object, or no such Java object: https://docs.oracle.com/en/error-help/db/ora-29501"""

KINDS = ("function", "procedure", "package", "type", "java source", "java resource")
PLAIN_DROPS = {kind: f'drop {kind} "{{name}}"{" force" if kind == "type" else ""}' for kind in KINDS}
DROPS = {kind: DROP.format(drop=drop) for kind, drop in PLAIN_DROPS.items()}


ROOM = 70
"""Columns for a list of parameters behind a routine's name."""


def lower(program: Program) -> Module:
    """Return Oracle's module, or raise SpecError with all that Oracle cannot do."""
    refuse(program)
    place = _place(program)
    units = tuple(_units(program, place))
    wanted = Text("intend.sql", nodes.Record(place, tuple(_recorded(unit.key) for unit in units)))
    return Module(
        dialect=DIALECT,
        environment=program.environment,
        program=program.name,
        units=units,
        pages=tuple(_pages(program, units)),
        requirements=tuple(_requirements(program)),
        opening=(Text("opening.sql", place), wanted),
        retire=(),
        closing=(Text("record.sql", place),),
        removal=(Text("remove.sql", place),),
        catalog=Text("catalog.sql", place),
        registry=Text("registry_rows.sql", place),
        drops=DROPS,
    )


def schema(program: Program) -> str:
    """Return the name of the schema that owns what is installed, as the dictionary has it."""
    return (_options(program).schema_ or program.name).upper()


def core_package(program: Program) -> str:
    """Return the quoted name of the package that holds what only the owner's functions may call."""
    return quote.identifier(_core(program).name)


def qualified(program: Program, function: Function) -> str:
    """Return a wrapper's quoted name in its schema."""
    return _name(function)


def form(function: Function) -> str:
    """Return what a function is here: what returns nothing is a procedure."""
    return "procedure" if function.returns is None else "function"


def _options(program: Program) -> Options:
    options: Options = program.options[DIALECT.name]
    return options


def _core(program: Program) -> Key:
    return Key("package", f"UDFGEN${program.name.upper()}$CORE")


def _name(function: Function, ending: str = "") -> str:
    return quote.identifier(f"{function.name.upper()}{ending}")


# The routines


def _parameters(function: Function, program: Program, defaults: bool = True) -> str:
    declared = [_declared(each, _options(program).version, defaults) for each in function.parameters]
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
        return _name(function, "$ROWS")
    return native(returns.type, _options(program).version) if returns else ""


def _wrapper(function: Function, program: Program) -> nodes.Wrapper:
    package = core_package(program)
    return nodes.Wrapper(
        spec=_spec(function, program, _name(function), _returned(function, program), _parameters(function, program)),
        determinism=" deterministic" if function.volatility is Volatility.IMMUTABLE else "",
        comment=quote.comment(function.description),
        call=_call(function, package),
        package=package,
        row=_name(function, "$ROW") if isinstance(function.returns, Table) else "",
        cells=tuple(_cells(function, program, package)),
    )


def _call(function: Function, package: str) -> str:
    """Return how PL/SQL reaches a function's method: an expression for rows, else a statement."""
    names = [quote.identifier(parameter.name.upper()) for parameter in function.parameters]
    call = f"{package}.{_name(function, '$CALL')}{f'({quote.listed(names, 8)})' if names else ''}"
    return call if function.returns is None or isinstance(function.returns, Table) else f"return {call}"


def _cells(function: Function, program: Program, package: str) -> Iterator[str]:
    if isinstance(function.returns, Table):
        for number, column in enumerate(function.returns.columns):
            cell = way(column.result.type, _options(program).version).cell
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


def _package(program: Program) -> nodes.Package:
    probe = java.full_name(program, "probe", [java.TEXT], java.CLOB)
    specs = [nodes.CallSpec('function "PROBE"', '("WHAT" in varchar2)', "return clob ", probe)]
    specs += [_hidden(function, program) for function in program.functions if is_plsql(function)]
    return nodes.Package(core_package(program), (*specs, *_steps(program)))


def _hidden(function: Function, program: Program) -> nodes.CallSpec:
    """Return the call specification behind a wrapper in PL/SQL; that of a table gives its rows' handle, a number."""
    returns = "number" if isinstance(function.returns, Table) else _returned(function, program)
    return _spec(function, program, _name(function, "$CALL"), returns, _parameters(function, program, defaults=False))


def _steps(program: Program) -> Iterator[nodes.CallSpec]:
    """Yield the call specifications by which PL/SQL goes through rows."""
    if not java.has_tables(program):
        return
    handle = '("HANDLE" in number)'
    next_row = java.full_name(program, "nextRow", [java.NUMBER], java.NUMBER)
    yield nodes.CallSpec('function "NEXT_ROW"', handle, "return number ", next_row)
    for name, (declared, found) in java.cells(program).items():
        cell = java.full_name(program, f"{found.method}Cell", [java.NUMBER, "int"], found.java)
        both = '("HANDLE" in number, "CELL" in number)'
        yield nodes.CallSpec(f"function {quote.identifier(name)}", both, f"return {declared} ", cell)
    yield nodes.CallSpec('procedure "CLOSE_ROWS"', handle, "", java.full_name(program, "closeRows", [java.NUMBER]))


# Units


def _units(program: Program, place: nodes.Place) -> Iterator[Unit]:
    """Yield all that an install makes, in the order in which one needs the other."""
    yield _setup(place)
    yield from _java(program, place)
    yield _unit(place, _core(program), Text("package.sql", _package(program)))
    for function in program.functions:
        yield from _types(function, program, place)
    for function in program.functions:
        key = Key(form(function), function.name.upper())
        made = Text(_template(function), _wrapper(function, program))
        grantees = _grantees(function, program)
        yield _unit(place, key, made, Phase.WRAPPER, grantees, function.origin)
    yield _error_code(program, place)


def _place(program: Program) -> nodes.Place:
    name = f"UDFGEN${program.name.upper()}"
    setup = Key("package", f"{name}$SETUP")
    return nodes.Place(quote.identifier(name), quote.identifier(setup.name), _recorded(setup))


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
    """Yield the type of a table's rows, then that of all of them; who may call the function may use both."""
    if not isinstance(function.returns, Table):
        return
    version, grantees = _options(program).version, _grantees(function, program)
    columns = (
        f"{quote.identifier(column.name.upper())} {attribute(column.result.type, version)}"
        for column in function.returns.columns
    )
    both = nodes.RowType(_name(function, "$ROW"), _name(function, "$ROWS"), quote.listed(columns, 4, ROOM))
    for ending, template in (("$ROW", "row.sql"), ("$ROWS", "rows.sql")):
        key = Key("type", f"{function.name.upper()}{ending}")
        yield _unit(place, key, Text(template, both), Phase.CORE, grantees, function.origin)


def _error_code(program: Program, place: nodes.Place) -> Unit:
    """Return the function that takes the code out of an error, for all who may see one."""
    name = f"{program.name.upper()}_ERROR_CODE"
    made = Text("error_code.sql", nodes.ErrorCode(quote.identifier(name)))
    grantees = tuple(dict.fromkeys(each for function in program.functions for each in _grantees(function, program)))
    return _unit(place, Key("function", name), made, Phase.WRAPPER, grantees)


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
        names = ", ".join(map(quote.identifier, grantees))
        statements.append((Phase.GRANT, Text("grant.sql", nodes.Grant(quote.identifier(key.name), names))))
    return Unit(key, origin, tuple(statements))


def _recorded(key: Key) -> nodes.Recorded:
    return nodes.Recorded(key, quote.literal(key.kind), quote.literal(key.name))


def _grantees(function: Function, program: Program) -> tuple[str, ...]:
    names = (each for grant in function.grants for each in grantees_of(grant.grantee, _options(program)))
    return tuple(dict.fromkeys(names))


def grantees_of(grantee: str, options: Options) -> tuple[str, ...]:
    """Return the users and roles that a grantee of the spec means."""
    return options.grantees.get(grantee, (grantee.upper(),))


def _requirements(program: Program) -> Iterator[Requirement]:
    """Yield what must be there: who is connected, the release, the Java permissions, the grantees."""
    yield Requirement(Key("schema", schema(program)), program.origin)
    yield Requirement(Key("version", str(_options(program).version)), program.origin)
    for row in permissions.needed(program):
        yield Requirement(Key("java permission", str(row)), program.origin)
    found: dict[str, Origin] = {}
    for function in program.functions:
        for grant in function.grants:
            for name in grantees_of(grant.grantee, _options(program)):
                found.setdefault(name, grant.origin)
    for name, origin in found.items():
        yield Requirement(Key("grantee", name), origin)


# Files


def _pages(program: Program, units: tuple[Unit, ...]) -> Iterator[Page]:
    heading = tuple(_heading(program))
    keys = [unit.key for kind in DROPS for unit in reversed(units) if unit.key.kind == kind]
    drops = tuple(quote.literal(PLAIN_DROPS[key.kind].format(name=key.name)) for key in keys)
    yield Page("install.sql", Text("install.sql", nodes.Script(heading)))
    yield Page("uninstall.sql", Text("uninstall.sql", nodes.Script(heading, drops)))
    rows = tuple(_grant(row, program) for row in permissions.needed(program))
    yield Page("permissions.sql", Text("permissions.sql", nodes.Permissions(heading, rows)))


def _heading(program: Program) -> Iterator[str]:
    env = f", environment {program.environment}" if program.environment else ""
    # Before `set define off`, SQL*Plus would ask what the user's & stands for.
    file = " ".join(quote.comment(program.origin.file)).replace("&", "+")
    yield f"-- Generated by udfgen {udfgen.__version__} from {file}{env}."
    yield "-- Do not edit: change the spec, run `udfgen build`, review the difference."


def _grant(row: permissions.Permission, program: Program) -> str:
    return ", ".join(map(quote.literal, (schema(program), f"SYS:{row.type}", row.name, row.action)))
