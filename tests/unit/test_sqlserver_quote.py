"""The one door into T-SQL and C#: whatever comes out is read as what went in, or was refused by ValueError.

T-SQL constants are read by their rules, C#'s by a lexer and, in one batch, by mcs. No line that comes out is one that
sqlcmd takes for its own. What Microsoft's parser makes of whole scripts is in tests/clr.

https://learn.microsoft.com/sql/t-sql/data-types/constants-transact-sql
"""

from __future__ import annotations

import json
import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import tool
from tests.unit.hostile_texts import NASTY, hostile
from udfgen import dialect
from udfgen.ir import Kind

quote = dialect.load("sqlserver").part("quote")

thorough = settings(max_examples=200, deadline=None, derandomize=True)

LONG = ("x" * 5000, "'" * 1500, "\u00fc" * 900, "\U0001f600" * 300, "]" * 60)
SQLCMD = (
    "x\nGO\ny",
    "\ngo 5\n",
    "  Go  ",
    "$(x)",
    "$$(x)",
    "$(",
    "$ (",
    "\n:r x",
    "\n!!dir",
    ":setvar a b",
    "/*",
    "*/",
    "N'x'",
)
SPLIT = ("\r\nGO\r\n", "\x85GO\x85", "\u2028GO\u2028", "']; drop table x; --", "]]", "$" + "(" * 3, "0x41")
hard = hostile | st.sampled_from((*LONG, *SQLCMD, *SPLIT))

PLAIN = re.compile(r"N'((?:[^']|'')*)'")
UNITS = re.compile(r"0x((?:[0-9a-f]{2}){0,})")
OWN = re.compile(r"\s*(?:go\b|:|!!)", re.IGNORECASE)


def evaluated(sql: str) -> str:
    """Return the text of a constant of nvarchar; AssertionError for anything else."""
    plain, units = PLAIN.fullmatch(sql), UNITS.fullmatch(sql)
    assert plain or units, sql[:40]
    return plain[1].replace("''", "'") if plain else bytes.fromhex(units[1]).decode("utf-16-le", "surrogatepass")


def whole(text: str) -> str:
    """Return a text with each pair of surrogates as the one character that it is."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def assert_safe(text: str) -> None:
    """Assert what a script must be for sqlcmd: printable ASCII, no variable, no line that it would take for its own."""
    for line in text.split("\n"):
        assert line.isascii()
        assert line.isprintable()
        assert "$(" not in line
        assert not OWN.match(line)


@thorough
@given(hard)
@example("a" * 129)
@example("a" * 128)
@example("a]b")
@example("\u00e9")
@example("")
def test_identifier(name: str) -> None:
    fits = name.isascii() and name.isprintable() and 0 < len(name) <= 128 and "$(" not in name
    if fits:
        delimited = quote.identifier(name)
        assert delimited[0] + delimited[-1] == "[]"
        assert re.sub(r"\]\]|\]", lambda found: "]" if len(found[0]) == 2 else "!", delimited[1:-1]) == name
        assert_safe(delimited)
        return
    with pytest.raises(ValueError, match="an identifier has 1 to 128 printable ASCII characters"):
        quote.identifier(name)


def test_names_in_their_places() -> None:
    assert quote.qualified("a b", "c]d") == "[a b].[c]]d]"
    assert quote.external("x", "Udfgen.Functions", "f") == "[x].[Udfgen.Functions].[f]"


@thorough
@given(hard)
@example("")
@example("\0")
@example("\ud800x\udc00")
def test_literal(text: str) -> None:
    sql = quote.literal(text)
    cast = re.fullmatch(r"cast\((0x[0-9a-f]*) as nvarchar\(max\)\)", sql)
    assert evaluated(cast[1] if cast else sql) == whole(text)
    assert_safe(sql)


def test_a_literal_that_needs_nothing_is_plain() -> None:
    assert quote.literal("it's $5 (net)") == "N'it''s $5 (net)'"
    assert quote.literal("$(x)") == "cast(0x2400280078002900 as nvarchar(max))"
    assert quote.literal("\u00e9\n") == "cast(0xe9000a00 as nvarchar(max))"


@thorough
@given(hard)
@example("50%_[x]")
def test_like(text: str) -> None:
    """A pattern takes the very text and no other: by LIKE's rules, a class of one stands for itself."""
    read = re.sub(r"\[([\[%_])\]|([%_\[])", lambda found: found[1] or "WILD", quote.like(text))
    assert read == text


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, Kind.TEXT, "null"),
        (True, Kind.BOOLEAN, "1"),
        (False, Kind.BOOLEAN, "0"),
        (-9223372036854775808, Kind.BIGINT, "-9223372036854775808"),
        (Decimal("1E+3"), Kind.DECIMAL, "1000"),
        (Decimal("-0.50"), Kind.DECIMAL, "-0.50"),
        (Decimal("1.5"), Kind.DOUBLE, "1.5e0"),
        (7, Kind.REAL, "7e0"),
        (Decimal("1E+300"), Kind.DOUBLE, "1e300"),
        (Decimal("-1.7976931348623157E+308"), Kind.DOUBLE, "-1.7976931348623157e308"),
        (Decimal("1E-7"), Kind.REAL, "1e-7"),
        (Decimal("0"), Kind.DOUBLE, "0e0"),
        (Decimal("1.50"), Kind.JSON, "N'1.50'"),
        (True, Kind.JSON, "N'true'"),
        ("null", Kind.VARCHAR, "N'null'"),
        ("$(x)", Kind.VARCHAR, "0x2400280078002900"),
        ("2016-02-15", Kind.DATE, "N'2016-02-15'"),
        ("2016-02-15T12:00:00Z", Kind.TIMESTAMPTZ, "N'2016-02-15T12:00:00Z'"),
        ("AAH/", Kind.BYTES, "0x0001ff"),
        ("", Kind.BYTES, "0x"),
    ],
)
def test_constant(value: Any, kind: Kind, expected: str) -> None:
    assert quote.constant(value, kind) == expected


@thorough
@given(st.integers(-(10**40), 10**40) | st.decimals(allow_nan=False, allow_infinity=False, places=9))
def test_a_constant_of_a_float_is_none_of_a_decimal(value: int | Decimal) -> None:
    sql = quote.constant(value, Kind.DOUBLE)
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?e-?[0-9]+", sql)
    assert float(sql) == float(value)


@thorough
@given(hard)
def test_constant_text(text: str) -> None:
    assert evaluated(quote.constant(text, Kind.VARCHAR)) == whole(text)
    assert json.loads(evaluated(quote.constant(text, Kind.JSON))) == whole(text)


@pytest.mark.parametrize("text", ["'; drop table x; --", "AA=", "A A="])
def test_constant_refuses_bytes_that_are_no_base64(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        quote.constant(text, Kind.BYTES)


@thorough
@given(hard)
def test_comment(text: str) -> None:
    for line in quote.comment(text):
        assert line.strip()
        assert len(line) <= quote.WIDTH or " " not in line
        assert_safe(f"-- {line}")
        assert not re.search(r"/\*|\*/", line)


def test_a_comment_says_what_the_text_says() -> None:
    assert quote.comment("One.\n\ntwo \u00e9 $(x) $ (y) /* z */") == ("One. two \\xe9 $ (x) $ (y) / * z * /",)
    assert quote.comment(" \n") == ()


@pytest.mark.parametrize("count", [0, 1, 2, 40, 400])
def test_listed(count: int) -> None:
    items = [f"item_{number}" for number in range(count)]
    text = quote.listed(items, 4)
    assert [each.strip() for each in text.split(",") if each] == items
    assert all(len(line) <= quote.LIST + 1 for line in text.split("\n"))


# C#


def lexed(source: str) -> str:
    """Return the value of a verbatim constant, by the rules of C#."""
    found = re.fullmatch(r'@"((?:[^"]|"")*)"', source)
    assert found, source[:40]
    return found[1].replace('""', '"')


@thorough
@given(hard)
@example('a "b"\n\\c\n')
def test_csharp_string(text: str) -> None:
    if all(line.isascii() and line.isprintable() for line in text.split("\n")):
        assert lexed(quote.csharp_string(text)) == text
        return
    with pytest.raises(ValueError, match="printable ASCII and line ends"):
        quote.csharp_string(text)


HARNESS = """
namespace Udfgen
{
    internal static class Door
    {
        private static readonly string[] Texts = {
            %s
        };
        %s

        private static void Main()
        {
            foreach (string text in Texts)
            {
                System.Console.WriteLine(System.BitConverter.ToString(System.Text.Encoding.Unicode.GetBytes(text)));
            }
        }
    }
}
"""


def test_csharp_reads_what_was_written(tmp_path: Path) -> None:
    """One class with every text that may stand in one, and a method for every word that C# keeps to itself."""
    texts = [json.dumps(text, indent=4).replace("\x7f", "\\u007f") for text in (*NASTY, *LONG, *SQLCMD, *SPLIT, "\0")]
    words = sorted({*re.findall(r"[a-z]+", quote.KEYWORDS.pattern), "score", "record", "file", "required", "field"})
    method = "public static void {0}(object {0}, out object {0}2) {{ {0}2 = System.Tuple.Create({0}, {0}); }}"
    methods = "\n        ".join(method.format(quote.csharp_name(word)) for word in words)
    literals = ",\n            ".join(map(quote.csharp_string, texts))
    (tmp_path / "Door.cs").write_text(HARNESS % (literals, methods), encoding="ascii")
    mcs = [
        tool("mcs", "mono-devel"),
        "-langversion:5",
        "-sdk:4.5-api",
        "-warnaserror",
        "-warn:4",
        f"-out:{tmp_path}/Door.exe",
    ]
    done = subprocess.run([*mcs, str(tmp_path / "Door.cs")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = subprocess.run(
        [tool("mono", "mono-devel"), f"{tmp_path}/Door.exe"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == [text.encode("utf-16-le").hex("-").upper() for text in texts]
