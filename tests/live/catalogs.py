"""Photographs of a database's catalog: all that an install may touch, to be compared before and after."""

from __future__ import annotations

from tests.live.databases import sql

LASTING = "::regnamespace::text !~ '^pg_(toast_)?temp_'"
"""What follows a schema's id where PostgreSQL's own schemas for temporary objects, which it keeps, are left out."""

# Without the numbers that change by themselves (pages, transaction ids). An ACL is written as what it means: a REVOKE
# leaves spelled out what was unsaid before.
QUERIES = {
    "function": f"select proc::text from pg_proc as proc where oid >= 16384 and pronamespace{LASTING}",
    "PostgreSQL's own function": """
        select concat_ws(' ', oid::regprocedure, proacl) from pg_proc where oid < 16384 and proacl is not null""",
    "schema": f"""
        select concat_ws(' ', nspname, nspowner::regrole, entry.grantee::regrole, entry.privilege_type,
            entry.is_grantable, obj_description(schema.oid, 'pg_namespace'))
        from pg_namespace as schema
        left join aclexplode(coalesce(nspacl, acldefault('n', nspowner))) as entry on true
        where schema.oid{LASTING}""",
    "role": "select concat_ws(' ', role::text, shobj_description(role.oid, 'pg_authid')) from pg_roles as role",
    "membership": "select member::text from pg_auth_members as member",
    "role setting": "select setting::text from pg_db_role_setting as setting",
    "relation": f"""
        select concat_ws(' ', relnamespace::regnamespace, relname, relkind, relowner::regrole, relacl)
        from pg_class where oid >= 16384 and relnamespace{LASTING}""",
    "column": "select concat_ws(' ', attrelid::regclass, attname) from pg_attribute where attrelid >= 16384",
    "type": f"select typname from pg_type where oid >= 16384 and typnamespace{LASTING}",
    "extension": "select extension::text from pg_extension as extension",
    "language": "select language::text from pg_language as language",
    "default rights": "select rights::text from pg_default_acl as rights",
    "comment": "select concat_ws(' ', classoid::regclass, description) from pg_description where objoid >= 16384",
    "trigger": "select concat_ws(' ', pg_get_triggerdef(oid), tgenabled) from pg_trigger where not tgisinternal",
    "event trigger": "select evtname from pg_event_trigger",
}

Photograph = dict[str, list[str]]


def photograph(dsn: str) -> Photograph:
    """Return every row of interest as text, by kind."""
    union = " union all ".join(
        f"select $kind${kind}$kind$, each from ({query}) as found (each)" for kind, query in QUERIES.items()
    )
    found: Photograph = {kind: [] for kind in QUERIES}
    for kind, text in sql(dsn, union):
        found[kind].append(str(text))
    return found


def difference(before: Photograph, after: Photograph) -> dict[str, list[str]]:
    """Return the rows that went (-) and came (+), by kind; {} when nothing did."""
    told = {
        kind: [
            *(f"-{row}" for row in sorted(set(before[kind]) - set(after[kind]))),
            *(f"+{row}" for row in sorted(set(after[kind]) - set(before[kind]))),
        ]
        for kind in QUERIES
    }
    return {kind: rows for kind, rows in told.items() if rows}
