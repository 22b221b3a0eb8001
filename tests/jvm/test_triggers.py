"""Triggers as they stand in install.sql, their conditions and arguments run by Derby: what counts, and what is sent.

Derby knows no PL/SQL. So each trigger is taken apart, and its own SQL stands in triggers of Derby's: one for each
event, which calls the installed Java with what the PL/SQL would pass. What PL/SQL's `if` does with NULL, CASE does.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest

from tests.conformance import jvm_runner
from tests.conformance.jvm_runner import JvmRunner
from tests.jvm.databases import DERBY
from tests.jvm.jvm import Refused
from tests.scripted import Script, ScriptedLambda
from udfgen import commands
from udfgen.bundle import Bundle
from udfgen.render import render
from udfgen.spec import check

SPEC = """
udfgen: 1
name: sensors
aws: {region: eu-west-1, endpoint: "ENDPOINT", credentials: {source: environment}}
bindings:
  queued: {function: log-reading, qualifier: live, invoke: async}
  score: {function: score-customer, qualifier: live}
functions:
  log_reading:
    binding: queued
    parameters:
      at: timestamp
      day: date
      value: decimal(9,2)
      flag: boolean
      note: {type: text, default: "it's"}
      who: varchar(200)
      raw: bytes
      what: varchar(10)
    returns: void
  score_it:
    binding: score
    parameters: {value: bigint, moment: timestamptz}
    returns: {type: bigint, path: $.score}
triggers:
  readings:
    table: temp_reading
    after: [insert, update, delete]
    of: [value, note]
    key: [id]
    when: coalesce(new.value, old.value) > 0 and (new.kind is distinct from old.kind or not (old.kind in ('x', 'y')))
    call: log_reading
    arguments:
      at: new.taken
      day: new.day
      value: coalesce(new.value, - old.value) * 2 - 0.5
      flag: true
      who: upper(user)
      raw: new.raw
      what: operation
    unless_user: [lambda_writer]
  scores: {table: scored, after: [insert], call: score_it, arguments: {value: abs(new.n), moment: new.moment}}
engines: {oracle: {version: 23}}
"""
COLUMNS = "id int, value decimal(9,2), note varchar(100), kind varchar(9), taken timestamp, day timestamp, raw blob"
TABLES = (f"create table temp_reading ({COLUMNS})", "create table scored (n bigint, moment timestamp)")
WORDS = (
    (r':new\."(\w+)"', r'n."\1"'),
    (r':old\."(\w+)"', r'o."\1"'),
    (r"sys_context\('USERENV', 'SESSION_USER'\)", "current_user"),
    (r"not nvl\((.*), false\)$", r"not (case when \1 then true else false end)"),
)
"""What Derby says in other words."""

INSERTED = (1, "2.50", "'a'", "'k'", "timestamp('2024-02-29 01:02:03.5')", "timestamp('2024-02-29 00:00:00')")
INSERT = f"insert into temp_reading values ({', '.join(map(str, INSERTED))}, cast(x'00ff' as blob))"


def derby(text: str, event: str) -> str:
    """Return an expression of a trigger in Derby's words, for one event; rows that the event lacks are NULL."""
    for pattern, words in WORDS:
        text = re.sub(pattern, words, re.sub(r"\s+", " ", text))
    for word, name in (("inserting", "insert"), ("updating", "update"), ("deleting", "delete")):
        text = re.sub(rf"\b{word}\b", "(1 = 1)" if event == name else "(1 = 0)", text)
    missing = {"insert": "o", "delete": "n"}.get(event)
    return re.sub(rf'\b{missing}\."(\w+)"', lambda found: TYPED[found[1]], text) if missing else text


TYPED = {
    name.upper(): f"cast(null as {type_})"
    for table in TABLES
    for name, type_ in re.findall(r"(\w+) ((?:int|bigint|decimal\(9,2\)|varchar\(\d+\)|timestamp|blob))", table)
}


def parts(made: Bundle, name: str) -> tuple[str, list[str], list[str], list[str]]:
    """Return a trigger's table, its events, what it passes by, and its call's arguments."""
    (sql,) = (each.statements[1].sql for each in made.objects if str(each.key) == f"trigger {name}")
    events, table = re.findall(r'^after ([a-z ]+) on "(\w+)"$', sql, re.MULTILINE)[0]
    passes = re.findall(r"^    if (.*?) then\n +return;$", sql, re.MULTILINE | re.DOTALL)
    call = re.findall(r'^    (?:"udfgen_dropped" := )?"\w+"\(\n(.*?)\n    \);$', sql, re.MULTILINE | re.DOTALL)[0]
    return table, events.split(" or "), passes, re.split(r',?\n? *"\w+" => ', call)[1:]


def triggers(made: Bundle, name: str, called: str, verb: str) -> Iterator[str]:
    """Yield a trigger of Derby's for each event: https://db.apache.org/derby/docs/10.14/ref/rrefsqlj43125.html."""
    table, events, passes, given = parts(made, name)
    rows = {"insert": "new as n", "update": "old as o new as n", "delete": "old as o"}
    for event in events:
        cases = " ".join(f"when {derby(each, event)} then false" for each in passes)
        condition = f"when (case {cases} else true end)" if passes else ""
        arguments = ", ".join(derby(each, event) for each in given)
        yield (
            f'create trigger "{name}_{event}" after {event} on {table} referencing {rows[event]} for each row '
            f"{condition} {verb} {called}({arguments})"
        )


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ScriptedLambda]:
    with ScriptedLambda() as running:
        yield running


@pytest.fixture(scope="module")
def runner(endpoint: ScriptedLambda) -> Iterator[JvmRunner]:
    program = commands.compile_program(check.check_text(SPEC.replace("ENDPOINT", endpoint.url), "spec.yaml"))
    made = render(commands.lower(program, "oracle"))
    with jvm_runner.running("oracle-derby", program, made, DERBY, endpoint.environment()) as running:
        for statement in (
            *TABLES,
            *triggers(made, "READINGS", running.called("log_reading"), "call"),
            *triggers(made, "SCORES", running.called("score_it"), "values"),
        ):
            running.run(statement)
        yield running


@pytest.fixture(autouse=True)
def clean(runner: JvmRunner, endpoint: ScriptedLambda) -> None:
    """Empty the tables; what that calls is forgotten."""
    endpoint.play(Script(b"", 202))
    for table in ("temp_reading", "scored"):
        runner.run(f"delete from {table}")
    endpoint.play(Script(b"", 202))


def sent(endpoint: ScriptedLambda) -> list[dict[str, object]]:
    """Return the payloads of all calls."""
    return [json.loads(request.body) for request in endpoint.requests]


def test_an_insert_sends_the_new_row(runner: JvmRunner, endpoint: ScriptedLambda) -> None:
    runner.run(INSERT)
    (request,) = endpoint.requests
    assert request.header("x-amz-invocation-type") == "Event"
    assert request.body == (
        b'{"at":"2024-02-29T01:02:03.5","day":"2024-02-29","value":4.50,"flag":true,"note":"it\'s",'
        b'"who":"APP","raw":"AP8=","what":"insert"}'
    )


def test_a_delete_sends_what_the_old_row_had(runner: JvmRunner, endpoint: ScriptedLambda) -> None:
    runner.run(INSERT)
    endpoint.play(Script(b"", 202))
    runner.run("delete from temp_reading")
    (call,) = sent(endpoint)
    assert (call["at"], call["raw"], call["value"], call["what"]) == (None, None, -5.5, "delete")


UPDATES = {
    "value = 2.5": 0,
    "value = value, note = note": 0,
    "value = 2.51": 1,
    "note = null": 1,
    "note = 'b', value = 2.50": 1,
    "kind = 'x'": 0,
    "id = 2, day = null": 0,
    "value = -1": 0,
    "value = null": 1,
}
"""What is changed of the inserted row, and how many calls that makes."""


@pytest.mark.parametrize("change", UPDATES)
def test_an_update_counts_by_the_values_of_its_columns(
    runner: JvmRunner, endpoint: ScriptedLambda, change: str
) -> None:
    runner.run(INSERT)
    endpoint.play(Script(b"", 202))
    runner.run(f"update temp_reading set {change}")
    assert len(endpoint.requests) == UPDATES[change]


def test_null_that_stays_null_is_no_change(runner: JvmRunner, endpoint: ScriptedLambda) -> None:
    runner.run(INSERT.replace("'a'", "null"))
    endpoint.play(Script(b"", 202))
    runner.run("update temp_reading set note = null, value = 2.50")
    assert endpoint.requests == []
    runner.run("update temp_reading set note = 'b'")
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("old", "new", "calls"),
    [("k", "k", 1), ("x", "x", 0), ("x", "y", 1), (None, None, 0), (None, "x", 1), ("x", None, 1)],
)
def test_a_condition_counts_when_it_is_true(
    runner: JvmRunner, endpoint: ScriptedLambda, old: str | None, new: str | None, calls: int
) -> None:
    """Neither when it is false nor when it is NULL; `is distinct from` is never NULL."""
    was, is_ = ("null" if each is None else f"'{each}'" for each in (old, new))
    runner.run(INSERT.replace("'k'", was))
    endpoint.play(Script(b"", 202))
    runner.run(f"update temp_reading set value = value + 1, kind = {is_}")
    assert len(endpoint.requests) == calls


def test_every_row_of_a_statement_is_a_call(runner: JvmRunner, endpoint: ScriptedLambda) -> None:
    values = ", ".join(f"({each}, cast(null as timestamp))" for each in (-3, 4))
    endpoint.play(Script(b'{"score": 7}'))
    runner.run(f"insert into scored values {values}")
    assert sent(endpoint) == [{"value": 3, "moment": None}, {"value": 4, "moment": None}]


def test_a_call_that_fails_takes_the_write_back(runner: JvmRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(Script(b'{"message": "no"}', status=404))
    with pytest.raises(Refused, match=r"\[udfgen not_found\]: score: "):
        runner.run("insert into scored values (1, null)")
    assert runner.run("select n from scored", "number") == []


def test_a_binding_that_is_off_stops_writes_unless_the_trigger_passes_it_by(
    runner: JvmRunner, endpoint: ScriptedLambda
) -> None:
    """The code by which the PL/SQL tells is the one that its function takes out of the text."""
    runner.switch("score", "off")
    assert runner.modes() == {"score": "off"}
    try:
        sleep_a_second()
        with pytest.raises(Refused, match=r"\[udfgen disabled\]: score: it is switched off"):
            runner.run("insert into scored values (1, null)")
    finally:
        runner.switch("score", "live")
        sleep_a_second()
    assert endpoint.requests == []
    assert runner.modes() == {}


def sleep_a_second() -> None:
    """Wait until the core looks at the switch again."""
    time.sleep(1.05)
