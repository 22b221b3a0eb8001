"""Each example is what it says: it checks clean, and what is checked in is what build writes today."""

from __future__ import annotations

from pathlib import Path

import pytest

from udfgen import commands, dialect
from udfgen.errors import Severity
from udfgen.spec.check import check_text

EXAMPLES = sorted(path.parent for path in (Path(__file__).resolve().parents[2] / "examples").glob("*/spec.yaml"))


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.name)
def spec(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder / "spec.yaml"


def test_there_is_a_quickstart() -> None:
    assert "quickstart" in {path.name for path in EXAMPLES}


def test_it_checks_with_no_word_but_of_what_an_engine_lacks(spec: Path) -> None:
    assert {each.rule for each in commands.check(spec)} <= {"support"}
    assert [each for each in commands.check(spec) if each.severity is Severity.ERROR] == []


def test_what_is_checked_in_is_what_build_writes(spec: Path) -> None:
    assert commands.build_check(spec, None, (), None) == (), f"run: udfgen build {spec}"
    program = commands.compile_program(commands.read(spec))
    for engine in commands.engines(program):
        assert list((spec.parent / "generated" / engine).iterdir())


def test_every_function_has_an_example(spec: Path) -> None:
    program = commands.compile_program(commands.read(spec))
    assert [function.name for function in program.functions if not function.examples] == []


def test_every_lambda_function_has_a_handler(spec: Path) -> None:
    program = commands.compile_program(commands.read(spec))
    handlers = {path.stem for path in (spec.parent / "handlers").glob("*.py")}
    assert {binding.target.replace("-", "_") for binding in program.bindings} == handlers


def test_the_demonstration_s_trigger_is_of_the_same_engines_and_fits_the_spec() -> None:
    folder = Path(__file__).resolve().parents[2] / "examples" / "quickstart"
    assert {each.name for each in (folder / "trigger").iterdir()} == {each.name for each in (folder / "demo").iterdir()}
    spec = (folder / "spec.yaml").read_text(encoding="utf-8") + (folder / "trigger.yaml").read_text(encoding="utf-8")
    assert len(check_text(spec, "spec.yaml").spec.triggers) == 1


def test_a_demonstration_is_of_an_engine_and_speaks_of_each_function(spec: Path) -> None:
    program = commands.compile_program(commands.read(spec))
    for script in (spec.parent / "demo").glob("*.sql"):
        assert script.stem in dialect.names()
        text = script.read_text(encoding="utf-8")
        assert [function.name for function in program.functions if function.name not in text] == []
