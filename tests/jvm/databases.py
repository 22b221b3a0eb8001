"""Two SQL engines that run Java in their own JVM, as data: how each registers a call specification of Oracle's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.jvm.jvm import CallSpec

DEFAULT_CONNECTION = "jdbc:default:connection"
"""By what Java asks for the session that called it; Oracle's has a colon more."""

NAMES = ('"database"', '"session_user"', '"application_name"')
"""What the core calls the columns of its query for the caller."""

DERBY_DIGITS, DERBY_SCALE = 31, 10
"""The widest decimal of Derby, cut in two: each function has one scale for all that it is given."""

DERBY_TYPES = {
    "int": "integer",
    "java.math.BigDecimal": f"decimal({DERBY_DIGITS},{DERBY_SCALE})",
    "java.lang.String": "varchar(32672)",
    "java.lang.Boolean": "boolean",
    "java.sql.Clob": "clob(16M)",
    "java.sql.Blob": "blob(16M)",
    "java.sql.Timestamp": "timestamp",
}
"""https://db.apache.org/derby/docs/10.14/ref/rrefsqljargmatching.html"""


@dataclass(frozen=True, slots=True)
class Database:
    """`caller` answers as the core's own query for the caller does, `declare` makes a Java method callable by a name.

    `prepare` makes what Oracle has and this database lacks, `options` go to the JVM; `package` is Debian's, with `jar`
    in it.
    """

    name: str
    jar: str
    package: str
    url: str
    caller: str
    declare: Callable[[str, CallSpec], str]
    prepare: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def _alias(name: str, spec: CallSpec) -> str:
    """https://h2database.com/html/commands.html#create_alias"""
    return f'create alias {name} for "{spec.method}({",".join(spec.parameters)})"'


def _routine(name: str, spec: CallSpec) -> str:
    """https://db.apache.org/derby/docs/10.14/ref/rrefcreatefunctionstatement.html"""
    parameters = ", ".join(f"p{number} {DERBY_TYPES[each]}" for number, each in enumerate(spec.parameters))
    form, returns = ("function", f" returns {DERBY_TYPES[spec.returns]}") if spec.returns else ("procedure", "")
    method = f"{spec.method}({','.join(spec.parameters)})"
    rest = f"language java parameter style java reads sql data external name '{method}'"
    return f"create {form} {name}({parameters}){returns} {rest}"


H2 = Database(
    name="h2",
    jar="h2.jar",
    package="libh2-java",
    url="jdbc:h2:mem:test;USER=HARNESS;DEFAULT_CONNECTION=TRUE",
    caller=f"select database() {NAMES[0]}, current_user {NAMES[1]}, 'harness' {NAMES[2]} from dual",
    declare=_alias,
)
DERBY = Database(
    name="derby",
    jar="derby.jar",
    package="libderby-java",
    url="jdbc:derby:memory:test;create=true",
    caller=f"select current schema {NAMES[0]}, current_user {NAMES[1]}, 'harness' {NAMES[2]} from sysibm.sysdummy1",
    declare=_routine,
    prepare=("create table dual (dummy char(1))", "insert into dual values ('X')"),
    options=("-Dderby.stream.error.file=/dev/null",),
)
