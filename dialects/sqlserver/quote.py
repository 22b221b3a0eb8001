"""The one door into T-SQL and C#: every name, value and comment that is generated goes through here.

What comes out is ASCII, and no line of it is one that a client takes for its own: sqlcmd reads files in a code page of
its own, splits them at lines of GO, runs lines that begin with `:` or `!!`, and replaces `$(name)` wherever it stands.

https://learn.microsoft.com/sql/tools/sqlcmd/sqlcmd-use-scripting-variables
"""

from __future__ import annotations

import base64
import re
import textwrap
from collections.abc import Callable, Iterable
from decimal import Decimal

from udfgen.ir import Kind, Value, json_text

LONGEST_NAME = 128

WIDTH, LIST = 100, 90
"""Columns of a line of a comment, and of a list."""

PLAIN = re.compile(r"[ -~]*")
VARIABLE = "$("

# The words of the language, then those that mean something in places: each is a name where an @ stands before it.
# https://learn.microsoft.com/dotnet/csharp/language-reference/keywords/
KEYWORDS = re.compile(
    "abstract|as|base|bool|break|byte|case|catch|char|checked|class|const|continue|decimal|default|delegate|do|double|"
    "else|enum|event|explicit|extern|false|finally|fixed|float|for|foreach|goto|if|implicit|in|int|interface|internal|"
    "is|lock|long|namespace|new|null|object|operator|out|override|params|private|protected|public|readonly|ref|return|"
    "sbyte|sealed|short|sizeof|stackalloc|static|string|struct|switch|this|throw|true|try|typeof|uint|ulong|unchecked|"
    "unsafe|ushort|using|virtual|void|volatile|while|"
    "add|alias|ascending|async|await|by|descending|dynamic|equals|from|get|global|group|into|join|let|nameof|on|orderby|"
    "partial|remove|select|set|value|var|when|where|yield"
)


def is_identifier(name: str) -> bool:
    """Tell whether a name can be delimited."""
    return bool(name and PLAIN.fullmatch(name)) and len(name) <= LONGEST_NAME and VARIABLE not in name


def identifier(name: str) -> str:
    """Return a delimited identifier; that is always done, so that no word is ever reserved.

    Raises ValueError for a name that SQL Server would refuse, that is not ASCII or holds a variable of sqlcmd, which
    nothing inside of brackets could break up: the spec's checks come first.
    """
    if not is_identifier(name):
        raise ValueError(f"an identifier has 1 to {LONGEST_NAME} printable ASCII characters, and no $( among them")
    return f"[{name.replace(']', ']]')}]"


def qualified(schema: str, name: str) -> str:
    """Return a delimited name in its schema."""
    return f"{identifier(schema)}.{identifier(name)}"


def external(*names: str) -> str:
    """Return delimited names with dots between: of a method, its assembly, its class with the namespace, its own."""
    return ".".join(map(identifier, names))


def parts(name: str) -> list[str]:
    """Return the names that `external` has put together."""
    return [each.replace("]]", "]") for each in re.findall(r"\[((?:[^\]]|\]\])*)\]", name)]


def literal(text: str) -> str:
    """Return an expression of nvarchar: a literal where the text is plain, else its UTF-16 units, cast."""
    given = _constant(text)
    return given if given.startswith("N") else f"cast({given} as nvarchar(max))"


def _constant(text: str) -> str:
    """Return a text as one constant: T-SQL takes no expression as a default.

    https://learn.microsoft.com/sql/t-sql/data-types/constants-transact-sql
    """
    if PLAIN.fullmatch(text) and VARIABLE not in text:
        return "N'" + text.replace("'", "''") + "'"
    return f"0x{text.encode('utf-16-le', 'surrogatepass').hex()}"


def like(text: str) -> str:
    """Return a pattern of LIKE that takes this very text.

    https://learn.microsoft.com/sql/t-sql/language-elements/like-transact-sql
    """
    return re.sub(r"[\[%_]", lambda found: f"[{found[0]}]", text)


def constant(value: Value, kind: Kind) -> str:
    """Return a spec's value as the one constant that a parameter's default is; None is `null`."""
    if value is None:
        return "null"
    if isinstance(value, bool) and kind is Kind.BOOLEAN:
        return str(int(value))
    if kind is Kind.JSON:
        return _constant(json_text(value))
    if isinstance(value, (int, Decimal)):
        return _floating(value) if kind in (Kind.REAL, Kind.DOUBLE) else json_text(value)
    return _TEXTS.get(kind, _constant)(str(value))


def _floating(value: int | Decimal) -> str:
    """Return a float's constant: without an exponent it would be a decimal, of at most 38 digits."""
    return f"{Decimal(value):e}".replace("e+", "e")


def _hexadecimal(text: str) -> str:
    return f"0x{base64.b64decode(text, validate=True).hex()}"


_TEXTS: dict[Kind, Callable[[str], str]] = {Kind.BYTES: _hexadecimal}


def comment(text: str) -> tuple[str, ...]:
    """Return lines that can stand behind `--`, `//` or `#`: printable ASCII, without what a client would see in one."""
    shown = "".join(each if each.isprintable() else " " for each in text).encode("ascii", "backslashreplace").decode()
    apart = re.sub(r"\$(?=\()|/(?=\*)|\*(?=/)", r"\g<0> ", " ".join(shown.split()))
    return tuple(textwrap.wrap(apart, WIDTH, break_on_hyphens=False))


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


def csharp_string(text: str) -> str:
    """Return the verbatim C# constant of a text of our own, which keeps its lines: JSON escapes what is not ASCII.

    A constant put together of many would be too deep for Mono's compiler. ValueError for what is no printable ASCII.
    https://learn.microsoft.com/dotnet/csharp/language-reference/tokens/verbatim
    """
    if not PLAIN.fullmatch(text.replace("\n", "")):
        raise ValueError("a constant of C# is printable ASCII and line ends here")
    return '@"' + text.replace('"', '""') + '"'


def csharp_name(name: str) -> str:
    """Return a C# name for one of the spec: the same, with an @ where it is a word of the language."""
    return f"@{name}" if KEYWORDS.fullmatch(name) else name
