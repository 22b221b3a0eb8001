"""What SQL Server cannot do with a spec: every reason with its place, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from udfgen.errors import Origin, Problem, SpecError
from udfgen.expression import leaves
from udfgen.ir import Cell, Function, Grant, Name, Parameter, Program, Table, Trigger

from . import DIALECT, names, quote
from .options import Options

MOST_PARAMETERS, MOST_COLUMNS = 2099, 1024
"""A method has one parameter more, of 2,100: https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server"""

LONGEST_FUNCTION = DIALECT.name_bytes - len(names.CORE)
"""Characters of a function's name."""

LONGEST_PARAMETER = DIALECT.name_bytes - 1
"""Characters of a parameter's name: an @ stands before it."""

LONGEST_DESCRIPTION = 3750
"""UTF-16 units of an extended property, which has room for 7,500 bytes.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-addextendedproperty-transact-sql
"""

SYSTEM = ("sys", "information_schema")
"""The server's own schemas, in every database, and users of these names, which own them."""

FIXED = tuple(
    f"db_{each}"
    for each in (
        *("owner", "accessadmin", "securityadmin", "ddladmin", "backupoperator"),
        *("datareader", "datawriter", "denydatareader", "denydatawriter"),
    )
)
"""The roles whose rights are fixed.

https://learn.microsoft.com/sql/relational-databases/security/authentication-access/database-level-roles
"""

NOBODY = ("public", "guest", "dbo", *SYSTEM, *FIXED)
"""Principals of every database that are everybody, somebody unknown or the owner, or that no right can be given to."""


def refuse(program: Program) -> None:
    """Raise SpecError with everything that SQL Server cannot do."""
    options: Options = program.options[DIALECT.name]
    problems = [*_of_schema(program, options)]
    for function in program.functions:
        problems += [*_of_names(function, program), *_of_sizes(function), *_of_grantees(function.grants, options)]
    for compat in program.compat:
        problems += _of_grantees(compat.grants, options)
    for trigger in program.triggers:
        problems += [*_of_trigger(trigger, program)]
    if problems:
        raise SpecError(tuple(sorted(problems, key=lambda problem: problem.origin)))


def grantees_of(grantee: str, options: Options) -> tuple[str, ...]:
    """Return the users and roles that a grantee of the spec means."""
    return options.grantees.get(grantee, (grantee,))


def _of_schema(program: Program, options: Options) -> Iterator[Problem]:
    name = options.schema_ or program.name
    if name.lower() in SYSTEM:
        advice = f"name one of your own as engines.{DIALECT.name}.schema"
        yield Problem(program.origin, f"the schema {name} is the server's", advice, "name")


def _taken(name: str, origin: Origin, program: Program) -> Iterator[Problem]:
    if name == names.error_code(program):
        advice = f"{DIALECT.title} has the function that takes the code out of an error there: use another name"
        yield Problem(origin, f'"{name}" is taken', advice, "name")


def _of_names(function: Function, program: Program) -> Iterator[Problem]:
    yield from _taken(function.name, function.origin, program)
    if len(function.name) > LONGEST_FUNCTION:
        advice = f"{DIALECT.title} has its method as {names.CORE}<name>: use {LONGEST_FUNCTION}"
        yield Problem(function.origin, f"a name of {len(function.name)} characters", advice, "name")
    for parameter in _declared(function):
        if len(parameter.name) > LONGEST_PARAMETER:
            advice = f"{DIALECT.title} writes an @ before it: use {LONGEST_PARAMETER}"
            yield Problem(parameter.origin, f"a name of {len(parameter.name)} characters", advice, "name")


def _declared(function: Function) -> tuple[Parameter, ...]:
    """Return what a routine declares of a function's parameters: those of a batch are names in its rows."""
    return () if function.batch else function.parameters


def _of_sizes(function: Function) -> Iterator[Problem]:
    origin, name = function.origin, function.name
    if len(_declared(function)) > MOST_PARAMETERS:
        what = f'"{name}" has {len(function.parameters)} parameters'
        yield Problem(origin, what, f"{DIALECT.title} takes {MOST_PARAMETERS}: use one of json", "support")
    if isinstance(function.returns, Table) and len(function.returns.columns) > MOST_COLUMNS:
        what = f'"{name}" returns {len(function.returns.columns)} columns'
        yield Problem(origin, what, f"{DIALECT.title} takes {MOST_COLUMNS}: return some in one of json", "support")
    if len(function.description.encode("utf-16-le")) > 2 * LONGEST_DESCRIPTION:
        what = f'the description of "{name}" has more than {LONGEST_DESCRIPTION} characters'
        yield Problem(origin, what, f"{DIALECT.title} has no room for more: shorten it", "support")


def _of_grantees(grants: Iterable[Grant], options: Options) -> Iterator[Problem]:
    for grant in grants:
        for name in grantees_of(grant.grantee, options):
            if name.lower() in NOBODY:
                advice = f"name users or roles of your own as engines.{DIALECT.name}.grantees"
                yield Problem(grant.origin, f"nothing is granted to {name}", advice, "grantee")


def _of_trigger(trigger: Trigger, program: Program) -> Iterator[Problem]:
    yield from _taken(trigger.name, trigger.origin, program)
    for name in (*((trigger.schema,) if trigger.schema else ()), trigger.table, *columns(trigger)):
        if not quote.is_identifier(name.text):
            advice = f"{DIALECT.title} is given 1 to {DIALECT.name_bytes} printable ASCII characters without $("
            yield Problem(trigger.origin, f'"{name.text}" cannot be named', advice, "name")


def columns(trigger: Trigger) -> tuple[Name, ...]:
    """Return the columns that a trigger names, each once."""
    expressions = (*trigger.arguments, *((trigger.when,) if trigger.when else ()))
    cells = (leaf.column for each in expressions for leaf in leaves(each) if isinstance(leaf, Cell))
    return tuple(dict.fromkeys((*trigger.key, *trigger.of, *cells)))
