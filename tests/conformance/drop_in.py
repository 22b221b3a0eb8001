"""Calls of drop-in names in the SQL of live engines: as other code writes them, all arguments texts."""

from __future__ import annotations

from collections.abc import Sequence

from udfgen import dialect
from udfgen.ir import Program

PROCEDURES = ("awslambda_proc",)

FUNCTION = {
    "postgresql": "select {name}({given})",
    "mysql": "select {name}({given})",
    "oracle": "select {name}({given}) from dual",
    "sqlserver": "select {name}({given})",
}
PROCEDURE = {
    "postgresql": "call {name}({given})",
    "mysql": "call {name}({given})",
    "oracle": "begin {name}({given}); end;",
    "sqlserver": "exec {name} {given}",
}


def statement(program: Program, engine: str, routine: str, arguments: Sequence[str | None]) -> str:
    """Return the call of a routine of the program's own schema or database."""
    quote = dialect.load(engine).part("quote")
    given = ", ".join("null" if each is None else quote.literal(each) for each in arguments)
    # On Oracle the schema is who is connected.
    name = routine if engine == "oracle" else f"{quote.identifier(program.name)}.{quote.identifier(routine)}"
    template = PROCEDURE if routine in PROCEDURES else FUNCTION
    return template[engine].format(name=name, given=given)
