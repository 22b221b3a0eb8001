"""The one door into the text of MySQL, MariaDB and C++: every name, value and table goes through here.

https://dev.mysql.com/doc/refman/8.4/en/string-literals.html
"""

from __future__ import annotations

import hashlib
import re

LONGEST_NAME = 64

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
"""Control characters but the line feed."""


def identifier(name: str) -> str:
    """Return a quoted identifier; quoting is always done, so that no word is ever reserved.

    Raises ValueError for a name that the servers would refuse: the spec's checks come first.
    """
    if not 0 < len(name) <= LONGEST_NAME or "\0" in name:
        raise ValueError("an identifier has 1 to 64 characters and no NUL")
    return "`" + name.replace("`", "``") + "`"


def qualified(database: str, *names: str) -> str:
    """Return a quoted name in its database: of a routine or a table, or of a table's column."""
    return ".".join(map(identifier, (database, *names)))


def parts(name: str) -> tuple[str, ...]:
    """Return what `qualified` made a name of."""
    return tuple(each.replace("``", "`") for each in re.findall(r"`((?:[^`]|``)+)`", name))


def account(user: str, host: str) -> str:
    """Return an account; without a host it is a role of MariaDB."""
    return f"{_name(user)}@{_name(host)}" if host else _name(user)


def _name(text: str) -> str:
    _require_text(text)
    return "`" + text.replace("`", "``") + "`"


def literal(text: str) -> str:
    """Return a string literal, true under the sql_mode that every script and session sets: backslashes escape.

    It holds no tab: with one begin the lines of a script that are for the client.
    """
    _require_text(text)
    return "'" + text.replace("\\", "\\\\").replace("'", "''").replace("\t", "\\t") + "'"


def _require_text(text: str) -> None:
    """Raise ValueError for NUL, and for half a surrogate pair, which is no UTF-8."""
    text.encode()
    if "\0" in text:
        raise ValueError("no name and no comment holds NUL")


def comment(text: str) -> str:
    """Return text that can stand behind `--`, `#` or `//`: one line, nothing that could end or continue it."""
    return "".join(each if each.isprintable() else " " for each in text).rstrip("\\")


def raw(text: str) -> str:
    """Return a C++ raw string literal of ASCII text, whose delimiter does not occur in it.

    https://en.cppreference.com/w/cpp/language/string_literal
    """
    if not text.isascii() or CONTROL.search(text):
        raise ValueError("a raw literal holds printable ASCII and line feeds")
    delimiter = "json"
    while f"){delimiter}" in text:
        delimiter = f"json_{hashlib.sha256(delimiter.encode()).hexdigest()[:8]}"
    return f'R"{delimiter}({text}){delimiter}"'
