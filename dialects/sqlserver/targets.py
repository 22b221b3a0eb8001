"""The tables that triggers stand on: what must be true of one, asked by a plan and again by install.sql itself."""

from __future__ import annotations

from udfgen.bundle import Key
from udfgen.ir import Trigger

from . import names, nodes, quote

KEY = "key"
"""The kind of what must tell a table's rows apart: schema, table and columns, each in brackets."""


def absent(table: str) -> str:
    """Return what to say where a table is not there."""
    return f"there is no table {table} in the database: create it first, or change the trigger"


def of_another(schema: str, table: str) -> str:
    """Return what to say of a table that is not dbo's: a trigger has the rights of its table's owner."""
    change = f"alter authorization on object::{quote.external(schema, table)} to {quote.identifier(names.DBO)}"
    return f"the table {schema}.{table} is not dbo's, so its triggers may call no function of dbo's: {change}"


def in_memory(table: str) -> str:
    """Return what to say of a memory-optimized table."""
    return f"the table {table} is memory-optimized, so its triggers can call nothing: use one on disk"


def not_unique(key: Key) -> str:
    """Return what to say of columns that do not tell the rows apart: pairs of old and new ones would be made up."""
    schema, table, *columns = quote.parts(key.name)
    return (
        f"no unique index of {schema}.{table} is made of {', '.join(columns)} or of some of them alone, so they cannot "
        "pair old rows with new ones: add one, without a filter, or name the columns of another as key"
    )


def required(key: Key) -> nodes.Unique:
    """Return columns that must tell a table's rows apart, as the templates see them."""
    schema, table, *columns = quote.parts(key.name)
    return nodes.Unique(
        table_text=quote.literal(quote.qualified(schema, table)),
        columns=quote.listed(map(quote.literal, columns), 12),
        not_unique=quote.literal(not_unique(key)),
    )


def node(schema: str, trigger: Trigger) -> nodes.Target:
    """Return a trigger's table as the templates see it."""
    table = f"{schema}.{trigger.table.text}"
    return nodes.Target(
        table_text=quote.literal(quote.qualified(schema, trigger.table.text)),
        name_text=quote.literal(table),
        absent=quote.literal(absent(table)),
        spelled=quote.literal(names.spelled("table", table)),
        of_another=quote.literal(of_another(schema, trigger.table.text)),
        in_memory=quote.literal(in_memory(table)),
    )


def key(schema: str, trigger: Trigger) -> Key:
    """Return the key of a trigger, as something that is required."""
    return Key(KEY, quote.external(schema, trigger.table.text, *(each.text for each in trigger.key)))
