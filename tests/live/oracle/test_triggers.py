"""What only a real Oracle can answer about triggers, the switch and the drop-in names: PL/SQL runs nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from time import sleep

import pytest

from tests.live.oracle.places import ALL, TABLE, Place
from tests.scripted import Script, ScriptedLambda
from udfgen import switch
from udfgen.connect import Session
from udfgen.errors import CallError, RefusedError
from udfgen.plan import Verdict
from udfgen.state import Mode

INSERT = "insert into live_readings (n, value, note) values ({})"
STATUS = "select trigger_name, status from user_triggers where trigger_name like 'LIVE%' order by 1"


@pytest.fixture
def table(place: Place) -> Iterator[Place]:
    """The schema with the table, and without any trigger on it."""
    with suppress(CallError):
        place.rows('drop table "LIVE_READINGS" purge')
    place.rows(TABLE)
    yield place
    place.remove()
    place.rows('drop table "LIVE_READINGS" purge')


@pytest.fixture
def installed(table: Place, scripted: ScriptedLambda) -> Place:
    """The schema with the spec in it, and an endpoint that answers."""
    table.put(table.triggered)
    scripted.play(Script(b"", 202))
    return table


def turn(place: Place, binding: str, mode: Mode) -> None:
    """Switch a binding, and wait until every session has seen it."""
    text = place.triggered
    with place.session() as opened:
        switch.turn(place.program(text), place.bundle(text), opened, binding, mode)
    sleep(1.1)


def sent(scripted: ScriptedLambda) -> list[dict[str, object]]:
    """Return the payloads of all calls."""
    return [json.loads(request.body) for request in scripted.requests]


def test_the_dictionary_reports_what_was_recorded(table: Place) -> None:
    """The text of a trigger in USER_SOURCE, its table and status in USER_TRIGGERS."""
    table.put(table.triggered)
    assert table.rows(STATUS) == [("LIVE_EACH", "ENABLED"), ("LIVE_END", "ENABLED")]
    assert table.look(table.triggered).is_done
    table.put(table.text)
    assert table.rows(STATUS) == []


@pytest.mark.parametrize(
    "change",
    [
        'alter trigger "LIVE_EACH" disable',
        'drop trigger "LIVE_END"',
        'create or replace trigger "LIVE_EACH" after insert on "LIVE_READINGS" begin null; end;',
        'grant select on "UDFGEN$UDFGEN_LIVE$SWITCH" to public',
        'grant update ("MODE") on "UDFGEN$UDFGEN_LIVE$SWITCH" to public',
        'alter table "UDFGEN$UDFGEN_LIVE$SWITCH" add (note varchar2(9))',
    ],
)
def test_a_change_by_hand_is_seen_and_put_right(table: Place, change: str) -> None:
    table.put(table.triggered)
    table.rows(change)
    assert {each.verdict for each in table.look(table.triggered).work} <= {Verdict.DRIFT, Verdict.MISSING}
    table.put(table.triggered, allowed=ALL)
    assert table.look(table.triggered).is_done


def test_a_table_that_is_missing_is_told_before_anything_is_done(place: Place) -> None:
    with suppress(CallError):
        place.rows('drop table "LIVE_READINGS" purge')
    with pytest.raises(RefusedError, match='there is no table "LIVE_READINGS" in this schema'):
        place.put(place.triggered)


def test_each_row_is_sent_as_it_is_written(installed: Place, scripted: ScriptedLambda) -> None:
    installed.rows(INSERT.format("1, 2.5, 'a'"))
    installed.rows(INSERT.format("0, 2.5, 'a'"))
    (call,) = sent(scripted)
    user = installed.rows("select user from dual")[0][0]
    assert (call["n"], call["value"], call["note"], call["what"], call["who"]) == (1, 2.5, "a", "insert", user)


def test_an_update_counts_by_value_also_of_a_clob(installed: Place, scripted: ScriptedLambda) -> None:
    installed.rows(INSERT.format("1, 2.5, 'a'"))
    for change, calls in (("note = 'a', value = 2.50", 1), ("note = 'b'", 2), ("note = null", 3), ("note = null", 3)):
        installed.rows(f"update live_readings set {change}")
        assert len(scripted.requests) == calls
    installed.rows("delete from live_readings")
    assert [each["what"] for each in sent(scripted)] == ["insert", "update", "update", "delete"]


def test_the_rows_of_a_statement_share_its_time(installed: Place, scripted: ScriptedLambda) -> None:
    installed.rows("insert into live_readings (n) select level from dual connect by level <= 3")
    calls = sent(scripted)
    assert sorted(each["n"] for each in calls) == [1, 2, 3]  # type: ignore[type-var]
    assert len({each["at"] for each in calls}) == 1


def test_the_end_of_a_statement_sends_each_row(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"a": "x"}'))
    installed.rows("insert into live_readings (n, note) select -level, to_char(level) from dual connect by level <= 3")
    assert sorted(each["a"] for each in sent(scripted)) == ["1", "2", "3"]  # type: ignore[type-var]


def test_a_call_that_fails_takes_the_statement_back(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"message": "no"}', status=404))
    with pytest.raises(CallError, match=r"\[udfgen not_found\]"):
        installed.rows(INSERT.format("1, 1, null"))
    assert installed.rows("select count(*) from live_readings") == [(0,)]


def test_what_is_off_stops_a_write_unless_it_is_passed_by(installed: Place, scripted: ScriptedLambda) -> None:
    turn(installed, "queued", Mode.OFF)
    turn(installed, "plain", Mode.OFF)
    with pytest.raises(CallError, match=r"\[udfgen disabled\]: queued: it is switched off"):
        installed.rows(INSERT.format("1, 1, null"))
    installed.rows(INSERT.format("-1, 1, null"))
    assert scripted.requests == []
    turn(installed, "queued", Mode.DRY_RUN)
    scripted.play(Script(b"", 204))
    installed.rows(INSERT.format("1, 1, null"))
    assert [each.header("x-amz-invocation-type") for each in scripted.requests] == ["DryRun"]


def test_whoever_may_write_needs_no_right_on_the_function(
    installed: Place, scripted: ScriptedLambda, caller: Session
) -> None:
    schema, grantee = (
        each for (each,) in (*installed.rows("select user from dual"), *caller.rows("select user from dual")[1])
    )
    installed.rows(f'grant insert on "LIVE_READINGS" to "{grantee}"')
    caller.rows(f'insert into "{schema}"."LIVE_READINGS" (n) values (1)')
    assert [each["who"] for each in sent(scripted)] == [grantee]
    for sql in (
        f'begin "{schema}"."LIVE_READING"(1, null, null, null, null, null); end;',
        f'select * from "{schema}"."UDFGEN$UDFGEN_LIVE$SWITCH"',
    ):
        with pytest.raises(CallError, match=r"ORA-(00904|00942|01031|06550)"):
            caller.rows(sql)


def test_the_names_of_2016_take_and_give_varchar2(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"b": 1}'))
    assert installed.rows("""select awslambda_fn('plain', '{"a": 1}') from dual""") == [('{"b": 1}',)]
    scripted.play(Script(b"", 202))
    assert installed.rows("select awslambda_fn_async(fn_name => 'queued:live', fn_argsjson => null) from dual") == [
        (None,)
    ]
    installed.rows("begin awslambda_proc('queued', '{}'); end;")
    assert [each.body for each in scripted.requests] == [b"null", b"{}"]
