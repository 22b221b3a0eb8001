"""Statement triggers that call a batch function: the rows that pass go together, counted over the whole statement."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.live.databases import look, program, put, session, sql
from tests.live.hooks import prepare
from tests.live.sets import handle, sent
from tests.scripted import Script, ScriptedLambda
from udfgen import dialect
from udfgen.render import type_out

SPEC = """
udfgen: 1
name: hooks
aws: {{region: eu-west-1, credentials: {{source: environment}}}}
bindings:
  score: {{function: score, qualifier: live}}
  queue: {{function: queue, qualifier: live, invoke: async}}
functions:
  scored:
    binding: score
    parameters: {{id: integer, value: {{type: "decimal(9,2)", max: 1000}}, op: text}}
    returns: text
    batch: {{max_rows: 3}}
  queued: {{binding: queue, parameters: {{id: integer, note: text}}, returns: void, batch: {{wire: list, max_rows: 3}}}}
triggers:
  t: {{table: reading, level: statement, key: [id], {trigger}}}
engines:
  postgresql: {{}}
"""

ARGUMENTS = "arguments: {id: new.id, value: new.value, op: operation}"
INSERTED = f"after: [insert], call: scored, {ARGUMENTS}"

Hook = Callable[[str], str]


@pytest.fixture
def hooked(another: Callable[[str], str]) -> Hook:
    """Install the spec with a trigger beside its table; return the DSN."""

    def hook(trigger: str) -> str:
        dsn = another("")
        prepare(dsn)
        put(dsn, SPEC.format(trigger=trigger))
        return dsn

    return hook


def test_the_rows_of_a_statement_go_together(hooked: Hook, scripted: ScriptedLambda) -> None:
    """Twelve are in hand at a time."""
    dsn = hooked(INSERTED)
    handle(scripted)
    sql(dsn, "insert into reading select n, n from generate_series(1, 14) as n", "bob")
    assert [len(rows) for rows in sent(scripted)] == [3, 3, 3, 3, 2]
    assert [row for rows in sent(scripted) for row in rows] == [[n, n, "insert"] for n in range(1, 15)]
    assert look(dsn, SPEC.format(trigger=INSERTED)).is_done


def test_only_the_rows_that_pass_go(hooked: Hook, scripted: ScriptedLambda) -> None:
    dsn = hooked(f"after: [insert, update], of: [value], call: scored, when: 'new.value > 1', {ARGUMENTS}")
    handle(scripted)
    sql(dsn, "insert into reading values (1, 1), (2, 2), (3, null), (4, 4)", "bob")
    assert sent(scripted) == [[[2, 2, "insert"], [4, 4, "insert"]]]
    handle(scripted)
    sql(dsn, "update reading set value = 4 where value >= 1", "bob")
    ((first, second),) = sent(scripted)
    assert sorted([first, second]) == [[1, 4, "update"], [2, 4, "update"]]


def test_no_row_calls_nothing(hooked: Hook, scripted: ScriptedLambda) -> None:
    """Also where the binding is switched off: nothing is asked of it."""
    dsn = hooked(f"{INSERTED}, when: 'new.value > 1'")
    switch(dsn, "off")
    handle(scripted)
    sql(dsn, "insert into reading values (1, 1); insert into reading select 1 where false", "bob")
    assert sent(scripted) == []


def test_a_void_function_takes_the_rows_of_before(hooked: Hook, scripted: ScriptedLambda) -> None:
    dsn = hooked("after: [delete], call: queued, arguments: {id: old.id, note: old.note}")
    sql(dsn, "insert into reading (id, note) values (1, 'a'), (2, null)", "bob")
    scripted.play(Script(b"", 202))
    sql(dsn, "delete from reading", "bob")
    assert [request.body for request in scripted.requests] == [b'[{"id":1,"note":"a"},{"id":2,"note":null}]']


def test_a_row_that_fails_takes_the_statement_back(hooked: Hook, scripted: ScriptedLambda) -> None:
    dsn = hooked(INSERTED)
    handle(scripted)
    with pytest.raises(psycopg.Error, match=r'score: row 14: argument "value": must be at most 1000') as caught:
        sql(dsn, "insert into reading select n, case n when 14 then 2000 else n end from generate_series(1, 20) as n")
    assert caught.value.sqlstate == "UL008"
    assert [len(rows) for rows in sent(scripted)] == [3, 3, 3, 3]
    assert sql(dsn, "select count(*) from reading") == [(0,)]


def switch(dsn: str, mode: str) -> None:
    """Set a mode as `udfgen switch` does."""
    text = SPEC.format(trigger=INSERTED)
    with session(dsn) as opened:
        lower = dialect.load("postgresql").part("lower")
        opened.run(type_out("postgresql", lower.switch(program(text), "score", mode)))


def test_a_binding_that_is_off_refuses_the_statement(hooked: Hook, scripted: ScriptedLambda) -> None:
    dsn = hooked(INSERTED)
    switch(dsn, "off")
    handle(scripted)
    with pytest.raises(psycopg.Error) as caught:
        sql(dsn, "insert into reading values (1, 1)", "bob")
    assert caught.value.sqlstate == "UL010"
    assert sql(dsn, "select count(*) from reading") == [(0,)]


def test_a_binding_that_is_off_is_skipped_where_the_spec_says_so(hooked: Hook, scripted: ScriptedLambda) -> None:
    dsn = hooked(f"{INSERTED}, when_off: skip")
    switch(dsn, "off")
    handle(scripted)
    sql(dsn, "insert into reading values (1, 1)", "bob")
    assert sent(scripted) == []
    assert sql(dsn, "select count(*) from reading") == [(1,)]
