"""Program -> Module for PostgreSQL: every decision is made here, every string leaves here quoted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files

import udfgen
from udfgen.bundle import Key, Phase, Requirement
from udfgen.ir import Function, Parameter, Program, Table, describe, describe_aws
from udfgen.render import Module, Page, Text, Unit

from . import DIALECT, batches, compat, limits, nodes, quote, routines, triggers
from .routines import CLOSED, ISO, Argument, Draft, Loaded, native_type

LOCK = int.from_bytes(hashlib.sha256(b"udfgen").digest()[:8], "big", signed=True)
"""The advisory lock that every install in a database takes."""

ALONE = "nologin, no rights, member of nothing, members: none"
TRUSTED = "owned by a superuser"
CLOSED_REGISTRY = f"{TRUSTED}, nobody else may use it"
SWITCH = f"{TRUSTED}; binding text not null, mode text not null; PRIMARY KEY (binding)"
"""What catalog.sql says of an owner, a registry and a switch as they should be; who reads that one comes behind."""

CORE_COMMENT = "Loads what reaches AWS Lambda into a session. Only the wrappers beside it can call it."

HOOKING = ("users", "hold", "unhook")
OPENING = ("opening", "elsewhere", "reshape", "close", "let_in", "leave", "want", *HOOKING)
REMOVAL = ("opening", "elsewhere", "leave", *HOOKING, "remove")


def lower(program: Program) -> Module:
    """Return PostgreSQL's module, or raise SpecError with all that PostgreSQL cannot do."""
    limits.check(program)
    place = placed(program)
    core, loaded = _core(program, place)
    roles = limits.roles(program)
    units = (*_ground(program, place), _core_unit(core), *_work(program, loaded))
    return Module(
        dialect=DIALECT,
        environment=program.environment,
        program=program.name,
        units=units,
        pages=_pages(program, place),
        requirements=(
            *(Requirement(Key("role", role), origin) for role, origin in roles.items()),
            *triggers.requirements(program),
        ),
        opening=tuple(Text(f"{name}.sql", place) for name in OPENING),
        retire=(Text("retire.sql", _record(place, units)),),
        closing=(
            Text("record.sql", _record(place, tuple(unit for unit in units if not unit.shared))),
            Text("share.sql", _share(program, place)),
        ),
        removal=tuple(Text(f"{name}.sql", place) for name in REMOVAL),
        catalog=Text("catalog.sql", place),
        registry=Text("registry_rows.sql", place),
    )


def switch(program: Program, binding: str, mode: str) -> Text:
    """Return the statement that sets a binding's mode: live, dry_run or off."""
    name = _switch_name(program)
    tag = quote.fence(binding, mode)
    return Text(
        "switch.sql", nodes.Setting(name, quote.literal(name), tag, quote.literal(binding), quote.literal(mode))
    )


def modes(program: Program) -> Text:
    """Return the query for the modes of the bindings that are not live."""
    return Text("modes.sql", placed(program))


def placed(program: Program) -> nodes.Place:
    """Return where a program's objects stand, quoted."""
    schema, owner = routines.schema_of(program), routines.owner_of(program)
    registry = quote.qualified(schema, f"udfgen_{program.name}_registry")
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
        switch=_switch_name(program),
        switch_text=quote.literal(_switch_name(program)),
        switch_shape=quote.literal(SWITCH),
        core_text=quote.literal(_core_name(program)),
        label=_label(program),
        labels=quote.literal("made by udfgen: %"),
        lock=LOCK,
        watched=_watched(program),
    )


def _watched(program: Program) -> nodes.Watched:
    schema = routines.schema_of(program)
    called = tuple(name for each in program.functions for name in batches.names(each))
    made = (*called, *(each.name for each in program.triggers))
    own = (f"{schema}.{name}" for name in (_core_name(program), triggers.differs_name(program), *made))
    # What a draft is called does not depend on how it finds the core.
    beside = (f"{draft.schema}.{draft.name}" for _, draft in compat.drafts(program, Loaded("", "")))
    functions, hooks, tables = triggers.watched(program)
    more = compat.schemas(program)
    return nodes.Watched(
        schemas=quote.array((schema, *more)),
        routines=quote.array(tuple(dict.fromkeys((*own, *beside)))),
        types=quote.array((compat.ARN_NAME,) if more else ()),
        hooked=functions,
        hooks=hooks,
        tables=tables,
        tag=quote.fence(hooks, tables),
        rivals=quote.array(more),
    )


def _label(program: Program) -> str:
    return quote.literal(f"made by udfgen: {program.name}")


def _core_name(program: Program) -> str:
    return f"udfgen_{program.name}_core"


def _switch_name(program: Program) -> str:
    return quote.qualified(routines.schema_of(program), f"udfgen_{program.name}_switch")


def _core(program: Program, place: nodes.Place) -> tuple[nodes.Core, Loaded]:
    """Return the core and the key under which it stands in GD: a new core or configuration has a new key."""
    load = loader(program)
    install = f"udfgen {program.name} {routines.schema_of(program)} "
    key = f"{install}{hashlib.sha256(load.encode()).hexdigest()[:12]}"
    signature = f"{place.schema}.{quote.identifier(_core_name(program))}()"
    body = load + KEEP.format(install=quote.python(install), key=quote.python(key))
    core = nodes.Core(
        signature=signature,
        signature_text=quote.literal(signature),
        owner=place.owner,
        owner_text=place.owner_ident_text,
        body=quote.dollar(body),
        compared=routines.compared(body, routines.owner_of(program), comment=CORE_COMMENT),
        comment=quote.literal(CORE_COMMENT),
    )
    return core, Loaded(key, f"select {signature}")


def loader(program: Program) -> str:
    """Return PL/Python text that makes `udfgen_core`, a Core of this program."""
    source = files(f"udfgen.native.{DIALECT.name}").joinpath("udfgen_core.py").read_text(encoding="utf-8")
    if "'''" in source or not source.isascii():
        raise ValueError("the core cannot be carried in a raw Python string")
    config = describe_aws(program) | {"transport": routines.options(program).transport}
    return LOADER.format(source=source, config=quote.python(config), switch=quote.python(_switch_name(program)))


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
udfgen_core = udfgen_module.Core(udfgen_config, udfgen_module.Database(plpy, {switch}))
"""

# A session may outlive many versions: the one before goes, with its connection, when its last wrapper is replaced.
KEEP = """
for udfgen_old in [each for each in GD if each.startswith({install})]:
    del GD[udfgen_old]
GD[{key}] = udfgen_core
"""


def _work(program: Program, loaded: Loaded) -> Iterator[Unit]:
    """Yield what people call, and the triggers."""
    owner = routines.owner_of(program)
    for function in program.functions:
        for draft in _drafts(function, program, loaded):
            yield routines.unit(routines.spell(draft, owner), "function", function.origin)
    yield from compat.units(program, loaded)
    yield from triggers.units(program)


def _drafts(function: Function, program: Program, loaded: Loaded) -> Iterator[Draft]:
    if function.batch:
        yield from batches.drafts(function, program, loaded)
    else:
        yield _wrapper(function, program, loaded)


def _wrapper(function: Function, program: Program, loaded: Loaded) -> Draft:
    strict = " returns null on null input" if function.null_on_null else ""
    return Draft(
        schema=routines.schema_of(program),
        name=function.name,
        returns=_returns(function),
        language=f"language plpython3u {function.volatility.value}{strict} security definer cost 10000",
        code=loaded.body(describe(function)),
        comment=function.description,
        arguments=tuple(Argument(each.name, native_type(each), _default(each)) for each in function.parameters),
        columns=tuple(each.name for each in function.returns.columns) if isinstance(function.returns, Table) else (),
        settings=CLOSED + (ISO if routines.is_zoned(function) else ()),
        grantees=routines.grantees(function.grants, program),
    )


def _default(parameter: Parameter) -> str | None:
    if parameter.default is None:
        return None
    return f"{quote.constant(parameter.default.value, parameter.type.kind)}::{native_type(parameter)}"


def _returns(function: Function) -> str:
    returns = function.returns
    if returns is None:
        return "void"
    if isinstance(returns, Table):
        columns = (f"{quote.identifier(each.name)} {DIALECT.types[each.result.type.kind]}" for each in returns.columns)
        return f"table ({', '.join(columns)})"
    return DIALECT.types[returns.type.kind]


def _ground(program: Program, place: nodes.Place) -> tuple[Unit, ...]:
    """Return what the functions stand on: the language, the owner, schemas, tables of its own, the way in."""
    made = ((Phase.PREPARE, Text("role.sql", place)),)
    kept = tuple((Phase.PREPARE, Text(f"{name}.sql", place)) for name in ("registry", "registry_close"))
    switched = tuple((Phase.PREPARE, Text(f"{name}.sql", place)) for name in ("switch_table", "switch_close"))
    body = f"{SWITCH}; {routines.owner_of(program)} may select"
    return (
        Unit(Key("role", place.owner), None, made, shared=True, expected=ALONE),
        *(_home(schema, program) for schema in (routines.schema_of(program), *compat.schemas(program))),
        Unit(Key("registry", place.registry), None, kept, shared=True, expected=CLOSED_REGISTRY),
        Unit(Key("switch", place.switch), None, switched, body=body),
        Unit(Key("extension", "plpython3u"), None, ((Phase.PREPARE, Text("extension.sql", place)),), shared=True),
        *(_usage(schema, role) for schema, role in _usages(program)),
    )


def _home(schema: str, program: Program) -> Unit:
    """Return what makes a schema, but never one of an extension that has the names of the drop-in ones."""
    rivals = quote.array(compat.SCHEMAS if schema in compat.SCHEMAS else ())
    home = nodes.Home(quote.identifier(schema), quote.literal(schema), _label(program), rivals)
    return Unit(Key("schema", home.schema), None, ((Phase.PREPARE, Text("schema.sql", home)),), shared=True)


def _usages(program: Program) -> Iterator[tuple[str, str]]:
    """Yield each schema with each role that must look into it."""
    beside, elsewhere = (compat.family(program, each) for each in (compat.AWSLAMBDA, compat.AWS_LAMBDA))
    grants = [grant for each in (*program.functions, beside) if each for grant in each.grants]
    roles = dict.fromkeys((routines.owner_of(program), *routines.grantees(grants, program)))
    yield from ((routines.schema_of(program), role) for role in roles)
    others = routines.grantees(elsewhere.grants, program) if elsewhere else ()
    yield from ((schema, role) for schema in compat.schemas(program) for role in others)


def _share(program: Program, place: nodes.Place) -> nodes.Share:
    """Return what installs of several specs in one database may use together."""
    rights = (_usage_node(schema, role) for schema, role in _usages(program))
    usages = (nodes.Shared(quote.literal("usage"), each.name_text, each.role_text) for each in rights)
    extension = nodes.Shared(quote.literal("extension"), quote.literal("plpython3u"), quote.literal(""))
    return nodes.Share(place, (extension, *usages))


def _usage_node(schema: str, role: str) -> nodes.Usage:
    """Return a usage: its name, and the registry's spelling of its role, as literals."""
    home, user = quote.identifier(schema), quote.identifier(role)
    return nodes.Usage(quote.literal(home), quote.literal(user), quote.literal(f"{home} to {user}"))


def _usage(schema: str, role: str) -> Unit:
    key = Key("usage", f"{quote.identifier(schema)} to {quote.identifier(role)}")
    return Unit(key, None, ((Phase.GRANT, Text("usage.sql", _usage_node(schema, role))),), shared=True)


def _core_unit(core: nodes.Core) -> Unit:
    statements = (
        (Phase.CORE, Text("core.sql", core)),
        (Phase.CORE, Text("owner.sql", core)),
        (Phase.CORE, Text("comment.sql", core)),
        (Phase.REVOKE, Text("revoke.sql", core)),
    )
    return Unit(Key("core", core.signature), None, statements, body=core.compared)


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
