"""Names of other people's tables and columns, as a spec writes them: `temp_reading`, `app."Temp Reading"`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from udfgen.ir import Name
from udfgen.spec.wording import Wrong, show

PLAIN = r"[A-Za-z_][A-Za-z0-9_]*"
QUOTED = r'"(?:[^"]|"")+"'
PART = re.compile(rf"{PLAIN}|{QUOTED}")
COLUMN = rf"^(?:{PART.pattern})$"
TABLE = rf"^(?:(?:{PART.pattern})\.)?(?:{PART.pattern})$"
# The longest that any engine has; what each has is its own to check.
LENGTH = 128
FORMS = 'a name is letters, digits and _, or stands in double quotes as it is: "Temp Reading"'


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the schema that it stands in where the spec says one."""

    schema: Name | None
    table: Name


def parse_column(value: object) -> Name:
    """Return the name of a column, or raise Wrong."""
    parts = _parts(value)
    if parts is None or len(parts) != 1:
        raise Wrong(f"{show(value)} is not the name of a column", FORMS, "name")
    return parts[0]


def parse_table(value: object) -> Table:
    """Return the name of a table, with or without its schema, or raise Wrong."""
    parts = _parts(value)
    if parts is None or len(parts) > 2:
        raise Wrong(f"{show(value)} is not the name of a table", f"write table or schema.table; {FORMS}", "name")
    return Table(parts[0] if len(parts) == 2 else None, parts[-1])


def name(part: str) -> Name:
    """Return the name that one part means, quoted or not; Wrong for one that is too long."""
    exact = part.startswith('"')
    text = part[1:-1].replace('""', '"') if exact else part
    if len(text) > LENGTH:
        raise Wrong(f"a name of {len(text)} characters", f"no engine has more than {LENGTH}", "name")
    return Name(text, exact)


def same(one: Name, other: Name) -> bool:
    """Return whether two names mean the same thing on every engine that folds names to one case."""
    exact = one.exact and other.exact
    return one.text == other.text if exact else one.text.lower() == other.text.lower()


def _parts(value: object) -> tuple[Name, ...] | None:
    """Return the parts of a dotted name, or None where it is none."""
    if not isinstance(value, str):
        return None
    found, at = [], 0
    while match := PART.match(value, at):
        found.append(name(match[0]))
        at = match.end()
        if at == len(value):
            return tuple(found)
        if value[at] != ".":
            return None
        at += 1
    return None
