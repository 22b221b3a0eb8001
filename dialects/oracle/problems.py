"""Why nothing can be installed in a schema: each reason with what to do, found before anything is changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from udfgen.bundle import Bundle, Key, Requirement

from . import DIALECT, policy, quote

Query = Callable[..., list[tuple[Any, ...]]]
"""Runs a query, its binds by name, and returns the rows."""

VERSIONS = (19, 21, 23, 26)
"""What engines.oracle.version can be."""

RIGHTS = ("CREATE PROCEDURE", "CREATE TABLE")
"""CREATE PROCEDURE is for Java too; the table is the registry.

https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/CREATE-JAVA.html
"""

MORE_RIGHTS = {"trigger": "CREATE TRIGGER", "type": "CREATE TYPE"}
"""What objects of some kinds need besides."""

TYPES = {"switch": "TABLE"}
"""What the dictionary calls an object of a kind of ours, where that is not the kind itself."""

ONE_NAMESPACE = (
    "TABLE",
    "VIEW",
    "SEQUENCE",
    "SYNONYM",
    "PROCEDURE",
    "FUNCTION",
    "PACKAGE",
    "MATERIALIZED VIEW",
    "TYPE",
    "OPERATOR",
)
"""Kinds of objects of which no two in a schema have one name.

https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Database-Object-Names-and-Qualifiers.html
"""


def required(bundle: Bundle, kind: str) -> tuple[Requirement, ...]:
    """Return what a bundle requires of one kind: schema, version, java permission or grantee."""
    return tuple(each for each in bundle.requirements if each.key.kind == kind)


def names(keys: Iterable[Key]) -> str:
    """Return keys as catalog.sql takes them."""
    return json.dumps([[key.kind, key.name] for key in keys])


def blocking(query: Query, version: str, bundle: Bundle) -> Iterator[str]:
    """Yield every reason for which the catalog cannot even be read, or would be another schema's."""
    yield from _wrong_schema(query, bundle)
    yield from _old(version, bundle)
    if not query("select banner from all_registry_banners where banner like 'JServer%'"):
        yield "this database has no Java virtual machine (JServer): have a DBA install it, as its Java guide says"


def find(query: Query, bundle: Bundle, recorded: Iterable[Key]) -> Iterator[str]:
    """Yield every other reason why an install cannot be done."""
    schema = str(query("select user from dual")[0][0])
    held = {str(row[0]) for row in query("select privilege from session_privs")}
    yield from _missing_rights(schema, held, bundle)
    yield from _no_quota(query, schema, held)
    yield from _missing_permissions(query, schema, bundle)
    yield from _absent_grantees(query, bundle)
    yield from _absent_writers(query, bundle)
    yield from _absent_tables(query, bundle)
    yield from _absent_columns(query, bundle)
    yield from _taken_names(query, bundle, set(recorded))


def release(version: str) -> int:
    """Return what people call a server's version: 26 for 23.26.

    https://docs.oracle.com/en/database/oracle/oracle-database/26/upgrd/oracle-database-release-numbers.html
    """
    first, second = (int(each) for each in re.findall(r"\d+", version)[:2])
    return second if first == 23 and second > first else first


def _wrong_schema(query: Query, bundle: Bundle) -> Iterator[str]:
    found, current = query("select user, sys_context('userenv', 'current_schema') from dual")[0]
    for schema in (each.key.name for each in required(bundle, "schema")):
        if found != schema:
            yield (
                f"connected as {found}, and the spec installs into the schema {schema}: connect as {schema}, or "
                f"through a proxy user as {found}[{schema}], or name the schema as engines.oracle.schema"
            )
        elif current != schema:
            yield f"the session's current schema is {current}, set by a logon trigger: it must be {schema}"


def _old(version: str, bundle: Bundle) -> Iterator[str]:
    found = release(version)
    if found < VERSIONS[0]:
        yield f"this server is {version}: udfgen supports {DIALECT.versions}"
        return
    for each in required(bundle, "version"):
        if found < int(each.key.name):
            yield (
                f"this server is {version}, and the spec asks for {each.key.name}: "
                f"name {max(known for known in VERSIONS if known <= found)} as engines.oracle.version"
            )


def _missing_rights(schema: str, held: set[str], bundle: Bundle) -> Iterator[str]:
    kinds = {each.key.kind for each in bundle.objects}
    needed = (*RIGHTS, *(right for kind, right in MORE_RIGHTS.items() if kind in kinds))
    missing = [right for right in needed if right not in held]
    if missing:
        grant = f"grant {', '.join(missing).lower()} to {quote.identifier(schema)}"
        yield f"the schema {schema} lacks {', '.join(missing)}: have a DBA run: {grant}"


def _no_quota(query: Query, schema: str, held: set[str]) -> Iterator[str]:
    """A schema without a quota can make the registry, and then not write into it."""
    space, quota = query(
        "select u.default_tablespace, nvl(max(q.max_bytes), 0) from user_users u "
        "left join user_ts_quotas q on q.tablespace_name = u.default_tablespace group by u.default_tablespace"
    )[0]
    if not quota and "UNLIMITED TABLESPACE" not in held:
        alter = f"alter user {quote.identifier(schema)} quota 10m on {quote.identifier(str(space))}"
        yield f"the schema {schema} may store nothing in its tablespace {space}: have a DBA run: {alter}"


def _missing_permissions(query: Query, schema: str, bundle: Bundle) -> Iterator[str]:
    """A permission for PUBLIC or for a role that the schema has counts as well: the view lists those too."""
    rows = query("select kind, type_name, name, action from user_java_policy where enabled = 'ENABLED'")
    policies: dict[str, list[policy.Row]] = {"GRANT": [], "RESTRICT": []}
    for kind, *row in rows:
        policies[str(kind)].append(policy.Row(*(str(each or "") for each in row)))
    needed = [policy.parse(each.key.name) for each in required(bundle, "java permission")]
    missing = [str(each) for each in needed if not policy.is_covered(each, policies["GRANT"], policies["RESTRICT"])]
    if missing:
        yield (
            f"the schema {schema} lacks the Java permissions {'; '.join(missing)}: "
            "have a DBA run permissions.sql, which stands beside install.sql"
        )


def _absent_grantees(query: Query, bundle: Bundle) -> Iterator[str]:
    known = grantees(query)
    for each in required(bundle, "grantee"):
        name = each.key.name
        if known is not None and name not in known:
            create = f"create user {quote.identifier(name)}"
            yield f"{each.origin}: there is no user or role {name}: {create}; or change the grant"


def _absent_writers(query: Query, bundle: Bundle) -> Iterator[str]:
    """A name that nobody has would leave the circle through the database open."""
    wanted = required(bundle, "writer")
    known = {str(row[0]) for row in query("select username from all_users")} if wanted else set()
    for each in wanted:
        if each.key.name not in known:
            yield f"{each.origin}: there is no user {each.key.name}, whose writes call nothing: change unless_user"


def _absent_tables(query: Query, bundle: Bundle) -> Iterator[str]:
    wanted = required(bundle, "table")
    queries = ("select table_name from user_tables", "select view_name from user_views")
    tables, views = ({f'"{row[0]}"' for row in query(sql)} if wanted else set() for sql in queries)
    for each in wanted:
        name = each.key.name
        if name in views:
            yield f"{each.origin}: {name} is a view, which no trigger can follow: name the table below it"
        elif name not in tables:
            yield f"{each.origin}: there is no table {name} in this schema: create it, or change the trigger"


def _absent_columns(query: Query, bundle: Bundle) -> Iterator[str]:
    """Of a table that is not there either, no column is told."""
    wanted = required(bundle, "column")
    rows = query("select table_name, column_name from user_tab_columns") if wanted else []
    known = {f'"{table}"."{column}"' for table, column in rows}
    tables = {f'"{table}"' for table, _ in rows}
    for each in wanted:
        table, _, column = each.key.name.partition('."')
        if table in tables and each.key.name not in known:
            yield f'{each.origin}: the table {table} has no column "{column}: add it, or change the trigger'


def grantees(query: Query) -> set[str] | None:
    """Return the names of all users and roles, or None where this schema may not see the roles."""
    is_seen = "select count(*) from all_views where owner = 'SYS' and view_name = 'DBA_ROLES'"
    if not query(is_seen)[0][0]:
        return None
    return {str(row[0]) for row in query("select username from all_users union all select role from dba_roles")}


def _taken_names(query: Query, bundle: Bundle, recorded: set[Key]) -> Iterator[str]:
    """What is there under a name of ours and of another kind would make CREATE fail."""
    wanted = {Key(TYPES.get(each.key.kind, each.key.kind).lower(), each.key.name) for each in bundle.objects}
    ours = {Key(TYPES.get(key.kind, key.kind).lower(), key.name) for key in recorded}
    found = query(
        "select o.object_type, o.object_name from user_objects o join json_table("
        ":names, '$[*]' columns (name varchar2(200) path '$[1]')) w on w.name = o.object_name",
        names=names(key for key in wanted if key.kind.upper() in ONE_NAMESPACE),
    )
    for kind, name in sorted(found):
        key = Key(str(kind).lower(), str(name))
        if kind in ONE_NAMESPACE and key not in wanted and key not in ours:
            yield f"{name} is there as a {key.kind}, not from this install: rename it, or the function in the spec"
