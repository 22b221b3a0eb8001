"""Photographs of a server: all that an install may touch, to be compared before and after."""

from __future__ import annotations

import re
from typing import Any

from pymysql.cursors import DictCursor

from tests.live.mysql.databases import SYSTEM, connection, is_mariadb, plugin_dir

COMMON = {
    "account": "select * from mysql.user",
    "right on a database": "select * from mysql.db",
    "right on a table": "select * from mysql.tables_priv",
    "right on a column": "select * from mysql.columns_priv",
    "right on a routine": "select * from mysql.procs_priv",
    "right of another": "select * from mysql.proxies_priv",
    "loadable function": "select * from mysql.func",
    "database": f"select * from information_schema.schemata where schema_name not in {SYSTEM}",
    "table": f"""
        select table_schema as TABLE_SCHEMA, table_name as TABLE_NAME
        from information_schema.tables where table_schema not in {SYSTEM}""",
    "trigger": """
        select trigger_schema, trigger_name, event_manipulation, event_object_table, action_timing, action_statement,
            sql_mode, definer from information_schema.triggers where trigger_schema <> 'sys'""",
    "routine": f"""
        select routine_schema, routine_name, routine_type, dtd_identifier, routine_definition, definer, sql_mode,
            security_type, sql_data_access, is_deterministic, routine_comment
        from information_schema.routines where routine_schema not in {SYSTEM}""",
}
OWN = {
    True: {"all of an account": "select * from mysql.global_priv", "member": "select * from mysql.roles_mapping"},
    False: {"member": "select * from mysql.role_edges", "global right": "select * from mysql.global_grants"},
}
"""What only MariaDB has, and only MySQL."""

MOMENTS = {"timestamp", "password_last_changed"}
"""Columns that change by themselves."""

Photograph = dict[str, frozenset[str]]


def photograph(dsn: str) -> Photograph:
    """Return every row of interest as text, by kind, and the files in the folder of libraries."""
    with connection(dsn, cursorclass=DictCursor) as opened, opened.cursor() as cursor:
        found: Photograph = {}
        for kind, query in (COMMON | OWN[is_mariadb(dsn)]).items():
            cursor.execute(query)
            found[kind] = frozenset(map(_text, cursor.fetchall()))
    return found | {"file": frozenset(path.name for path in plugin_dir(dsn).iterdir())}


def _text(row: dict[str, Any]) -> str:
    """Return a row without the moments, which are others in every install."""
    text = " ".join(f"{name}={value}" for name, value in row.items() if name.lower() not in MOMENTS)
    return re.sub(r'(?<="password_last_changed":)\d+', "…", text)


def difference(before: Photograph, after: Photograph) -> dict[str, list[str]]:
    """Return the rows that went (-) and came (+), by kind; {} when nothing did."""
    told = {
        kind: [
            *(f"-{row}" for row in sorted(before[kind] - after[kind])),
            *(f"+{row}" for row in sorted(after[kind] - before[kind])),
        ]
        for kind in before
    }
    return {kind: rows for kind, rows in told.items() if rows}
