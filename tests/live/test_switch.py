"""The kill switch in real sessions: who may see it, how fast it is followed, what an install does with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext

import psycopg
import pytest

from tests.live.databases import (
    ALL,
    ENGINE,
    Rows,
    changed,
    connection,
    look,
    program,
    put,
    remove,
    run,
    session,
    sql,
    verdicts,
)
from tests.scripted import Script, ScriptedLambda
from udfgen import dialect
from udfgen.errors import CallError, InstallError, RefusedError
from udfgen.render import type_out

Connection = psycopg.Connection[tuple[object, ...]]

SPEC = """
udfgen: 1
name: turned
aws: {region: eu-west-1, credentials: {source: environment}}
bindings:
  ask: {function: ask, qualifier: live, log_tail: true}
  queue: {function: queue, qualifier: live, invoke: async}
functions:
  value:
    binding: ask
    parameters: {v: {type: integer, required: true}}
    returns: {type: integer, path: $.v}
    grant: [app]
  lenient: {binding: ask, parameters: {}, returns: {type: integer, path: $.v}, on_error: return_null, grant: [app]}
  items: {binding: ask, parameters: {}, returns: {table: {id: bigint, name: text}, rows: $.items}, grant: [app]}
  steady:
    binding: ask
    parameters: {v: integer}
    returns: {type: integer, path: $.v}
    volatility: stable
    grant: [app]
  note: {binding: queue, parameters: {}, returns: void, grant: [app]}
engines:
  postgresql: {}
"""
TABLE = "turned.udfgen_turned_switch"
SWITCH = 'switch "turned"."udfgen_turned_switch"'
SECOND = 1.05
"""What every session follows a switch within."""


def switch(dsn: str, binding: str, mode: str) -> None:
    """Set a mode as `udfgen switch` does."""
    text = dialect.load(ENGINE).part("lower").switch(program(SPEC), binding, mode)
    with session(dsn) as opened:
        opened.run(type_out(ENGINE, text))


def modes(dsn: str) -> Rows:
    """Return the modes as `udfgen switch` lists them."""
    text = dialect.load(ENGINE).part("lower").modes(program(SPEC))
    with session(dsn) as opened:
        return opened.rows(type_out(ENGINE, text))[1]


@pytest.fixture
def dsn(another: Callable[[str], str], scripted: ScriptedLambda) -> str:
    """A new database with the spec in it; Lambda answers."""
    made = another("")
    put(made, SPEC)
    scripted.play(Script(b'{"v": 1, "items": [{"id": 1, "name": "a"}]}'))
    return made


@pytest.fixture
def caller(dsn: str) -> Iterator[Connection]:
    """A session that has called, so that it has looked."""
    with connection(dsn, "app") as opened:
        assert run(opened, "select turned.value(1)") == [(1,)]
        yield opened


def test_modes_are_set_and_listed(dsn: str) -> None:
    assert modes(dsn) == []
    for binding, mode in (("queue", "off"), ("ask", "dry_run"), ("queue", "dry_run"), ("ask", "off"), ("ask", "off")):
        switch(dsn, binding, mode)
    assert modes(dsn) == [("ask", "off"), ("queue", "dry_run")]
    switch(dsn, "ask", "live")
    switch(dsn, "ask", "live")
    assert modes(dsn) == [("queue", "dry_run")]
    assert look(dsn, SPEC).is_done, "rows are no drift"


def test_an_open_session_follows_within_a_second(dsn: str, caller: Connection, scripted: ScriptedLambda) -> None:
    switch(dsn, "ask", "off")
    time.sleep(SECOND)
    sent = len(scripted.requests)
    with pytest.raises(psycopg.Error) as caught:
        run(caller, "select turned.value(1)")
    assert caught.value.sqlstate == "UL010"
    text = "[udfgen disabled]: ask: it is switched off: udfgen switch turns it on again"
    assert caught.value.diag.message_primary == text
    assert caught.value.diag.message_detail is None
    assert len(scripted.requests) == sent
    switch(dsn, "ask", "live")
    time.sleep(SECOND)
    assert run(caller, "select turned.value(1)") == [(1,)]


@pytest.mark.parametrize("call", ["turned.value(null)", "turned.lenient()", "turned.steady(1)", "turned.items()"])
def test_off_comes_before_all_else_and_is_never_hidden(dsn: str, scripted: ScriptedLambda, call: str) -> None:
    switch(dsn, "ask", "off")
    with pytest.raises(psycopg.Error, match=r"\[udfgen disabled\]: ask: ") as caught:
        sql(dsn, f"select {call}", "app")
    assert caught.value.sqlstate == "UL010"
    assert scripted.requests == []


DRY = {
    "select turned.value(1)": [(None,)],
    "select * from turned.items()": [],
    "select turned.lenient()": [(None,)],
    "select turned.note()": [("",)],
}


@pytest.mark.parametrize(("statement", "rows"), DRY.items(), ids=DRY)
def test_a_dry_run_only_asks(dsn: str, scripted: ScriptedLambda, statement: str, rows: Rows) -> None:
    switch(dsn, "ask", "dry_run")
    switch(dsn, "queue", "dry_run")
    scripted.play(Script(b"", 204))
    assert sql(dsn, statement, "app") == rows
    (request,) = scripted.requests
    headers = {name.lower(): value for name, value in request.headers}
    assert headers["x-amz-invocation-type"] == "DryRun"
    assert not {"x-amz-log-type", "x-amz-client-context"} & headers.keys()


def test_a_dry_run_checks_arguments_and_permission(dsn: str, scripted: ScriptedLambda) -> None:
    switch(dsn, "ask", "dry_run")
    with pytest.raises(psycopg.Error, match=r"\[udfgen bad_argument\]"):
        sql(dsn, "select turned.value(null)", "app")
    assert scripted.requests == []
    scripted.play(Script(b"{}", 403))
    with pytest.raises(psycopg.Error, match=r"\[udfgen not_authorized\]"):
        sql(dsn, "select turned.value(1)", "app")


def test_other_bindings_stay_as_they_are(dsn: str, scripted: ScriptedLambda) -> None:
    switch(dsn, "queue", "off")
    assert sql(dsn, "select turned.value(1)", "app") == [(1,)]


def test_a_session_looks_at_most_once_a_second(dsn: str, caller: Connection) -> None:
    """The server counts the scans of the table."""
    run(caller, "select count(turned.value(1)) from generate_series(1, 50)")
    began = time.monotonic()
    while time.monotonic() - began < 2 * SECOND:
        run(caller, "select turned.value(1)")
    run(caller, "select pg_stat_force_next_flush()")
    scans = sql(dsn, "select seq_scan + idx_scan from pg_stat_user_tables where relname = 'udfgen_turned_switch'")
    assert 2 <= int(str(scans[0][0])) <= 5


LEVELS = ["repeatable read", "serializable"]


@pytest.mark.parametrize("level", LEVELS)
def test_a_transaction_with_one_snapshot_follows_at_its_end(dsn: str, level: str) -> None:
    """It sees every table as it was when it began; whoever must stop it at once ends its session."""
    with connection(dsn, "app") as opened:
        with opened.transaction():
            run(opened, f"set transaction isolation level {level}")
            assert run(opened, "select turned.value(1)") == [(1,)]
            switch(dsn, "ask", "off")
            time.sleep(SECOND)
            assert run(opened, "select turned.value(1)") == [(1,)]
        time.sleep(SECOND)
        with pytest.raises(psycopg.Error, match=r"\[udfgen disabled\]"):
            run(opened, "select turned.value(1)")


@pytest.mark.parametrize(("function", "is_stopped"), [("value", True), ("steady", False)])
def test_a_long_statement_follows_where_its_function_is_volatile(
    dsn: str, caller: Connection, function: str, is_stopped: bool
) -> None:
    """A stable function sees every table as it was when the statement began, so it follows at the next one."""
    timer = threading.Timer(0.3, switch, (dsn, "ask", "off"))
    timer.start()
    slow = f"select turned.{function}(i) from generate_series(1, 25) i where pg_sleep(0.1) is not null"
    stopped = pytest.raises(psycopg.Error, match=r"\[udfgen disabled\]")
    expected: AbstractContextManager[object] = stopped if is_stopped else nullcontext()
    with expected:
        run(caller, slow)
    timer.join()
    time.sleep(SECOND)
    with pytest.raises(psycopg.Error, match=r"\[udfgen disabled\]"):
        run(caller, f"select turned.{function}(1)")


DENIED = {
    "read": f"select * from {TABLE}",
    "insert": f"insert into {TABLE} values ('ask', 'off')",
    "update": f"update {TABLE} set mode = 'off'",
    "delete": f"delete from {TABLE}",
    "truncate": f"truncate {TABLE}",
}


@pytest.mark.parametrize("statement", DENIED.values(), ids=DENIED)
def test_nobody_but_the_owner_of_the_functions_reads_it(dsn: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(dsn, statement, "app")
    if not statement.startswith("select"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql(dsn, f"set role udfgen_turned; {statement}")
    assert sql(dsn, f"set role udfgen_turned; select * from {TABLE}") == []


def test_the_table_takes_no_other_modes(dsn: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        sql(dsn, f"insert into {TABLE} values ('ask', 'live')")


UNREADABLE = {
    "dropped": (f"drop table {TABLE}", "does not exist"),
    "closed": (f"revoke select on {TABLE} from udfgen_turned", "permission denied"),
    "without its column": (f"alter table {TABLE} drop column mode", "does not exist"),
}


@pytest.mark.parametrize(("statement", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_look_that_fails_sends_nothing(
    dsn: str, caller: Connection, scripted: ScriptedLambda, statement: str, why: str
) -> None:
    sql(dsn, statement)
    time.sleep(SECOND)
    sent = len(scripted.requests)
    for function in ("value(1)", "lenient()"):
        with pytest.raises(psycopg.Error, match=why):
            run(caller, f"select turned.{function}")
    assert len(scripted.requests) == sent
    put(dsn, SPEC, ALL)
    assert run(caller, "select turned.value(1)") == [(1,)]


def test_modes_that_cannot_be_told_any_more_are_told_of(dsn: str) -> None:
    switch(dsn, "ask", "off")
    sql(dsn, f"alter table {TABLE} drop column mode")
    told = put(dsn, SPEC, ALL).warnings
    assert told == ('"turned"."udfgen_turned_switch" had lost a column: every binding is live again',)


def test_a_look_that_waits_for_a_lock_can_be_cancelled(dsn: str, caller: Connection) -> None:
    with connection(dsn) as other, other.transaction():
        run(other, f"lock table {TABLE} in access exclusive mode")
        time.sleep(SECOND)
        with pytest.raises(psycopg.errors.QueryCanceled):
            run(caller, "set statement_timeout = '200ms'; select turned.value(1)")
    run(caller, "reset statement_timeout")
    assert run(caller, "select turned.value(1)") == [(1,)]


def test_an_upgrade_keeps_the_modes_and_an_uninstall_takes_them(dsn: str) -> None:
    switch(dsn, "ask", "off")
    new = changed(SPEC, ("function: ask", "function: ask2"))
    put(dsn, new)
    assert modes(dsn) == [("ask", "off")]
    remove(dsn, new)
    put(dsn, SPEC)
    assert modes(dsn) == []


DRIFT: Mapping[str, tuple[str, Rows]] = {
    "readable": (f"grant select on {TABLE} to app", [("ask", "off")]),
    "readable by all": (f"grant select on {TABLE} to public", [("ask", "off")]),
    "a column readable": (f"grant select (mode) on {TABLE} to app", [("ask", "off")]),
    "writable": (f"grant update on {TABLE} to udfgen_turned", [("ask", "off")]),
    "closed": (f"revoke select on {TABLE} from udfgen_turned", [("ask", "off")]),
    "a column more": (f"alter table {TABLE} add column note text", [("ask", "off")]),
    "another type": (f"alter table {TABLE} alter column binding type varchar(99)", [("ask", "off")]),
    "no key": (f"alter table {TABLE} drop constraint udfgen_turned_switch_pkey", [("ask", "off")]),
    "row security": (f"alter table {TABLE} enable row level security", [("ask", "off")]),
    "a trigger": (
        "create function evil() returns trigger language plpgsql as 'begin return null; end';"
        f"create trigger evil before insert on {TABLE} for each row execute function evil()",
        [("ask", "off")],
    ),
    "gone": (f"drop table {TABLE}", []),
}


@pytest.mark.parametrize(("statement", "rows"), DRIFT.values(), ids=DRIFT)
def test_what_was_changed_by_hand_is_seen_and_put_right_with_its_rows(dsn: str, statement: str, rows: Rows) -> None:
    switch(dsn, "ask", "off")
    sql(dsn, statement)
    verdict = "missing" if statement.startswith("drop") else "drift"
    assert verdicts(look(dsn, SPEC)) == {SWITCH: verdict}
    if verdict == "drift":
        with pytest.raises(RefusedError, match="--replace-drift"):
            put(dsn, SPEC)
    put(dsn, SPEC, ALL)
    assert look(dsn, SPEC).is_done
    assert modes(dsn) == rows
    assert sql(dsn, "select to_regclass('pg_temp.udfgen_kept')") == [(None,)]


def test_a_table_of_somebody_else_is_not_taken_unasked(another: Callable[[str], str]) -> None:
    dsn = another("")
    sql(dsn, "create schema turned; create table turned.udfgen_turned_switch (binding text, mode text)")
    with pytest.raises(RefusedError, match=r"udfgen_turned_switch\" is there, but not from this install.*--adopt"):
        put(dsn, SPEC)
    put(dsn, SPEC, ALL)
    assert look(dsn, SPEC).is_done


EVIL = """
create role mallory login;
create schema turned authorization mallory; set role mallory;
create function turned.evil() returns text language plpgsql as
    'begin execute $$alter role mallory superuser$$; return null; end';
create function turned.evil_row() returns trigger language plpgsql as
    'begin execute $$alter role mallory superuser$$; return new; end';
"""
PLANTED = {
    "a table with a trigger": """
        create table turned.udfgen_turned_switch (binding text not null primary key, mode text not null);
        create trigger evil before insert on turned.udfgen_turned_switch
        for each row execute function turned.evil_row()""",
    "a table with a cast": """
        create type turned.mood as enum ('off');
        create function turned.spell(turned.mood) returns text language plpgsql as
            'begin execute $$alter role mallory superuser$$; return 1; end';
        create cast (turned.mood as text) with function turned.spell(turned.mood) as implicit;
        create table turned.udfgen_turned_switch (binding text not null primary key, mode turned.mood not null);
        insert into turned.udfgen_turned_switch values ('ask', 'off')""",
    "a view": "create view turned.udfgen_turned_switch as select turned.evil() as binding, turned.evil() as mode",
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_nothing_that_a_schemas_owner_plants_is_run(database: str, planted: str) -> None:
    """Who owns a schema may put anything in the place of what a superuser made in it, and a superuser comes back."""
    sql(database, EVIL + planted)
    with pytest.raises(InstallError, match=r"is no table of a superuser: move it away"):
        put(database, SPEC, ALL)
    with pytest.raises(InstallError, match=r"is no table of a superuser: install again"):
        switch(database, "ask", "off")
    if "view" in planted:
        with pytest.raises(CallError, match="TABLESAMPLE"):
            modes(database)
    else:
        modes(database)
    assert sql(database, "select rolsuper from pg_roles where rolname = 'mallory'") == [(False,)]


def test_a_table_that_got_another_owner_is_not_believed(dsn: str) -> None:
    sql(dsn, f"alter table {TABLE} owner to app")
    assert verdicts(look(dsn, SPEC)) == {SWITCH: "drift"}
    with pytest.raises(InstallError, match=r"is no table of a superuser: move it away"):
        put(dsn, SPEC, ALL)
    sql(dsn, f"alter table {TABLE} owner to postgres")
    put(dsn, SPEC, ALL)
    assert look(dsn, SPEC).is_done
