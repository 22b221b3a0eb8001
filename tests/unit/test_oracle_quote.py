"""The one door into Oracle's text and Java's: whatever comes out is read as what went in, or was refused by ValueError.

SQL literals are read by a reader of UNISTR and of doubled quotes, Java's by a lexer and, in one batch, by javac.

https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Literals.html
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
from tests.unit.hostile_texts import NASTY, hostile, is_unwritable
from udfgen import dialect
from udfgen.ir import Kind

quote = dialect.load("oracle").part("quote")

thorough = settings(max_examples=200, deadline=None, derandomize=True)

LONG = ("x" * 5000, "'" * 1500, "\u00fc" * 900, "\U0001f600" * 300, "\\" * 700 + "\u00fc", '"\\' * 500)
SQLPLUS = ("x\n/\ny", "x\n.\ny", "x\n@y\nz", "x\n#y", "x -\ny", "x\n\ny", "&x &&y", "x\n  /  \ny", "x\n!ls")
hard = hostile | st.sampled_from((*LONG, *SQLPLUS))

LITERAL = re.compile(r"(?P<wide>unistr\()?'(?P<text>(?:[^']|'')*)'(?(wide)\))")
UNIT = re.compile(r"\\(\\|[0-9a-f]{4})")


def evaluated(sql: str) -> str:
    """Return the text of literals that are strung together, as Oracle reads them; AssertionError for anything else."""
    text, at = "", 0
    while True:
        found = LITERAL.match(sql, at)
        assert found, sql[at : at + 40]
        plain = found["text"].replace("''", "'")
        text += wide(plain) if found["wide"] else plain
        at = found.end()
        if at == len(sql):
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        assert sql.startswith("\n|| ", at), sql[at : at + 40]
        at += len("\n|| ")


def wide(text: str) -> str:
    """Return what UNISTR makes of a text: half a surrogate pair for each half."""
    return UNIT.sub(lambda found: "\\" if found[1] == "\\" else chr(int(found[1], 16)), text)


def assert_safe(sql: str) -> None:
    """Assert what a script must be for SQL*Plus: ASCII, no long line, none that it would take for its own."""
    assert sql.isascii()
    for line in sql.split("\n"):
        assert line.isprintable()
        assert len(line) <= 2100  # SQL*Plus reads 2,499
        assert line.strip() not in ("", "/", ".")
        assert not line.lstrip().startswith(("@", "#", "!"))
        assert not line.rstrip().endswith("-")


@thorough
@given(hard)
@example("a" * 129)
@example("\u00e9")
@example("")
def test_identifier(name: str) -> None:
    fits = name.isascii() and name.isprintable() and '"' not in name and 0 < len(name) <= 128
    if fits:
        assert quote.identifier(name) == f'"{name}"'
        return
    with pytest.raises(ValueError, match="an identifier has 1 to 128 printable ASCII characters"):
        quote.identifier(name)


@thorough
@given(hard)
@example("")
def test_literal(text: str) -> None:
    if is_unwritable(text):
        with pytest.raises(ValueError, match=r"."):
            quote.literal(text)
        return
    sql = quote.literal(text)
    assert evaluated(sql) == text
    assert_safe(f"x {sql}")
    # A literal of SQL has at most 4,000 bytes, and what UNISTR gives too: https://docs.oracle.com/en/error-help/db/ora-01704
    assert all(len(found[0]) <= 4000 for found in LITERAL.finditer(sql))


def test_a_literal_that_needs_nothing_is_plain() -> None:
    assert quote.literal("it's") == "'it''s'"
    assert quote.literal("a\\b\u00fc") == "unistr('a\\\\b\\00fc')"


@thorough
@given(hard)
@example("certificate x\nMIID/+==\n")
def test_block(text: str) -> None:
    lines = text.removesuffix("\n").split("\n")
    if not all(each.isascii() and each.isprintable() and not is_hazard(each) for each in lines):
        with pytest.raises(ValueError, match="a block is printable ASCII"):
            quote.block(text)
        return
    sql = quote.block(text)
    assert sql[1:-1].replace("''", "'") == text
    assert_safe(f"x{sql}")


def is_hazard(line: str) -> bool:
    is_command = line.strip() in ("", "/", ".") or line.lstrip()[:1] in ("@", "#", "!")
    return is_command or line.rstrip().endswith("-") or len(line) >= 1000


@pytest.mark.parametrize("line", ["", "/", " / ", ".", "@x", "  @x", "#x", "!x", "x-", "x - ", "\u00e9", "\t"])
def test_block_refuses_each_hazard(line: str) -> None:
    with pytest.raises(ValueError, match="a block is printable ASCII"):
        quote.block(f"before\n{line}\nafter\n")


@thorough
@given(hard)
def test_comment(text: str) -> None:
    for line in quote.comment(text):
        assert line.isascii()
        assert line.isprintable()
        assert line == line.strip() != ""
        assert not line.endswith("-")


def test_a_comment_keeps_its_words() -> None:
    assert quote.comment("Gr\u00f6\u00dfe \u2026\n\n  R&D - ") == ("Gr\\xf6\\xdfe \\u2026 R&D",)
    words = " ".join(["word"] * 60)
    assert " ".join(quote.comment(words)) == words
    assert max(map(len, quote.comment(words))) <= quote.WIDTH


@given(st.lists(st.text(st.sampled_from("abc'\" "), min_size=1, max_size=60).map(str.strip).filter(bool), max_size=30))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_listed(items: list[str]) -> None:
    text = quote.listed(items, 8)
    assert ", ".join(text.strip().split(",\n        ")) == ", ".join(items)
    assert all(len(line) <= max(quote.LIST + 1, 10 + max(map(len, items), default=0)) for line in text.split("\n"))


@pytest.mark.parametrize(
    ("value", "kind", "native", "expected"),
    [
        (None, Kind.TEXT, "clob", "null"),
        (True, Kind.BOOLEAN, "number", "1"),
        (False, Kind.BOOLEAN, "number", "0"),
        (True, Kind.BOOLEAN, "boolean", "true"),
        (9223372036854775807, Kind.BIGINT, "number", "9223372036854775807"),
        (10, Kind.INTEGER, "number", "10"),
        (Decimal("1E+3"), Kind.DECIMAL, "number", "1000"),
        (Decimal("-0.50"), Kind.DECIMAL, "number", "-0.50"),
        (Decimal("1.50"), Kind.JSON, "clob", "'1.50'"),
        (True, Kind.JSON, "clob", "'true'"),
        ({"a": ("it's",)}, Kind.JSON, "clob", "'{\"a\":[\"it''s\"]}'"),
        ("null", Kind.TEXT, "clob", "'null'"),
        ("2016-02-15", Kind.DATE, "date", "date '2016-02-15'"),
        ("12:00:00.5", Kind.TIME, "varchar2", "'12:00:00.5'"),
        ("2016-02-15T12:00:00.5", Kind.TIMESTAMP, "timestamp", "timestamp '2016-02-15 12:00:00.5'"),
        ("2016-02-15T12:00:00Z", Kind.TIMESTAMPTZ, "", "timestamp '2016-02-15 12:00:00 +00:00'"),
        ("AAH/", Kind.BYTES, "blob", "hextoraw('0001ff')"),
    ],
)
def test_constant(value: Any, kind: Kind, native: str, expected: str) -> None:
    assert quote.constant(value, kind, native) == expected


@thorough
@given(hard)
def test_constant_text(text: str) -> None:
    if not is_unwritable(text):
        assert evaluated(quote.constant(text, Kind.TEXT, "clob")) == text
        assert json.loads(evaluated(quote.constant(text, Kind.JSON, "clob"))) == text


@pytest.mark.parametrize("text", ["'; drop table x; --", "AA=", "A A="])
def test_constant_refuses_bytes_that_are_no_base64(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        quote.constant(text, Kind.BYTES, "blob")


# Java

TOKEN = re.compile(r'\\u(?P<unit>[0-9a-f]{4})|\\(?P<octal>[0-3][0-7]{2})|\\(?P<escape>["\\nrt])|(?P<plain>[^"\\\n])')
ESCAPED = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def lexed(java: str) -> str:
    """Return the value of a Java string constant, by the rules of JLS 3.3 and 3.10.5."""
    pieces = java.split("\n        + ")
    assert all(each.startswith('"') and each.endswith('"') for each in pieces)
    return "".join(map(token, "".join(each[1:-1] + "\0" for each in pieces).split("\0")))


def token(piece: str) -> str:
    text, at = "", 0
    while at < len(piece):
        found = TOKEN.match(piece, at)
        assert found, piece[at : at + 20]
        name = found.lastgroup
        if name == "unit":
            before = len(piece[:at]) - len(piece[:at].rstrip("\\"))
            assert before % 2 == 0, "no Unicode escape begins behind an odd number of backslashes"
            text += chr(int(found["unit"], 16))
        elif name == "octal":
            text += chr(int(found["octal"], 8))
        else:
            text += ESCAPED[found["escape"]] if name == "escape" else found["plain"]
        at = found.end()
    return text


def units(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


@thorough
@given(st.lists(hard, min_size=1, max_size=4))
@example(["\\u0041", "\\", "\\\\u000a", "\\\u00e9", "\x00\x01\x7f", "\ud800"])
def test_java_string(parts: list[str]) -> None:
    java = quote.java_string(parts, 8)
    assert units(lexed(java)) == units("".join(parts))
    assert_safe(java)
    assert all(len(line) <= quote.WIDTH + 12 for line in java.split("\n"))


HARNESS = """
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;

public final class Door {
    static final String[] TEXTS = {
        %s
    };
    %s

    public static void main(String[] none) throws Exception {
        for (String text : TEXTS) {
            StringBuilder line = new StringBuilder();
            for (int at = 0; at < text.length(); at++) {
                line.append(Integer.toHexString(0x10000 | text.charAt(at)).substring(1));
            }
            DataOutputStream out = new DataOutputStream(new ByteArrayOutputStream());
            out.writeUTF(text);
            System.out.println(line + " " + (out.size() - 2));
        }
    }
}
"""


def test_java_reads_what_was_written(tmp_path: Path) -> None:
    """One class with every hostile text, and a method for every word that Java keeps to itself."""
    texts = [*NASTY, *LONG, *SQLPLUS, "\\u0041\\u000a", "\\\\u0022+", "\\\u00e9\\\\\u00e9", "\x001", "\x7f7", "\0"]
    words = sorted({*re.findall(r"[a-z]+", quote.KEYWORDS.pattern), *quote.TAKEN, "score", "var", "record"})
    methods = "".join(
        f"public static void {quote.java_name(word)}(Object {quote.java_name(word)}) {{}}\n    "
        f"public static void {quote.java_name(word)}() {{}}\n    "
        for word in words
    )
    literals = ",\n        ".join(quote.java_string([text], 8) for text in texts)
    (tmp_path / "Door.java").write_text(HARNESS % (literals, methods), encoding="ascii")
    package = "openjdk-17-jdk-headless"
    javac = [tool("javac", package), "--release", "8", "-Xlint:all,-options", "-Werror", "-d", str(tmp_path)]
    done = subprocess.run([*javac, str(tmp_path / "Door.java")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ran = subprocess.run(
        [tool("java", package), "-cp", str(tmp_path), "Door"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == [f"{units(text).hex()} {quote.java_size(text)}" for text in texts]
