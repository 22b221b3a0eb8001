"""Hostile texts in every place of a spec, on SQL Server: refused, or nothing but data.

The scripts keep their batches whatever the texts, sqlcmd takes no line of them for its own, each constant of the
generated class, read by the rules of C#, is the function's table entry, and mcs compiles all of it at once. What
Microsoft's parser makes of the scripts is in tests/clr/test_hostile.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import tool
from tests.unit.test_hostile import CASES, PLACES, base, checked
from tests.unit.test_sqlserver_quote import assert_safe, lexed
from udfgen import bundle, commands, dialect
from udfgen.bundle import Bundle
from udfgen.errors import SpecError
from udfgen.ir import describe

ENGINE = "sqlserver"
csharp = dialect.load(ENGINE).part("csharp")
OWN = {place: fill for place, fill in PLACES.items() if place not in ("role", "ca_file")}
"""The places but one that is PostgreSQL's alone, and one that SQL Server has none of."""

NAME = re.compile(r"\[(?:[^\]]|\]\])*\]")

CONSTANT = re.compile(r'@"(?:[^"]|"")*"')


def spec_with(place: str, text: str) -> dict[str, Any]:
    """Return the harmless spec for SQL Server with a text in one place."""
    spec = base()
    spec["engines"] = {ENGINE: {}}
    spec["functions"]["f"]["description"] = "harmless"
    spec["functions"]["f"]["parameters"]["third"]["type"] = "varchar(400)"
    OWN[place](spec, text)
    return spec


def shape(made: Bundle) -> list[list[str]]:
    """Return what the statements of each script begin with, up to a parenthesis or a line's end, without names."""
    return [[re.split(r"[(\n]", NAME.sub("[]", each))[0] for each in batches(text)] for text in scripts(made)]


def scripts(made: Bundle) -> list[str]:
    return [file.content.decode() for file in made.files if file.path.endswith(".sql")]


def batches(script: str) -> list[str]:
    """Return the batches of a script, without the comments above each."""
    return [re.sub(r"\A\n*(?:--.*\n)*", "", each) for each in re.split(r"(?mi)^\s*go\b.*\n", script)]


@pytest.mark.parametrize("place", OWN)
def test_a_text_is_data(place: str) -> None:
    harmless = shape(commands.make(checked(spec_with(place, "abc")), ENGINE))
    assert min(map(len, harmless)) > 5
    compiled = 0
    for text in CASES:
        spec = spec_with(place, text)
        try:
            made = commands.make(checked(spec), ENGINE)
        except SpecError:
            continue
        compiled += 1
        if place != "description" or text.strip():
            assert shape(made) == harmless
        for script in scripts(made):
            assert_safe(re.sub(r"(?m)^go$", "", script))
        assert_facts(made, spec)
    assert compiled > len(CASES) // 4


def assert_facts(made: Bundle, spec: dict[str, Any]) -> None:
    """Assert that the generated class holds the facts of the program and of its function, to the character."""
    program = commands.compile_program(checked(spec))
    (source,) = (file.content.decode() for file in made.files if file.path == csharp.FUNCTIONS)
    found = [lexed(each) for each in CONSTANT.findall(source)]
    assert found == [csharp.program_facts(program), csharp.function_facts(program.functions[0])]
    facts = json.loads(found[1])
    for parameter in facts["parameters"]:
        parameter.pop("pattern_utf16", None)
    assert facts == json.loads(json.dumps(describe(program.functions[0])))


def test_every_text_at_once_compiles(tmp_path: Path) -> None:
    tool("mcs", "mono-devel")
    functions = {f"f_{number}": each for number, each in enumerate(accepted())}
    assert len(functions) > len(CASES)
    spec = spec_with("description", "abc")
    made = commands.make(checked(spec | {"functions": spec["functions"] | functions}), ENGINE)
    bundle.write(made, tmp_path)
    assert [path.suffix for path in commands.run_toolchain(made, tmp_path)] == [".dll", ".sql"]


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
