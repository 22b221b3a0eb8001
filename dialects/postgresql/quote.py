"""The one door into PostgreSQL's text: every name, value and body that is generated goes through here.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from udfgen.ir import Kind, Value, json_text
from udfgen.layout import lay_out


def identifier(name: str) -> str:
    """Return a quoted identifier; quoting is always done, so that no word is ever reserved.

    Raises ValueError for a name that PostgreSQL would cut or refuse: the spec's checks come first.
    """
    if not 0 < len(name.encode()) <= 63 or "\0" in name:
        raise ValueError("an identifier has 1 to 63 bytes and no NUL")
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """Return a quoted name in its schema."""
    return f"{identifier(schema)}.{identifier(name)}"


def literal(text: str) -> str:
    """Return a string literal, whose meaning depends on no setting.

    A body is read under its caller's `standard_conforming_strings`, so a backslash stands in an escape string.
    https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE
    """
    _require_text(text)
    escape = "E" if "\\" in text else ""
    return f"{escape}'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def dollar(body: str) -> str:
    """Return a body, unchanged, in dollar quotes whose tag depends on it and does not occur in it."""
    _require_text(body)
    tag = f"$udfgen_{hashlib.sha256(body.encode()).hexdigest()[:12]}$"
    # The last $ of the tag may also close one that the body's end began.
    if f"{body}{tag}".index(tag) != len(body):
        raise ValueError("the body holds its own tag")
    return f"{tag}{body}{tag}"


def fence(*texts: str) -> str:
    """Return the tag for a block whose text is ours but for these literals: `$udfgen$`, unless one of them holds it."""
    tag = "$udfgen$"
    while any(tag in text for text in texts):
        tag = f"$udfgen_{hashlib.sha256(tag.encode()).hexdigest()[:12]}$"
    return tag


def _require_text(text: str) -> None:
    """Raise ValueError for what no UTF-8 text of PostgreSQL can hold: NUL, and half a surrogate pair."""
    text.encode()
    if "\0" in text:
        raise ValueError("PostgreSQL has no text with NUL")


def constant(value: Value, kind: Kind) -> str:
    """Return a spec's value as a literal of a type's text form, to be cast by the caller; None is `null`."""
    if value is None:
        return "null"
    if kind is Kind.JSON:
        return literal(json_text(value))
    if kind is Kind.BYTES:
        return literal("\\x" + base64.b64decode(str(value), validate=True).hex())
    if isinstance(value, bool):
        return literal("true" if value else "false")
    return literal(format(value, "f") if isinstance(value, Decimal) else str(value))


def number(value: bool | Decimal | None) -> str:
    """Return a number, a truth value or NULL as PostgreSQL's grammar has it."""
    return format(value, "f") if isinstance(value, Decimal) else json_text(value)


def array(texts: Sequence[str]) -> str:
    """Return an array of texts."""
    return f"array[{', '.join(map(literal, texts))}]::text[]"


def comment(text: str) -> str:
    """Return text that can stand behind `--` or `#`: one line, nothing that could end it."""
    return "".join(each if each.isprintable() else " " for each in text)


def python(value: Any, width: int = 100, indent: int = 0) -> str:
    """Return JSON-like data as a Python literal.

    ASCII only, because the text passes through the database's encoding on its way to Python.
    """
    return lay_out(value, _atom, width=width, indent=indent, last=",")


def _atom(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    raise TypeError(f"{type(value).__name__} is not data that a table entry holds")


def _string(text: str) -> str:
    """Return a string literal in double quotes where that needs no escapes, as the hand-written code has them."""
    quoted = ascii(text)
    if quoted.startswith("'") and '"' not in quoted and "\\'" not in quoted:
        return f'"{quoted[1:-1]}"'
    return quoted
