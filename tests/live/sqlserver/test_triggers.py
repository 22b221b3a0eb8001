"""Triggers on somebody's table: what is sent for which write, what the switch does, what stops an install."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.sqlserver.places import ALL, Place
from tests.scripted import Script, ScriptedLambda
from udfgen import switch
from udfgen.connect import Session
from udfgen.errors import CallError, InstallError, RefusedError
from udfgen.plan import Verdict
from udfgen.state import Mode

TRIGGERS = """
triggers:
  live_watch:
    table: udfgen_live_orders
    after: [insert, update, delete]
    of: [amount, name]
    key: [code]
    when: coalesce(new.amount, old.amount) > 5
    call: live_note
    arguments: {code: "coalesce(new.code, old.code)", what: operation, name: new.name, was: old.name}
    unless_user: [udfgen_live_writer]
    when_off: skip
"""
FUNCTION = """  live_note:
    binding: queue
    parameters: {code: text, what: text, name: text, was: text}
    returns: void
engines:"""
TABLE = "[dbo].[udfgen_live_orders]"
TABLES = f"""drop table if exists {TABLE};
create table {TABLE} (
    id int identity primary key, code nvarchar(10) null unique, amount decimal(12, 2), name nvarchar(20), note ntext
);
if user_id(N'udfgen_live_writer') is null create user [udfgen_live_writer] without login;
grant insert, update, delete, select on {TABLE} to [udfgen_live_writer];"""
WRITE = f"insert into {TABLE} (code, amount, name) values (N'a', 10, N'x')"
QUEUED, TRIED = Script(b"", 202), Script(b"", 204)


def watching(place: Place) -> str:
    """Return the spec with a trigger in it."""
    with_queue = place.text.replace(
        "functions:\n", "  queue: {function: queue, qualifier: live, invoke: async, timeout: 2s}\nfunctions:\n", 1
    )
    return with_queue.replace("engines:", FUNCTION, 1) + TRIGGERS


@pytest.fixture
def tables(place: Place) -> Iterator[Place]:
    """The database, with a table of somebody's."""
    place.rows(TABLES)
    yield place
    place.remove()
    place.rows(f"drop table if exists {TABLE}, [dbo].[UDFGEN_live_orders]; drop user [udfgen_live_writer];")


@pytest.fixture
def watched(tables: Place, scripted: ScriptedLambda) -> Place:
    """A table with the trigger on it, and an endpoint that takes all."""
    tables.put(watching(tables))
    scripted.play(QUEUED)
    return tables


def sent(place: Place, scripted: ScriptedLambda, statement: str) -> list[Any]:
    """Return what a statement sends."""
    scripted.requests.clear()
    place.rows(statement)
    return [json.loads(request.body) for request in scripted.requests]


AT_ONCE = """  live_batch:
    binding: queue
    parameters: {n: double, price: "decimal(12,2)", name: text, at: timestamptz, raw: bytes, doc: json}
    returns: void
    batch: {wire: list, max_rows: 2}
engines:"""
SET = """
triggers:
  live_set:
    table: udfgen_live_orders
    after: [insert]
    level: statement
    key: [id]
    when: new.amount > 5
    call: live_batch
    arguments: {n: new.amount, price: new.amount, name: new.name, at: null, raw: new.name, doc: new.code}
"""


def at_once(place: Place) -> str:
    """Return the spec with a trigger that makes one call of all rows."""
    return watching(place).replace(FUNCTION, AT_ONCE, 1).replace(TRIGGERS, SET)


def test_all_rows_of_a_statement_go_together(tables: Place, scripted: ScriptedLambda) -> None:
    tables.put(at_once(tables))
    scripted.play(QUEUED)
    more = "(N'[1]', 10.5, N'it''s \"x\"'), (N'2', 1, N'too little'), (N'null', 20, null), (N'\"\"', 30, N'\u00e9')"
    first, second = sent(tables, scripted, f"insert into {TABLE} (code, amount, name) values {more}")
    assert [(each["n"], each["price"], each["name"], each["doc"]) for each in (*first, *second)] == [
        (10.5, 10.5, 'it\'s "x"', [1]),
        (20, 20, None, None),
        (30, 30, "\u00e9", ""),
    ]
    assert first[0]["raw"] == base64.b64encode('it\'s "x"'.encode("utf-16-le")).decode()
    assert sent(tables, scripted, f"insert into {TABLE} (code, amount) values (N'9', 1)") == []


@pytest.mark.parametrize("code", ["1],[2", "1,2", "", "{"])
def test_no_text_of_a_column_begins_another_row(tables: Place, scripted: ScriptedLambda, code: str) -> None:
    tables.put(at_once(tables))
    scripted.play(QUEUED)
    with pytest.raises(CallError, match=r'row 1: argument "doc": is not valid JSON'):
        sent(tables, scripted, f"insert into {TABLE} (code, amount) values (N'{code}', 10)")
    assert scripted.requests == []


def turn(place: Place, mode: Mode) -> None:
    """Switch the binding of the trigger."""
    text = watching(place)
    with place.session() as opened:
        switch.turn(place.program(text), place.bundle(text), opened, "queue", mode)


def test_each_row_of_each_event_is_a_call(watched: Place, scripted: ScriptedLambda) -> None:
    more = f"{WRITE}, (N'b', 20, null), (N'c', 1, N'too little')"
    assert sent(watched, scripted, more) == [
        {"code": "a", "what": "insert", "name": "x", "was": None},
        {"code": "b", "what": "insert", "name": None, "was": None},
    ]
    assert sent(watched, scripted, f"update {TABLE} set name = N'y' where code = N'a'") == [
        {"code": "a", "what": "update", "name": "y", "was": "x"}
    ]
    assert sent(watched, scripted, f"delete from {TABLE}") == [
        {"code": "a", "what": "delete", "name": None, "was": "y"},
        {"code": "b", "what": "delete", "name": None, "was": None},
    ]


@pytest.mark.parametrize(
    ("assignment", "calls"),
    [("id_of = 1", 0), ("amount = 10.00", 0), ("amount = 10.01", 1), ("name = N'x'", 0), ("name = null", 1)],
)
def test_an_update_counts_when_a_value_is_another(
    watched: Place, scripted: ScriptedLambda, assignment: str, calls: int
) -> None:
    watched.rows(f"alter table {TABLE} add id_of int; {WRITE}")
    assert len(sent(watched, scripted, f"update {TABLE} set {assignment}")) == calls


def test_a_row_whose_key_is_null_is_a_row_like_any_other(watched: Place, scripted: ScriptedLambda) -> None:
    watched.rows(f"insert into {TABLE} (code, amount, name) values (null, 10, N'x')")
    assert sent(watched, scripted, f"update {TABLE} set name = N'y'") == [
        {"code": None, "what": "update", "name": "y", "was": "x"}
    ]


def test_a_merge_and_a_write_of_nothing(watched: Place, scripted: ScriptedLambda) -> None:
    watched.rows(WRITE)
    merge = f"""merge {TABLE} as present using (values (N'a'), (N'b')) as given (code) on present.code = given.code
when matched then update set name = N'merged'
when not matched then insert (code, amount) values (given.code, 7);"""
    assert sorted((each["code"], each["what"]) for each in sent(watched, scripted, merge)) == [
        ("a", "update"),
        ("b", "insert"),
    ]
    assert sent(watched, scripted, f"delete from {TABLE} where 1 = 0") == []


def test_who_is_left_out_calls_nothing_and_who_writes_needs_no_right(watched: Place, scripted: ScriptedLambda) -> None:
    assert sent(watched, scripted, f"execute as user = N'udfgen_live_writer'; {WRITE}; revert;") == []
    watched.rows(f"grant insert on {TABLE} to [{watched.grantee}]")
    other = WRITE.replace("N'a'", "N'b'")
    assert len(sent(watched, scripted, f"execute as user = N'{watched.grantee}'; {other}; revert;")) == 1


def test_a_failure_takes_the_write_back(watched: Place, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"{}", 500))
    with pytest.raises(CallError, match=r"\[udfgen unavailable\]"):
        watched.rows(WRITE)
    assert watched.rows(f"select * from {TABLE}") == []


def test_the_switch_stops_calls_and_lets_writes_go_on(watched: Place, scripted: ScriptedLambda) -> None:
    turn(watched, Mode.OFF)
    assert sent(watched, scripted, WRITE) == []
    turn(watched, Mode.DRY_RUN)
    scripted.play(TRIED)
    watched.rows(f"update {TABLE} set amount = 11")
    assert dict(scripted.requests[0].headers)["x-amz-invocation-type"] == "DryRun"
    turn(watched, Mode.LIVE)
    scripted.play(QUEUED)
    assert len(sent(watched, scripted, f"update {TABLE} set amount = 12")) == 1


def test_the_switch_is_seen_within_a_snapshot(watched: Place, scripted: ScriptedLambda) -> None:
    watched.rows("alter database current set allow_snapshot_isolation on")
    with watched.session() as opened:
        opened.rows(f"set transaction isolation level snapshot; begin transaction; select count(*) from {TABLE}")
        turn(watched, Mode.OFF)
        opened.rows(f"{WRITE}; commit")
    assert scripted.requests == []


SWITCH = "[udfgen_live].[udfgen_udfgen_live_switch]"
HURT = {
    "a column more": f"alter table {SWITCH} add why nvarchar(20)",
    "a constraint": f"alter table {SWITCH} add constraint only_mine check (mode <> N'x')",
    "a longer column": f"alter table {SWITCH} alter column mode nvarchar(40) not null",
}


@pytest.mark.parametrize("change", HURT.values(), ids=HURT)
def test_a_switch_that_others_changed_is_mended_with_its_rows(
    watched: Place, scripted: ScriptedLambda, change: str
) -> None:
    turn(watched, Mode.OFF)
    watched.rows(change)
    text = watching(watched)
    assert {each.verdict for each in watched.look(text).work} == {Verdict.DRIFT}
    watched.put(text, ALL)
    assert watched.look(text).is_done
    assert watched.rows(f"select binding, mode from {SWITCH}") == [("queue", "off")]


UNFIT = {
    "another spelling": (f"exec sp_rename N'{TABLE}', N'UDFGEN_live_orders'", "the catalog spells the table|no table"),
    "a table of another": (f"alter authorization on {TABLE} to [udfgen_live_writer]", "is not dbo's"),
    "a key that is not unique": (
        f"drop table {TABLE}; create table {TABLE} (code nvarchar(10), amount decimal(12, 2), name nvarchar(20))",
        "no unique index of dbo.udfgen_live_orders is made of code",
    ),
    "no column": (f"alter table {TABLE} drop column amount", "there is no column dbo.udfgen_live_orders.amount"),
}


@pytest.mark.parametrize(("change", "told"), UNFIT.values(), ids=UNFIT)
def test_what_it_needs_is_asked_first(tables: Place, change: str, told: str) -> None:
    tables.rows(change)
    with pytest.raises(RefusedError, match=told):
        tables.put(watching(tables))


def test_a_trigger_changed_by_hand_is_put_right_and_one_without_its_mark_is_kept(watched: Place) -> None:
    text = watching(watched)
    watched.rows(f"disable trigger [live_watch] on {TABLE}")
    assert {each.verdict for each in watched.look(text).work} == {Verdict.DRIFT}
    watched.put(text, ALL)
    mark = "N'udfgen', N'SCHEMA', N'dbo', N'TABLE', N'udfgen_live_orders', N'TRIGGER', N'live_watch'"
    watched.rows(f"exec sys.sp_dropextendedproperty {mark}")
    with pytest.raises(InstallError, match="there without the mark of this install"):
        watched.remove()
    watched.rows("drop trigger [dbo].[live_watch]")


def test_an_upgrade_and_a_writer_do_not_stop_each_other(watched: Place, scripted: ScriptedLambda) -> None:
    """The writer holds the table, and then calls the wrapper: the install asks for both in that order."""
    with watched.session() as writer:
        writer.rows(f"begin transaction; {WRITE}")
        with pytest.raises(InstallError, match="Msg 1222"):
            _put_at_once(watched)
        writer.rows(f"update {TABLE} set amount = 30; commit")
    _put_at_once(watched)
    assert len(sent(watched, scripted, f"update {TABLE} set amount = 31")) == 1


def _put_at_once(place: Place) -> None:
    """Install a version that changes the wrapper and the trigger, waiting a second for locks."""
    place.put(watching(place).replace("> 5", "> 6").replace("timeout: 2s", "timeout: 3s"), wait=1)


def test_uninstall_leaves_the_table(watched: Place) -> None:
    watched.remove()
    assert watched.rows("select name from sys.triggers where parent_class = 1") == []
    watched.rows(WRITE)


def test_a_caller_cannot_turn_the_switch(watched: Place, caller: Session) -> None:
    for sql in (f"select * from {SWITCH}", f"delete from {SWITCH}"):
        with pytest.raises(CallError, match=r"^Msg 229, "):
            caller.rows(sql)
