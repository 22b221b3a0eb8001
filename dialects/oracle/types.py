"""Native types: what a portable type is declared as, and how its values pass between SQL and Java."""

from __future__ import annotations

from dataclasses import dataclass

from udfgen.ir import Kind, Type

from . import DIALECT

LONGEST_VARCHAR = 1000
"""Characters that fit into the 4,000 bytes of a VARCHAR2, at four bytes each; a longer varchar is a CLOB."""

BOOLEAN_SINCE = 23
"""https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/Data-Types.html"""

LENGTHS = {Kind.UUID: 36, Kind.TIME: len("12:00:00.123456")}


@dataclass(frozen=True, slots=True)
class Way:
    """How values of a native type come out of Java: the class, the core's method, the call specification of a cell."""

    java: str
    method: str
    cell: str


TIMESTAMP = "java.sql.Timestamp"
WAYS = {
    "number": Way("java.math.BigDecimal", "number", "NUMBER_CELL"),
    "boolean": Way("java.lang.Boolean", "bool", "BOOL_CELL"),
    "varchar2": Way("java.lang.String", "string", "STRING_CELL"),
    "clob": Way("java.sql.Clob", "clob", "CLOB_CELL"),
    "blob": Way("java.sql.Blob", "blob", "BLOB_CELL"),
    "date": Way(TIMESTAMP, "timestamp", "TIMESTAMP_CELL"),
    "timestamp": Way(TIMESTAMP, "timestamp", "TIMESTAMP_CELL"),
    "timestamp with time zone": Way(TIMESTAMP, "timestamp", "TIMESTAMPTZ_CELL"),
}


VARIABLES = {
    "varchar2": "varchar2(32767)",
    "timestamp": "timestamp(9)",
    "timestamp with time zone": "timestamp(9) with time zone",
}
"""What PL/SQL declares of these types with a length or a precision: the widest."""


def native(type_: Type, version: int) -> str:
    """Return the type of a parameter or a result, which PL/SQL declares without a length."""
    if type_.kind is Kind.BOOLEAN and version >= BOOLEAN_SINCE:
        return "boolean"
    if type_.kind is Kind.VARCHAR and (type_.length or 0) > LONGEST_VARCHAR:
        return DIALECT.types[Kind.TEXT]
    return DIALECT.types[type_.kind]


def attribute(type_: Type, version: int) -> str:
    """Return the type of a column of a table result."""
    declared = native(type_, version)
    if declared != "varchar2":
        return declared
    return f"varchar2({type_.length} char)" if type_.length else f"varchar2({LENGTHS[type_.kind]})"


def variable(type_: Type, version: int) -> str:
    """Return the type of a variable that takes what a parameter or a result of a type may hold."""
    declared = native(type_, version)
    return VARIABLES.get(declared, declared)


def way(type_: Type, version: int) -> Way:
    """Return how a value of a type comes out of Java."""
    return WAYS[native(type_, version)]
