"""The one door into the text of SQL, PL/SQL, SQL*Plus and Java: every name, value and comment goes through here.

What comes out is ASCII: the scripts pass through clients whose character set is anybody's guess.

https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Literals.html
"""

from __future__ import annotations

import base64
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from udfgen.ir import Kind, Value, json_text

LONGEST_NAME = 128
PIECE = 1000
"""Columns of one literal; a longer text is strung together. SQL takes 4,000 bytes, SQL*Plus lines of 2,499."""

WIDTH, LIST = 100, 90
"""Columns of one piece of a Java string or a line of a comment, and of a line of a list: Java keeps to 120 in all."""

PLAIN = re.compile(r"[ -~]*")
HAZARD = re.compile(r"^\s*(?:$|[/.]\s*$|[@#!])|-\s*$|.{1000}", re.MULTILINE)
"""Lines that SQL*Plus takes for its own: empty ones, a lone slash or full stop, commands, continuations; or cuts.

https://docs.oracle.com/en/database/oracle/oracle-database/19/sqpug/SQL-Plus-basics.html
"""

WORD = re.compile(r"""(?:'(?:[^']|'')*'|"[^"]*"|[^\s'"])+""")
"""What stands between blanks, a literal or a quoted name in one piece."""

SPELLED = re.compile(r"""[^ !#-\[\]-~]""")
"""The characters that a Java string has in other words: what is not printable ASCII, quotes and backslashes."""

ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

# https://docs.oracle.com/javase/specs/jls/se8/html/jls-3.html#jls-3.9, and the literals true, false and null.
KEYWORDS = re.compile(
    "abstract|assert|boolean|break|byte|case|catch|char|class|const|continue|default|do|double|else|enum|extends|false|"
    "final|finally|float|for|goto|if|implements|import|instanceof|int|interface|long|native|new|null|package|private|"
    "protected|public|return|short|static|strictfp|super|switch|synchronized|this|throw|throws|transient|true|try|void|"
    "volatile|while"
)
TAKEN = frozenset(("clone", "finalize", "notify", "probe", "wait"))
"""Methods that a static one cannot be called like: those of every object, and our own."""


def identifier(name: str) -> str:
    """Return a quoted identifier, spelled as the dictionary will have it; quoting is always done.

    Raises ValueError for a name that Oracle would refuse, or that is not ASCII: the spec's checks come first.
    """
    if not re.fullmatch(r"[ !#-~]+", name) or len(name) > LONGEST_NAME:
        raise ValueError(f"an identifier has 1 to {LONGEST_NAME} printable ASCII characters, and no double quote")
    return f'"{name}"'


def literal(text: str) -> str:
    """Return a string literal: plain where it can be, else by its UTF-16 units, strung together where it is long."""
    _require_text(text)
    if PLAIN.fullmatch(text):
        doubled = text.replace("'", "''")
        pieces = [doubled] if len(doubled) <= PIECE else _pieces(each.replace("'", "''") for each in text)
        return "\n|| ".join(f"'{piece}'" for piece in pieces)
    return "\n|| ".join(f"unistr('{piece}')" for piece in _pieces(map(_national, text)))


def block(text: str) -> str:
    """Return a literal that keeps its lines, for a text of our own; ValueError where SQL*Plus would take one."""
    if not PLAIN.fullmatch(text.replace("\n", "")) or HAZARD.search(text.removesuffix("\n")):
        raise ValueError("a block is printable ASCII, and no line of it is one that SQL*Plus would take")
    return "'" + text.replace("'", "''") + "'"


def _require_text(text: str) -> None:
    """Raise ValueError for NUL, and for half a surrogate pair, which is no UTF-8."""
    text.encode()
    if "\0" in text:
        raise ValueError("no text of Oracle holds NUL here")


def _national(letter: str) -> str:
    """Return a character as UNISTR has it."""
    if letter in "'\\":
        return letter * 2
    return letter if PLAIN.fullmatch(letter) else "".join(f"\\{unit:04x}" for unit in _units(letter))


def _units(letter: str) -> Iterator[int]:
    encoded = letter.encode("utf-16-be", "surrogatepass")
    return (int.from_bytes(encoded[at : at + 2], "big") for at in range(0, len(encoded), 2))


def _pieces(spelled: Iterable[str], width: int = PIECE) -> list[str]:
    """String spelled characters together to pieces of at most `width` columns, one at least."""
    pieces = [""]
    for each in spelled:
        if len(pieces[-1]) + len(each) > width:
            pieces.append("")
        pieces[-1] += each
    return pieces


def constant(value: Value, kind: Kind, native: str) -> str:
    """Return a spec's value as an expression of PL/SQL, for a parameter of a native type; None is `null`."""
    if value is None:
        return "null"
    if isinstance(value, bool) and kind is Kind.BOOLEAN:
        return str(value).lower() if native == "boolean" else str(int(value))
    if kind is Kind.JSON:
        return literal(json_text(value))
    if isinstance(value, (int, Decimal)):
        return json_text(value)
    return _TEXTS.get(kind, literal)(str(value))


def _hexadecimal(text: str) -> str:
    return f"hextoraw({literal(base64.b64decode(text, validate=True).hex())})"


def _date(text: str) -> str:
    return f"date {literal(text)}"


def _timestamp(text: str) -> str:
    """Return a timestamp literal; one with a zone is in UTC.

    https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Literals.html#GUID-8F4B3F82-8821-4071-84D6-FBBA21C05AC1
    """
    return f"timestamp {literal(text.replace('T', ' ').replace('Z', ' +00:00'))}"


_TEXTS: dict[Kind, Callable[[str], str]] = {
    Kind.BYTES: _hexadecimal,
    Kind.DATE: _date,
    Kind.TIMESTAMP: _timestamp,
    Kind.TIMESTAMPTZ: _timestamp,
}


def comment(text: str) -> tuple[str, ...]:
    """Return lines that can stand behind `--`: printable ASCII, none ending in the hyphen that continues it."""
    shown = "".join(each if each.isprintable() else " " for each in text).encode("ascii", "backslashreplace").decode()
    lines = textwrap.wrap(" ".join(shown.split()), WIDTH, break_on_hyphens=False)
    return tuple(filter(None, (line.rstrip("- ") for line in lines)))


def listed(items: Iterable[str], indent: int, room: int = 45) -> str:
    """Return items with commas between them: on one line where there is room, else on indented lines of their own."""
    lines: list[str] = []
    for each in items:
        if not lines or len(lines[-1]) + len(each) > LIST - indent:
            lines.append("")
        lines[-1] += f"{each}, "
    if len(lines) < 2 and len("".join(lines)) <= room:
        return "".join(lines).rstrip(", ")
    return "".join(f"\n{' ' * indent}{line.rstrip()}" for line in lines).rstrip(",")


def wrapped(text: str, indent: int) -> str:
    """Return SQL on lines of `WIDTH` columns, broken before `and` and `or`, or at any blank outside of quotes.

    Further lines are indented. None ends in a hyphen, by which SQL*Plus would continue it.
    """
    room, lines = WIDTH - indent, [""]
    for piece in _clauses(text, room):
        if lines[-1] and len(lines[-1]) + len(piece) >= room and not lines[-1].endswith("-"):
            lines.append("")
        lines[-1] = f"{lines[-1]} {piece}".lstrip()
    return f"\n{' ' * indent}".join(lines)


def _clauses(text: str, room: int) -> Iterator[str]:
    """Yield what stands between one `and` or `or` and the next, word by word where there is no room for it."""
    clauses: list[list[str]] = [[]]
    for word in WORD.findall(text):
        if word in ("and", "or"):
            clauses.append([])
        clauses[-1].append(word)
    for words in clauses:
        yield from [" ".join(words)] if sum(map(len, words)) + len(words) < room else words


def java_string(parts: Iterable[str], indent: int) -> str:
    """Return the Java constant of a text given in parts: a line for each, more where it is over `WIDTH` columns.

    A backslash of the text is always doubled, so that none can begin a Unicode escape; what is not ASCII is one.
    https://docs.oracle.com/javase/specs/jls/se8/html/jls-3.html#jls-3.3
    """
    pieces = (piece for part in parts for piece in _java_pieces(part))
    return f"\n{' ' * indent}+ ".join(f'"{piece}"' for piece in pieces)


def _java_pieces(text: str) -> list[str]:
    """Return a text as Java has it; letter by letter only where it takes more than one piece."""
    spelled = SPELLED.sub(lambda found: _java_letter(found[0]), text)
    return [spelled] if len(spelled) <= WIDTH else _pieces(map(_java_letter, text), WIDTH)


def _java_letter(letter: str) -> str:
    if letter in ESCAPES:
        return ESCAPES[letter]
    if letter.isascii():
        return letter if PLAIN.fullmatch(letter) else f"\\{ord(letter):03o}"
    return "".join(f"\\u{unit:04x}" for unit in _units(letter))


def java_size(text: str) -> int:
    """Return the bytes of a text in a class file, where a constant has at most 65,535.

    https://docs.oracle.com/javase/specs/jvms/se8/html/jvms-4.html#jvms-4.4.7
    """
    # UTF-8, but for NUL, which takes two bytes, and for a pair of surrogates, which takes six and not four.
    pairs = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    return len(text.encode("utf-8", "surrogatepass")) + 2 * pairs + text.count("\0")


def java_name(name: str) -> str:
    """Return a Java name for one of the spec: the same, with a capital where Java would not take it."""
    return name.capitalize() if name in TAKEN or KEYWORDS.fullmatch(name) else name
