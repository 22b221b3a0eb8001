"""SQL Server 2017 to 2025 on Windows: typed CLR entry points over one C# core, in one assembly."""

from udfgen.dialect import Dialect, Feature, Level, Support
from udfgen.ir import Kind

NONE = {
    Feature.CA_FILE: "it trusts what the Windows certificate store of the server trusts: add the authority there",
    Feature.BATCH_CONCURRENCY: "a call has one thread in the server: a batch sends one request after the other",
    Feature.CACHE: "its assembly keeps nothing for a session: keep results in a table",
}
PARTLY = {
    Feature.VOLATILITY: "every wrapper reads the switch, so SQL Server takes stable and immutable for volatile",
    Feature.LOG_TAIL: "the tail is not shown: a CLR function has no way to send a message",
    Feature.CANCEL: "a waiting call ends by its own timeout",
    Feature.ROW_TRIGGER: "its triggers run once per statement: the calls are made at its end, row by row",
    Feature.AWS_LAMBDA: "these are names of Amazon RDS for PostgreSQL: nothing is made for them here",
    Feature.AURORA: "these are names of Amazon Aurora MySQL: nothing is made for them here",
}

LONGEST_VARCHAR = 1999
"""Characters of the longest varchar that is nvarchar(4000): twice as many units fit, and more, which is told."""

DIALECT = Dialect(
    name="sqlserver",
    title="SQL Server",
    versions="2017 to 2025, on Windows",
    schemes=("mssql",),
    # Without lengths; types.py knows them, and which varchar is nvarchar(max). varchar has no class in .NET.
    # https://learn.microsoft.com/sql/relational-databases/clr-integration-database-objects-types-net-framework/mapping-clr-parameter-data
    types={
        Kind.BOOLEAN: "bit",
        Kind.SMALLINT: "smallint",
        Kind.INTEGER: "int",
        Kind.BIGINT: "bigint",
        Kind.DECIMAL: "decimal",
        Kind.REAL: "real",
        Kind.DOUBLE: "float",
        Kind.TEXT: "nvarchar(max)",
        Kind.VARCHAR: "nvarchar",
        Kind.DATE: "date",
        Kind.TIME: "time(6)",
        Kind.TIMESTAMP: "datetime2(6)",
        Kind.TIMESTAMPTZ: "datetimeoffset(6)",
        Kind.UUID: "uniqueidentifier",
        Kind.JSON: "nvarchar(max)",
        Kind.BYTES: "varbinary(max)",
    },
    # https://learn.microsoft.com/sql/relational-databases/databases/database-identifiers
    name_bytes=128,
    support={feature: Support(Level.FULL) for feature in Feature}
    | {feature: Support(Level.PARTLY, note) for feature, note in PARTLY.items()}
    | {feature: Support(Level.NONE, note) for feature, note in NONE.items()},
    extra="sqlserver",
    template_prefix="--",
    compiles=True,
    set_triggers=True,
)
