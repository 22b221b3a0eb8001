"""MySQL and MariaDB: scripts by the servers' rules of quoting and by sqlfluff's grammars, the table by g++.

A statement is taken apart into tokens by the rules of the manual. sqlfluff has to find the same literals and names in
it, and to parse it: once for every skeleton, because no text within quotes changes how a statement is parsed.

https://dev.mysql.com/doc/refman/8.4/en/string-literals.html
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlfluff.core import FluffConfig, Linter
from sqlfluff.core.parser import Lexer

from tests.conftest import tool
from tests.hostile.batches import halved
from tests.hostile.reading import Escaped, Facts, Node, Reading, bone, leaf
from tests.hostile.scripts import assert_visible, file, scripts
from udfgen.bundle import Bundle
from udfgen.ir import Program

NAME = "mysql"
HERE = Path(__file__).parent
NATIVE = Path(__file__).parents[2] / "native" / NAME
FLAGS = ("-std=c++17", "-Wall", "-Wextra", "-Werror", "-Wtrigraphs", "-O0")

TOKEN = re.compile(
    r"""
    (?P<delimiter>^delimiter[ ](?://|;)$)
    |(?P<executed>/\*M?!.*?\*/)
    |(?P<comment>--(?=[\s\x00-\x1f]|\Z)[^\n]*|\#[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
    |(?P<name>`(?:[^`]|``)*`)
    |(?P<open>['"`]|/\*)
    |(?P<end>;|//)
    |(?P<word>[A-Za-z_$][\w$]*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<space>\s+)
    |(?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
"""`executed` are comments that one of the servers runs, `open` is a quote that nothing closes."""

ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
MEANT = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}

UNPARSED = re.compile(
    r"alter user|create function \S+ returns string soname|create /\*!80000 role|(?:un)?lock tables"
    r"|.*\b(?:json_table\(|global_priv|mysql\s*\.\s*user)",
    re.DOTALL,
)
"""Statements that sqlfluff has no grammar for: accounts, loadable functions, locks, JSON_TABLE, tables of accounts."""

VIEWS = {"mysql": (r"/\*!\d*(.*?)\*/", r"/\*M!.*?\*/"), "mariadb": (r"/\*M!(.*?)\*/", r"/\*!\d*.*?\*/")}
"""What each server runs of comments, and what it does not."""


def versions() -> dict[str, str]:
    """Return what reads the generated text."""
    gxx = subprocess.run([tool("g++", "g++"), "-dumpfullversion"], capture_output=True, text=True, check=True)
    return {"sqlfluff": version("sqlfluff"), "g++": gxx.stdout.strip()}


# Scripts


def read(bundles: Sequence[Bundle], folder: Path) -> list[Reading | Escaped]:
    """Return the tokens of each bundle's scripts, and the words of its project file."""
    return [_read(each) for each in bundles]


def _read(made: Bundle) -> Reading | Escaped:
    try:
        nodes: list[Node] = []
        for text in scripts(made):
            assert_visible(text, allowed="\n\t")
            for statement in _statements(text):
                nodes += _nodes(statement)
        project = file(made, "CMakeLists.txt")
        assert_visible(project, allowed="\n")
        nodes += (leaf(line) for line in project.splitlines() if not line.startswith("# Generated"))
    except Escaped as error:
        return error
    return Reading(tuple(nodes))


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script, without comments; the client is told what ends one with `;` in it."""
    pieces: list[str] = []
    end = ";"
    for found in TOKEN.finditer(script):
        if found.lastgroup == "delimiter":
            end = found[0].split(" ")[1]
        elif found[0] == end:
            yield "".join(pieces).strip()
            pieces = []
        elif found.lastgroup != "comment":
            pieces.append(found[0])
    if "".join(pieces).strip():
        raise Escaped("the last statement has no end")


@lru_cache(maxsize=20_000)
def _nodes(statement: str) -> tuple[Node, ...]:
    """Return a statement's tokens; Escaped where it is none to sqlfluff."""
    found = [each for each in TOKEN.finditer(statement) if each.lastgroup != "space"]
    quoted = [each[0] for each in found if each.lastgroup in ("string", "name")]
    if any(each.lastgroup == "open" for each in found):
        raise Escaped(f"a quote is open in {statement:.100}")
    # To sqlfluff two names stand where a backtick is written twice, and a backslash hides what follows it in a name.
    if not any("\\" in each for each in quoted if each[0] == "`") and _quoted(statement) != "".join(quoted):
        raise Escaped(f"sqlfluff finds other literals in {statement:.100}")
    _require_parsed("".join(_blanked(each) for each in TOKEN.finditer(statement)))
    return (*map(_node, found), bone(";"))


def _node(token: re.Match[str]) -> Node:
    if token.lastgroup == "string":
        text = token[0][1:-1]
        return leaf(ESCAPE.sub(lambda each: MEANT.get(each[1], each[1]) if each[1] else "'", text))
    if token.lastgroup == "name":
        return leaf(token[0][1:-1].replace("``", "`"))
    return bone(token[0])


def _blanked(token: re.Match[str]) -> str:
    """Return a token with another text in its quotes."""
    return {"string": "'x'", "name": "`x`"}.get(str(token.lastgroup), token[0])


def _quoted(statement: str) -> str:
    """Return the literals and quoted names that sqlfluff finds, one behind the other."""
    found, errors = _lexer().lex(statement)
    if errors:
        raise Escaped(f"sqlfluff cannot read {statement:.100}")
    return "".join(each.raw for each in found if each.is_type("single_quote", "double_quote", "back_quote"))


@cache
def _lexer() -> Any:
    return Lexer(config=FluffConfig(overrides={"dialect": NAME}))


@cache
def _linter(server: str) -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": server}))


@lru_cache(maxsize=20_000)
def _require_parsed(statement: str) -> None:
    """Raise Escaped where a statement without its texts is none of either server's, as far as sqlfluff knows."""
    if UNPARSED.match(statement):
        return
    for server, (run, left) in VIEWS.items():
        seen = re.sub(run, r"\1", re.sub(left, "", statement))
        wrong = _linter(server).parse_string(seen).violations
        if wrong:
            raise Escaped(f"{server}: {wrong[0].desc():.200} in {seen:.100}")


# The table


def facts(bundles: Sequence[Bundle], programs: Sequence[Program], folder: Path) -> list[Facts | Escaped]:
    """Return the tables as a program holds them that g++ makes of all of them."""
    return halved(bundles, lambda part: _compiled(part, folder), Escaped)


def _compiled(bundles: Sequence[Bundle], folder: Path) -> list[Facts]:
    for number, made in enumerate(bundles):
        (folder / f"{number}.cpp").write_text(file(made, "functions.cpp"), encoding="utf-8")
    shown = "".join(f'namespace s{number} {{\n#include "{number}.cpp"\n}}\n' for number in range(len(bundles)))
    calls = "".join(
        f"    show(s{number}::exported, s{number}::udfgen::program, s{number}::udfgen::functions);\n"
        for number in range(len(bundles))
    )
    template = (HERE / "tables.cpp").read_text(encoding="utf-8")
    (folder / "tables.cpp").write_text(
        template.replace("//% tables", shown).replace("//% calls", calls), encoding="utf-8"
    )
    done = _run([tool("g++", "g++"), *FLAGS, f"-I{NATIVE}", "-o", "tables", "tables.cpp"], folder)
    if done.returncode:
        raise Escaped(f"g++: {done.stdout:.300}")
    lines = _run(["./tables"], folder).stdout.splitlines()
    return [_facts(line, made) for line, made in zip(lines, bundles, strict=True)]


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
    )


def _facts(line: str, made: Bundle) -> Facts:
    """Return what a line of the program says: the exported name and the constants, in hexadecimal."""
    name, program, *functions = (bytes.fromhex(each).decode() for each in line.split(" "))
    library = next(each.key.name for each in made.objects if each.key.kind == "core")
    found: Any = [json.loads(each) for each in (program, *functions)]
    return Facts(found[0], tuple(found[1:]), frozenset({("exported", int(name == library))}))


def expected_routines(program: Program) -> frozenset[tuple[str, int]]:
    """Return the entry points that the compiler should find: the one that the library is named after."""
    return frozenset({("exported", 1)})
