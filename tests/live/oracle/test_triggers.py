"""What only a real Oracle can answer about triggers, the switch and the drop-in names: PL/SQL runs nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.live.oracle.places import ALL, TABLE, Place, turn
from tests.scripted import Script, ScriptedLambda
from udfgen.connect import Session
from udfgen.errors import CallError, InstallError, RefusedError
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


def sent(scripted: ScriptedLambda) -> list[dict[str, object]]:
    """Return the payloads of all calls."""
    return [json.loads(request.body) for request in scripted.requests]


def test_the_dictionary_reports_what_was_recorded(table: Place) -> None:
    """The text of a trigger in USER_SOURCE, its table and status in USER_TRIGGERS."""
    table.put(table.triggered)
    assert table.rows(STATUS) == [(each, "ENABLED") for each in ("LIVE_EACH", "LIVE_END", "LIVE_LOBS_AT_END")]
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
        'alter table "UDFGEN$UDFGEN_LIVE$SWITCH" drop ("MODE")',
        'alter table "UDFGEN$UDFGEN_LIVE$SWITCH" drop ("BINDING")',
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
    turn(installed, "queued", Mode.OFF, installed.triggered)
    turn(installed, "plain", Mode.OFF, installed.triggered)
    with pytest.raises(CallError, match=r"\[udfgen disabled\]: queued: it is switched off"):
        installed.rows(INSERT.format("1, 1, null"))
    installed.rows(INSERT.format("-1, 1, null"))
    assert scripted.requests == []
    turn(installed, "queued", Mode.DRY_RUN, installed.triggered)
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


def test_skip_hides_nothing_but_the_switch(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"message": "no"}', status=404))
    with pytest.raises(CallError, match=r"\[udfgen not_found\]"):
        installed.rows(INSERT.format("-1, 1, 'a'"))
    assert installed.rows("select count(*) from live_readings") == [(0,)]


def test_an_argument_that_does_not_fit_fails_the_write(installed: Place, scripted: ScriptedLambda) -> None:
    with pytest.raises(CallError, match=r"\[udfgen bad_argument\]: queued: argument \"n\""):
        installed.rows(INSERT.format("1.5, 1, null"))
    assert installed.rows("select count(*) from live_readings") == [(0,)]
    assert scripted.requests == []


def test_arguments_do_not_depend_on_the_session(installed: Place, scripted: ScriptedLambda) -> None:
    with installed.session() as opened:
        for setting in ("nls_numeric_characters = ',.'", "nls_date_format = 'DD'", "time_zone = '+05:45'"):
            opened.rows(f"alter session set {setting}")
        opened.rows("insert into live_readings (n, value, day) values (1000, 25/10, timestamp '2026-02-03 04:05:06')")
    found = {call["n"]: call for call in sent(scripted) if "day" in call}
    assert found[1000]["day"] == "2026-02-03T04:05:06"
    assert [call["value"] for call in sent(scripted) if "value" in call] == [2.5]


def test_one_statement_may_be_three_events(installed: Place, scripted: ScriptedLambda) -> None:
    """MERGE: each row once, with its own operation, and one time for all of them."""
    installed.rows(INSERT.format("1, 1, 'stays'"))
    installed.rows(INSERT.format("2, 2, 'goes'"))
    scripted.play(Script(b"", 202))
    installed.rows(
        "merge into live_readings t using (select level n from dual connect by level <= 3) s on (t.n = s.n) "
        "when matched then update set t.value = t.value + 10 delete where t.n = 2 "
        "when not matched then insert (n, value) values (s.n, 3)"
    )
    calls = sent(scripted)
    assert sorted((call["n"], call["what"]) for call in calls if call["what"] != "update") == [
        (2, "delete"),
        (3, "insert"),
    ]
    assert (1, "update", 11) in [(call["n"], call["what"], call["value"]) for call in calls]
    assert len({call["at"] for call in calls}) == 1
    assert None not in [call["at"] for call in calls]


def test_a_key_that_changes_leaves_old_and_new_in_a_pair(installed: Place, scripted: ScriptedLambda) -> None:
    installed.rows(INSERT.format("1, 1, 'a'"))
    scripted.play(Script(b"", 202))
    installed.rows("update live_readings set n = 7, value = 2")
    assert [(call["n"], call["value"], call["what"]) for call in sent(scripted)] == [(7, 2.0, "update")]


LARGE = "rpad('x', 4000, 'x')"
LOBS = "select nvl(sum(cache_lobs + nocache_lobs + abstract_lobs), 0) from v$temporary_lobs where sid = userenv('SID')"


def test_lobs_of_many_rows_arrive_at_the_end_of_their_statement(installed: Place, scripted: ScriptedLambda) -> None:
    """Each with its own text, also where the row is gone by then."""
    installed.rows(
        f"insert into live_readings (n, note, raw) select 999 + level, to_clob({LARGE}) || level, "
        "to_blob(hextoraw(lpad(to_char(level), 2, '0'))) from dual connect by level <= 20"
    )
    found = [call for call in sent(scripted) if "raw" in call]
    assert {call["n"]: str(call["note"])[4000:] for call in found} == {999 + each: str(each) for each in range(1, 21)}
    assert {call["raw"] for call in found} >= {"AQ==", "IA=="}
    scripted.play(Script(b"", 202))
    installed.rows("delete from live_readings")
    gone = [call for call in sent(scripted) if "raw" in call]
    assert sorted(str(call["note"])[4000:] for call in gone) == sorted(str(each) for each in range(1, 21))


@pytest.mark.parametrize("status", [202, 404])
def test_no_temporary_lob_is_left(installed: Place, scripted: ScriptedLambda, status: int) -> None:
    scripted.play(Script(b"{}", status))
    with installed.session() as opened:
        try:
            before = opened.rows(LOBS)[1]
        except CallError:
            pytest.skip("the schema may not read v$temporary_lobs: grant select on v_$temporary_lobs")
        for _ in range(10):
            with suppress(CallError):
                opened.rows("insert into live_readings (n, note) values (1000, 'a')")
        assert opened.rows(LOBS)[1] == before


HOSTILE = "a -- ' ; & %s {0} \\ q'["
"""A name and a text with what SQL, PL/SQL, SQL*Plus and format() could get wrong."""


def test_names_and_literals_of_others_are_quoted(installed: Place, scripted: ScriptedLambda) -> None:
    quoted, literal = f'"{HOSTILE}"', "'" + HOSTILE.replace("'", "''") + "'"
    with suppress(CallError):
        installed.rows(f"drop table {quoted} purge")
    installed.rows(f"create table {quoted} ({quoted} varchar2(100), n number)")
    yaml = {name: "'" + text.replace("'", "''") + "'" for name, text in (("table", quoted), ("text", literal))}
    condition = "'" + f"new.{quoted} = {literal}".replace("'", "''") + "'"
    trigger = (
        f"  live_odd: {{table: {yaml['table']}, after: [insert], call: live_reading, when: {condition}, "
        f"arguments: {{n: new.n, value: new.n, note: {yaml['text']}, at: time, what: operation, who: table}}}}\ncompat:"
    )
    installed.put(installed.triggered.replace("compat:", trigger))
    try:
        scripted.play(Script(b"", 202))
        for text in (literal, "'x'"):
            installed.rows(f"insert into {quoted} values ({text}, 1)")
        assert [(call["note"], call["who"]) for call in sent(scripted)] == [(HOSTILE, HOSTILE)]
    finally:
        installed.put(installed.triggered)
        installed.rows(f"drop table {quoted} purge")


def test_what_a_user_writes_may_call_nothing(table: Place, scripted: ScriptedLambda, caller: Session) -> None:
    """Who logged in counts, not whose table it is."""
    ((schema,), (grantee,)) = (*table.rows("select user from dual"), *caller.rows("select user from dual")[1])
    table.put(table.triggered.replace("unless_user: [sys]", f"unless_user: [{grantee.lower()}]"))
    table.rows(f'grant insert on "LIVE_READINGS" to "{grantee}"')
    scripted.play(Script(b"", 202))
    caller.rows(f'insert into "{schema}"."LIVE_READINGS" (n) values (1)')
    assert scripted.requests == []
    table.rows("insert into live_readings (n) values (1)")
    assert len(scripted.requests) == 1


def test_a_statement_that_fails_before_its_end_sends_nothing_at_its_end(
    installed: Place, scripted: ScriptedLambda
) -> None:
    installed.rows("alter table live_readings add constraint live_small check (n > -3)")
    with pytest.raises(CallError, match="ORA-02290"):
        installed.rows("insert into live_readings (n, note) select -level, 'a' from dual connect by level <= 3")
    assert scripted.requests == []


def test_by_hand_a_trigger_of_somebody_else_is_refused(table: Place) -> None:
    """What stands in intend.sql, in a session that is not udfgen's own."""
    table.rows('create trigger "LIVE_EACH" before insert on "LIVE_READINGS" begin null; end;')
    opening = table.bundle(table.triggered).opening
    with table.session() as opened:
        opened.rows("begin dbms_application_info.set_module('SQL*Plus', null); end;")
        opened.run(opening[0])
        with pytest.raises(InstallError, match="ORA-20000: trigger LIVE_EACH is there on LIVE_READINGS, and not from"):
            opened.run(opening[1])
    assert table.rows(STATUS) == [("LIVE_EACH", "ENABLED")]
    with pytest.raises(RefusedError, match="trigger LIVE_EACH is there, but not from this install"):
        table.put(table.triggered)
    table.put(table.triggered, allowed=ALL)
    assert table.look(table.triggered).is_done


def test_a_view_is_no_table(table: Place) -> None:
    table.rows('create or replace view "LIVE_VIEW" as select * from "LIVE_READINGS"')
    try:
        with pytest.raises(RefusedError, match='"LIVE_VIEW" is a view, which no trigger can follow'):
            table.put(table.triggered.replace("table: live_readings", "table: live_view", 1))
    finally:
        table.rows('drop view "LIVE_VIEW"')


def test_the_names_of_2016_take_and_give_varchar2(installed: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"b": 1}'))
    assert installed.rows("""select awslambda_fn('plain', '{"a": 1}') from dual""") == [('{"b": 1}',)]
    scripted.play(Script(b"", 202))
    assert installed.rows("select awslambda_fn_async(fn_name => 'queued:live', fn_argsjson => null) from dual") == [
        (None,)
    ]
    installed.rows("begin awslambda_proc('queued', '{}'); end;")
    assert [each.body for each in scripted.requests] == [b"null", b"{}"]
