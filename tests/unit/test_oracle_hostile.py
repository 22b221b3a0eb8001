"""Hostile texts in every place of a spec, on Oracle: refused, or nothing but data.

The scripts keep their statements whatever the texts, SQL*Plus takes no line of them for its own, and each constant of
the generated class, read by the rules of Java, is the function's table entry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.jvm import jvm
from tests.plsql.lint import lint
from tests.unit.test_hostile import CASES, PLACES, base, checked, exact
from tests.unit.test_oracle_quote import assert_safe, lexed
from udfgen import commands, dialect
from udfgen.bundle import Bundle
from udfgen.errors import SpecError

ENGINE = "oracle"
java = dialect.load(ENGINE).part("java")
OWN = {place: fill for place, fill in PLACES.items() if place not in ("role", "table", "table schema")}
"""The places but the one that is PostgreSQL's alone, and a table that stands in another schema than the functions."""

FILES = ("file", "ca_file")
"""The places that take an absolute path alone."""

CONSTANT = re.compile(r"private static final String \w+ =\n        ((?:.|\n)*?\");\n")


def spec_with(place: str, text: str) -> dict[str, Any]:
    """Return the harmless spec for Oracle with a text in one place."""
    spec = base()
    spec["engines"] = {ENGINE: {}}
    spec["aws"]["credentials"] = {"source": "profile", "file": "/etc/udfgen/credentials"}
    spec["functions"]["f"]["description"] = "harmless"
    spec["triggers"]["noted"]["table"] = exact("harmless")
    OWN[place](spec, f"/{text}" if place in FILES else text)
    return spec


def shape(bundle: Bundle) -> list[list[str]]:
    """Return what the statements of each script begin with, up to a parenthesis or the end of the line."""
    return [[re.split(r"[(\n]", each)[0] for each in blocks(file.content.decode())] for file in bundle.files]


def blocks(script: str) -> list[str]:
    """Return the statements of a script, without the comment above each."""
    found = script.partition("whenever sqlerror exit failure rollback\n")[2].split("\n/\n")[:-1]
    return [re.sub(r"\A\n?(?:-- \S+:\d+\n)?", "", each) for each in found]


@pytest.mark.parametrize("place", OWN)
def test_a_text_is_data(place: str) -> None:
    harmless = shape(commands.make(checked(spec_with(place, "abc")), ENGINE))
    compiled = 0
    for text in CASES:
        spec = spec_with(place, text)
        try:
            bundle = commands.make(checked(spec), ENGINE)
        except SpecError:
            continue
        compiled += 1
        assert shape(bundle) == harmless
        for file in bundle.files:
            assert_script(file.content.decode())
        assert_facts(bundle, spec)
    assert compiled > len(CASES) // 4


def test_every_text_at_once_keeps_the_rules_and_compiles(tmp_path: Path) -> None:
    functions = {f"f_{number}": each for number, each in enumerate(accepted())}
    assert len(functions) > len(CASES)
    bundle = commands.make(checked(spec_with("description", "abc") | {"functions": functions, "triggers": {}}), ENGINE)
    for file in bundle.files:
        assert lint(file.path, file.content.decode()) == []
    assert list(jvm.compile_bundle(bundle, tmp_path).rglob("Functions.class"))


def accepted() -> Iterator[dict[str, Any]]:
    """Yield a function for every text in every place of one, as long as the spec takes it there."""
    for place in ("description", "enum", "pattern", "default", "json default", "payload constant", "payload key"):
        for text in CASES:
            spec = spec_with(place, text)
            try:
                checked(spec)
            except SpecError:
                continue
            yield spec["functions"]["f"]


def assert_script(script: str) -> None:
    """Assert that a script holds nothing but ASCII, and that no line of a statement is one that SQL*Plus takes."""
    for statement in blocks(script):
        assert_safe("\n".join(line for line in statement.split("\n") if line))


def whole(text: str) -> str:
    """Return a text with each pair of surrogates as the one character that it is."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def assert_facts(bundle: Bundle, spec: dict[str, Any]) -> None:
    """Assert that the generated class holds the facts of the program and of its function, to the character."""
    program = commands.compile_program(checked(spec))
    (source,) = (each for each in bundle.objects if each.key.name.endswith("/Functions"))
    found = [whole(lexed(each)) for each in CONSTANT.findall(source.statements[1].sql)]
    expected = [java.program_facts(program), java.function_facts(program.functions[0])]
    assert [json.loads(each) for each in found] == [json.loads(each) for each in expected]
