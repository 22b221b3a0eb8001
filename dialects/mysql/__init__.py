"""MySQL 8.4 and MariaDB 10.11 and newer: one-line stored routines over one loadable function, written in C++."""

from udfgen.dialect import Dialect, Feature, Level, Support
from udfgen.ir import Kind

PARTLY = {
    Feature.DEFAULTS: "its routines have none, so SQL callers pass every argument; udfgen call fills them in",
    Feature.VOLATILITY: "immutable becomes DETERMINISTIC, stable is the same as volatile",
    Feature.LOG_TAIL: "the tail is not shown: a loadable function has no way to send a notice",
    Feature.STATEMENT_TRIGGER: "its triggers are for each row: the calls are made as each row is written",
    Feature.AWS_LAMBDA: "these are names of Amazon RDS for PostgreSQL: nothing is made for them here",
    Feature.TRANSACTIONAL_INSTALL: "DDL commits by itself: an install goes step by step, closed until its end",
}

DIALECT = Dialect(
    name="mysql",
    title="MySQL/MariaDB",
    versions="MySQL 8.4, MariaDB 10.11, and newer",
    schemes=("mysql", "mariadb"),
    # Declared wide, so that the core checks and nothing is cut or rounded before it sees it. real is DOUBLE: these
    # servers show a FLOAT with six digits. json is text: MySQL's JSON sorts keys and reads decimals as doubles.
    types={
        Kind.BOOLEAN: "boolean",
        Kind.SMALLINT: "smallint",
        Kind.INTEGER: "integer",
        Kind.BIGINT: "bigint",
        Kind.DECIMAL: "decimal",
        Kind.REAL: "double",
        Kind.DOUBLE: "double",
        Kind.TEXT: "longtext",
        Kind.VARCHAR: "longtext",
        Kind.DATE: "date",
        Kind.TIME: "time(6)",
        Kind.TIMESTAMP: "datetime(6)",
        Kind.TIMESTAMPTZ: "datetime(6)",
        Kind.UUID: "char(36)",
        Kind.JSON: "longtext",
        Kind.BYTES: "longblob",
    },
    # https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html
    name_bytes=64,
    support={
        feature: Support(Level.PARTLY, PARTLY[feature]) if feature in PARTLY else Support(Level.FULL)
        for feature in Feature
    },
    extra="mysql",
    template_prefix="--",
    compiles=True,
)
