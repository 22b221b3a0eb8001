"""Names of what an install owns, and of those whom the spec names: as the dictionary has them, or quoted."""

from __future__ import annotations

from collections.abc import Iterable

from udfgen.ir import Function, Grant, Program

from . import DIALECT, quote
from .options import Options


def options(program: Program) -> Options:
    """Return what the spec says of this engine."""
    found: Options = program.options[DIALECT.name]
    return found


def schema(program: Program) -> str:
    """Return the name of the schema that owns what is installed, as the dictionary has it."""
    return (options(program).schema_ or program.name).upper()


def registry(program: Program) -> str:
    """Return the name of the registry, with which the names of all helpers begin."""
    return f"UDFGEN${program.name.upper()}"


def core(program: Program) -> str:
    """Return the name of the package that holds what only the owner's functions may call."""
    return f"{registry(program)}$CORE"


def core_package(program: Program) -> str:
    """Return that name quoted."""
    return quote.identifier(core(program))


def switch(program: Program) -> str:
    """Return the name of the table of switched bindings."""
    return f"{registry(program)}$SWITCH"


def switch_table(program: Program) -> str:
    """Return that table as SQL names it; its schema is told, so that nobody's own table can stand in its place."""
    return f"{quote.identifier(schema(program))}.{quote.identifier(switch(program))}"


def error_code(program: Program) -> str:
    """Return the name of the function that takes the code out of an error."""
    return f"{program.name.upper()}_ERROR_CODE"


def routine(function: Function, ending: str = "") -> str:
    """Return the quoted name of a wrapper, or of what stands beside it."""
    return quote.identifier(f"{function.name.upper()}{ending}")


def grantees(grants: Iterable[Grant], program: Program) -> tuple[str, ...]:
    """Return the users and roles that grants of the spec mean, each once."""
    return tuple(dict.fromkeys(name for grant in grants for name in means(grant.grantee, program)))


def means(grantee: str, program: Program) -> tuple[str, ...]:
    """Return the users and roles that a name of the spec means."""
    return options(program).grantees.get(grantee, (grantee.upper(),))
