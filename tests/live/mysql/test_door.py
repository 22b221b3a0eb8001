"""The door: who may make the library call AWS, on MySQL and MariaDB, where everybody may call a loadable function.

What is tried here must fail with the error that is told, and not one request may reach the endpoint.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pymysql
import pytest

from tests.live.mysql.callers import BODY, SPEC, TOKENS, failure, guarded_server, number
from tests.live.mysql.conftest import ROOTS
from tests.live.mysql.databases import ALL, connection, is_mariadb, loadable, plugin_dir, put, run, sql
from tests.scripted import Script, ScriptedLambda

REFUSED = (51003, "[udfgen not_authorized]: only the functions that udfgen installed may call this")

HOMES = {"evil": "evil", "keeper": "calls"}
"""Where the two who may make objects make them."""


@pytest.fixture(scope="module", params=ROOTS)
def server(request: pytest.FixtureRequest, scripted: ScriptedLambda) -> Iterator[str]:
    """A server with both specs and all accounts."""
    with guarded_server(scripted, request.param) as dsn:
        yield dsn


@pytest.fixture(autouse=True)
def nothing_arrives(scripted: ScriptedLambda) -> Iterator[None]:
    """See that a test sends nothing; one that does on purpose plays its script anew at the end."""
    scripted.play(Script(BODY))
    yield
    assert [request.body for request in scripted.requests] == []


# Raw calls

CORE, TOKENS_CORE = loadable(SPEC), loadable(TOKENS)

CALLS = {
    "as the wrapper does": f"{CORE}('ask', user(), '', 'x')",
    "no arguments of its own": f"{CORE}('ask')",
    "a wrong token": f"{CORE}('ask', user(), '{'0' * 64}', 'x')",
    "no token": f"{CORE}('ask', user(), null, 'x')",
    "the owner's name": f"{CORE}('ask', 'udfgen_calls@localhost', '', 'x')",
    "the probe": f"{CORE}('', user(), '', 'checks')",
    "a queue": f"{CORE}('wait_for_queue', user(), '')",
    "nulls": f"{CORE}(null, null, null, null)",
    "other types": f"{CORE}(1, 2.5e0, now(), x'00ff', 3.14)",
    "1000 arguments": f"{CORE}({', '.join(['1'] * 1000)})",
    "a name that is no constant": f"{CORE}(lower(hex(uuid())), user(), '', 'x')",
    "of the library that knows a token": f"{TOKENS_CORE}('ask', user(), '', 'x')",
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("user", ["plain", "evil", "keeper", "app", "monitor", "root"])
def test_a_raw_call_is_refused(server: str, user: str, call: str) -> None:
    with connection(server, user) as opened:
        assert failure(opened, f"select {call}") == REFUSED


RAW = CALLS["as the wrapper does"]
QUOTED = RAW.replace("'", "''")

PLACES = {
    "set": f"set @x = {RAW}",
    "where": f"select 1 from dual where {RAW} = 'x'",
    "having": f"select count(*) as a from t having {RAW} = 'x'",
    "group by": f"select count(*) from t group by concat({RAW}, a)",
    "order by": f"select a from t union all select a from t order by concat({RAW}, a)",
    "a subquery": f"select (select {RAW})",
    "a derived table": f"select a from (select {RAW} as a limit 1) as d",
    "a common table expression": f"with c as (select {RAW} as a limit 1) select a from c",
    "json_table": f"select * from json_table({RAW}, '$' columns (a int path '$')) as j",
    "insert": f"insert into t values ({RAW})",
    "update": f"update t set a = {RAW}",
    "delete": f"delete from t where a = {RAW}",
    "create table as": f"create table made as select {RAW} as a",
    "show": f"show databases where {RAW} = 'x'",
    "kill": f"kill {RAW}",
    "a prepared statement": f"prepare p from 'select {QUOTED}'; execute p",
    "a view of its owner": f"create sql security definer view v1 as select {RAW} as a; select * from v1",
    "a view of its user": f"create sql security invoker view v2 as select {RAW} as a; select * from v2",
    "a function of its owner": f"create function f1() returns text reads sql data return {RAW}; select f1()",
    "a function of its user": f"""
        create function f2() returns text reads sql data sql security invoker return {RAW}; select f2()""",
    "a procedure": f"create procedure p1() sql security definer begin set @x = {RAW}; end; call p1()",
    "a prepared statement in a procedure": f"""
        create procedure p2() begin prepare p from 'select {QUOTED}'; execute p; end; call p2()""",
    "a cursor": f"""
        create procedure p3() begin declare c cursor for select {RAW}; open c; close c; end; call p3()""",
    "a handler": f"""
        create procedure p4() begin
            declare exit handler for 1146 begin set @x = {RAW}; end;
            select * from nothing_of_that_name;
        end; call p4()""",
    "a default of a variable": f"create procedure p5() begin declare a text default {RAW}; end; call p5()",
    "nested routines": f"""
        create function f6() returns text reads sql data return {RAW};
        create procedure p6() begin set @x = f6(); end;
        create procedure p7() begin call p6(); end; call p7()""",
    "an argument of call": f"create procedure p8(a text) begin end; call p8({RAW})",
    "a trigger": f"""
        create table t9 (a text); create trigger r9 before insert on t9 for each row set new.a = {RAW};
        insert into t9 values ('x')""",
    "a trigger through a view": f"""
        create table t10 (a text); create trigger r10 after delete on t10 for each row set @x = {RAW};
        create view v10 as select a from t10; insert into v10 values ('x'); delete from v10""",
}
OF_MARIADB = {
    "execute immediate": f"execute immediate 'select {QUOTED}'",
    "set statement": f"set statement max_statement_time = 9 for select {RAW}",
    "an oracle-like block": f"begin not atomic declare a text; set a = {RAW}; end",
    "values": f"values ({RAW})",
    "analyze": f"analyze select {RAW}",
    "a default": f"create table t12 (a int, b text default ({RAW})); insert into t12 (a) values (1)",
    "a generated column": f"create table t13 (a int, b text as ({RAW}) virtual); insert into t13 values (1, default)",
}
OF_MYSQL = {
    "explain analyze": f"explain analyze select {RAW}",
    "do": f"do {RAW}",
    "a lateral table": f"select d.b from t, lateral (select concat(t.a, {RAW}) as b limit 1) as d",
}

MADE = "create table if not exists t (a varchar(200)); insert into t values ('x')"


def try_place(server: str, user: str, statement: str) -> None:
    with connection(server, user, database=HOMES[user]) as opened:
        run(opened, MADE)
        assert failure(opened, statement) == REFUSED


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("user", HOMES)
def test_a_raw_call_is_refused_wherever_it_stands(server: str, user: str, place: str) -> None:
    try_place(server, user, place)


@pytest.mark.parametrize("place", OF_MARIADB.values(), ids=OF_MARIADB)
@pytest.mark.parametrize("user", HOMES)
def test_a_raw_call_is_refused_in_what_only_mariadb_has(server: str, user: str, place: str) -> None:
    if not is_mariadb(server):
        pytest.skip("MySQL does not have it")
    try_place(server, user, place)


@pytest.mark.parametrize("place", OF_MYSQL.values(), ids=OF_MYSQL)
@pytest.mark.parametrize("user", HOMES)
def test_a_raw_call_is_refused_in_what_only_mysql_does(server: str, user: str, place: str) -> None:
    if is_mariadb(server):
        pytest.skip("MariaDB does not do it")
    try_place(server, user, place)


ARGUMENTS = {
    "a value": f"select calls.ask({RAW})",
    "a subquery": f"select calls.ask((select {RAW}))",
    "an argument of an argument": f"select calls.ask(calls.ask({RAW}))",
    "a condition": f"select calls.strict(if({RAW} is null, 'x', 'y'))",
    "a derived table": f"select calls.ask(a) from (select {RAW} as a limit 1) as d",
    "a procedure": f"call calls.note({RAW})",
    "a procedure and a subquery": f"call calls.items((select {RAW}))",
    "a constant function": f"select calls.fixed({RAW})",
    "a variable": f"prepare p from 'select calls.ask(?)'; set @a = {RAW}; execute p using @a",
    "a wrapper beside it": f"select calls.ask('x'), {RAW} from dual where {RAW} = 'x'",
}


@pytest.mark.parametrize("statement", ARGUMENTS.values(), ids=ARGUMENTS)
def test_a_raw_call_is_refused_as_an_argument_of_a_wrapper(server: str, statement: str) -> None:
    with connection(server, "app") as opened:
        assert failure(opened, statement) == REFUSED


def test_the_name_of_the_owner_as_a_role_changes_nothing(server: str) -> None:
    """MySQL takes the owner for a role; MariaDB lets a role have the name of an account."""
    name = "udfgen_calls" if is_mariadb(server) else "udfgen_calls@localhost"
    made = "create role udfgen_calls;" if is_mariadb(server) else ""
    sql(server, f"{made} grant {name} to plain")
    try:
        with connection(server, "plain") as opened:
            run(opened, f"set role {name}")
            assert "udfgen_calls" in str(run(opened, "select current_role()"))
            assert failure(opened, f"select {RAW}") == REFUSED
    finally:
        sql(server, "drop role udfgen_calls" if is_mariadb(server) else f"revoke {name} from plain")


@pytest.mark.parametrize("account", ["UDFGEN_CALLS@localhost", "udfgen_call@localhost", "udfgen_calls_@localhost"])
def test_a_similar_name_changes_nothing(server: str, account: str) -> None:
    sql(server, f"create user {account}")
    try:
        with connection(server, account.partition("@")[0]) as opened:
            assert failure(opened, f"select {RAW}") == REFUSED
    finally:
        sql(server, f"drop user {account}")


# What is silent


SWALLOWED = {
    "do": f"do {RAW}; select null",
    "returning": f"insert into t values ('x') returning {RAW}; select null",
    "a column that is made when it is read": f"""
        create table t14 (a int, b text as ({RAW}) virtual); insert into t14 (a) values (1); select b from t14""",
}
"""Where MariaDB swallows every error of an expression, not only this one."""


@pytest.mark.parametrize("statement", SWALLOWED.values(), ids=SWALLOWED)
def test_where_mariadb_swallows_errors_nothing_is_sent(server: str, statement: str) -> None:
    if not is_mariadb(server):
        pytest.skip("MySQL does not swallow them")
    with connection(server, "evil", database="evil") as opened:
        run(opened, MADE)
        assert run(opened, statement) == [(None,)]


@pytest.mark.parametrize("user", HOMES)
def test_a_handler_that_goes_on_gets_nothing(server: str, user: str) -> None:
    with connection(server, user, database=HOMES[user]) as opened:
        run(
            opened,
            f"""
            create procedure q1() begin
                declare continue handler for sqlexception set @handled = @handled + 1;
                set @handled = 0, @got = 'before';
                set @got = {RAW};
            end""",
        )
        assert run(opened, "call q1(); select @handled, @got in ('before')") == [(1, 1)]


def test_an_event_of_somebody_else_sends_nothing(server: str) -> None:
    """One event makes a raw call, one calls a wrapper that its definer may not execute, one comes after both."""
    with connection(server, "evil", database="evil") as opened:
        run(opened, "create table seen (a text)")
        for number, value in enumerate((RAW, "calls.ask('x')", "'the last'")):
            run(opened, f"create event e{number} on schedule at current_timestamp do insert into seen select {value}")
            until = time.monotonic() + 10
            while run(opened, "show events") and time.monotonic() < until:
                time.sleep(0.05)
        assert run(opened, "select a from seen") == [("the last",)]


@pytest.mark.parametrize("user", ["plain", "app", "keeper"])
def test_explain_sends_nothing(server: str, user: str) -> None:
    with connection(server, user) as opened:
        for form in ("", "format=json", "extended" if is_mariadb(server) else "format=tree"):
            assert run(opened, f"explain {form} select {RAW}")


# What nobody but administrators may do

NEEDS_SUPER = {1227}
DEFINER = "definer = udfgen_calls@localhost"
DENIED = {
    "a wrapper without the right": ("evil", "select calls.ask('x')", {1370}),
    "a procedure without the right": ("evil", "call calls.note('x')", {1370}),
    "the probe": ("keeper", "select udfgen_calls.probe('checks')", {1370}),
    "a wrapper by a view": ("evil", "create view w1 as select calls.ask('x') as a; select * from w1", {1370}),
    "a wrapper by a view of its user": (
        "evil",
        "create sql security invoker view w2 as select calls.ask('x') as a; select * from w2",
        {1370},
    ),
    "a wrapper by a function": (
        "evil",
        "create function g1() returns int reads sql data return calls.ask('x'); select g1()",
        {1370},
    ),
    "a wrapper by a procedure": ("evil", "create procedure g2() call calls.note('x'); call g2()", {1370}),
    "a wrapper by a trigger": (
        "evil",
        """create table g3 (a text); create trigger g3 before insert on g3 for each row set new.a = calls.ask('x');
        insert into g3 values (1)""",
        {1370},
    ),
    "a function in the owner's name": (
        "keeper",
        f"create {DEFINER} function calls.h1() returns text reads sql data return 1",
        NEEDS_SUPER,
    ),
    "a procedure in the owner's name": ("keeper", f"create {DEFINER} procedure calls.h2() select 1", NEEDS_SUPER),
    "a view in the owner's name": ("keeper", f"create {DEFINER} view calls.h3 as select 1", NEEDS_SUPER),
    "a trigger in the owner's name": (
        "keeper",
        f"create table calls.h4 (a int); create {DEFINER} trigger calls.h4 before insert on calls.h4 "
        "for each row set @x = 1",
        NEEDS_SUPER,
    ),
    "an event in the owner's name": (
        "keeper",
        f"create {DEFINER} event calls.h5 on schedule every 1 day do select 1",
        NEEDS_SUPER,
    ),
    "the owner, unlocked": ("keeper", "alter user udfgen_calls@localhost account unlock", NEEDS_SUPER),
    "the owner's password": ("keeper", "set password for udfgen_calls@localhost = 'x'", {1044}),
    "the owner as a role": ("evil", "set role udfgen_calls", {1959, 3530}),
    "the owner as a proxy": ("evil", "grant proxy on udfgen_calls@localhost to evil", {1698}),
    "a routine of somebody else, dropped": ("app", "drop function calls.ask", {1370}),
    "a routine of somebody else, altered": ("app", "alter function calls.ask sql security invoker", {1370}),
    "a routine in the database": ("app", "create procedure calls.i1() select 1", {1044}),
    "the library, dropped": ("keeper", f"drop function {CORE}", {1044}),
    "the library, under another name": (
        "keeper",
        "create function udfgen_other returns string soname 'udfgen.so'",
        {1044},
    ),
    "the server's list of libraries": ("keeper", "insert into mysql.func values ('x', 0, 'x.so', 'function')", {1142}),
    "the registry": ("keeper", "select * from udfgen_calls.registry", {1142}),
    "the token": ("keeper", "select * from udfgen_tokens.token", {1142}),
    "the token, by who may call": ("app", "select token from udfgen_tokens.token", {1142}),
    "the token, with the database": ("evil", "use udfgen_tokens", {1044}),
    "the token, by a view": ("evil", "create view w4 as select * from udfgen_tokens.token", {1142}),
    "the token, under a table of that name": (
        "keeper",
        "create temporary table udfgen_tokens.token select 'x' as token",
        {1044, 1142},
    ),
    "the token, written": ("keeper", "update udfgen_tokens.token set token = 'x'", {1142}),
    "the token, in a dump": ("keeper", "select * from udfgen_tokens.token into outfile '/tmp/token'", {1045, 1227}),
    "the routine's text": ("evil", "show create function calls.ask", {1305}),
    "the old table of routines": ("keeper", "select * from mysql.proc", {1142}),
    "the general log": ("keeper", "select * from mysql.general_log", {1142}),
    "the slow log": ("keeper", "select * from mysql.slow_log", {1142}),
    "the binary log": ("keeper", "show binlog events", NEEDS_SUPER),
    "the history of statements": ("keeper", "select * from performance_schema.events_statements_history", {1142}),
}


@pytest.mark.parametrize(("user", "statement", "numbers"), DENIED.values(), ids=DENIED)
def test_it_is_denied(server: str, user: str, statement: str, numbers: set[int]) -> None:
    with connection(server, user, **({"database": HOMES[user]} if user in HOMES else {})) as opened:
        assert failure(opened, statement)[0] in numbers


def test_nobody_logs_in_as_the_owner(server: str) -> None:
    with pytest.raises(pymysql.Error, match="Access denied") as caught, connection(server, "udfgen_calls"):
        pass
    assert number(caught.value) in (1045, 1698, 3118)


def test_files_of_the_server_are_not_read(server: str) -> None:
    digest = next(plugin_dir(server).glob("udfgen_tokens_*.token_sha256"))
    with connection(server, "keeper") as opened:
        assert run(opened, f"select load_file('{digest}'), load_file(concat(@@plugin_dir, '{digest.name}'))") == [
            (None, None)
        ]


def test_the_owner_of_the_database_can_close_a_wrapper_but_not_open_it(server: str) -> None:
    with connection(server, "keeper") as opened:
        run(opened, "alter function calls.unicode sql security invoker")
        assert failure(opened, "select calls.unicode('x')") == REFUSED
        run(
            opened,
            "drop function calls.binary; create function calls.binary(v text) returns text reads sql data "
            f"return {CALLS['as the wrapper does']}",
        )
        assert failure(opened, "select calls.binary('x')") == REFUSED
    put(server, SPEC, allowed=ALL)


def test_what_everybody_may_see_of_the_library_is_no_secret(server: str) -> None:
    with connection(server, "plain") as opened:
        ((facts,),) = run(opened, f"select convert({TOKENS_CORE}() using utf8mb4)")
    assert re.fullmatch(r"sha256 [0-9a-f]{64}\ndoor: definer", facts)
