"""Where an install's objects stand in a database, and what they are called."""

from __future__ import annotations

from udfgen.bundle import Key
from udfgen.ir import Function, Program

from . import DIALECT, nodes, quote
from .options import Options

HASH = 12
"""Digits of the sources' hash in an assembly's name."""

LABEL = quote.literal("udfgen")
"""The extended property of what an install made: its schema, its switch, and all that is written in T-SQL."""

CORE = "core$"
"""What the name of a method's routine begins with; behind it is the name of what people call. No spec has a $."""

DBO = "dbo"
"""Who owns all that an install makes."""


def options(program: Program) -> Options:
    """Return what the spec says of this engine."""
    found: Options = program.options[DIALECT.name]
    return found


def schema(program: Program) -> str:
    """Return the name of the schema that the functions stand in."""
    return options(program).schema_ or program.name


def qualified(program: Program, function: Function) -> str:
    """Return a wrapper's quoted name in its schema."""
    return quote.qualified(schema(program), function.name)


def key(program: Program, kind: str, name: str) -> Key:
    """Return the key of an object in the functions' schema."""
    return Key(kind, f"{schema(program)}.{name}")


def error_code(program: Program) -> str:
    """Return the name of the function that takes the code out of an error."""
    return f"{program.name}_error_code"


def switch(program: Program) -> str:
    """Return the name of the table that `udfgen switch` writes."""
    return f"udfgen_{program.name}_switch"


def registry(program: Program) -> str:
    """Return the name of the table by which drift is told from change."""
    return f"udfgen${program.name}"


def modes(program: Program) -> str:
    """Return the name of the function that says what the switch says."""
    return f"udfgen${program.name}$modes"


def probe(program: Program) -> str:
    """Return the name of the function that looks around from inside the server."""
    return f"udfgen${program.name}$probe"


def assembly(program: str) -> str:
    """Return what the names of a program's assemblies begin with."""
    return f"udfgen_{program}_"


def family(program: str) -> str:
    """Return a pattern of LIKE, as an expression, for the names of a program's assemblies in any version."""
    return f"{quote.literal(quote.like(assembly(program)))} + replicate(N'[0-9a-f]', {HASH})"


def owned_by_another(schema: str) -> str:
    """Return what to say of a schema that is not dbo's."""
    return (
        f"the schema {schema} is not dbo's, and its owner could change what stands in it: "
        f"alter authorization on schema::{quote.identifier(schema)} to [dbo]; or name another schema"
    )


def spelled(kind: str, name: str) -> str:
    """Return what stands before a name as the catalog has it, where it is another only to the registry."""
    return f"the catalog spells the {kind} {name} in other letters: write it in the spec as "


def _read_switch(table: str) -> str:
    """Return the query of the rows of a switch that somebody has changed: what is no mode counts as off."""
    strict = "max(cast(isnull(mode, N'off') as nvarchar(10)))"
    return f"select binding, {strict} from {table} where binding is not null group by binding"


def placed(program: Program) -> nodes.Place:
    """Return where a program's objects stand, quoted."""
    name, kept, switched = schema(program), registry(program), switch(program)
    return nodes.Place(
        schema=quote.identifier(name),
        schema_text=quote.literal(name),
        make_schema=quote.literal(f"create schema {quote.identifier(name)} authorization {quote.identifier(DBO)}"),
        prefix=quote.literal(f"{name}."),
        registry=quote.qualified(name, kept),
        registry_text=quote.literal(quote.qualified(name, kept)),
        registry_name_text=quote.literal(f"{name}.{kept}"),
        switch=quote.qualified(name, switched),
        switch_text=quote.literal(quote.qualified(name, switched)),
        switch_name_text=quote.literal(f"{name}.{switched}"),
        switch_plain_text=quote.literal(switched),
        modes=quote.qualified(name, modes(program)),
        error_code=quote.qualified(name, error_code(program)),
        family=family(program.name),
        label=LABEL,
        program=quote.literal(program.name),
        nothing=quote.literal(f"there is no registry {name}.{kept}: no function is removed"),
        burdened=quote.literal(f"{name}.{kept} has a trigger or a constraint of others: drop that first"),
        others_schema=quote.literal(owned_by_another(name)),
        spelled=quote.literal(spelled("schema", name)),
        unmarked=quote.literal(
            ": there without the mark of this install, so somebody else's now: drop or rename it first"
        ),
        read_switch=quote.literal(_read_switch(quote.qualified(name, switched))),
        others_switch=quote.literal(f"{name}.{switched} is there and not of this install: rename it"),
        lost_switch=quote.literal(
            f"{name}.{switched} has lost a column, and with it what is off: drop it, install, and switch again"
        ),
    )
