"""What the C# core is built from and into: no warning, the same bytes each time, three assemblies and no more."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import tool
from tests.native.mono import compile_core, core

ASSEMBLIES = {"mscorlib", "System", "System.Data"}
"""Of those that SQL Server supports:
https://learn.microsoft.com/sql/relational-databases/clr-integration/database-objects/supported-net-framework-libraries
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core alone, which the compiler has no warning about."""
    return compile_core(tmp_path_factory.mktemp("core"))


def listed(table: str, library: Path) -> str:
    """Return a table of a library's metadata, as text."""
    command = [tool("monodis", "mono-utils"), f"--{table}", str(library)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_every_build_gives_the_same_bytes(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LC_ALL", "C")
    assert compile_core(tmp_path).read_bytes() == library.read_bytes()


def test_only_three_assemblies_are_needed(library: Path) -> None:
    assert set(re.findall(r"Name=(\S+)", listed("assemblyref", library))) == ASSEMBLIES


def test_every_source_is_the_class_of_its_name(library: Path) -> None:
    classes = set(re.findall(r"^\d+: Udfgen\.(\w+) ", listed("typedef", library), re.MULTILINE))
    assert classes == {source.stem for source in core()}


def test_the_sources_may_be_strung_together(library: Path, tmp_path: Path) -> None:
    """Generated code has them in one file."""
    whole = tmp_path / "Core.cs"
    whole.write_text("\n".join(source.read_text(encoding="utf-8") for source in core()))
    assert listed("typedef", compile_core(tmp_path, [whole])) == listed("typedef", library)


# --- the text, which is reviewed -------------------------------------------------------------------------------

RULES = {
    "has a character beyond ASCII": r"[^\x00-\x7f]",
    "has a line of more than 120 characters": r"^.{121,}$",
    "has a tab, or a blank at the end of a line": r"\t|[ ]$",
    "does not begin with what it is": r"\A(?!// [A-Z])",
    "uses a namespace outside of its own": r"^using ",
    "has a type that is not internal": r"^    (?!internal )(?:\w+ )*(?:class|struct|enum|interface) ",
    "lets the culture of the server decide": r"\bToLower\(|\bToUpper\(|\bCurrentCulture\b"
    r"|\b(?:StartsWith|EndsWith)\([^,\n]*\)(?!.*Ordinal)|\bIndexOf\(\"[^\"\n]*\"\)",
    "asks for the time of the server's zone": r"\bDateTime\.(?:Now|Today)\b",
}
"""What a source of the core must not have, as a regular expression for each."""

BAD = {
    "has a character beyond ASCII": "// \u00e9",
    "has a line of more than 120 characters": "// " + "x" * 118,
    "has a tab, or a blank at the end of a line": "// A. \n",
    "does not begin with what it is": "namespace Udfgen\n{\n",
    "uses a namespace outside of its own": "using System;\nnamespace Udfgen\n{\n}\n",
    "has a type that is not internal": "    public sealed class A\n    {\n    }\n",
    "lets the culture of the server decide": 'text.StartsWith("[")',
    "asks for the time of the server's zone": "DateTime.Now",
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
