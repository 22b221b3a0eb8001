"""Batch functions in real sessions: over arrays and over a query, with the caller's rights, at a steady size."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.live.databases import ALL, changed, connection, look, program, put, remove, run, session, sql, verdicts
from tests.live.sets import SPEC, handle, sent
from tests.live.test_calls import Connection
from tests.live.test_cancel import LIMIT, Call, until_asked
from tests.scripted import Script, ScriptedLambda
from udfgen import dialect
from udfgen.render import type_out

Make = Callable[[str], str]


@pytest.fixture(scope="module")
def installed(another: Make) -> str:
    """A database with the spec in it, a table of the caller's and one that it may not read."""
    dsn = another("")
    put(dsn, SPEC)
    sql(dsn, "create table numbers as select n, 'n' || n as name from generate_series(1, 10000) as n")
    sql(dsn, "do $$ begin create role carol login; exception when duplicate_object then null; end $$")
    sql(dsn, "grant select on numbers to app; grant create on schema public to app; create table hidden (n bigint)")
    return dsn


@pytest.fixture
def caller(installed: str) -> Iterator[Connection]:
    """A session of somebody who was granted the functions, and is nobody else."""
    with connection(installed, "app") as opened:
        yield opened


def test_results_stand_beside_their_rows(caller: Connection, scripted: ScriptedLambda) -> None:
    handle(scripted)
    given = "array[3, 1, null, 2]::bigint[]"
    found = run(caller, f"select * from rows from (unnest({given}), sets.doubled({given})) as t (n, result)")
    assert found == [(3, 6), (1, 2), (None, None), (2, 4)]
    assert sent(scripted) == [[[3], [1], [None], [2]]]
    (request,) = scripted.requests
    envelope = json.loads(request.body)
    assert envelope["user"] == "app"
    assert envelope["external_function"] == "sets.doubled"


def test_ten_thousand_rows_of_a_query(caller: Connection, scripted: ScriptedLambda) -> None:
    handler = handle(scripted, seconds=0.01)
    asked = "select count(*), sum(result), bool_and(result = 2 * n) from sets.doubled_from('select n from numbers')"
    assert run(caller, asked) == [(10_000, 10_000 * 10_001, True)]
    assert [len(rows) for rows in sent(scripted)] == [100] * 100
    assert handler.peak == 8
    envelopes = [json.loads(request.body) for request in scripted.requests]
    assert len({each["request_id"] for each in envelopes}) == 100
    assert len({each["query_id"] for each in envelopes}) == 1


def test_equal_rows_are_sent_once(caller: Connection, scripted: ScriptedLambda) -> None:
    handle(scripted)
    found = run(caller, "select n, result from sets.steady_from('select n % 4 from numbers where n <= 8')")
    assert found == [(n % 4, 2 * (n % 4)) for n in range(1, 9)]
    assert sent(scripted) == [[[1], [2], [3]], [[0]]]


def test_rows_are_counted_over_the_whole_call(caller: Connection, scripted: ScriptedLambda) -> None:
    """Twelve rows are in hand at a time; what cannot be sent is behind them."""
    handle(scripted)
    with pytest.raises(psycopg.Error, match=r"row 13: argument \"name\": must be at most 20 characters long"):
        run(caller, "select * from sets.named_from('select n, repeat(''x'', n::int + 8), null from numbers')")
    assert [len(rows) for rows in sent(scripted)] == [3, 3, 3, 3]


def test_no_rows_call_nothing(caller: Connection, scripted: ScriptedLambda) -> None:
    handle(scripted)
    assert run(caller, "select * from sets.doubled_from('select n from numbers where n < 0')") == []
    assert run(caller, "select sets.doubled('{}'), sets.doubled(null)") == []
    assert sent(scripted) == []


def test_a_void_function_returns_nothing(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"", 202))
    assert run(caller, "select sets.noted(array[1, 2], array['a', null])") == [("",)]
    assert sent(scripted) == [[[1, "a"], [2, None]]]
    scripted.play(Script(b"", 202))
    assert run(caller, "select sets.noted_from('select n, name from numbers where n <= 13')") == [("",)]
    assert [len(rows) for rows in sent(scripted)] == [3, 3, 3, 3, 1]


ARRAYS = {
    "several lengths": ("sets.named(array[1, 2], array['a'], null)", 'argument "name": expected 2 elements, got 1'),
    "two dimensions": ("sets.doubled(array[[1, 2], [3, 4]])", 'argument "n": must have one dimension'),
}


@pytest.mark.parametrize(("call", "message"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_do_not_fit(caller: Connection, scripted: ScriptedLambda, call: str, message: str) -> None:
    handle(scripted)
    with pytest.raises(psycopg.Error) as caught:
        run(caller, f"select {call}")
    assert caught.value.sqlstate == "UL008"
    assert message in str(caught.value)
    assert sent(scripted) == []


# The query


QUERIES = {
    "a column too few": ("select n from numbers", "42601"),
    "a column too many": ("select n, name, null, 1 from numbers", "42601"),
    "other columns where no row comes": ("select n from numbers where false", "42601"),
    "two statements": ("select 1, '', null; select 1, '', null", "42601"),
    "no query": ("delete from numbers", "42601"),
    "nothing": ("", "42601"),
}


@pytest.mark.parametrize(("query", "state"), QUERIES.values(), ids=QUERIES)
def test_a_query_with_other_columns(caller: Connection, scripted: ScriptedLambda, query: str, state: str) -> None:
    handle(scripted)
    with pytest.raises(psycopg.Error) as caught:
        run(caller, f"select * from sets.named_from($q${query}$q$)")
    assert caught.value.sqlstate == state
    said = "named_from: the query must be one SELECT with 3 columns, in this order: n bigint, name text, extra json"
    assert caught.value.diag.message_primary == said
    assert caught.value.diag.message_detail
    assert sent(scripted) == []


def test_a_query_that_is_null(caller: Connection) -> None:
    with pytest.raises(psycopg.errors.NullValueNotAllowed, match="named_from: the query is NULL"):
        run(caller, "select * from sets.named_from(null)")


def test_columns_are_cast_by_assignment(caller: Connection, scripted: ScriptedLambda) -> None:
    handle(scripted)
    run(caller, "select * from sets.named_from($$ select 1.6, date '2026-01-02', '{\"a\": 1}'::jsonb -- a comment $$)")
    run(caller, "select * from sets.named_from($$ values ('7'::text, 8, null) $$)")
    assert sent(scripted) == [[[2, "2026-01-02", {"a": 1}]], [[7, "8", None]]]
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        run(caller, "select * from sets.named_from($$ select 'x'::text, '', null $$)")


def test_the_query_is_the_callers_as_it_stands(caller: Connection, scripted: ScriptedLambda) -> None:
    """Its search_path, its settings, its transaction: also what it has just written."""
    handle(scripted)
    run(caller, "begin; create temporary table mine (n int, d date); insert into mine values (4, '2026-02-01')")
    run(caller, "set local datestyle = 'SQL, DMY'; set local search_path = pg_temp")
    run(caller, "select * from sets.named_from('select n, d::text, null from mine')")
    run(caller, "rollback")
    assert sent(scripted) == [[[4, "01/02/2026", None]]]


AS_WHOM = """
create table public.seen (n bigint, who text, role text);
grant all on public.seen to public;
create function public.spy(n bigint) returns bigint language sql volatile as
    $$ insert into public.seen values (n, current_user, current_setting('role')); select n $$;
"""


def test_no_part_of_the_query_runs_as_the_owner(installed: str, caller: Connection, scripted: ScriptedLambda) -> None:
    """Between two reads the owner's function runs; what the query calls before and after is the caller's."""
    handle(scripted)
    sql(installed, AS_WHOM)
    run(caller, "select * from sets.named_from('select public.spy(n), current_user, null from numbers where n < 40')")
    assert [name for rows in sent(scripted) for _, name, _ in rows] == ["app"] * 39
    assert run(caller, "select count(*), min(who), max(who) from public.seen") == [(39, "app", "app")]


AS_BOB = """
create function public.as_bob() returns text language sql security definer as
    $$ select result from sets.named_from('select 1, current_user, null') $$
"""


def test_a_definers_query_runs_as_the_definer(installed: str, caller: Connection, scripted: ScriptedLambda) -> None:
    handle(scripted)
    sql(installed, "grant usage on schema sets to bob; grant execute on all functions in schema sets to bob")
    sql(installed, "grant create on schema public to bob")
    sql(installed, AS_BOB, user="bob")
    assert run(caller, "select public.as_bob()") == [('[1, "bob", null]',)]


FORBIDDEN = {
    "a table of others": "select n from hidden",
    "the switch": "select 1 from sets.udfgen_sets_switch",
    "the core": "select 1 from sets.udfgen_sets_core()",
    "the owner's role": "select 1 from (select set_config('role', 'udfgen_sets', true)) as taken",
}


@pytest.mark.parametrize("query", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_query_may_what_its_caller_may(caller: Connection, scripted: ScriptedLambda, query: str) -> None:
    handle(scripted)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        run(caller, f"select * from sets.doubled_from($q${query}$q$)")
    assert sent(scripted) == []


def test_a_query_can_call_the_function_itself(caller: Connection, scripted: ScriptedLambda) -> None:
    handle(scripted)
    inner = "select result from sets.slow_from('select n from numbers where n <= 6')"
    assert run(caller, f"select result from sets.slow_from($q${inner}$q$)") == [(4 * n,) for n in range(1, 7)]


@pytest.mark.parametrize("call", ["doubled('{1}')", "doubled_part(0, '{1}')", "doubled_from('select 1')"])
def test_nobody_calls_without_a_grant(installed: str, scripted: ScriptedLambda, call: str) -> None:
    handle(scripted)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        sql(installed, f"select sets.{call}", user="carol")


def resident(opened: Connection) -> int:
    """Return the most memory that a session had, in kB."""
    status = Path(f"/proc/{opened.info.backend_pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_memory_does_not_grow_with_the_rows(caller: Connection, scripted: ScriptedLambda) -> None:
    """What is in hand are 3,200 rows, whatever the query has; 300,000 rows of arrays take 45 MB more (measured)."""
    handle(scripted)
    asked = "select count(*) from sets.doubled_from('select generate_series(1, {})')"
    assert run(caller, asked.format(30_000)) == [(30_000,)]
    before = resident(caller)
    assert run(caller, asked.format(300_000)) == [(300_000,)]
    assert resident(caller) - before < 16_000


# What ends a call


STATEMENTS = {
    "arrays": "select count(*) from sets.doubled(array(select n::bigint from numbers))",
    "a query": "select count(*) from sets.doubled_from('select n from numbers')",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_a_cancel_ends_all_that_is_under_way(
    installed: str, caller: Connection, scripted: ScriptedLambda, statement: str
) -> None:
    handler = handle(scripted, seconds=1.0)
    with connection(installed) as other:
        call = Call(caller, statement)
        until_asked(scripted)
        began = time.monotonic()
        run(other, f"select pg_cancel_backend({caller.info.backend_pid})")
        call.end()
    assert isinstance(call.error, psycopg.errors.QueryCanceled)
    assert call.ended - began < LIMIT
    assert handler.peak == 8
    handle(scripted)
    assert run(caller, "select sets.doubled('{5}')") == [(10,)]


def test_a_statement_timeout_ends_all_that_is_under_way(caller: Connection, scripted: ScriptedLambda) -> None:
    handle(scripted)
    run(caller, "select sets.doubled('{5}')")
    handle(scripted, seconds=1.0)
    run(caller, "set statement_timeout = '300ms'")
    began = time.monotonic()
    with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
        run(caller, "select * from sets.doubled_from('select n from numbers')")
    assert time.monotonic() - began < 0.3 + LIMIT
    run(caller, "set statement_timeout = 0")
    handle(scripted)
    assert run(caller, "select sets.doubled('{5}')") == [(10,)]


def switch(dsn: str, mode: str) -> None:
    """Set a mode as `udfgen switch` does."""
    with session(dsn) as opened:
        opened.run(
            type_out("postgresql", dialect.load("postgresql").part("lower").switch(program(SPEC), "score", mode))
        )


ONE_BY_ONE = {
    "arrays": "select * from sets.slow(array(select n::bigint from numbers where n <= 100))",
    "a query": "select * from sets.slow_from('select n from numbers where n <= 100')",
}


@pytest.mark.parametrize("statement", ONE_BY_ONE.values(), ids=ONE_BY_ONE)
def test_a_switch_ends_a_call_in_the_middle(
    installed: str, caller: Connection, scripted: ScriptedLambda, statement: str
) -> None:
    handle(scripted, seconds=0.1)
    call = Call(caller, statement)
    until_asked(scripted)
    try:
        switch(installed, "off")
        call.end()
        assert call.error is not None
        assert call.error.sqlstate == "UL010"
        assert len(scripted.requests) < 20
    finally:
        switch(installed, "live")


# Installs


@pytest.fixture
def dsn(another: Make) -> str:
    """A new database."""
    return another("")


def test_a_second_install_replaces_in_place(dsn: str) -> None:
    """A view that stands on a function would keep it from being dropped."""
    put(dsn, SPEC)
    assert look(dsn, SPEC).is_done
    sql(dsn, "create view scores as select sets.doubled('{1}') as one, * from sets.named_from('select 1, null, null')")
    text = changed(SPEC, ("A name for a number.", "Another name."), ("max_rows: 100,", "max_rows: 50,"))
    assert set(verdicts(look(dsn, text)).values()) == {"change"}
    put(dsn, text)
    assert look(dsn, text).is_done


PARTS = [
    'function "sets"."doubled"(bigint[])',
    'function "sets"."doubled_part"(bigint, bigint[])',
    'function "sets"."doubled_from"(text)',
]


def test_a_function_becomes_one_of_sets_and_back(dsn: str) -> None:
    single = changed(SPEC, ("    batch: {max_rows: 100, concurrency: 8}\n", ""))
    put(dsn, single)
    one = 'function "sets"."doubled"(bigint)'
    assert verdicts(look(dsn, SPEC)) == {one: "drop", **dict.fromkeys(PARTS, "create")}
    put(dsn, SPEC)
    assert verdicts(look(dsn, single)) == {one: "create", **dict.fromkeys(PARTS, "drop")}
    put(dsn, single)
    assert look(dsn, single).is_done


DRIFTS = {
    "a part that is gone": ("drop function sets.doubled_part", PARTS[1]),
    "a query that would run as the owner": ("alter function sets.doubled_from security definer", PARTS[2]),
    "a query whose settings are pinned": ("alter function sets.doubled_from set search_path = public", PARTS[2]),
    "a grant": ("grant execute on function sets.doubled_part to bob", PARTS[1]),
}


@pytest.mark.parametrize(("statement", "key"), DRIFTS.values(), ids=DRIFTS)
def test_drift_is_seen_and_put_right(dsn: str, statement: str, key: str) -> None:
    put(dsn, SPEC)
    sql(dsn, statement)
    found = verdicts(look(dsn, SPEC))
    assert list(found) == [key]
    put(dsn, SPEC, ALL)
    assert look(dsn, SPEC).is_done


def test_an_uninstall_takes_every_form_away(dsn: str) -> None:
    put(dsn, SPEC)
    remove(dsn, SPEC)
    assert sql(dsn, "select from pg_proc where proname ~ '^(doubled|named|noted|slow|steady)'") == []
