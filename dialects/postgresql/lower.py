"""Program -> Module for PostgreSQL: every decision is made here, every string leaves here quoted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import udfgen
from udfgen.bundle import Key, Phase, Requirement
from udfgen.errors import Problem, SpecError
from udfgen.ir import Function, Kind, Parameter, Program, Table, describe, describe_aws
from udfgen.render import Module, Page, Text, Unit

from . import DIALECT, nodes, quote
from .options import Options

LOCK = int.from_bytes(hashlib.sha256(b"udfgen").digest()[:8], "big", signed=True)
"""The advisory lock that every install in a database takes."""

ZONED = {Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ}
"""Kinds whose text depends on the session's settings, unless the wrapper sets them."""

ALONE = "nologin, no rights, member of nothing, members: none"
TRUSTED = "owned by a superuser"
CLOSED_REGISTRY = f"{TRUSTED}, nobody else may use it"
"""What catalog.sql says of an owner and a registry as they should be."""

CORE_COMMENT = "Loads what reaches AWS Lambda into a session. Only the wrappers beside it can call it."

NO_ROLES = ("public", "none")
"""Words that the grammar takes for everybody and nobody, also in double quotes."""

CLOSED = ("set search_path = pg_catalog, pg_temp",)
ISO = ("set datestyle = 'ISO, YMD'", "set timezone = 'UTC'")


def lower(program: Program) -> Module:
    """Return PostgreSQL's module, or raise SpecError with all that PostgreSQL cannot do."""
    _refuse(program)
    options = _options(program)
    place = placed(program)
    core, key = _core(program, options, place)
    wrappers = tuple(_wrapper(function, program, place, key) for function in program.functions)
    roles = _roles(program, options)
    units = (*_ground(place, tuple(roles)), _core_unit(core), *map(_wrapper_unit, wrappers, program.functions))
    record = _record(place, tuple(unit for unit in units if not unit.shared))
    kept = _record(place, units)
    return Module(
        dialect=DIALECT,
        environment=program.environment,
        program=program.name,
        units=units,
        pages=_pages(program, place),
        requirements=tuple(Requirement(Key("role", role), origin) for role, origin in roles.items()),
        opening=tuple(Text(f"{name}.sql", place) for name in ("opening", "elsewhere", "reshape", "close", "let_in")),
        retire=(Text("retire.sql", kept),),
        closing=(Text("record.sql", record), Text("share.sql", _share(place, tuple(roles)))),
        removal=tuple(Text(f"{name}.sql", place) for name in ("opening", "elsewhere", "remove")),
        catalog=Text("catalog.sql", place),
        registry=Text("registry_rows.sql", place),
    )


def _options(program: Program) -> Options:
    options: Options = program.options[DIALECT.name]
    return options


def placed(program: Program) -> nodes.Place:
    """Return where a program's objects stand, quoted."""
    options = _options(program)
    schema = options.schema_ or program.name
    owner = _owner(program)
    registry = quote.qualified(schema, f"udfgen_{program.name}_registry")
    names = (_core_name(program), *(function.name for function in program.functions))
    return nodes.Place(
        program=program.name,
        schema=quote.identifier(schema),
        schema_text=quote.literal(schema),
        schema_ident_text=quote.literal(quote.identifier(schema)),
        owner=quote.identifier(owner),
        owner_text=quote.literal(owner),
        owner_ident_text=quote.literal(quote.identifier(owner)),
        registry=registry,
        registry_text=quote.literal(registry),
        core_text=quote.literal(_core_name(program)),
        names_text=", ".join(quote.literal(name) for name in names),
        label=quote.literal(f"made by udfgen: {program.name}"),
        labels=quote.literal("made by udfgen: %"),
        lock=LOCK,
    )


def _owner(program: Program) -> str:
    return _options(program).owner or f"udfgen_{program.name}"


def _core_name(program: Program) -> str:
    return f"udfgen_{program.name}_core"


def _core(program: Program, options: Options, place: nodes.Place) -> tuple[nodes.Core, str]:
    """Return the core and the key under which it stands in GD: a new core or configuration has a new key."""
    load = loader(program)
    install = f"udfgen {program.name} {options.schema_ or program.name} "
    key = f"{install}{hashlib.sha256(load.encode()).hexdigest()[:12]}"
    signature = f"{place.schema}.{quote.identifier(_core_name(program))}()"
    body = load + KEEP.format(install=quote.python(install), key=quote.python(key))
    core = nodes.Core(
        signature=signature,
        signature_text=quote.literal(signature),
        owner=place.owner,
        owner_text=place.owner_ident_text,
        body=quote.dollar(body),
        compared=_compared(body, _owner(program), (), CORE_COMMENT),
        comment=quote.literal(CORE_COMMENT),
    )
    return core, key


def loader(program: Program) -> str:
    """Return PL/Python text that makes `udfgen_core`, a Core of this program."""
    source = files(f"udfgen.native.{DIALECT.name}").joinpath("udfgen_core.py").read_text(encoding="utf-8")
    if "'''" in source or not source.isascii():
        raise ValueError("the core cannot be carried in a raw Python string")
    config = describe_aws(program) | {"transport": _options(program).transport}
    return LOADER.format(source=source, config=quote.python(config))


# PL/Python puts a tab before every line of a body; the replacement takes them out again, so that the module is, to the
# byte, the file that was reviewed. https://github.com/postgres/postgres/blob/master/src/pl/plpython/plpy_procedure.c
LOADER = """
import plpy
import types
udfgen_source = r'''
{source}'''.replace("\\n\\t", "\\n")
udfgen_module = types.ModuleType("udfgen_core")
udfgen_first, _, udfgen_rest = udfgen_source.partition("\\n#### ")
exec(compile(udfgen_first, "udfgen_core.py", "exec"), udfgen_module.__dict__)
udfgen_module.load(udfgen_rest)
udfgen_config = {config}
udfgen_core = udfgen_module.Core(udfgen_config, udfgen_module.Database(plpy))
"""

# A session may outlive many versions: the one before goes, with its connection, when its last wrapper is replaced.
KEEP = """
for udfgen_old in [each for each in GD if each.startswith({install})]:
    del GD[udfgen_old]
GD[{key}] = udfgen_core
"""

# `args` is PL/Python's own list of the arguments and wins over a parameter of that name; `import plpy` makes a local
# that no parameter can hide.
WRAPPER_BODY = """
try:
    udfgen_call = SD["call"]
except KeyError:
    import plpy
    if {key} not in GD:
        plpy.execute({load})
    udfgen_call = SD["call"] = GD[{key}].function({entry})
return udfgen_call(*args)
"""


def _wrapper(function: Function, program: Program, place: nodes.Place, key: str) -> nodes.Wrapper:
    name = f"{place.schema}.{quote.identifier(function.name)}"
    types = [native_type(parameter) for parameter in function.parameters]
    signature = f"{name}({', '.join(types)})"
    returns = _returns(function)
    grantees = _grantees(function, _options(program))
    load = f"select {place.schema}.{quote.identifier(_core_name(program))}()"
    code = WRAPPER_BODY.format(
        key=quote.python(key), load=quote.python(load), entry=quote.python(describe(function), indent=4)
    )
    return nodes.Wrapper(
        name=name,
        signature=signature,
        signature_text=quote.literal(signature),
        arguments=",".join(f"\n    {_argument(parameter)}" for parameter in function.parameters),
        returns=returns,
        volatility=function.volatility.value,
        strict=" returns null on null input" if function.null_on_null else "",
        settings=CLOSED + (ISO if _is_zoned(function) else ()),
        owner=place.owner,
        owner_text=place.owner_ident_text,
        body=quote.dollar(code),
        compared=_compared(code, _owner(program), grantees, function.description),
        shape=_shape(function, returns),
        comment=quote.literal(function.description) if function.description else "null",
        grantees=", ".join(map(quote.identifier, grantees)),
    )


def _compared(code: str, owner: str, grantees: tuple[str, ...], comment: str) -> str:
    """Return what a plan compares, as catalog.sql spells it: the code, its owner, who may run it, its comment."""
    lines = [code.rstrip("\n"), f"owner: {owner}", f"may execute: {', '.join(sorted({owner, *grantees}))}"]
    return "\n".join([*lines, f"comment: {comment}"] if comment else lines)


def native_type(parameter: Parameter) -> str:
    """Return the declared type of an argument."""
    return DIALECT.types[parameter.type.kind]


def _argument(parameter: Parameter) -> str:
    text = f"{quote.identifier(parameter.name)} {native_type(parameter)}"
    return text if parameter.default is None else f"{text} default {_default(parameter)}"


def _default(parameter: Parameter) -> str:
    value = parameter.default.value if parameter.default else None
    return f"{quote.constant(value, parameter.type.kind)}::{native_type(parameter)}"


def _is_zoned(function: Function) -> bool:
    return any(parameter.type.kind in ZONED for parameter in function.parameters)


def _returns(function: Function) -> str:
    returns = function.returns
    if returns is None:
        return "void"
    if isinstance(returns, Table):
        columns = (f"{quote.identifier(each.name)} {DIALECT.types[each.result.type.kind]}" for each in returns.columns)
        return f"table ({', '.join(columns)})"
    return DIALECT.types[returns.type.kind]


def _shape(function: Function, returns: str) -> str:
    """Return what CREATE OR REPLACE cannot change: the names, the result, and that defaults do not become fewer."""
    columns = [each.name for each in function.returns.columns] if isinstance(function.returns, Table) else []
    names = [parameter.name for parameter in function.parameters] + columns
    defaults = sum(parameter.default is not None for parameter in function.parameters)
    result = returns.replace('"', "").replace("table (", "TABLE(")
    array = f"array[{', '.join(quote.literal(name) for name in names)}]::text[]"
    return f"{array}, {quote.literal(result)}, {defaults}"


def _grantees(function: Function, options: Options) -> tuple[str, ...]:
    names = (role for grant in function.grants for role in _meaning(grant.grantee, options))
    return tuple(dict.fromkeys(names))


def _meaning(grantee: str, options: Options) -> tuple[str, ...]:
    return options.roles.get(grantee, (grantee,))


def _roles(program: Program, options: Options) -> dict[str, Any]:
    """Return every role that a grant means, with the place of its first mention."""
    roles: dict[str, Any] = {}
    for function in program.functions:
        for grant in function.grants:
            for role in _meaning(grant.grantee, options):
                roles.setdefault(role, grant.origin)
    return roles


def _ground(place: nodes.Place, roles: tuple[str, ...]) -> tuple[Unit, ...]:
    """Return what the functions stand on: the language, the owner, the schema, the registry, the way in."""
    made = ((Phase.PREPARE, Text("role.sql", place)),)
    kept = tuple((Phase.PREPARE, Text(f"{name}.sql", place)) for name in ("registry", "registry_close"))
    return (
        Unit(Key("role", place.owner), None, made, shared=True, expected=ALONE),
        Unit(Key("schema", place.schema), None, ((Phase.PREPARE, Text("schema.sql", place)),), shared=True),
        Unit(Key("registry", place.registry), None, kept, shared=True, expected=CLOSED_REGISTRY),
        Unit(Key("extension", "plpython3u"), None, ((Phase.PREPARE, Text("extension.sql", place)),), shared=True),
        _usage(place, place.owner),
        *(_usage(place, quote.identifier(role)) for role in roles),
    )


def _share(place: nodes.Place, roles: tuple[str, ...]) -> nodes.Share:
    """Return what installs of several specs in one database may use together."""
    names = (place.owner, *(quote.identifier(role) for role in roles))
    usages = (nodes.Shared(quote.literal("usage"), *_usage_texts(place, name)) for name in names)
    extension = nodes.Shared(quote.literal("extension"), quote.literal("plpython3u"), quote.literal(""))
    return nodes.Share(place, (extension, *usages))


def _usage_texts(place: nodes.Place, role: str) -> tuple[str, str]:
    """Return a usage's name and the registry's spelling of its role, as literals."""
    return quote.literal(f"{place.schema} to {role}"), quote.literal(role)


def _usage(place: nodes.Place, role: str) -> Unit:
    key = Key("usage", f"{place.schema} to {role}")
    name_text, role_text = _usage_texts(place, role)
    node = nodes.Usage(role_text, name_text)
    return Unit(key, None, ((Phase.GRANT, Text("usage.sql", node)),), shared=True)


def _core_unit(core: nodes.Core) -> Unit:
    statements = (
        (Phase.CORE, Text("core.sql", core)),
        (Phase.CORE, Text("owner.sql", core)),
        (Phase.CORE, Text("comment.sql", core)),
        (Phase.REVOKE, Text("revoke.sql", core)),
    )
    return Unit(Key("core", core.signature), None, statements, body=core.compared)


def _wrapper_unit(wrapper: nodes.Wrapper, function: Function) -> Unit:
    statements = [
        (Phase.WRAPPER, Text("shape.sql", wrapper)),
        (Phase.WRAPPER, Text("wrapper.sql", wrapper)),
        (Phase.WRAPPER, Text("owner.sql", wrapper)),
        (Phase.WRAPPER, Text("comment.sql", wrapper)),
        (Phase.REVOKE, Text("revoke.sql", wrapper)),
    ]
    if wrapper.grantees:
        statements.append((Phase.GRANT, Text("grant.sql", wrapper)))
    return Unit(Key("function", wrapper.signature), function.origin, tuple(statements), body=wrapper.compared)


def _record(place: nodes.Place, units: tuple[Unit, ...]) -> nodes.Record:
    return nodes.Record(place, tuple(map(_recorded, units)), quote.fence(*(unit.key.name for unit in units)))


def _recorded(unit: Unit) -> nodes.Recorded:
    return nodes.Recorded(unit.key, quote.literal(unit.key.kind), quote.literal(unit.key.name))


def _pages(program: Program, place: nodes.Place) -> tuple[Page, ...]:
    env = f", environment {program.environment}" if program.environment else ""
    first = f"-- Generated by udfgen {udfgen.__version__} from {quote.comment(program.origin.file)}{env}."
    change = "-- Do not edit: change the spec, run `udfgen build`, review the difference."
    return (
        Page("install.sql", Text("install.sql", nodes.Script((first, change)))),
        Page("uninstall.sql", Text("uninstall.sql", nodes.Script((first, change)))),
    )


def _refuse(program: Program) -> None:
    problems = [problem for function in program.functions for problem in _defaults_last(function)]
    problems += _wrong_roles(program)
    if problems:
        raise SpecError(tuple(sorted(problems, key=lambda problem: problem.origin)))


def _defaults_last(function: Function) -> list[Problem]:
    """All parameters behind one with a default must have one too, in PostgreSQL."""
    first = next((i for i, each in enumerate(function.parameters) if each.default is not None), None)
    late = [each for each in function.parameters[first:] if each.default is None] if first is not None else []
    advice = f"{DIALECT.title} wants defaults last: move it up, or give it a default too"
    return [Problem(each.origin, f'parameter "{each.name}" of "{function.name}"', advice, "defaults") for each in late]


def _wrong_roles(program: Program) -> Iterator[Problem]:
    """Yield roles that cannot be: a name that would be cut, and the two words that mean no role, even in quotes.

    https://www.postgresql.org/docs/current/sql-grant.html
    """
    for role, origin in _roles(program, _options(program)).items():
        if role in NO_ROLES or len(role.encode()) > DIALECT.name_bytes:
            what = f'"{quote.comment(role)}" cannot be a role of {DIALECT.title}'
            advice = f"grant to a role with a name of at most {DIALECT.name_bytes} bytes; to nobody at large"
            yield Problem(origin, what, advice, "role")
