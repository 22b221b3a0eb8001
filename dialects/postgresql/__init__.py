"""PostgreSQL 15 and newer: typed PL/Python wrappers over one core, loaded once per database session."""

from udfgen.dialect import Dialect, Feature, Level, Support
from udfgen.ir import Kind

AURORA = "these are names of Amazon Aurora MySQL: nothing is made for them here"

DIALECT = Dialect(
    name="postgresql",
    title="PostgreSQL",
    versions="15 and newer",
    schemes=("postgresql", "postgres"),
    # As format_type() spells them, so that a signature reads like the catalog's. Parameters are declared wide:
    # PostgreSQL drops the length of a function's arguments, so the core checks it.
    # https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-NOTES
    types={
        Kind.BOOLEAN: "boolean",
        Kind.SMALLINT: "smallint",
        Kind.INTEGER: "integer",
        Kind.BIGINT: "bigint",
        Kind.DECIMAL: "numeric",
        Kind.REAL: "real",
        Kind.DOUBLE: "double precision",
        Kind.TEXT: "text",
        Kind.VARCHAR: "text",
        Kind.DATE: "date",
        Kind.TIME: "time without time zone",
        Kind.TIMESTAMP: "timestamp without time zone",
        Kind.TIMESTAMPTZ: "timestamp with time zone",
        Kind.UUID: "uuid",
        Kind.JSON: "json",
        Kind.BYTES: "bytea",
    },
    # NAMEDATALEN - 1; a longer name is cut in silence: two of them become one function (measured).
    # https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    name_bytes=63,
    support={feature: Support(Level.FULL) for feature in Feature} | {Feature.AURORA: Support(Level.PARTLY, AURORA)},
    extra="postgresql",
    template_prefix="--",
)
