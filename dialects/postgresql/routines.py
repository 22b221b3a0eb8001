"""What wrappers, drop-in names and trigger functions have in common: how PostgreSQL declares a routine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from udfgen.bundle import Key, Phase
from udfgen.errors import Origin
from udfgen.ir import Function, Grant, Kind, Parameter, Program
from udfgen.render import Text, Unit

from . import DIALECT, nodes, quote
from .options import Options

CLOSED = ("set search_path = pg_catalog, pg_temp",)
ZONED = {Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ}
"""Kinds whose text depends on the session's settings, unless the wrapper sets them."""

ISO = ("set datestyle = 'ISO, YMD'", "set timezone = 'UTC'")

SHOWN = {"table ": "TABLE", "setof ": "SETOF "}
"""How pg_get_function_result() spells the beginning of a result."""

# `args` is PL/Python's own list of the arguments and wins over a parameter of that name; `import plpy` makes a local
# that no parameter can hide.
BODY = """
try:
    udfgen_call = SD["call"]
except KeyError:
    import plpy
    if {key} not in GD:
        plpy.execute({load})
    udfgen_call = SD["call"] = GD[{key}].{maker}({entry})
{ending}
"""
RETURN = "return udfgen_call(*args)"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How a body finds the core: its key in GD, and the statement that puts it there."""

    key: str
    load: str

    def body(self, entry: dict[str, Any], maker: str = "function", ending: str = RETURN) -> str:
        """Return PL/Python that runs what the core's method `maker` makes of a table entry."""
        literal = quote.python(entry, indent=4)
        return BODY.format(
            key=quote.python(self.key), load=quote.python(self.load), maker=maker, entry=literal, ending=ending
        )


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as it is declared; `default` is SQL. Of `out` ones the caller gets the values."""

    name: str
    type: str
    default: str | None = None
    out: bool = False

    def __str__(self) -> str:
        default = "" if self.default is None else f" default {self.default}"
        return f"{'out ' if self.out else ''}{quote.identifier(self.name)} {self.type}{default}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A routine in its parts; without `returns` it is a procedure.

    `columns` are the names in a returned table, `language` and all that follows it is one clause, `hooks` are the
    triggers that run it, as catalog.sql spells them.
    """

    schema: str
    name: str
    returns: str
    language: str
    code: str
    comment: str
    arguments: tuple[Argument, ...] = ()
    columns: tuple[str, ...] = ()
    settings: tuple[str, ...] = CLOSED
    grantees: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """Return the name with the types of what is passed, as the catalog spells it."""
        types = ", ".join(each.type for each in self.arguments if not each.out)
        return f"{quote.qualified(self.schema, self.name)}({types})"


def spell(draft: Draft, owner: str) -> nodes.Routine:
    """Return a routine, quoted."""
    return nodes.Routine(
        what="function" if draft.returns else "procedure",
        name=quote.qualified(draft.schema, draft.name),
        signature=draft.signature,
        signature_text=quote.literal(draft.signature),
        arguments=",".join(f"\n    {each}" for each in draft.arguments),
        declared=(f"returns {draft.returns}", draft.language) if draft.returns else (draft.language,),
        settings=draft.settings,
        owner=quote.identifier(owner),
        owner_text=quote.literal(quote.identifier(owner)),
        body=quote.dollar(draft.code),
        compared=compared(draft.code, owner, draft.grantees, draft.comment, draft.hooks),
        shape=_shape(draft),
        comment=quote.literal(draft.comment) if draft.comment else "null",
        grantees=", ".join(map(quote.identifier, draft.grantees)),
    )


def compared(code: str, owner: str, grantees: Sequence[str] = (), comment: str = "", hooks: Sequence[str] = ()) -> str:
    """Return what a plan compares, as catalog.sql spells it: the code, its owner, who may run it, its comment."""
    lines = [code.rstrip("\n"), f"owner: {owner}", f"may execute: {', '.join(sorted({owner, *grantees}))}"]
    lines += [f"comment: {comment}"] if comment else []
    return "\n".join([*lines, *(f"run by: {each}" for each in sorted(hooks))])


def _shape(draft: Draft) -> str:
    """Return what CREATE OR REPLACE cannot change: the names, the result, and that defaults do not become fewer."""
    names = [each.name for each in draft.arguments] + list(draft.columns)
    defaults = sum(each.default is not None for each in draft.arguments)
    result = quote.literal(_shown_result(draft.returns)) if draft.returns else "null"
    return f"{quote.array(names)}, {result}, {defaults}"


def _shown_result(returns: str) -> str:
    """Return a result as pg_get_function_result() has it, but for its quotes."""
    return re.sub("^(table|setof) ", lambda found: found[0].upper(), returns.replace('"', "")).replace(
        "TABLE (", "TABLE("
    )


def unit(routine: nodes.Routine, kind: str, origin: Origin, *hooks: tuple[Phase, Text]) -> Unit:
    """Return what makes a routine; `hooks` are what makes triggers run it."""
    statements = [
        *((Phase.WRAPPER, Text(f"{name}.sql", routine)) for name in ("shape", "routine", "owner", "comment")),
        (Phase.REVOKE, Text("revoke.sql", routine)),
        *hooks,
    ]
    if routine.grantees:
        statements.append((Phase.GRANT, Text("grant.sql", routine)))
    return Unit(Key(kind, routine.signature), origin, tuple(statements), body=routine.compared)


def native_type(parameter: Parameter) -> str:
    """Return the declared type of an argument."""
    return DIALECT.types[parameter.type.kind]


def is_zoned(function: Function) -> bool:
    """Return whether an argument's text depends on the session's settings."""
    return any(parameter.type.kind in ZONED for parameter in function.parameters)


def options(program: Program) -> Options:
    """Return what the spec says of this engine."""
    found: Options = program.options[DIALECT.name]
    return found


def schema_of(program: Program) -> str:
    """Return the schema of the functions."""
    return options(program).schema_ or program.name


def owner_of(program: Program) -> str:
    """Return the role that owns the functions."""
    return options(program).owner or f"udfgen_{program.name}"


def roles_of(name: str, program: Program) -> tuple[str, ...]:
    """Return the roles that a name of the spec means here."""
    return options(program).roles.get(name, (name,))


def grantees(grants: Sequence[Grant], program: Program) -> tuple[str, ...]:
    """Return the roles that grants mean, each once."""
    return tuple(dict.fromkeys(role for grant in grants for role in roles_of(grant.grantee, program)))
