"""Oracle: scripts as SQL*Plus and PL/SQL read them, by the project's own rules; the generated class by javac.

Each class is compiled as it stands in install.sql, beside the core of its package, and loaded: what is compared is what
the JVM holds.
"""

from __future__ import annotations

import atexit
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from tests.conftest import tool
from tests.hostile.reading import Escaped, Facts, Node, Reading, bone, leaf
from tests.hostile.scripts import assert_visible, scripts
from tests.jvm.jvm import JDK
from tests.plsql.lint import lint
from tests.plsql.script import Statement, Token, parse, tokens
from tests.unit.test_oracle_quote import evaluated
from udfgen import dialect
from udfgen.bundle import Bundle
from udfgen.ir import Program

NAME = "oracle"
HERE = Path(__file__).parent
JAVA = re.compile(r'create or replace and resolve java source named "([\w/]+)" authid definer as\n(.*)', re.DOTALL)
OURS = ("ampersand", "public")
"""Rules that a text of a spec may seem to break: only what is compared tells."""


def versions() -> dict[str, str]:
    """Return what reads the generated text."""
    javac = subprocess.run([tool("javac", JDK), "-version"], capture_output=True, text=True, check=True)
    return {"javac": javac.stdout.split()[-1]}


# Scripts


def read(bundles: Sequence[Bundle], folder: Path) -> list[Reading | Escaped]:
    """Return the tokens of each bundle's scripts."""
    return [_read(each) for each in bundles]


def _read(made: Bundle) -> Reading | Escaped:
    try:
        nodes: list[Node] = []
        for path, text in _named(made):
            _require_safe(path, text)
            script = parse(path, text)
            nodes += (bone(f"command {line.text}") for line in script.commands)
            for statement in script.statements:
                nodes += _nodes(statement.text, statement.is_java)
    except Escaped as error:
        return error
    return Reading(tuple(nodes))


def _named(made: Bundle) -> Iterator[tuple[str, str]]:
    paths = [each.path for each in made.files if each.path.endswith(".sql")]
    return zip(paths, scripts(made), strict=True)


def _require_safe(path: str, text: str) -> None:
    """Raise Escaped where SQL*Plus would take a line for its own, or a rule for scripts is broken."""
    assert_visible(text, allowed="\n")
    wrong = [each for each in _linted(path, text) if each[0] not in OURS]
    before = text.partition("set define off")[0]
    if wrong or "&" in before or not text.isascii():
        raise Escaped(f"{path} breaks {wrong[:3] or 'its character set'}")


def _linted(path: str, text: str) -> list[tuple[str, int]]:
    return [(each.rule, each.line) for each in lint(path, text)]


@lru_cache(maxsize=4000)
def _nodes(statement: str, is_java: bool) -> tuple[Node, ...]:
    """Return a statement's tokens; literals that are strung together are one."""
    text = statement.partition("\n")[0] if is_java else statement
    pieces = [each for each in tokens(text, 0) if each.kind != "comment"]
    return (*_strung(pieces), bone("java" if is_java else "/"))


def _strung(pieces: list[Token]) -> Iterator[Node]:
    at = 0
    while at < len(pieces):
        end = _literal_end(pieces, at)
        while end > at and _texts(pieces[end : end + 2]) == "||" and _literal_end(pieces, end + 2) > end + 2:
            end = _literal_end(pieces, end + 2)
        yield leaf(_value(pieces[at:end])) if end > at else _node(pieces[at])
        at = max(end, at + 1)


def _literal_end(pieces: list[Token], at: int) -> int:
    """Return where the literal ends that begins at an index; the index itself where none does."""
    if at < len(pieces) and pieces[at].text.startswith("'"):
        return at + 1
    kinds = [each.kind for each in pieces[at : at + 4]]
    is_wide = kinds == ["word", "mark", "string", "mark"] and _texts(pieces[at : at + 2]) == "unistr("
    return at + 4 if is_wide else at


def _value(literal: list[Token]) -> str:
    try:
        return evaluated(_joined(literal))
    except AssertionError as error:
        raise Escaped(f"no literal: {error}") from None


def _joined(literal: list[Token]) -> str:
    """Return a literal as the dialect writes it: on a line for each of its pieces."""
    return re.sub(r"\x00\|\x00\|\x00", "\n|| ", "\0".join(each.text for each in literal)).replace("\0", "")


def _texts(pieces: list[Token]) -> str:
    return "".join(each.text for each in pieces)


def _node(token: Token) -> Node:
    if token.kind == "string":  # q'[…]'
        return leaf(token.text[3:-2])
    return leaf(token.text[1:-1]) if token.kind == "quoted" else bone(token.text)


# The class


def facts(bundles: Sequence[Bundle], programs: Sequence[Program], folder: Path) -> list[Facts | Escaped]:
    """Return the constants and the methods of each bundle's class, as a JVM loads them."""
    process = _compiler()
    found = []
    for number, (made, program) in enumerate(zip(bundles, programs, strict=True)):
        package, core, functions = _sources(made)
        _put(Path(_folder().name) / "src" / package / "Core.java", core)
        _put(folder / str(number) / "Functions.java", functions)
        found.append(_facts(process.answer(f"{folder / str(number)}\t{package}"), program, made))
    return found


class _Compiler:
    """A JVM that compiles: one for all batches, because it needs some time to become fast."""

    def __init__(self) -> None:
        folder = Path(_folder().name)
        command = [tool("java", JDK), str(HERE / "Classes.java"), str(folder / "src"), str(folder / "cores")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        atexit.register(self.close)

    def answer(self, job: str) -> str:
        """Return the line that answers a line."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{job}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the JVM ended"
        return line.removesuffix("\n")

    def close(self) -> None:
        """End it with its input."""
        self._process.communicate()


@cache
def _compiler() -> _Compiler:
    return _Compiler()


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="udfgen-hostile-java-")


def _sources(made: Bundle) -> tuple[str, str, str]:
    """Return the package of a bundle's classes, and the two sources that its install.sql holds."""
    install = next(text for path, text in _named(made) if path == "install.sql")
    found = [JAVA.fullmatch(each.text) for each in parse("install.sql", install).statements if each.is_java]
    texts = {name: text for each in found if each for name, text in [each.groups()]}
    package = next(name for name in texts).rpartition("/")[0]
    return package, *(texts.get(f"{package}/{name}", "") for name in ("Core", "Functions"))  # type: ignore[return-value]


def _put(path: Path, text: str) -> None:
    """Write a source; the core of a package is the same for all that share it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name == "Core.java" and path.exists():
        assert path.read_text(encoding="utf-8") == text
    path.write_text(text, encoding="utf-8")


def _facts(line: str, program: Program, made: Bundle) -> Facts | Escaped:
    """Return what a line of the program says: a constant's name and text, a method's name and its arguments."""
    words = [each.split(" ") for each in line.split("\t")]
    texts = {
        name: bytes.fromhex(text).decode("utf-16-be", "surrogatepass") for kind, name, text in words if kind == "text"
    }
    if "error" in texts:
        return Escaped(f"javac: {texts['error']:.300}")
    names = [function.name.upper() for function in program.functions]
    if sorted(texts) != sorted([*names, "UDFGEN_PROGRAM"]):
        return Escaped(f"the class has the constants {sorted(texts)}")
    try:
        _require_comments(made, program)
        found: list[Any] = [json.loads(texts[name]) for name in ("UDFGEN_PROGRAM", *names)]
    except (ValueError, Escaped) as error:
        return Escaped(str(error))
    methods = frozenset((name, int(count)) for kind, name, count in words if kind == "method")
    return Facts(found[0], tuple(found[1:]), methods)


def _require_comments(made: Bundle, program: Program) -> None:
    """Raise Escaped unless each function's description stands in its comment, in printable ASCII."""
    install = next(text for path, text in _named(made) if path == "install.sql")
    wrappers = {each.name.upper(): each for each in program.functions}
    for statement in parse("install.sql", install).statements:
        name = re.match(r'create or replace (?:function|procedure) "([^"]+)"', statement.text)
        function = wrappers.get(name[1]) if name else None
        if function and _squeezed(_shown(function.description)) != _squeezed(_comment(statement)):
            raise Escaped(f"the comment of {function.name} is {_comment(statement)!r:.200}")


def _comment(statement: Statement) -> str:
    found = tokens(statement.text, 0)
    return "".join(each.text.removeprefix("--") for each in found if each.kind == "comment")


def _shown(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text).encode("ascii", "backslashreplace").decode()


def _squeezed(text: str) -> str:
    """Return a text without blanks and hyphens, which lines of a comment may lose at their ends."""
    return re.sub(r"[\s-]", "", text)


def expected_routines(program: Program) -> frozenset[tuple[str, int]]:
    """Return the methods that the class should have: a batch function has one that begins a call, one for each row."""
    java_name = dialect.load(NAME).part("quote").java_name
    ours = {
        (java_name(function.name), count)
        for function in program.functions
        for count in ((0, 1 + len(function.parameters)) if function.batch else (len(function.parameters),))
    }
    common = {"probe": 1, "nextRow": 1, "closeRows": 1, "runBatch": 1, "closeBatch": 1, "clobCell": 2, "numberCell": 2}
    return frozenset(ours | set(common.items()))
