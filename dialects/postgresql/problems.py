"""Why nothing can be installed in a database: each reason with what to do, found before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from udfgen.bundle import Bundle, Key, Requirement
from udfgen.state import Live

from . import DIALECT, quote, triggers

Query = Callable[[str], list[tuple[Any, ...]]]

OLDEST = 150000

EXISTING = """
select 'role', rolname::text from pg_catalog.pg_roles
union all
select 'table', found.name from unnest({tables}) as found (name)
join pg_catalog.pg_class on oid = to_regclass(found.name) and relkind in ('r', 'p', 'f')
union all
select 'column', format('%s."%s"', found.name, replace(attname, '"', '""')) from unnest({tables}) as found (name)
join pg_catalog.pg_attribute on attrelid = to_regclass(found.name) and attnum > 0 and not attisdropped
union all
select 'untrusted', format('%s."%s"', found.name, replace(attname, '"', '""')) from unnest({tables}) as found (name)
join pg_catalog.pg_attribute on attrelid = to_regclass(found.name) and attnum > 0 and not attisdropped
join pg_catalog.pg_type as known on known.oid = atttypid and known.oid >= {own}
join pg_catalog.pg_roles as owner on owner.oid = known.typowner
where not {trusted}
union all
select 'key', found.name from unnest({keys}) as found (name)
cross join lateral (select parse_ident(found.name) as names) as of
cross join lateral (select to_regclass(format('%I.%I', names[1], names[2])) as relation) as in_
where {unique}
"""
"""What there is of what specs may require, spelled as in their keys; also the columns that no trigger may touch."""

UNTRUSTED = (
    "has a type of a user's own, whose casts would run with the rights of the functions: "
    "make a superuser own the type, or use one of PostgreSQL's"
)


def find(query: Query, bundle: Bundle, live: Mapping[Key, Live]) -> Iterator[str]:
    """Yield why nothing can be installed here."""
    yield from _server(query)
    for key, each in live.items():
        if key.kind == "extension" and each.body is not None:
            yield f"extension {key.name} is here and has the names of compat.aws_lambda: take that out of the spec"
    yield from _missing(query, bundle.requirements)


def _server(query: Query) -> Iterator[str]:
    """Yield what the server or this connection's user cannot do."""
    if query("select current_setting('server_version_num')::int")[0][0] < OLDEST:
        yield f"this server is older than PostgreSQL 15: udfgen supports {DIALECT.versions}"
    ((user, is_superuser),) = query("select rolname::text, rolsuper from pg_roles where rolname = current_user")
    if not is_superuser:
        yield (
            f"user {user} is no superuser: PostgreSQL lets only superusers create functions "
            "in plpython3u; install as one (callers need no such right)"
        )
    if not query("select 1 from pg_available_extensions where name = 'plpython3u'"):
        yield "plpython3u is not installed on the server: on Debian, apt-get install postgresql-plpython3-<version>"


def _missing(query: Query, requirements: Sequence[Requirement]) -> Iterator[str]:
    """Yield what the spec names and is not there, or not fit for it."""
    existing = _existing(query, requirements)
    for required in requirements:
        kind, name = required.key.kind, required.key.name
        if kind == "column" and ("untrusted", name) in existing:
            yield f"{required.origin}: column {name} {UNTRUSTED}"
        reason = None if (kind, name) in existing else _reason(required.key, existing)
        if reason:
            yield f"{required.origin}: {reason}"


def _reason(key: Key, existing: set[tuple[str, str]]) -> str | None:
    """Return what is wrong with what is not there; of a table that is not there, its columns and key need no word."""
    if key.kind == "role":
        role = quote.identifier(key.name)
        return f"role {role} does not exist: create role {role}; or change the grant"
    if key.kind == "table":
        return f"table {key.name} does not exist: create it first, or change the trigger"
    table, columns = _split(key.name)
    if ("table", table) not in existing:
        return None
    if key.kind == "column":
        return f"column {key.name} does not exist: add it, or change the trigger"
    if any(("column", f"{table}.{each}") not in existing for each in columns):
        return None
    return f"{triggers.AMBIGUOUS} key in table {table}: {', '.join(columns)}; {triggers.UNIQUE_ADVICE}"


def _existing(query: Query, requirements: Sequence[Requirement]) -> set[tuple[str, str]]:
    tables, keys = ([each.key.name for each in requirements if each.key.kind == kind] for kind in ("table", "key"))
    unique = triggers.UNIQUE.format(relation="in_.relation", columns="of.names[3:]")
    asked = EXISTING.format(
        tables=quote.array(tables), keys=quote.array(keys), own=triggers.OWN, trusted=triggers.TRUSTED, unique=unique
    )
    return {(str(kind), str(name)) for kind, name in query(asked)}


def _split(name: str) -> tuple[str, list[str]]:
    """Return the table in the name of a column or of a key, and the columns, all as they are quoted there."""
    schema, table, *columns = re.findall(r'"(?:[^"]|"")*"', name)
    return f"{schema}.{table}", columns
