"""The block that mends the switch's table: its queries and statements run by H2, and what the core makes of the rows.

H2 knows no PL/SQL. So each loop of the block is taken apart: its query is run, then its statement for each row.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from tests.conformance import jvm_runner
from tests.conformance.jvm_runner import JvmRunner
from tests.jvm.databases import H2
from tests.scripted import Script, ScriptedLambda
from udfgen import commands
from udfgen.bundle import Bundle
from udfgen.errors import CallError
from udfgen.ir import Program
from udfgen.render import render
from udfgen.spec import check

SPEC = """
udfgen: 1
name: mended
aws: {region: eu-west-1, endpoint: "ENDPOINT", credentials: {source: environment}}
bindings: {score: {function: score}}
functions:
  score: {binding: score, returns: {type: bigint, path: $.n}}
engines: {oracle: {}}
"""
TABLE = '"UDFGEN$MENDED$SWITCH"'
TYPES = '("BINDING" varchar(128) primary key, "MODE" varchar(7))'
COLUMNS = "select column_name, data_type from information_schema.columns where table_name = '{}' order by 1"
DICTIONARY = "create view user_tab_columns as select table_name, column_name from information_schema.columns"
LOOPS = re.compile(r"for (\w+) in \((.*?)\) loop\n\s+execute immediate (.*?);\n\s+end loop;", re.DOTALL)
WORDS = ((r"drop \((.*)\) cascade constraints", r"drop column \1"),)
"""What H2 says in other words."""

LOOK_SECONDS = 1.05
"""A session looks at its switch once a second."""

DAMAGE = {
    "without modes": (f'alter table {TABLE} drop column "MODE"', "off"),
    "with a column more": (f"alter table {TABLE} add \"NOTE\" varchar(9) default 'x'", "dry_run"),
    "with another column for the mode": (f'alter table {TABLE} alter column "MODE" rename to "Mode"', "off"),
}
"""What was done by hand, and what becomes of a binding that was switched to dry runs."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ScriptedLambda]:
    with ScriptedLambda() as running:
        yield running


@pytest.fixture(scope="module")
def program(endpoint: ScriptedLambda) -> Program:
    return commands.compile_program(check.check_text(SPEC.replace("ENDPOINT", endpoint.url), "spec.yaml"))


@pytest.fixture(scope="module")
def made(program: Program) -> Bundle:
    return render(commands.lower(program, "oracle"))


@pytest.fixture(scope="module")
def block(made: Bundle) -> str:
    """The statement of install.sql."""
    (sql,) = (each.statements[1].sql for each in made.objects if each.key.kind == "switch")
    return sql


@pytest.fixture(scope="module")
def started(program: Program, made: Bundle, endpoint: ScriptedLambda) -> Iterator[JvmRunner]:
    """The installed Java."""
    with jvm_runner.running("oracle-h2", program, made, H2, endpoint.environment()) as running:
        running.run(DICTIONARY)
        yield running


@pytest.fixture
def runner(started: JvmRunner, endpoint: ScriptedLambda) -> JvmRunner:
    """The same, with a new table, and a binding that is switched to dry runs."""
    in_schema(started, f"drop table {TABLE}", f"create table {TABLE} {TYPES}")
    started.switch("score", "dry_run")
    endpoint.play(Script(b"", 204))
    return started


def in_schema(runner: JvmRunner, *statements: str) -> None:
    """Run statements as the schema would."""
    for each in ('set schema "MENDED"', *statements, "set schema public"):
        runner.run(each)


def mend(runner: JvmRunner, block: str) -> list[str]:
    """Do what the loops of the block do, in their order; return the statements."""
    done = []
    for name, query, statement in LOOPS.findall(block):
        columns = re.findall(rf"{name}\.(\w+)", statement)
        for row in runner.run(query.replace("user_tab_columns", "public.user_tab_columns"), *["text"] * len(columns)):
            given = dict(zip(columns, row, strict=True))
            done.append("".join(spelled(each, given) for each in statement.split(" || ")))
            in_schema(runner, *(re.sub(pattern, words, done[-1]) for pattern, words in WORDS))
    return done


def spelled(part: str, row: dict[str, str | None]) -> str:
    """Return a part of a statement that is strung together: a literal, or a column of the loop's row."""
    return part[1:-1] if part.startswith("'") else row[part.partition(".")[2]] or ""


@pytest.mark.parametrize("name", DAMAGE)
def test_a_table_that_was_changed_is_mended_and_its_rows_stay(
    runner: JvmRunner, endpoint: ScriptedLambda, block: str, name: str
) -> None:
    damage, mode = DAMAGE[name]
    whole = runner.run(COLUMNS.format(TABLE.strip('"')), "text", "text")
    in_schema(runner, damage)
    assert runner.run(COLUMNS.format(TABLE.strip('"')), "text", "text") != whole
    assert mend(runner, block)
    assert runner.run(COLUMNS.format(TABLE.strip('"')), "text", "text") == whole
    assert runner.modes() == {"score": "dry_run" if mode == "dry_run" else None}
    time.sleep(LOOK_SECONDS)
    if mode == "dry_run":
        assert runner.call("score", {}) == [{"result": None}]
    else:
        with pytest.raises(CallError, match=r"\[udfgen disabled\]: score: it is switched off"):
            runner.call("score", {})
    assert len(endpoint.requests) == (mode == "dry_run")
    runner.switch("score", "off")
    assert runner.modes() == {"score": "off"}


def test_a_table_without_bindings_keeps_its_rows_too(runner: JvmRunner, block: str) -> None:
    """Nothing is left of what they were for: they switch nothing off."""
    in_schema(runner, f'alter table {TABLE} add "Z" integer', f"alter table {TABLE} drop constraint {key(runner)}")
    in_schema(runner, f'alter table {TABLE} drop column "BINDING"', f'alter table {TABLE} drop column "MODE"')
    done = mend(runner, block)
    assert [re.sub(r".*SWITCH\" ", "", each) for each in done] == [
        'add ("BINDING" varchar2(128))',
        'add ("MODE" varchar2(7))',
        'drop ("Z") cascade constraints',
    ]
    assert runner.modes() == {None: None}
    runner.switch("score", "off")
    assert runner.modes() == {None: None, "score": "off"}


def key(runner: JvmRunner) -> str:
    """Return the quoted name of the table's primary key."""
    query = f"select constraint_name from information_schema.table_constraints where table_name = '{TABLE[1:-1]}'"
    ((name,),) = runner.run(query, "text")
    return f'"{name}"'


def test_a_table_as_it_should_be_is_left_alone(runner: JvmRunner, block: str) -> None:
    assert mend(runner, block) == []
