"""Oracle 19c to 26ai: typed call specifications over one Java core, installed by SQL alone."""

from udfgen.dialect import Dialect, Feature, Level, Support
from udfgen.ir import Kind

NONE = {
    Feature.CREDENTIAL_CHAIN: "its Java permissions follow from one source: "
    "write source: environment, profile, container or imds",
    Feature.BATCH_CONCURRENCY: "its sessions have one thread: a batch sends one request after the other",
}
PARTLY = {
    Feature.EMPTY_TEXT: "the empty string is NULL, in arguments and in results",
    Feature.VOLATILITY: "immutable becomes DETERMINISTIC, stable is the same as volatile",
    Feature.LOG_TAIL: "the tail is not shown: a Java stored function has no way to send a notice",
    Feature.CANCEL: "a waiting call ends by its own timeout",
    Feature.AWS_LAMBDA: "these are names of Amazon RDS for PostgreSQL: nothing is made for them here",
    Feature.AURORA: "these are names of Amazon Aurora MySQL: nothing is made for them here",
    Feature.TRANSACTIONAL_INSTALL: "DDL commits by itself: an install goes step by step, closed until its end",
}

NUMBER_NOTE = "it is NUMBER: no NaN, nothing beyond 1e126, and below 1e-130 it is 0"

DIALECT = Dialect(
    name="oracle",
    title="Oracle",
    versions="19c to 26ai",
    schemes=("oracle",),
    # A call specification hands NUMBER to the standard class java.math.BigDecimal; BINARY_DOUBLE has only Oracle's own.
    # Without lengths, as parameters are declared; types.py knows which varchar is too long for VARCHAR2, and booleans.
    # https://docs.oracle.com/en/database/oracle/oracle-database/19/jjdev/defining-call-specifications.html
    types={
        Kind.BOOLEAN: "number",
        Kind.SMALLINT: "number",
        Kind.INTEGER: "number",
        Kind.BIGINT: "number",
        Kind.DECIMAL: "number",
        Kind.REAL: "number",
        Kind.DOUBLE: "number",
        Kind.TEXT: "clob",
        Kind.VARCHAR: "varchar2",
        Kind.DATE: "date",
        Kind.TIME: "varchar2",
        Kind.TIMESTAMP: "timestamp",
        Kind.TIMESTAMPTZ: "timestamp with time zone",
        Kind.UUID: "varchar2",
        Kind.JSON: "clob",
        Kind.BYTES: "blob",
    },
    notes={
        Kind.TIME: "it is VARCHAR2, as 12:00:00",
        Kind.REAL: NUMBER_NOTE,
        Kind.DOUBLE: NUMBER_NOTE,
    },
    # https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Database-Object-Names-and-Qualifiers.html
    name_bytes=128,
    support={feature: Support(Level.FULL) for feature in Feature}
    | {feature: Support(Level.PARTLY, note) for feature, note in PARTLY.items()}
    | {feature: Support(Level.NONE, note) for feature, note in NONE.items()},
    extra="oracle",
    template_prefix="--",
)
