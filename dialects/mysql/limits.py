"""What these servers cannot do with a spec: every reason with its place, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator

from udfgen.errors import Origin, Problem, SpecError
from udfgen.ir import Function, Grant, Program, Table, Trigger, Type

from . import DIALECT, quote, triggers
from .names import OWNER_LENGTH, Account, accounts_of, excepted, options_of, owner_of, table_of

MAX_SCALE = 30
"""Digits of a decimal's fraction in MySQL; https://dev.mysql.com/doc/refman/8.4/en/fixed-point-types.html"""

LAST = "\uffff"
"""The last character of a name: https://dev.mysql.com/doc/refman/8.4/en/identifiers.html"""


def check(program: Program) -> None:
    """Raise SpecError with all that these servers cannot do."""
    problems = [
        *_long_owner(program),
        *_wrong_grantees(program),
        *_wide_scales(program),
        *_wrong_names(program),
        *_wrong_exceptions(program),
    ]
    if problems:
        raise SpecError(tuple(sorted(problems, key=lambda problem: problem.origin)))


def _long_owner(program: Program) -> Iterator[Problem]:
    if len(owner_of(program)) > OWNER_LENGTH:
        advice = f"MySQL has room for {OWNER_LENGTH} characters: name another as engines.mysql.owner"
        yield Problem(program.origin, f'the owner\'s account "{owner_of(program)}" is too long', advice, "owner")


def grants_of(program: Program) -> Iterator[Grant]:
    """Yield every grant of the spec."""
    for function in program.functions:
        yield from function.grants
    for family in program.compat:
        yield from family.grants


def _wrong_grantees(program: Program) -> Iterator[Problem]:
    for grant in grants_of(program):
        for account in accounts_of(grant.grantee, options_of(program)):
            yield from _wrong_account(account, grant.origin)


def _wrong_account(account: Account, origin: Origin) -> Iterator[Problem]:
    user, host = account
    if not user or len(user) > OWNER_LENGTH or len(host) > 255 or "\0" in user + host:
        what = f'"{quote.comment(f"{user}@{host}")}" cannot be an account of {DIALECT.title}'
        yield Problem(origin, what, f"write user@host, with at most {OWNER_LENGTH} and 255 characters", "account")


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


def _wrong_names(program: Program) -> Iterator[Problem]:
    for trigger in program.triggers:
        for name in (*table_of(program, trigger), *triggers.columns_of(trigger)):
            if len(name) > quote.LONGEST_NAME or name.endswith(" ") or not all("\0" < each <= LAST for each in name):
                advice = f"names have at most {quote.LONGEST_NAME} characters, none beyond U+FFFF, no blank at the end"
                what = f'"{quote.comment(name)}" cannot be a name of {DIALECT.title}'
                yield Problem(trigger.origin, what, advice, "name")


def _wrong_exceptions(program: Program) -> Iterator[Problem]:
    for trigger in program.triggers:
        for account in excepted(program, trigger):
            yield from _wrong_account(account, trigger.origin)
            yield from _unknowable(account, trigger)


def _unknowable(account: Account, trigger: Trigger) -> Iterator[Problem]:
    """A trigger sees who is connected and from where, not the active role nor the numbers of an address."""
    user, host = account
    if not host or "/" in host:
        what = f'"{quote.comment(f"{user}@{host}")}" cannot be told from others by a trigger'
        advice = "name an account, whose host has no network mask, in engines.mysql.accounts"
        yield Problem(trigger.origin, what, advice, "account")
