"""Program -> Module for SQL Server: every decision is made here, every string leaves here quoted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import udfgen
from udfgen.bundle import Compiled, Key, Phase, Requirement
from udfgen.errors import Origin
from udfgen.ir import Function, Parameter, Program, Table
from udfgen.render import Module, Page, Text, Unit, type_out

from . import DIALECT, csharp, nodes, quote
from .limits import error_code, grantees_of, refuse
from .options import Options
from .types import argument, has_default, result

BYTES = "0x /* assembly.sql */"
"""What stands for the bytes of the assembly in what `build` writes: to T-SQL a constant that is empty."""

ASSEMBLY = "assembly.sql"
"""The file that `udfgen compile` writes: the assembly in hexadecimal, and what makes a server take it."""

FLAGS = "assembly.rsp"
"""The file of the compiler's options."""

HASH = 12
"""Digits of the sources' hash in an assembly's name."""

IDENTITY = ", version=0.0.0.0, culture=neutral, publickeytoken=null, processorarchitecture=msil"
"""https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sys-sp-add-trusted-assembly-transact-sql"""

LABEL = "udfgen"
"""The extended property of a schema that an install made."""

REGISTRY = """column kind nvarchar(40,0,0)
column name nvarchar(600,0,0)
column desired nvarchar(128,0,0)
column definition nvarchar(-1,0,0)
granted to nobody"""
"""What catalog.sql says of a registry as it should be; lengths are bytes."""

ROOM = 70
"""Columns for a list of parameters behind a routine's name."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What an assembly is made of: its stamp, its name, its files."""

    stamp: str
    name: str
    pages: tuple[Page, ...]


def lower(program: Program) -> Module:
    """Return SQL Server's module, or raise SpecError with all that it cannot do."""
    refuse(program)
    place, made = placed(program), _made(program)
    units = (
        *_ground(program, place),
        _assembly(made.name),
        *_routines(program, made.name),
        _error_code(program, place),
    )
    record = nodes.Record(place, tuple(_recorded(unit.key) for unit in units if not unit.shared))
    opening = (Text("opening.sql", place), Text("registry_lock.sql", place))
    return Module(
        dialect=DIALECT,
        environment=program.environment,
        program=program.name,
        units=units,
        pages=(*_scripts(program), *made.pages),
        requirements=tuple(_requirements(program)),
        opening=opening,
        retire=(Text("retire.sql", record), Text("idle.sql", place)),
        closing=(Text("record.sql", record),),
        removal=(*opening, Text("remove.sql", place), Text("idle.sql", place)),
        catalog=Text("catalog.sql", place),
        registry=Text("registry_rows.sql", place),
        compiled=(Compiled(ASSEMBLY, made.stamp),),
    )


def placed(program: Program) -> nodes.Place:
    """Return where a program's objects stand, quoted."""
    name, registry, codes = schema(program), _registry(program), error_code(program)
    return nodes.Place(
        schema=quote.identifier(name),
        schema_text=quote.literal(name),
        schema_dot_text=quote.literal(f"{quote.identifier(name)}."),
        make_schema=quote.literal(f"create schema {quote.identifier(name)} authorization [dbo]"),
        prefix=quote.literal(f"{name}."),
        registry=quote.qualified(name, registry),
        registry_text=quote.literal(quote.qualified(name, registry)),
        registry_name_text=quote.literal(f"{name}.{registry}"),
        error_code=quote.qualified(name, codes),
        error_code_text=quote.literal(quote.qualified(name, codes)),
        error_code_plain_text=quote.literal(codes),
        family=family(program.name),
        label=quote.literal(LABEL),
        program=quote.literal(program.name),
        nothing=quote.literal(f"there is no registry {name}.{registry}: no function is removed"),
        burdened=quote.literal(f"{name}.{registry} has a trigger or a constraint of others: drop that first"),
        others_schema=quote.literal(owned_by_another(name)),
    )


def schema(program: Program) -> str:
    """Return the name of the schema that the functions stand in."""
    return _options(program).schema_ or program.name


def owned_by_another(schema: str) -> str:
    """Return what to say of a schema that is not dbo's."""
    return (
        f"the schema {schema} is not dbo's, and its owner could change what stands in it: "
        f"alter authorization on schema::{quote.identifier(schema)} to [dbo]; or name another schema"
    )


def _registry(program: Program) -> str:
    return f"udfgen${program.name}"


def qualified(program: Program, function: Function) -> str:
    """Return a wrapper's quoted name in its schema."""
    return quote.qualified(schema(program), function.name)


def form(function: Function) -> str:
    """Return what a function is here: what returns nothing is a procedure."""
    return "procedure" if function.returns is None else "function"


def _options(program: Program) -> Options:
    options: Options = program.options[DIALECT.name]
    return options


# The assembly


def _made(program: Program) -> _Made:
    """Return the sources of an assembly; its name follows from them: a new version stands beside the old one."""
    about = f"Generated by udfgen {udfgen.__version__}: a copy of the core, the same in every install."
    core = Text("core.cs", nodes.Core(about, csharp.core()))
    functions = Text("functions.cs", csharp.functions(program, _heading(program)))
    stamp = csharp.stamp(*(type_out(DIALECT.name, text) for text in (core, functions)))
    name = f"{_prefix(program.name)}{stamp[:HASH]}"
    flags = nodes.Flags(_heading(program), (*csharp.FLAGS, f"-out:{name}.dll", csharp.CORE, csharp.FUNCTIONS))
    pages = (Page(csharp.CORE, core), Page(csharp.FUNCTIONS, functions), Page(FLAGS, Text(FLAGS, flags)))
    return _Made(stamp, name, pages)


def _prefix(program: str) -> str:
    return f"udfgen_{program}_"


def family(program: str) -> str:
    """Return a pattern of LIKE, as an expression, for the names of a program's assemblies in any version."""
    return f"{quote.literal(quote.like(_prefix(program)))} + replicate(N'[0-9a-f]', {HASH})"


def described(assembly: str) -> str:
    """Return how the server's list of trusted assemblies describes one: by its full name, as .NET has it."""
    return f"{assembly}{IDENTITY}"


def untrust() -> str:
    """Return the batch that ends trust in the assemblies in #gone, where no database has them any more."""
    return type_out(DIALECT.name, Text("untrust.sql", _trust()))


def _trust() -> nodes.Trust:
    return nodes.Trust(quote.literal(IDENTITY))


def assembly_node(name: str, constant: str = BYTES) -> nodes.Assembly:
    """Return an assembly as the templates see it; `constant` has its bytes."""
    missing = f"the assembly {name} is not there: run {ASSEMBLY} in this database first"
    return nodes.Assembly(quote.identifier(name), quote.literal(name), constant, quote.literal(missing))


def _assembly(name: str) -> Unit:
    made = assembly_node(name)
    found = f"(select assembly_id from sys.assemblies where name = {made.name_text})"
    closed = nodes.Closed(5, found, quote.literal(f" on assembly::{made.name}"))
    statements = ((Phase.CORE, Text("assembly.sql", made)), (Phase.CORE, Text("revoke.sql", closed)))
    return Unit(Key("assembly", name), None, statements, file=ASSEMBLY)


# The routines


def _routines(program: Program, assembly: str) -> Iterator[Unit]:
    """Yield what an installer asks, and what people call."""
    for function in program.functions:
        method = quote.external(assembly, csharp.CLASS, function.name)
        routine = nodes.Routine(
            form(function), qualified(program, function), _parameters(function), _clauses(function), method
        )
        yield _routine(program, function.name, routine, function)
    name = f"udfgen${program.name}$probe"
    routine = nodes.Routine(
        form="function",
        name=quote.qualified(schema(program), name),
        parameters=" (@what nvarchar(max))",
        clauses=("returns nvarchar(max)",),
        method=quote.external(assembly, csharp.CLASS, csharp.PROBE),
    )
    yield _routine(program, name, routine)


def _routine(program: Program, name: str, routine: nodes.Routine, function: Function | None = None) -> Unit:
    """Return a routine that is made anew, so that nobody has a right on it but those that it is granted to."""
    former = nodes.Former(
        name_text=quote.literal(routine.name),
        drop_procedure=quote.literal(f"drop procedure {routine.name}"),
        drop_function=quote.literal(f"drop function {routine.name}"),
        family=family(program.name),
    )
    statements = [(Phase.WRAPPER, Text("drop.sql", former)), (Phase.WRAPPER, Text("routine.sql", routine))]
    if function and function.description:
        statements.append((Phase.WRAPPER, Text("description.sql", _description(program, function))))
    if function and function.grants:
        right = "select" if isinstance(function.returns, Table) else "execute"
        statements.append(_grant(right, routine.name, _grantees(function, program)))
    return Unit(_key(program, routine.form, name), function.origin if function else None, tuple(statements))


def _key(program: Program, kind: str, name: str) -> Key:
    return Key(kind, f"{schema(program)}.{name}")


def _parameters(function: Function) -> str:
    """Return a routine's parameters, with their parentheses where it is a function."""
    declared = ",".join(f"\n    {_declared(each)}" for each in function.parameters)
    if function.returns is None:
        return declared
    return f" ({declared}\n)" if declared else " ()"


def _declared(parameter: Parameter) -> str:
    text = f"@{parameter.name} {argument(parameter.type)}"
    if parameter.default is None or not has_default(parameter.type):
        return text
    return f"{text} = {quote.constant(parameter.default.value, parameter.type.kind)}"


def _clauses(function: Function) -> tuple[str, ...]:
    """Return the lines between a routine's parameters and its method; only a scalar has a clause for null arguments.

    https://learn.microsoft.com/sql/t-sql/statements/create-function-transact-sql
    """
    returns = function.returns
    if returns is None:
        return ()
    if isinstance(returns, Table):
        columns = (f"\n    {quote.identifier(each.name)} {result(each.result.type)}" for each in returns.columns)
        return (f"returns table ({','.join(columns)}\n)",)
    strict = ("with returns null on null input",) if function.null_on_null else ()
    return (f"returns {result(returns.type)}", *strict)


def _description(program: Program, function: Function) -> nodes.Description:
    return nodes.Description(
        comment=quote.comment(function.description),
        text=quote.literal(function.description),
        schema_text=quote.literal(schema(program)),
        form_text=quote.literal(form(function).upper()),
        object_text=quote.literal(function.name),
    )


def _error_code(program: Program, place: nodes.Place) -> Unit:
    """Return the function that takes the code out of an error, for all who may see one."""
    names = ("error_code_drop", "error_code", "error_code_mark")
    statements = [(Phase.WRAPPER, Text(f"{name}.sql", place)) for name in names]
    grantees = dict.fromkeys(each for function in program.functions for each in _grantees(function, program))
    if grantees:
        statements.append(_grant("execute", place.error_code, tuple(grantees)))
    return Unit(_key(program, "function", error_code(program)), None, tuple(statements))


def _grant(right: str, name: str, grantees: tuple[str, ...]) -> tuple[Phase, Text]:
    names = quote.listed(map(quote.identifier, grantees), 4, ROOM)
    return Phase.GRANT, Text("grant.sql", nodes.Grant(right, name, names))


def _grantees(function: Function, program: Program) -> tuple[str, ...]:
    names = (each for grant in function.grants for each in grantees_of(grant.grantee, _options(program)))
    return tuple(dict.fromkeys(names))


# What they stand on, and what is written down


def _ground(program: Program, place: nodes.Place) -> tuple[Unit, ...]:
    """Return the schema and the registry."""
    closed = nodes.Closed(1, f"object_id({place.registry_text})", quote.literal(f" on object::{place.registry}"))
    kept = ((Phase.PREPARE, Text("registry.sql", place)), (Phase.PREPARE, Text("revoke.sql", closed)))
    return (
        Unit(Key("schema", schema(program)), None, ((Phase.PREPARE, Text("schema.sql", place)),), shared=True),
        Unit(_key(program, "registry", _registry(program)), None, kept, shared=True, expected=REGISTRY),
    )


def _recorded(key: Key) -> nodes.Recorded:
    return nodes.Recorded(key, quote.literal(key.kind), quote.literal(key.name))


def _requirements(program: Program) -> Iterator[Requirement]:
    """Yield every user and role that a grant means, with the place of its first mention."""
    found: dict[str, Origin] = {}
    for function in program.functions:
        for grant in function.grants:
            for name in grantees_of(grant.grantee, _options(program)):
                found.setdefault(name, grant.origin)
    for name, origin in found.items():
        yield Requirement(Key("principal", name), origin)


# Files


def _scripts(program: Program) -> Iterator[Page]:
    script = nodes.Script(tuple(f"-- {line}" for line in _heading(program)), _trust())
    for name in ("install.sql", "uninstall.sql"):
        yield Page(name, Text(name, script))


def _heading(program: Program) -> tuple[str, ...]:
    env = f", environment {program.environment}" if program.environment else ""
    file = " ".join(quote.comment(program.origin.file))
    return (
        f"Generated by udfgen {udfgen.__version__} from {file}{env}.",
        "Do not edit: change the spec, run `udfgen build`, review the difference.",
    )
