"""Whose and what names there are: the databases, the owner, the accounts that a name of the spec means."""

from __future__ import annotations

from collections.abc import Iterator

from udfgen.ir import Program, Trigger

from . import DIALECT
from .options import Options

OWNER_HOST = "localhost"
OWNER_LENGTH = 32
"""https://dev.mysql.com/doc/refman/8.4/en/user-names.html"""

Account = tuple[str, str]
"""User and host; a role of MariaDB has the host ''."""


def options_of(program: Program) -> Options:
    """Return what the spec says of these servers."""
    options: Options = program.options[DIALECT.name]
    return options


def database_of(program: Program) -> str:
    """Return the database of the routines."""
    return options_of(program).database or program.name


def private_database(program: Program) -> str:
    """Return the name of the database that holds the registry, the switch and the token."""
    return options_of(program).private or f"udfgen_{program.name}"


def owner_of(program: Program) -> str:
    """Return the user name of the account that owns the routines."""
    return options_of(program).owner or f"udfgen_{program.name}"


def family(program: str) -> str:
    """Return what the names of all libraries of a program begin with: they belong to the server, not to a database."""
    return f"udfgen_{program}"


def accounts_of(grantee: str, options: Options) -> tuple[Account, ...]:
    """Return the accounts that a grantee means."""
    return tuple(_split(account) for account in options.accounts.get(grantee, (grantee,)))


def _split(account: str) -> Account:
    user, at, host = account.rpartition("@")
    return (user, host) if at else (host, "%")


def excepted(program: Program, trigger: Trigger) -> Iterator[Account]:
    """Yield the accounts whose writes a trigger passes by."""
    for user in trigger.unless_users:
        yield from accounts_of(user, options_of(program))


def table_of(program: Program, trigger: Trigger) -> tuple[str, str]:
    """Return the database and the name of a trigger's table."""
    named = options_of(program).tables or database_of(program)
    return trigger.schema.text if trigger.schema else named, trigger.table.text
