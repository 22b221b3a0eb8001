"""Program -> Module for MySQL and MariaDB: every decision is made here, every string leaves here quoted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import udfgen
from udfgen.bundle import UNTRACKED, Bundle, Key, Phase, Requirement
from udfgen.errors import Origin, Problem, SpecError
from udfgen.ir import Function, Kind, Program, Table, Type, Volatility, describe, describe_aws
from udfgen.layout import lay_out
from udfgen.render import Module, Page, Text, Unit

from . import DIALECT, nodes, quote
from .options import Options

LOCK = "udfgen"
"""The GET_LOCK name that every install on a server takes."""

OWNER_HOST = "localhost"
OWNER_LENGTH = 32
"""https://dev.mysql.com/doc/refman/8.4/en/user-names.html"""

MAX_SCALE = 30
"""Digits of a decimal's fraction in MySQL; https://dev.mysql.com/doc/refman/8.4/en/fixed-point-types.html"""

WIDEST = 65
"""Digits of the widest decimal on both servers."""

ALONE = "locked, no rights"
"""What catalog.sql says of an owner as it should be."""

TEXTS = frozenset((Kind.TEXT, Kind.VARCHAR, Kind.UUID, Kind.JSON))
SQL_MODE = "concat('STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION' /*M! , ',NO_AUTO_CREATE_USER' */)"
"""Strict, so that nothing is cut in silence; and a GRANT on MariaDB makes no account, which would have no password."""

PROBE = "probe"
PROJECT = "CMakeLists.txt"

DROPS = {
    "function": "drop function if exists {name}",
    "procedure": "drop procedure if exists {name}",
    "core": "drop function if exists `{name}`; delete from mysql.func where name = '{name}'",
}


def lower(program: Program) -> Module:
    """Return the module of MySQL and MariaDB, or raise SpecError with all that they cannot do."""
    _refuse(program)
    place = placed(program)
    wrappers = [_wrapper(function, program, place) for function in program.functions]
    core = _core_unit(program, place)
    routines = (_probe_unit(place), *map(_wrapper_unit, wrappers, program.functions))
    record = nodes.Record(place, tuple(map(_recorded, (core, *routines))))
    return Module(
        dialect=DIALECT,
        environment=program.environment,
        program=program.name,
        units=(*_ground(program, place), core, *routines),
        pages=(*_scripts(program, wrappers, place), *_sources(program)),
        requirements=_requirements(program),
        opening=(*_texts(place, "opening", "private"), Text("intend.sql", record)),
        retire=_texts(place, "retire"),
        closing=(Text("record.sql", record), *_texts(place, "unlock")),
        removal=_texts(place, "remove"),
        catalog=Text("catalog.sql", place),
        registry=Text("registry_rows.sql", place),
        drops=DROPS,
    )


def _texts(place: nodes.Place, *names: str) -> tuple[Text, ...]:
    return tuple(Text(f"{name}.sql", place) for name in names)


def _options(program: Program) -> Options:
    options: Options = program.options[DIALECT.name]
    return options


def placed(program: Program) -> nodes.Place:
    """Return where a program's objects stand, quoted."""
    options = _options(program)
    database, private = options.database or program.name, private_database(program)
    owner, udf = _owner(program), library_name(program)
    account = quote.account(owner, OWNER_HOST)
    registry, token = quote.qualified(private, "registry"), quote.qualified(private, "token")
    return nodes.Place(
        database=quote.identifier(database),
        database_text=quote.literal(database),
        database_name_text=quote.literal(quote.identifier(database)),
        private=quote.identifier(private),
        private_text=quote.literal(private),
        private_name_text=quote.literal(quote.identifier(private)),
        registry=registry,
        registry_name_text=quote.literal(registry),
        token=token,
        token_name_text=quote.literal(token),
        owner=account,
        owner_name_text=quote.literal(account),
        owner_text=quote.literal(f"{owner}@{OWNER_HOST}"),
        owner_user_text=quote.literal(owner),
        owner_host_text=quote.literal(OWNER_HOST),
        owner_grantee_text=quote.literal(f"'{owner}'@'{OWNER_HOST}'"),
        shown_token=f"(select token from {token})" if options.token_table else "''",
        udf=quote.identifier(udf),
        udf_text=quote.literal(udf),
        names_text=", ".join(quote.literal(name) for name in (PROBE, *(each.name for each in program.functions))),
        facts=facts_of_library(udf),
        sql_mode=SQL_MODE,
        lock=quote.literal(LOCK),
    )


def private_database(program: Program) -> str:
    """Return the name of the database that holds the registry and the token."""
    return _options(program).private or f"udfgen_{program.name}"


def private_of(bundle: Bundle) -> str:
    """Return the same of a bundle: what its first object is."""
    return bundle.objects[0].key.name.strip("`")


def _owner(program: Program) -> str:
    return _options(program).owner or f"udfgen_{program.name}"


def family(program: str) -> str:
    """Return what the names of all libraries of a program begin with: they belong to the server, not to a database."""
    return f"udfgen_{program}"


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
    digest.update(lay_out([_program_facts(program), *map(_function_facts, program.functions)]).encode())
    return f"{family(program.name)}_{digest.hexdigest()[:12]}"


@cache
def native_sources() -> dict[str, str]:
    """Return the hand-written sources by their names, in alphabetical order."""
    folder = files(f"udfgen.native.{DIALECT.name}")
    found = [each for each in folder.iterdir() if each.name.endswith((".cpp", ".hpp", PROJECT))]
    return {each.name: each.read_text(encoding="utf-8") for each in sorted(found, key=lambda each: each.name)}


def _program_facts(program: Program) -> dict[str, object]:
    database = _options(program).database or program.name
    return describe_aws(program) | {"database": database, "owner_user": _owner(program), "owner_host": OWNER_HOST}


def _function_facts(function: Function) -> dict[str, object]:
    return describe(function) | ({"null_on_null": True} if function.null_on_null else {})


# The routines


def _wrapper(function: Function, program: Program, place: nodes.Place) -> nodes.Wrapper:
    returns = function.returns
    return nodes.Wrapper(
        form=form(function),
        name=qualified(program, function),
        parameters=", ".join(f"{quote.identifier(each.name)} {declared(each.type)}" for each in function.parameters),
        returns=_returned(returns.type) if returns and not isinstance(returns, Table) else "",
        determinism="" if function.volatility is Volatility.IMMUTABLE else "not ",
        comment=quote.literal(function.description),
        call=_call(function, place),
        columns=_columns(returns) if isinstance(returns, Table) else (),
        owner=place.owner,
        grantees=", ".join([place.owner, *_grantees(function, program)]),
    )


def form(function: Function) -> str:
    """Return what a function is here: what returns nothing, or rows, is a procedure."""
    return "procedure" if function.returns is None or isinstance(function.returns, Table) else "function"


def qualified(program: Program, function: Function) -> str:
    """Return a routine's quoted name in its database."""
    return quote.qualified(_options(program).database or program.name, function.name)


def _call(function: Function, place: nodes.Place) -> str:
    """Return the expression that reaches the core. It gives bytes: the servers want to be told where those are text."""
    names = [quote.identifier(parameter.name) for parameter in function.parameters]
    call = f"{place.udf}({', '.join([quote.literal(function.name), 'user()', place.shown_token, *names])})"
    returns = function.returns
    is_text = isinstance(returns, Table) or (returns is not None and returns.type.kind in TEXTS)
    return f"convert({call} using utf8mb4)" if is_text else call


def declared(type_: Type) -> str:
    """Return the declared type of an argument.

    A decimal keeps the scale and has as many digits as can be: the server rounds half away from zero, as the core
    would, and the core checks the precision.
    """
    if type_.kind is Kind.DECIMAL:
        return f"decimal({WIDEST},{type_.scale})"
    return _with_charset(DIALECT.types[type_.kind], type_.kind)


def _returned(type_: Type) -> str:
    if type_.kind is Kind.DECIMAL:
        return f"decimal({type_.precision},{type_.scale})"
    return _with_charset(DIALECT.types[type_.kind], type_.kind)


def _with_charset(native: str, kind: Kind) -> str:
    return f"{native} character set utf8mb4" if kind in TEXTS else native


def _columns(table: Table) -> tuple[nodes.Column, ...]:
    return tuple(_column(number, column.name, column.result.type) for number, column in enumerate(table.columns))


def _column(number: int, name: str, type_: Type) -> nodes.Column:
    """Return a column: a cell that cannot be read fails, and bytes travel in base64."""
    column = quote.identifier(name)
    native = "longtext character set utf8mb4" if type_.kind is Kind.BYTES else _returned(type_)
    shown = f"from_base64(`row`.{column}) as {column}" if type_.kind is Kind.BYTES else f"`row`.{column}"
    return nodes.Column(f"{column} {native} path '$[{number}]' error on error", shown)


def _grantees(function: Function, program: Program) -> list[str]:
    accounts = (account for grant in function.grants for account in accounts_of(grant.grantee, _options(program)))
    return list(dict.fromkeys(quote.account(*account) for account in accounts))


def accounts_of(grantee: str, options: Options) -> tuple[tuple[str, str], ...]:
    """Return the accounts that a grantee means, as (user, host); a role of MariaDB has the host ''."""
    return tuple(_split(account) for account in options.accounts.get(grantee, (grantee,)))


def _split(account: str) -> tuple[str, str]:
    user, at, host = account.rpartition("@")
    return (user, host) if at else (host, "%")


# Units


def _ground(program: Program, place: nodes.Place) -> tuple[Unit, ...]:
    """Return what the routines stand on: the databases, their owner, the token where one is asked for."""
    token = Unit(Key("token", place.token), None, _prepare(place, "token"), shared=True)
    return (
        Unit(Key("database", place.private), None, (), shared=True),  # made by the opening: the registry is in it
        Unit(Key("account", place.owner), None, _prepare(place, "owner"), shared=True, expected=ALONE),
        Unit(Key("database", place.database), None, _prepare(place, "database"), shared=True),
        *([token] if _options(program).token_table else []),
    )


def _prepare(place: nodes.Place, name: str) -> tuple[tuple[Phase, Text], ...]:
    return ((Phase.PREPARE, Text(f"{name}.sql", place)),)


def _core_unit(program: Program, place: nodes.Place) -> Unit:
    library = f"{library_name(program)}.so"
    made = Text("core.sql", nodes.Core(place.udf, place.udf_text, quote.literal(library)))
    return Unit(Key("core", library_name(program)), None, ((Phase.CORE, made),), file=f"{UNTRACKED}/{library}")


def _probe_unit(place: nodes.Place) -> Unit:
    """Return the function by which `doctor` and `test` look around from inside the server; granted to nobody."""
    wrapper = nodes.Wrapper(
        form="function",
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


def _wrapper_unit(wrapper: nodes.Wrapper, function: Function) -> Unit:
    shape = "rows" if wrapper.columns else "function" if wrapper.returns else "void"
    return _routine_unit(wrapper, function.origin, shape)


def _routine_unit(wrapper: nodes.Wrapper, origin: Origin | None, shape: str) -> Unit:
    statements = (
        (Phase.WRAPPER, Text("drop.sql", wrapper)),
        (Phase.WRAPPER, Text(f"{shape}.sql", wrapper)),
        (Phase.GRANT, Text("grant.sql", wrapper)),
    )
    return Unit(Key(wrapper.form, wrapper.name), origin, statements)


def _recorded(unit: Unit) -> nodes.Recorded:
    return nodes.Recorded(unit.key, quote.literal(unit.key.kind), quote.literal(unit.key.name))


def _requirements(program: Program) -> tuple[Requirement, ...]:
    """Return every account that a grant means, with the place of its first mention."""
    found: dict[str, Origin] = {}
    for function in program.functions:
        for grant in function.grants:
            for account in accounts_of(grant.grantee, _options(program)):
                found.setdefault(quote.account(*account), grant.origin)
    return tuple(Requirement(Key("account", account), origin) for account, origin in found.items())


# Files


def _scripts(program: Program, wrappers: list[nodes.Wrapper], place: nodes.Place) -> Iterator[Page]:
    library = f"{library_name(program)}.so"
    install = [
        *_heading("--", program),
        f"-- First `udfgen compile`, and copy build/{library} into the server's plugin folder (select @@plugin_dir).",
    ]
    if _options(program).token_table:
        install.append(f"-- Then write sha2(token, 256) of {place.token} beside it, as {library}.token_sha256.")
    drops = [f"drop {each.form} if exists {each.name}" for each in wrappers]
    drops.append(f"drop function if exists {place.udf}")
    yield Page("install.sql", Text("install.sql", nodes.Script(tuple(install))))
    yield Page("uninstall.sql", Text("uninstall.sql", nodes.Script(_heading("--", program), tuple(drops))))


def _heading(prefix: str, program: Program) -> tuple[str, ...]:
    env = f", environment {program.environment}" if program.environment else ""
    return (
        f"{prefix} Generated by udfgen {udfgen.__version__} from {quote.comment(program.origin.file)}{env}.",
        f"{prefix} Do not edit: change the spec, run `udfgen build`, review the difference.",
    )


def _sources(program: Program) -> Iterator[Page]:
    """Yield the table, and copies of the hand-written sources: what is compiled is what is reviewed."""
    entries = (
        nodes.Entry(f"// {quote.comment(each.origin.file)}:{each.origin.line}", _literal(_function_facts(each)))
        for each in program.functions
    )
    table = nodes.Functions(
        _heading("//", program), _literal(_program_facts(program)), tuple(entries), library_name(program)
    )
    yield Page("functions.cpp", Text("functions.cpp", table))
    for name, text in native_sources().items():
        path = name if name == PROJECT else f"core/{name}"
        yield Page(path, Text("source.txt", nodes.Source(tuple(_source_heading(name, program)), text)))


def _source_heading(name: str, program: Program) -> Iterator[str]:
    mark = "#" if name == PROJECT else "//"
    yield f"{mark} Generated by udfgen {udfgen.__version__}: a copy, the same in every install of this version."
    if mark == "#":
        yield f"set(UDFGEN_LIBRARY {library_name(program)})"


def _literal(facts: dict[str, object]) -> str:
    return quote.raw(lay_out(facts, json.dumps))


# What these servers cannot do


def _refuse(program: Program) -> None:
    problems = [*_long_owner(program), *_wrong_accounts(program), *_wide_scales(program)]
    if problems:
        raise SpecError(tuple(sorted(problems, key=lambda problem: problem.origin)))


def _long_owner(program: Program) -> Iterator[Problem]:
    if len(_owner(program)) > OWNER_LENGTH:
        advice = f"MySQL has room for {OWNER_LENGTH} characters: name another as engines.mysql.owner"
        yield Problem(program.origin, f'the owner\'s account "{_owner(program)}" is too long', advice, "owner")


def _wrong_accounts(program: Program) -> Iterator[Problem]:
    for function in program.functions:
        for grant in function.grants:
            for user, host in accounts_of(grant.grantee, _options(program)):
                if not user or len(user) > OWNER_LENGTH or len(host) > 255 or "\0" in user + host:
                    what = f'"{quote.comment(f"{user}@{host}")}" cannot be an account of {DIALECT.title}'
                    advice = f"write user@host, with at most {OWNER_LENGTH} and 255 characters"
                    yield Problem(grant.origin, what, advice, "account")


def _wide_scales(program: Program) -> Iterator[Problem]:
    for function in program.functions:
        for type_, origin in _types(function):
            if type_.scale is not None and type_.scale > MAX_SCALE:
                advice = f"MySQL's decimals have at most {MAX_SCALE} digits behind the point: use fewer, or text"
                yield Problem(origin, f"{DIALECT.title} has no type for {type_}", advice, "support")


def _types(function: Function) -> Iterator[tuple[Type, Origin]]:
    yield from ((parameter.type, parameter.origin) for parameter in function.parameters)
    if isinstance(function.returns, Table):
        yield from ((column.result.type, column.result.origin) for column in function.returns.columns)
    elif function.returns is not None:
        yield function.returns.type, function.returns.origin
