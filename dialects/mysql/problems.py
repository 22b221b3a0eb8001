"""Why nothing can be installed on a server: each reason with what to do, found before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from udfgen.bundle import Bundle, Key, Requirement
from udfgen.state import Live

from . import DIALECT, lower, quote

Query = Callable[[str], list[tuple[Any, ...]]]

OLDEST = {True: (10, 11), False: (8, 4)}
"""The oldest versions, by whether the server is MariaDB."""

RIGHTS = frozenset(
    (
        "PROCESS",
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "CREATE",
        "DROP",
        "EXECUTE",
        "CREATE USER",
        "RELOAD",
        "CREATE ROUTINE",
        "ALTER ROUTINE",
        "TRIGGER",
        "LOCK TABLES",
    )
)
"""INSERT and DELETE on mysql.func make and drop loadable functions; the others are for accounts, routines, registry,
triggers, which are made anew under a lock of their table, and the switch, which is closed (RELOAD) after each turn.

https://dev.mysql.com/doc/refman/8.4/en/create-function-loadable.html
"""

DEFINERS = frozenset(("SUPER", "SET USER", "SET_ANY_DEFINER", "SET_USER_ID"))
"""Any one of these lets an account create routines that another one owns; their names differ between versions."""


RISKS = "select_priv, insert_priv, update_priv, delete_priv, create_priv, drop_priv, alter_priv, execute_priv"
"""What nobody else may in the private database: to see the token, to turn a switch."""


def is_mariadb(version: str) -> bool:
    """Tell MariaDB from MySQL by what `select version()` says."""
    return "mariadb" in version.lower()


def find(query: Query, version: str, bundle: Bundle, live: Mapping[Key, Live]) -> Iterator[str]:
    """Yield every reason why an install cannot be done."""
    yield from _old(version)
    yield from _server_settings(query)
    yield from _absent_accounts(query, bundle)
    yield from _absent_tables(query, bundle)
    yield from _strong_owner(bundle, live)
    yield from _readers(query, bundle, live)


def _old(version: str) -> Iterator[str]:
    numbers = tuple(int(each) for each in re.findall(r"\d+", version)[:2])
    if numbers < OLDEST[is_mariadb(version)]:
        yield f"this server is {version}: udfgen supports {DIALECT.versions}"


def missing_rights(query: Query) -> Iterator[str]:
    """Compare with the account's own global rights; an active role may hold more, then the server itself will tell."""
    if query("select current_role()")[0][0] not in (None, "NONE"):
        return
    user, held = _own_rights(query)
    missing = sorted(RIGHTS - held.keys())
    missing += [] if held.keys() & DEFINERS else ["SUPER or SET USER or SET_ANY_DEFINER"]
    missing += [] if held.get("EXECUTE", "YES") == "YES" else ["GRANT OPTION"]
    if missing:
        what = ", ".join(missing)
        yield f"account {user} lacks on *.*: {what}; install with an account that has them (callers need none of them)"


def _own_rights(query: Query) -> tuple[str, dict[str, str]]:
    """Return this account and its global rights, each with YES where it may be granted on."""
    user = str(query("select current_user()")[0][0])
    grantee = quote.literal("'{}'@'{}'".format(*user.rsplit("@", 1)))
    rows = query(
        f"select privilege_type, is_grantable from information_schema.user_privileges where grantee = {grantee}"
    )
    return user, {str(right).upper(): str(grantable) for right, grantable in rows}


def _server_settings(query: Query) -> Iterator[str]:
    settings = "select @@automatic_sp_privileges, @@log_bin, @@log_bin_trust_function_creators"
    automatic, binlog, trusts = query(settings)[0]
    if automatic != "1":
        yield "dropped routines would leave their grants behind: set global automatic_sp_privileges = on"
    if binlog == "1" and trusts != "1" and "SUPER" not in _own_rights(query)[1]:
        yield "binary logging is on: set global log_bin_trust_function_creators = on, or install with the right SUPER"


def _required(bundle: Bundle, kind: str) -> Iterator[Requirement]:
    return (each for each in bundle.requirements if each.key.kind == kind)


NAMED_BY = {"account": "the grant", "writer": "unless_user"}
"""What of a spec names an account, by the kind of the requirement."""


def _absent_accounts(query: Query, bundle: Bundle) -> Iterator[str]:
    existing = {quote.account(str(user), str(host)) for user, host in query("select user, host from mysql.user")}
    for kind, named_by in NAMED_BY.items():
        for required in _required(bundle, kind):
            name = required.key.name
            if name not in existing:
                yield f"{required.origin}: account {name} does not exist: create user {name}; or change {named_by}"


def _absent_tables(query: Query, bundle: Bundle) -> Iterator[str]:
    """Look at the tables of triggers; of one that is not there, the columns need no word."""
    for required in _required(bundle, "table"):
        table = quote.parts(required.key.name)
        kind = _kind_of_table(query, table)
        if kind != "BASE TABLE":
            what = "does not exist: create it" if kind is None else f"is no table, but a {kind.lower()}: name its table"
            yield f"{required.origin}: table {required.key.name} {what}, or change the trigger"
        else:
            yield from _wrong_columns(bundle, table, _columns(query, table))


def _kind_of_table(query: Query, table: tuple[str, ...]) -> str | None:
    found = query(f"select table_name, table_type from information_schema.tables where {_is_table(table)}")
    return next((str(kind) for name, kind in found if name == table[1]), None)


def _columns(query: Query, table: tuple[str, ...]) -> dict[str, str]:
    """Return the data types of a table's columns, by their names in lower case."""
    found = query(f"select column_name, data_type from information_schema.columns where {_is_table(table)}")
    return {str(name).lower(): str(type_).lower() for name, type_ in found}


def _is_table(table: tuple[str, ...]) -> str:
    return f"table_schema = {quote.literal(table[0])} and table_name = {quote.literal(table[1])}"


def _wrong_columns(bundle: Bundle, table: tuple[str, ...], found: Mapping[str, str]) -> Iterator[str]:
    for required in _required(bundle, "column"):
        *place, column = quote.parts(required.key.name)
        if tuple(place) == table and column.lower() not in found:
            yield f"{required.origin}: column {required.key.name} does not exist: add it, or change the trigger"
    for required in _required(bundle, "moment"):
        *place, column = quote.parts(required.key.name)
        if tuple(place) == table and found.get(column.lower()) == "timestamp":
            yield (
                f"{required.origin}: column {required.key.name} is a TIMESTAMP, which every session sees in its own"
                " time zone: give it to a parameter of the type timestamp, or make it DATETIME(6), which means UTC"
            )


def _strong_owner(bundle: Bundle, live: Mapping[Key, Live]) -> Iterator[str]:
    for each in bundle.objects:
        found = live.get(each.key)
        if each.key.kind == "account" and found is not None and "rights of its own" in found.definition:
            yield f"account {each.key.name} has rights of its own: name another one as engines.mysql.owner"


def _readers(query: Query, bundle: Bundle, live: Mapping[Key, Live]) -> Iterator[str]:
    """Who else can read the private database could call the library as the owner does, and who can write it, switch it.

    An owner of before goes.
    """
    private = quote.literal(lower.private_of(bundle))
    owners = {each.key.name for each in bundle.objects if each.key.kind == "account"}
    if any(key.kind == "registry" for key in live):
        owners |= {str(name) for kind, name, _, _ in query(bundle.registry) if kind == "account"}
    readers = query(
        f"select user, host from mysql.tables_priv where db = {private} union "
        f"select user, host from mysql.columns_priv where db = {private} union "
        f"select user, host from mysql.procs_priv where db = {private} union "
        f"select user, host from mysql.db where {private} like db and 'Y' in ({RISKS})"
    )
    for user, host in sorted(readers):
        if (name := quote.account(str(user), str(host))) not in owners:
            yield f"account {name} has rights in the private database {private}: revoke them"
