"""What PostgreSQL cannot do with a spec: every reason with its place, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator

from udfgen.errors import Origin, Problem, SpecError
from udfgen.ir import Function, Program, Trigger, Volatility

from . import DIALECT, batches, compat, quote, routines, triggers
from .options import RESERVED


def check(program: Program) -> None:
    """Raise SpecError with all that PostgreSQL cannot do."""
    problems = [problem for function in program.functions for problem in _defaults_last(function)]
    taken = {each.name for each in program.functions} | {each.name for each in program.triggers}
    problems += [problem for function in program.functions for problem in _wrong_batch(function, taken)]
    problems += [problem for trigger in program.triggers for problem in _wrong_triggers(trigger)]
    problems += _wrong_roles(program)
    if problems:
        raise SpecError(tuple(sorted(problems, key=lambda problem: problem.origin)))


def _defaults_last(function: Function) -> list[Problem]:
    """All parameters behind one with a default must have one too, in PostgreSQL."""
    first = next((i for i, each in enumerate(function.parameters) if each.default is not None), None)
    late = [each for each in function.parameters[first:] if each.default is None] if first is not None else []
    advice = f"{DIALECT.title} wants defaults last: move it up, or give it a default too"
    return [Problem(each.origin, f'parameter "{each.name}" of "{function.name}"', advice, "defaults") for each in late]


def _wrong_batch(function: Function, taken: set[str]) -> Iterator[Problem]:
    """Yield names that are taken where a batch function is several."""
    _, *beside = batches.names(function)
    what = f'batch function "{function.name}"'
    for name in beside:
        if name in taken:
            advice = f'{DIALECT.title} has a function "{name}" beside it: use another name for one of them'
            yield Problem(function.origin, what, advice, "name")
        elif len(name) > DIALECT.name_bytes:
            advice = f'{DIALECT.title} has a function "{name}" beside it: shorten it to {DIALECT.name_bytes - 5}'
            yield Problem(function.origin, what, advice, "name")
    for parameter in function.parameters if beside else ():
        if parameter.name == batches.QUERY:
            advice = f'{DIALECT.title} has a form with an argument "{batches.QUERY}": use another name'
            yield Problem(parameter.origin, f'parameter "{parameter.name}" of "{function.name}"', advice, "name")


def _wrong_triggers(trigger: Trigger) -> Iterator[Problem]:
    """Yield names that cannot be, and a function of which PostgreSQL may keep a result and not call it again.

    https://www.postgresql.org/docs/current/xfunc-volatility.html
    """
    names = (trigger.schema, trigger.table, *triggers.columns_of(trigger))
    for name in (each.text for each in names if each):
        if len(name.encode()) > DIALECT.name_bytes:
            what = f'"{quote.comment(name)}" cannot be a name in {DIALECT.title}'
            yield Problem(trigger.origin, what, f"it has more than {DIALECT.name_bytes} bytes", "name")
    if trigger.function.volatility is Volatility.IMMUTABLE and not trigger.function.batch:
        what = f'trigger "{trigger.name}" calls "{trigger.function.name}", which is immutable'
        advice = f"{DIALECT.title} may go by an earlier result of it: make it volatile"
        yield Problem(trigger.origin, what, advice, "volatility")


def _wrong_roles(program: Program) -> Iterator[Problem]:
    """Yield roles that cannot be: a name that would be cut, and the two words that mean no role, even in quotes.

    https://www.postgresql.org/docs/current/sql-grant.html
    """
    for role, origin in roles(program).items():
        if role in RESERVED or len(role.encode()) > DIALECT.name_bytes:
            what = f'"{quote.comment(role)}" cannot be a role of {DIALECT.title}'
            advice = f"grant to a role with a name of at most {DIALECT.name_bytes} bytes; to nobody at large"
            yield Problem(origin, what, advice, "role")


def roles(program: Program) -> dict[str, Origin]:
    """Return every role that the spec means, with the place of its first mention."""
    found: dict[str, Origin] = {}
    for name, origin in _named(program):
        for role in routines.roles_of(name, program):
            found.setdefault(role, origin)
    return found


def _named(program: Program) -> Iterator[tuple[str, Origin]]:
    granted = (*(each.grants for each in program.functions), *(each.grants for each in compat.families(program)))
    yield from ((grant.grantee, grant.origin) for grants in granted for grant in grants)
    for trigger in program.triggers:
        yield from ((user, trigger.origin) for user in trigger.unless_users)
