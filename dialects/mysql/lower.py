"""Program -> Module for MySQL and MariaDB: every decision is made here, every string leaves here quoted."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import udfgen
from udfgen.bundle import UNTRACKED, Bundle, Key, Phase, Requirement
from udfgen.errors import Origin
from udfgen.ir import (
    Function,
    Grant,
    Invoke,
    Kind,
    Program,
    Result,
    Table,
    Trigger,
    Type,
    Volatility,
    describe,
    describe_aws,
)
from udfgen.layout import lay_out
from udfgen.render import Module, Page, Text, Unit

from . import DIALECT, batches, limits, nodes, quote, triggers
from .compat import FUNCTION, PROCEDURE, DropIn, drop_ins
from .names import (
    OWNER_HOST,
    accounts_of,
    database_of,
    excepted,
    family,
    options_of,
    owner_of,
    private_database,
    table_of,
)
from .types import TEXTS, declared, returned

TEXT = Type(Kind.TEXT)

LOCK = "udfgen"
"""The GET_LOCK name that every install on a server takes."""

ALONE = "locked, no rights"
"""What catalog.sql says of an owner as it should be."""

SQL_MODE = "concat('STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_UNSIGNED_SUBTRACTION' /*M! , ',NO_AUTO_CREATE_USER' */)"
"""Strict, so that nothing is cut in silence; a difference of unsigned columns may be negative in a trigger's condition;
and a GRANT on MariaDB makes no account, which would have no password."""

CREATE_OWNER = "create /*!80000 role */ /*M! user */ if not exists {} /*M! identified via unix_socket account lock */"
"""Without a password on either server."""

SWITCH = "csv: binding varchar(255) ascii, mode enum('off','dry_run') ascii"
"""What catalog.sql says of the switch's table as it should be."""

SWITCH_COLUMNS = (
    "binding varchar(255) character set ascii not null, mode enum('off', 'dry_run') character set ascii not null"
)

PROBE = "probe"
PROJECT = "CMakeLists.txt"

DROPS = {
    "function": "drop function if exists {name}",
    "procedure": "drop procedure if exists {name}",
    "core": "drop function if exists `{name}`; delete from mysql.func where name = '{name}'",
    "switch": "drop table if exists {name}",
}

DROP_TRIGGER = "set session lock_wait_timeout = 2; drop trigger if exists {name}; set session lock_wait_timeout = 60"
"""Who writes to the table waits behind it, so that it must not wait long for one who reads."""

MODES = {"dry_run": "switch.sql", "off": "switch.sql", "live": "live.sql"}
"""The template that sets a mode: a live binding has no row."""


def lower(program: Program) -> Module:
    """Return the module of MySQL and MariaDB, or raise SpecError with all that they cannot do."""
    limits.check(program)
    place = placed(program)
    core, routines, made = _core_unit(place), _routines(program, place), _triggers(program, place)
    rights = tuple(triggers.rights(program, place))
    switched = Unit(Key("switch", place.switch), None, _prepare(place, "switch_table"))
    units = (switched, core, _probe_unit(place), *routines, *itertools.starmap(_right_unit, rights), *made)
    record = nodes.Record(place, tuple(map(_recorded, units)))
    return Module(
        dialect=DIALECT,
        environment=program.environment,
        program=program.name,
        units=(*_ground(program, place), *units),
        pages=(*_scripts(program, units, place), *_sources(program, place.library)),
        requirements=_requirements(program),
        opening=tuple(_opening(program, place, record)),
        retire=(*(Text("surplus.sql", right) for _, right in rights), *_texts(place, "retire")),
        closing=(Text("record.sql", record), *_texts(place, "unlock")),
        removal=_texts(place, "remove"),
        catalog=Text("catalog.sql", place),
        registry=Text("registry_rows.sql", place),
        drops=_drops(place),
    )


def _opening(program: Program, place: nodes.Place, record: nodes.Record) -> Iterator[Text]:
    """Yield what comes first; a lost switch before the registry forgets, by what is wanted, that there was one."""
    yield from _texts(place, "opening", "private")
    yield Text("lost.sql", nodes.Lost(place, tuple(map(quote.literal, _anew(program, place)))))
    yield Text("intend.sql", record)
    yield from _moved(program, place)


def _anew(program: Program, place: nodes.Place) -> Iterator[str]:
    """Yield the statements that make a switch on which every binding is off.

    They are prepared one by one: a procedure around them would be left behind where an install is cut.
    """
    beside = f"{place.private}.{quote.identifier('switch_new')}"
    rows = ", ".join(f"({quote.literal(each.name)}, 'off')" for each in program.bindings)
    yield f"drop table if exists {beside}"
    yield f"create table {beside} ({SWITCH_COLUMNS}) engine = csv"
    if rows:
        yield f"insert into {beside} (binding, mode) values {rows}"
    yield f"drop table if exists {place.switch}"
    yield f"rename table {beside} to {place.switch}"


def switch(program: Program, binding: str, mode: str) -> Text:
    """Return the statements that switch a binding to `live`, `dry_run` or `off`."""
    table = placed(program).switch
    return Text(MODES[mode], nodes.Switched(table, quote.literal(binding), quote.literal(mode)))


def modes(program: Program) -> Text:
    """Return the query for the bindings that are not live, and their modes."""
    return Text("modes.sql", placed(program))


def _drops(place: nodes.Place) -> dict[str, str]:
    """Return how what is recorded goes: triggers first, because a write fails where a trigger finds nothing to call.

    A right goes after one is granted: it may be that there is none, because an install was cut, nor owner, nor table.
    """
    granted = f"{place.create_owner}; grant create on {{name}} to {place.owner}"
    right = f"{granted}; revoke all privileges on {{name}} from {place.owner}"
    return {"trigger": DROP_TRIGGER, "right": right} | DROPS


def _texts(place: nodes.Place, *names: str) -> tuple[Text, ...]:
    return tuple(Text(f"{name}.sql", place) for name in names)


def placed(program: Program) -> nodes.Place:
    """Return where a program's objects stand, quoted."""
    options = options_of(program)
    database, private = database_of(program), private_database(program)
    owner, udf = owner_of(program), library_name(program)
    account = quote.account(owner, OWNER_HOST)
    registry, switch, token = (quote.qualified(private, name) for name in ("registry", "switch", "token"))
    return nodes.Place(
        database=quote.identifier(database),
        database_text=quote.literal(database),
        database_name_text=quote.literal(quote.identifier(database)),
        private=quote.identifier(private),
        private_text=quote.literal(private),
        private_name_text=quote.literal(quote.identifier(private)),
        registry=registry,
        registry_name_text=quote.literal(registry),
        switch=switch,
        switch_name_text=quote.literal(switch),
        token=token,
        token_name_text=quote.literal(token),
        owner=account,
        create_owner=CREATE_OWNER.format(account),
        owner_name_text=quote.literal(account),
        owner_text=quote.literal(f"{owner}@{OWNER_HOST}"),
        owner_user_text=quote.literal(owner),
        owner_host_text=quote.literal(OWNER_HOST),
        owner_grantee_text=quote.literal(f"'{owner}'@'{OWNER_HOST}'"),
        shown_token=f"(select token from {token})" if options.token_table else nodes.NOTHING_SHOWN,
        library=udf,
        udf=quote.identifier(udf),
        udf_text=quote.literal(udf),
        names_text=", ".join(map(quote.literal, _routine_names(program))),
        is_trigger=_is_trigger(program, f"{owner}@{OWNER_HOST}"),
        facts=facts_of_library(udf),
        sql_mode=SQL_MODE,
        lock=quote.literal(LOCK),
    )


def _routine_names(program: Program) -> tuple[str, ...]:
    return (PROBE, *(each.name for each in program.functions), *(each.name for each in drop_ins(program)))


def _is_trigger(program: Program, definer: str) -> str:
    """Return the condition for a trigger of ours: by its definer, or by one of the names that are to be."""
    named = (
        f"(trigger_schema = {quote.literal(table_of(program, each)[0])}"
        f" and trigger_name = {quote.literal(triggers.name_of(each, event))})"
        for each in program.triggers
        for event in each.events
    )
    return " or ".join((f"definer = {quote.literal(definer)}", *named))


def private_of(bundle: Bundle) -> str:
    """Return the same of a bundle: what its first object is."""
    return bundle.objects[0].key.name.strip("`")


def facts_of_library(udf: str) -> str:
    """Return the expression of a core's definition: the file that is loaded, its SHA-256, how its door is closed."""
    loaded = f"(select dl from mysql.func where name = {quote.literal(udf)})"
    return f"concat('library ', {loaded}, '\\n', convert({quote.identifier(udf)}() using utf8mb4))"


def library_name(program: Program) -> str:
    """Return the name of the loadable function, and of its library's file without an ending.

    It follows from the sources, so that a new library is a new file and a new function: MySQL 9.7 forgets a function
    that was made under the name of one with a call under way, when that call ends (measured).
    """
    digest = hashlib.sha256()
    for name, text in native_sources().items():
        digest.update(f"{name}\0{text}\0".encode())
    digest.update(lay_out([_program_facts(program), *(facts for _, facts in _entries(program))]).encode())
    return f"{family(program.name)}_{digest.hexdigest()[:12]}"


@cache
def native_sources() -> dict[str, str]:
    """Return the hand-written sources by their names, in alphabetical order."""
    folder = files(f"udfgen.native.{DIALECT.name}")
    found = [each for each in folder.iterdir() if each.name.endswith((".cpp", ".hpp", PROJECT))]
    return {each.name: each.read_text(encoding="utf-8") for each in sorted(found, key=lambda each: each.name)}


def _program_facts(program: Program) -> dict[str, object]:
    facts = {"database": database_of(program), "owner_user": owner_of(program), "owner_host": OWNER_HOST}
    # Below the server's data folder: https://dev.mysql.com/doc/refman/8.4/en/csv-storage-engine.html
    return describe_aws(program) | facts | {"switch_file": f"{private_database(program)}/switch.CSV"}


def _entries(program: Program) -> Iterator[tuple[Origin, dict[str, Any]]]:
    """Yield the table: what each function and each drop-in name is to the core."""
    for function in program.functions:
        yield function.origin, describe(function) | ({"null_on_null": True} if function.null_on_null else {})
    for each in drop_ins(program):
        yield each.family.origin, each.facts()


# The routines


def _wrapper(function: Function, program: Program, place: nodes.Place) -> nodes.Wrapper:
    returns = function.returns
    return nodes.Wrapper(
        form=form(function),
        name=qualified(program, function),
        parameters=batches.PARAMETERS if function.batch else _parameters(function),
        returns=_returns(function),
        determinism="" if function.volatility is Volatility.IMMUTABLE else "not ",
        comment=quote.literal(function.description),
        call=_call(function, place),
        columns=_columns(returns) if isinstance(returns, Table) else (),
        owner=place.owner,
        grantees=_grantees(function.grants, program, place),
    )


def _parameters(function: Function) -> str:
    return ", ".join(f"{quote.identifier(each.name)} {declared(each.type)}" for each in function.parameters)


def _returns(function: Function) -> str:
    """Return the type that a wrapper returns, '' for a procedure."""
    if function.returns is None or isinstance(function.returns, Table):
        return ""
    return batches.TEXT if function.batch else returned(function.returns.type)


def form(function: Function) -> str:
    """Return what a function is here: what returns nothing, or rows, is a procedure."""
    return PROCEDURE if function.returns is None or isinstance(function.returns, Table) else FUNCTION


def qualified(program: Program, function: Function) -> str:
    """Return a routine's quoted name in its database."""
    return quote.qualified(database_of(program), function.name)


def _call(function: Function, place: nodes.Place) -> str:
    """Return the expression that reaches the core. It gives bytes: the servers want to be told where those are text."""
    names = batches.ARGUMENTS if function.batch else [quote.identifier(each.name) for each in function.parameters]
    call = f"{place.udf}({', '.join([quote.literal(function.name), 'user()', place.shown_token, *names])})"
    returns = function.returns
    is_many = isinstance(returns, Table) or function.batch is not None
    is_text = returns is not None and (is_many or (isinstance(returns, Result) and returns.type.kind in TEXTS))
    return f"convert({call} using utf8mb4)" if is_text else call


def _columns(table: Table) -> tuple[nodes.Column, ...]:
    return tuple(_column(number, column.name, column.result.type) for number, column in enumerate(table.columns))


def _column(number: int, name: str, type_: Type) -> nodes.Column:
    """Return a column: a cell that cannot be read fails, and bytes travel in base64."""
    column = quote.identifier(name)
    native = "longtext character set utf8mb4" if type_.kind is Kind.BYTES else returned(type_)
    shown = f"from_base64(`row`.{column}) as {column}" if type_.kind is Kind.BYTES else f"`row`.{column}"
    return nodes.Column(f"{column} {native} path '$[{number}]' error on error", shown)


def _grantees(grants: tuple[Grant, ...], program: Program, place: nodes.Place) -> str:
    accounts = (account for grant in grants for account in accounts_of(grant.grantee, options_of(program)))
    return ", ".join(dict.fromkeys((place.owner, *(quote.account(*account) for account in accounts))))


def _drop_in(each: DropIn, program: Program, place: nodes.Place) -> nodes.Wrapper:
    """Return a drop-in name; a function that only queues gives the empty text."""
    signature = each.signature
    names = [quote.identifier(name) for name in signature.parameters]
    call = f"{place.udf}({', '.join([quote.literal(each.name), 'user()', place.shown_token, *names])})"
    text = f"convert({call} using utf8mb4)"
    calls = {Invoke.SYNC: text, Invoke.ASYNC: f"coalesce({text}, '')"} if signature.form == FUNCTION else {}
    return nodes.Wrapper(
        form=signature.form,
        name=quote.qualified(database_of(program), each.name),
        parameters=", ".join(f"{name} {declared(TEXT)}" for name in names),
        returns=declared(TEXT) if signature.form == FUNCTION else "",
        determinism="not ",
        comment=quote.literal("For code written for another library: reaches the spec's bindings, and nothing else."),
        call=calls.get(signature.invoke, call),
        columns=(),
        owner=place.owner,
        grantees=_grantees(each.family.grants, program, place),
    )


# Units


def _ground(program: Program, place: nodes.Place) -> tuple[Unit, ...]:
    """Return what the routines stand on: the databases, their owner, the token where one is asked for."""
    token = Unit(Key("token", place.token), None, _prepare(place, "token"), shared=True)
    return (
        Unit(Key("database", place.private), None, (), shared=True),  # made by the opening: the registry is in it
        Unit(Key("account", place.owner), None, _prepare(place, "owner"), shared=True, expected=ALONE),
        Unit(Key("database", place.database), None, _prepare(place, "database"), shared=True),
        *([token] if options_of(program).token_table else []),
    )


def _prepare(place: nodes.Place, name: str) -> tuple[tuple[Phase, Text], ...]:
    return ((Phase.PREPARE, Text(f"{name}.sql", place)),)


def _core_unit(place: nodes.Place) -> Unit:
    library = f"{place.library}.so"
    made = Text("core.sql", nodes.Core(place, quote.literal(library)))
    return Unit(Key("core", place.library), None, ((Phase.CORE, made),), file=f"{UNTRACKED}/{library}")


def _probe_unit(place: nodes.Place) -> Unit:
    """Return the function by which `doctor` and `test` look around from inside the server; granted to nobody."""
    wrapper = nodes.Wrapper(
        form=FUNCTION,
        name=f"{place.private}.{quote.identifier(PROBE)}",
        parameters="`what` longtext character set utf8mb4",
        returns="longtext character set utf8mb4",
        determinism="not ",
        comment=quote.literal("What the server process sees: endpoint, or checks."),
        call=f"convert({place.udf}('', user(), {place.shown_token}, `what`) using utf8mb4)",
        columns=(),
        owner=place.owner,
        grantees=place.owner,
    )
    return _routine_unit(wrapper, None, "function")


def _routines(program: Program, place: nodes.Place) -> Iterator[Unit]:
    for function in program.functions:
        yield _wrapper_unit(_wrapper(function, program, place), function.origin)
    for each in drop_ins(program):
        yield _wrapper_unit(_drop_in(each, program, place), each.family.origin)


def _wrapper_unit(wrapper: nodes.Wrapper, origin: Origin) -> Unit:
    shape = "rows" if wrapper.columns else "function" if wrapper.returns else "void"
    return _routine_unit(wrapper, origin, shape)


def _routine_unit(wrapper: nodes.Wrapper, origin: Origin | None, shape: str) -> Unit:
    statements = (
        (Phase.WRAPPER, Text("drop.sql", wrapper)),
        (Phase.WRAPPER, Text(f"{shape}.sql", wrapper)),
        (Phase.GRANT, Text("grant.sql", wrapper)),
    )
    return Unit(Key(wrapper.form, wrapper.name), origin, statements)


def _recorded(unit: Unit) -> nodes.Recorded:
    return nodes.Recorded(unit.key, quote.literal(unit.key.kind), quote.literal(unit.key.name))


def _right_unit(trigger: Trigger, right: nodes.Right) -> Unit:
    return Unit(Key("right", right.table), trigger.origin, ((Phase.PREPARE, Text("right.sql", right)),))


def _triggers(program: Program, place: nodes.Place) -> Iterator[Unit]:
    for trigger, made in triggers.lowered(program, place):
        shape = "trigger_if.sql" if made.condition else "trigger.sql"
        yield Unit(Key("trigger", made.name), trigger.origin, ((Phase.TRIGGER, Text(shape, made)),))


def _moved(program: Program, place: nodes.Place) -> Iterator[Text]:
    if program.triggers:
        yield Text("moved.sql", nodes.Moved(place.private, tuple(each for _, each in triggers.lowered(program, place))))


def _requirements(program: Program) -> tuple[Requirement, ...]:
    """Return what the spec names and does not make, each with the place of its first mention."""
    found: dict[Key, Origin] = {}
    for key, origin in (*_accounts(program), *_tables(program)):
        found.setdefault(key, origin)
    return tuple(itertools.starmap(Requirement, found.items()))


def _accounts(program: Program) -> Iterator[tuple[Key, Origin]]:
    for grant in limits.grants_of(program):
        for account in accounts_of(grant.grantee, options_of(program)):
            yield Key("account", quote.account(*account)), grant.origin
    for trigger in program.triggers:
        for account in excepted(program, trigger):
            yield Key("writer", quote.account(*account)), trigger.origin


def _tables(program: Program) -> Iterator[tuple[Key, Origin]]:
    """Yield the tables of triggers, their columns, and those columns that must mean a moment in UTC."""
    for trigger in program.triggers:
        table = table_of(program, trigger)
        yield Key("table", quote.qualified(*table)), trigger.origin
        for column in triggers.columns_of(trigger):
            yield Key("column", quote.qualified(*table, column)), trigger.origin
        for column in triggers.moments_of(trigger):
            yield Key("moment", quote.qualified(*table, column)), trigger.origin


# Files


def _scripts(program: Program, units: tuple[Unit, ...], place: nodes.Place) -> Iterator[Page]:
    library = f"{place.library}.so"
    install = [
        *_heading("--", program),
        f"-- First `udfgen compile`, and copy build/{library} into the server's plugin folder (select @@plugin_dir).",
    ]
    if options_of(program).token_table:
        install.append(f"-- Then write sha2(token, 256) of {place.token} beside it, as {library}.token_sha256.")
    yield Page("install.sql", Text("install.sql", nodes.Script(tuple(install))))
    yield Page("uninstall.sql", Text("uninstall.sql", nodes.Script(_heading("--", program), _removed(units, place))))


def _removed(units: tuple[Unit, ...], place: nodes.Place) -> tuple[str, ...]:
    """Return what takes the units away, in the order in which their kinds go."""
    drops = _drops(place)
    return tuple(
        sql.format(name=unit.key.name) for kind, sql in drops.items() for unit in units if unit.key.kind == kind
    )


def _heading(prefix: str, program: Program) -> tuple[str, ...]:
    env = f", environment {program.environment}" if program.environment else ""
    return (
        f"{prefix} Generated by udfgen {udfgen.__version__} from {quote.comment(program.origin.file)}{env}.",
        f"{prefix} Do not edit: change the spec, run `udfgen build`, review the difference.",
    )


def _sources(program: Program, library: str) -> Iterator[Page]:
    """Yield the table, and copies of the hand-written sources: what is compiled is what is reviewed."""
    entries = tuple(
        nodes.Entry(f"// {quote.comment(origin.file)}:{origin.line}", _literal(facts))
        for origin, facts in _entries(program)
    )
    table = nodes.Functions(_heading("//", program), _literal(_program_facts(program)), entries, library)
    yield Page("functions.cpp", Text("functions.cpp", table))
    for name, text in native_sources().items():
        path = name if name == PROJECT else f"core/{name}"
        yield Page(path, Text("source.txt", nodes.Source(tuple(_source_heading(name, library)), text)))


def _source_heading(name: str, library: str) -> Iterator[str]:
    mark = "#" if name == PROJECT else "//"
    yield f"{mark} Generated by udfgen {udfgen.__version__}: a copy, the same in every install of this version."
    if mark == "#":
        yield f"set(UDFGEN_LIBRARY {library})"


def _literal(facts: dict[str, object]) -> str:
    return quote.raw(lay_out(facts))
