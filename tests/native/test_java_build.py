"""What the Java core is built from and into: Java 8, the same bytes each time, two modules of the JDK and no more."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import tool
from tests.native.jvm import PACKAGE, compile_java, core

JAVA_8 = 52
"""The version of its class files: https://docs.oracle.com/javase/specs/jvms/se17/html/jvms-4.html#jvms-4.1"""


def compiled(folder: Path) -> Mapping[str, bytes]:
    """Return the class files in a folder by their names."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.class"))}


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_java(tmp_path_factory.mktemp("classes"))


def test_every_build_gives_the_same_bytes(classes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LC_ALL", "C")
    again = compile_java(tmp_path / "elsewhere")
    assert compiled(again) == compiled(classes)


def test_every_source_is_one_class_of_its_name(classes: Path) -> None:
    assert set(compiled(classes)) == {f"udfgen/{source.stem}.class" for source in core()}


def test_the_classes_are_those_of_java_8(classes: Path) -> None:
    for name, content in compiled(classes).items():
        magic, version = content[:4], int.from_bytes(content[6:8], "big")
        assert (magic, version) == (b"\xca\xfe\xba\xbe", JAVA_8), name


def test_only_two_modules_are_needed(classes: Path) -> None:
    command = [tool("jdeps", PACKAGE), "--print-module-deps", "--multi-release", "base", str(classes)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert set(done.stdout.strip().split(",")) <= {"java.base", "java.sql"}, done.stdout


# --- the text, which is reviewed, and which SQL*Plus reads -----------------------------------------------------

RULES = {
    "has a character beyond ASCII": r"[^\x00-\x7f]",
    "has a line of more than 120 characters": r"^.{121,}$",
    "has a line that SQL*Plus continues": r"-[ \t]*$",
    "has a line that SQL*Plus takes for a command": r"^[ \t]*[@#!]",
    "has a line that SQL*Plus takes for an end": r"^[ \t]*[/.][ \t]*$",
    "has an annotation": r"^[^\"\n/]*@[A-Z]",
    "has a lambda or a method reference": r"->|\w::\w",
    "imports all of a package": r"^import .*\*;",
    "uses what a first call should not load": r"\bString\.format\b|\bimport java\.(time|text|util\.function)\b",
    "asks the JVM for what needs a grant": r"\bSystem\.(exit|getProperty|load|setProperty)\b|\bClass\.forName\b",
    "has two top-level types, or a public one": r"^}[\s\S]*^}|^public ",
}
"""What a source of the core must not have, as a regular expression for each."""

BAD = {
    "has a character beyond ASCII": "// \u00e9",
    "has a line of more than 120 characters": "// " + "x" * 118,
    "has a line that SQL*Plus continues": "int a = b -\n    c;",
    "has a line that SQL*Plus takes for a command": "    @Override",
    "has a line that SQL*Plus takes for an end": "a\n  /\nb",
    "has an annotation": "    private @Deprecated int a;",
    "has a lambda or a method reference": "each.forEach(this::show)",
    "imports all of a package": "import java.util.*;",
    "uses what a first call should not load": 'String.format("%s", a)',
    "asks the JVM for what needs a grant": 'System.getProperty("user.home")',
    "has two top-level types, or a public one": "final class A {\n}\nfinal class B {\n}\n",
}


def broken(rule: str, text: str) -> list[str]:
    """Return the places where a text breaks a rule."""
    return [match[0][-60:] for match in re.finditer(RULES[rule], text, re.MULTILINE)]


@pytest.mark.parametrize("rule", RULES)
def test_the_sources_keep_to_the_rules(rule: str) -> None:
    found = {source.name: broken(rule, source.read_text(encoding="utf-8")) for source in core()}
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_what_breaks_it(rule: str) -> None:
    assert broken(rule, BAD[rule])
