"""The verbs as plain functions: what init writes is right, nothing is overwritten, a check looks everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from udfgen import commands, dialect
from udfgen.errors import MovedError, Severity, SpecError, UsageError
from udfgen.spec.schema import text as schema_text

SPEC = """
udfgen: 1
name: sensors
aws: {region: eu-west-1}
bindings: {score: {function: score-customer, qualifier: live}}
functions:
  f:
    binding: score
    parameters: {a: {type: bigint, default: 1}, b: bigint}
    grant: [app]
engines: {postgresql: {}}
environments:
  dev: {bindings: {score: {qualifier: $LATEST}}}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace(", b: bigint", ", b: {type: bigint, default: 2}"), encoding="utf-8")
    return path


def relative(paths: tuple[Path, ...], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_init_writes_a_spec_handlers_and_the_schema(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "my sensors"
    written = commands.init(folder)
    assert relative(written, folder) == [
        "spec.yaml",
        "handlers/log_event.py",
        "handlers/recent_orders.py",
        "handlers/score_customer.py",
        "udfgen.schema.json",
    ]
    assert all(path.read_text(encoding="utf-8") for path in written)
    assert (folder / "udfgen.schema.json").read_text(encoding="utf-8") == schema_text()


def test_init_writes_both_editors_modelines(tmp_path: Path) -> None:
    commands.init(tmp_path)
    lines = (tmp_path / "spec.yaml").read_text(encoding="utf-8").splitlines()
    # https://github.com/redhat-developer/yaml-language-server#using-inlined-schema
    assert "# yaml-language-server: $schema=./udfgen.schema.json" in lines[:2]
    # https://www.jetbrains.com/help/idea/yaml.html#remote_json
    assert "# $schema: ./udfgen.schema.json" in lines[:2]


def test_what_init_writes_checks_and_builds_clean(tmp_path: Path) -> None:
    folder = tmp_path / "telemetry"
    commands.init(folder)
    spec = folder / "spec.yaml"
    assert {(each.severity, each.rule) for each in commands.check(spec)} == {(Severity.WARNING, "support")}
    assert commands.read(spec).spec.name == "telemetry"
    written = relative(commands.build(spec, None, (), None), folder)
    assert {"generated/postgresql/install.sql", "generated/postgresql/uninstall.sql"} <= set(written)
    assert {path.split("/")[1] for path in written} == set(dialect.names())
    assert commands.build_check(spec, None, (), None) == ()
    assert json.loads((folder / "udfgen.schema.json").read_text(encoding="utf-8"))["title"] == "udfgen spec"


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("telemetry", "telemetry"),
        ("My Sensors-2", "my_sensors_2"),
        ("2nd", "quickstart"),
        ("x" * 41, "quickstart"),
        ("___", "quickstart"),
        ("\u00e9t\u00e9", "t"),
    ],
)
def test_init_names_the_spec_after_its_folder_where_it_can(folder: str, name: str, tmp_path: Path) -> None:
    commands.init(tmp_path / folder)
    assert commands.read(tmp_path / folder / "spec.yaml").spec.name == name


@pytest.mark.parametrize("taken", ["spec.yaml", "handlers/log_event.py", "udfgen.schema.json"])
def test_init_overwrites_nothing(taken: str, tmp_path: Path) -> None:
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=f"not overwritten: .*{taken}; choose another folder"):
        commands.init(tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [Path(taken).name]
    assert (tmp_path / taken).read_text(encoding="utf-8") == "mine"


def test_check_finds_nothing_in_a_good_spec(spec: Path) -> None:
    problems = commands.check(spec)
    assert [(each.severity, each.rule, each.origin.line) for each in problems] == [(Severity.WARNING, "unpinned", 13)]


def test_check_tells_what_an_engine_cannot_do_once(spec: Path) -> None:
    spec.write_text(SPEC, encoding="utf-8")
    errors = [each for each in commands.check(spec) if each.severity is Severity.ERROR]
    assert [(each.rule, each.origin.line) for each in errors] == [("defaults", 9)]
    with pytest.raises(SpecError, match="wants defaults last"):
        commands.build(spec, None, (), None)
    assert not (spec.parent / "generated").exists()


def test_check_returns_what_reading_raises(spec: Path) -> None:
    spec.write_text(SPEC + "nosuch: 1\nudfgen: 2\n", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        commands.read(spec)
    assert commands.check(spec) == caught.value.problems
    assert len(caught.value.problems) >= 2


def test_engines_are_those_of_the_spec(spec: Path) -> None:
    program = commands.compile_program(commands.read(spec))
    assert commands.engines(program) == commands.engines(program, ["postgresql"]) == ("postgresql",)
    with pytest.raises(
        UsageError, match='no engine is called "postgres": use one of mysql, oracle, postgresql, sqlserver'
    ):
        commands.engines(program, ["postgres"])


def test_what_was_reviewed_is_what_is_installed(spec: Path) -> None:
    commands.build(spec, None, (), None)
    bundle = commands.make(commands.read(spec), "postgresql")
    commands.require_reviewed(bundle, spec.parent / "generated")
    (spec.parent / "generated" / "postgresql" / "install.sql").unlink()
    with pytest.raises(MovedError, match=r"install.sql is missing; run `udfgen build`, review and check in the result"):
        commands.require_reviewed(bundle, spec.parent / "generated")


def test_the_example_that_ships_has_nothing_generated_in_it(tmp_path: Path) -> None:
    spec = commands.copy_quickstart(tmp_path / "copy")
    assert spec == tmp_path / "copy" / "spec.yaml"
    names = {path.name for path in spec.parent.rglob("*")}
    assert {"spec.yaml", "handlers", "demo"} <= names
    assert not {"generated", "__pycache__"} & names
