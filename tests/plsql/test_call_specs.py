"""Call specifications against the compiled class, and the Java in install.sql against the sources under native/.

Oracle links the two only when a function is called: what does not fit is found here.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from tests.conftest import tool
from tests.jvm.jvm import JDK, compile_java
from tests.plsql.lint import Head, heads
from tests.plsql.script import Statement, Token, parse
from tests.plsql.test_lint import HEADER, SPECS, scripts
from udfgen import dialect

WAYS = dialect.load("oracle").part("types").WAYS
COMPILED = ("quickstart", "names", "conformance 19", "conformance 23")
"""Specs with every type, every form of a function, and names that are words of Java."""

JAVA_SOURCE = re.compile(r'create or replace and resolve java source named "([\w/]+)" authid definer as')
METHOD = re.compile(r"public static (\S+) (\w+)\(([^)]*)\) throws java\.sql\.SQLException;")


@dataclass(frozen=True)
class Method:
    """A Java method: its full name, its parameters' types, its result's ('' for none)."""

    name: str
    parameters: tuple[str, ...]
    returns: str

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.parameters)}){f' return {self.returns}' if self.returns else ''}"


@cache
def script(spec: str) -> str:
    """Return the install.sql of a spec."""
    return next(text for name, text in scripts(SPECS[spec]) if name == "install.sql")


def statements(text: str) -> tuple[Statement, ...]:
    """Return the statements of a script."""
    return parse("install.sql", text).statements


def java(text: str) -> dict[str, str]:
    """Return the Java sources of a script, by their paths."""
    found = {}
    for statement in statements(text):
        head, _, source = statement.text.partition("\n")
        if named := JAVA_SOURCE.fullmatch(head):
            found[f"{named[1]}.java"] = source + "\n"
    return found


@pytest.fixture(scope="module")
def methods(tmp_path_factory: pytest.TempPathFactory) -> dict[str, frozenset[Method]]:
    """The public methods of each spec's class, compiled from what stands in its install.sql."""
    return {spec: frozenset(compiled(script(spec), tmp_path_factory.mktemp("classes"))) for spec in COMPILED}


def compiled(text: str, folder: Path) -> Iterator[Method]:
    """Yield the public methods of the class Functions of a script."""
    classes = compile_java(java(text), folder)
    (path,) = classes.rglob("Functions.class")
    name = ".".join(path.relative_to(classes).with_suffix("").parts)
    told = subprocess.run(
        [tool("javap", JDK), "-public", "-cp", str(classes), name], capture_output=True, text=True, check=True
    )
    for returns, method, parameters in METHOD.findall(told.stdout):
        yield Method(f"{name}.{method}", _types(parameters), returns.replace("void", ""))


def _types(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def mismatches(text: str, methods: frozenset[Method]) -> Iterator[str]:
    """Yield every call specification whose method is not there, or whose SQL types are not its Java types."""
    for head, method in call_specs(text):
        if method not in methods:
            yield f"{head.name.text}: there is no {method}"
        declared = [(part[0].text, _spelled(part[2:])) for part in head.parameters if part]
        expected = tuple(_java(type_, name) for name, type_ in declared)
        if (expected, _java(_spelled(head.returns), "")) != (method.parameters, method.returns):
            yield f"{head.name.text}: its types are not those of {method}"


def call_specs(text: str) -> Iterator[tuple[Head, Method]]:
    """Yield every routine of a script that is a Java method, and the method."""
    for statement in statements(text):
        found = list(heads(statement))
        ends = [*(each.at for each in found[1:]), len(statement.tokens)]
        for head, end in zip(found, ends, strict=False):
            if named := _named(statement.tokens[head.at : end]):
                yield head, named


def _named(tokens: tuple[Token, ...]) -> Method | None:
    """Return the method behind `language java name`."""
    for at, token in enumerate(tokens):
        if [each.word for each in tokens[at : at + 3]] == ["language", "java", "name"]:
            found = re.fullmatch(r"'([\w.]+)\(([\w.,\s]*)\)(?: return ([\w.]+))?'", tokens[at + 3].text)
            assert found, f"line {token.line}: {tokens[at + 3].text}"
            return Method(found[1], _types(found[2]), found[3] or "")
    return None


def _spelled(part: tuple[Token, ...]) -> str:
    return " ".join(token.text for token in part)


def _java(declared: str, name: str) -> str:
    """Return the Java class of a native type; a column's number is an int, and no result is ''."""
    if name == '"CELL"':
        return "int"
    return WAYS[declared].java if declared else ""


@pytest.mark.parametrize("spec", COMPILED)
def test_every_call_specification_is_a_method_of_the_class(spec: str, methods: dict[str, frozenset[Method]]) -> None:
    assert list(mismatches(script(spec), methods[spec])) == []


@pytest.mark.parametrize("spec", COMPILED)
def test_every_method_of_the_class_has_a_call_specification(spec: str, methods: dict[str, frozenset[Method]]) -> None:
    assert {method for _, method in call_specs(script(spec))} == methods[spec]
    assert len(methods[spec]) > 1


WRONG = {
    "another class": ("udfgen.quickstart.Functions.log_event(", "udfgen.quickstart.Function.log_event("),
    "another method": ("Functions.log_event(", "Functions.log_events("),
    "another argument": ("log_event(java.sql.Clob, java.sql.Clob)", "log_event(java.sql.Clob, java.lang.String)"),
    "an argument less": ("log_event(java.sql.Clob, java.sql.Clob)", "log_event(java.sql.Clob)"),
    "another result": (
        "score_customer(java.math.BigDecimal, java.lang.String) return java.math.BigDecimal",
        "score_customer(java.math.BigDecimal, java.lang.String) return java.lang.String",
    ),
    "no result": (
        "score_customer(java.math.BigDecimal, java.lang.String) return java.math.BigDecimal",
        "score_customer(java.math.BigDecimal, java.lang.String)",
    ),
    "another SQL type": ('"KIND" in clob', '"KIND" in varchar2'),
    "an SQL argument more": ('"KIND" in clob', '"KIND" in clob, "MORE" in clob'),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_found(name: str, methods: dict[str, frozenset[Method]]) -> None:
    right, wrong = WRONG[name]
    assert right in script("quickstart")
    found = list(mismatches(script("quickstart").replace(right, wrong), methods["quickstart"]))
    assert found
    assert {each.partition(":")[0] for each in found} <= {'"LOG_EVENT"', '"SCORE_CUSTOMER$CALL"'}


def test_the_core_in_the_script_is_the_one_under_native() -> None:
    """But for the package, which is the spec's, and the imports, which stand together: not a line more, none less."""
    core = java(script("quickstart"))["udfgen/quickstart/Core.java"]
    sources = [each.read_text(encoding="utf-8") for each in native()]
    first, *lines = code(core)
    assert first.startswith("// The core")
    assert lines == [line for text in sources for line in code(text)]
    assert imports(core) == sorted({line for text in sources for line in imports(text)})
    assert re.findall(r"^package .*$", core, re.MULTILINE) == ["package udfgen.quickstart;"]
    assert len(lines) > 1000


def native() -> list[Path]:
    """Return the hand-written sources in the order of their names."""
    folder = Path(str(files("udfgen.native.oracle")))
    return sorted(folder.glob("*.java"))


def code(text: str) -> list[str]:
    """Return the lines of a source but its package, its imports and blank ones."""
    return [line for line in text.splitlines() if line.strip() and not line.startswith(("package ", "import "))]


def imports(text: str) -> list[str]:
    """Return the imports of a source."""
    return [line for line in text.splitlines() if line.startswith("import ")]


def test_the_scripts_java_is_taken_out_whole() -> None:
    """A slash or a full stop of its own within the Java would cut it: the pieces would not compile."""
    text = HEADER + 'create or replace and resolve java source named "a/B" authid definer as\nclass B {\n/\n}\n/\n'
    assert java(text) == {"a/B.java": "class B {\n"}
