"""Batch functions in real sessions of MySQL and MariaDB: rows as JSON in, results as JSON out, nothing lost between."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.conftest import private_server
from tests.live.mysql.callers import Connection, failure
from tests.live.mysql.conftest import ROOTS
from tests.live.mysql.databases import CUT_OFF, ENGINE, changed, connection, is_mariadb, put, run, sql
from tests.live.mysql.test_kill import (
    DELAY,
    KILLED,
    LIMIT,
    OUT_OF_TIME,
    Call,
    limited,
    thread_of,
    until_asked,
    until_gone,
)
from tests.live.sets import SPEC as SETS
from tests.live.sets import handle, sent
from tests.scripted import Script, ScriptedLambda

TYPES = {
    "boolean": ("true", "1", "tinyint"),
    "smallint": ("-32768", "-32768", "smallint"),
    "integer": ("2147483647", "2147483647", "int"),
    "bigint": ("-9223372036854775807", "-9223372036854775807", "bigint"),
    "decimal(38,10)": (
        "cast('1234567890123456789012345678.0123456789' as decimal(38, 10))",
        "1234567890123456789012345678.0123456789",
        "decimal(38, 10)",
    ),
    "double": ("0.1e0 + 0.2e0", "0.30000000000000004", "double"),
    "text": (
        "'a \"quoted\" \\\\ text\\n, \U0001f642'",
        'a "quoted" \\ text\n, \U0001f642',
        "longtext character set utf8mb4",
    ),
    "varchar(20)": ("''", "", "varchar(20)"),
    "date": ("date '2024-02-29'", "2024-02-29", "date"),
    "time": ("time '23:59:59.999999'", "23:59:59.999999", "time(6)"),
    "timestamp": ("timestamp '2016-02-15 12:00:00.000001'", "2016-02-15 12:00:00.000001", "datetime(6)"),
    "timestamptz": ("timestamp '2016-02-15 12:00:00.5'", "2016-02-15 12:00:00.500000", "datetime(6)"),
    "uuid": (
        "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "char(36)",
    ),
    "bytes": ("to_base64(x'00ff5c22')", "AP9cIg==", "longtext"),
}
"""Of each portable type: a value in SQL, what comes back as text, and what JSON_TABLE is to make of it."""

ECHO = """
  echo_{i}:
    binding: score
    parameters: {{v: "{type}"}}
    payload: {{v: $v}}
    returns: {{type: "{type}", path: $.v}}
    batch: {{wire: list}}
    grant: [app]"""
SPEC = changed(
    SETS,
    ("functions:", "functions:" + "".join(ECHO.format(i=i, type=each) for i, each in enumerate((*TYPES, "json")))),
    ("postgresql: {}", "mysql: {}"),
)
TABLES = """
create user if not exists app; create user if not exists bob; create database mine; grant all on mine.* to app;
set global log_bin_trust_function_creators = 1;
create table mine.numbers (n bigint primary key, name varchar(20));
insert into mine.numbers select d.n + 10 * c.n + 100 * b.n + 1000 * a.n + 1, 'name' from
    mine.digits as a, mine.digits as b, mine.digits as c, mine.digits as d;
"""
DIGITS = "create database mine; create table mine.digits select 0 as n"
ROWS = "json_arrayagg(json_array(n)), count(*) into @given, @count from numbers"


@pytest.fixture(scope="module", params=ROOTS)
def server(request: pytest.FixtureRequest, scripted: ScriptedLambda) -> Iterator[str]:
    """A server with the spec, and a table with the numbers from 1 to 10,000."""
    with private_server(ENGINE, scripted.environment(), request.param) as dsn:
        sql(dsn, DIGITS + "".join(f" union all select {n}" for n in range(1, 10)))
        sql(dsn, TABLES.replace("create database mine; ", ""))
        put(dsn, SPEC)
        yield dsn


@pytest.fixture
def caller(server: str) -> Iterator[Connection]:
    """A session of somebody who was granted the functions; JSON_ARRAYAGG is not cut."""
    with connection(server, "app", database="mine") as opened:
        run(opened, "set session group_concat_max_len = 1073741824")
        yield opened


def test_ten_thousand_rows(caller: Connection, scripted: ScriptedLambda) -> None:
    handler = handle(scripted, seconds=0.01)
    run(caller, f"select {ROWS}; select sets.doubled(@given, @count) into @results")
    found = run(
        caller,
        "select count(*), sum(result), sum(result = 2 * n) from"
        " json_table(@given, '$[*]' columns (at for ordinality, n bigint path '$[0]')) as given join"
        " json_table(@results, '$[*]' columns (at for ordinality, result bigint path '$')) as results using (at)",
    )
    assert [tuple(map(int, row)) for row in found] == [(10_000, 10_000 * 10_001, 10_000)]
    assert [len(rows) for rows in sent(scripted)] == [100] * 100
    assert handler.peak == 8
    envelopes = [json.loads(request.body) for request in scripted.requests]
    assert len({each["request_id"] for each in envelopes}) == 100
    assert len({each["query_id"] for each in envelopes}) == 1
    assert {each["user"] for each in envelopes} == {"app@localhost"}


def test_rows_by_name_and_none(caller: Connection, scripted: ScriptedLambda) -> None:
    handle(scripted)
    (found,) = run(caller, "select sets.named(json_array(json_object('name', 'a', 'n', 1), json_object()), 2)")
    assert [json.loads(each) for each in json.loads(found[0])] == [[1, "a", None], [None, None, None]]
    assert run(caller, f"select {ROWS} where n < 0; select sets.doubled(@given, @count)") == [("[]",)]
    assert len(scripted.requests) == 1


def test_equal_rows_are_sent_once(caller: Connection, scripted: ScriptedLambda) -> None:
    handle(scripted)
    assert run(caller, "select sets.steady('[[1],[2],[1],[3],[0],[2]]', 6)") == [("[2,4,2,6,0,4]",)]
    assert sent(scripted) == [[[1], [2], [3]], [[0]]]


def test_a_void_function_is_a_procedure(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b"", 202))
    assert run(caller, 'call sets.noted(\'[[1, "a"], [2, null], [3, ""], [4, "d"]]\', 4)') == []
    assert sent(scripted) == [[[1, "a"], [2, None], [3, ""]], [[4, "d"]]]


WRONG = {
    "fewer than were counted": ("'[[1]]', 2", "row_count is 2, but 1 row arrived"),
    "none where some were counted": ("null, 3", "row_count is 3, but 0 rows arrived"),
    "no count": ("'[]', null", "row_count must be the number of rows, as count(*) gives it"),
    "no JSON": ("'[[1], [2', 2", "the rows are not valid JSON"),
    "no array": ("'{}', 1", "the rows must be an array"),
    "a value of another type": ("'[[1], [\"x\"]]', 2", 'row 2: argument "n": must be a number'),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_rows_that_do_not_fit(caller: Connection, scripted: ScriptedLambda, arguments: str, message: str) -> None:
    handle(scripted)
    code, text = failure(caller, f"select sets.doubled({arguments})")
    assert text.startswith("[udfgen bad_argument]: score: ")
    assert message in text
    assert code
    assert scripted.requests == []


def test_what_json_arrayagg_cuts_is_told(server: str, caller: Connection, scripted: ScriptedLambda) -> None:
    """MariaDB cuts it with a warning; MySQL does not."""
    handle(scripted)
    run(caller, f"set session group_concat_max_len = 1024; select {ROWS}")
    if is_mariadb(server):
        _, text = failure(caller, "select sets.doubled(@given, @count)")
        assert "the rows are not valid JSON" in text or "row_count is 10000" in text
        assert scripted.requests == []
    else:
        assert run(caller, "select json_length(sets.doubled(@given, @count))") == [(10_000,)]


@pytest.mark.parametrize("number", range(len(TYPES)), ids=TYPES)
def test_values_of_each_type(server: str, caller: Connection, scripted: ScriptedLambda, number: int) -> None:
    """What goes in comes out, in JSON and as a column of JSON_TABLE."""
    value, expected, native = list(TYPES.values())[number]
    scripted.play(Script(answer=lambda body: body))
    results = f"sets.echo_{number}(json_array(json_array({value}), json_array(null)), 2)"
    table = f"json_table({results}, '$[*]' columns (v {native} path '$' error on error)) as t"
    assert run(caller, f"select cast(v as char character set utf8mb4) from {table}") == [(expected,), (None,)]


def test_documents(caller: Connection, scripted: ScriptedLambda) -> None:
    """MariaDB's JSON_TABLE has no columns of JSON, so they are taken out by their place."""
    scripted.play(Script(answer=lambda body: body))
    rows = "json_array(json_array(json_object('a', json_array(1.25, null))), json_array(null), json_array('b'))"
    run(caller, f"select sets.echo_{len(TYPES)}({rows}, 3) into @results")
    found = run(caller, "select json_extract(@results, '$[0].a[0]'), json_extract(@results, '$[2]')")
    assert found == [("1.25", '"b"')]


def test_results_larger_than_a_packet_arrive(server: str, scripted: ScriptedLambda) -> None:
    text = "x" * 15_000
    answer = {"success": True, "results": [text] * 3}
    scripted.play(Script(answer=lambda _: json.dumps(answer).encode()))
    (before,) = sql(server, "select @@global.max_allowed_packet")
    sql(server, "set global max_allowed_packet = 1048576")
    try:
        with connection(server, "app") as opened:
            rows = json.dumps([[n, None, None] for n in range(99)])
            assert run(opened, "select @@max_allowed_packet") == [(1_048_576,)]
            (found,) = run(opened, f"select sets.named('{rows}', 99)")
            assert json.loads(found[0]) == [text] * 99
    finally:
        sql(server, f"set global max_allowed_packet = {before[0]}")


def test_nobody_else_may(server: str, scripted: ScriptedLambda) -> None:
    handle(scripted)
    with connection(server, "bob") as opened:
        code, text = failure(opened, "select sets.doubled('[[1]]', 1)")
    assert code in (1370, 1142, 1305), text
    assert scripted.requests == []


# Ends


def test_kill_query_ends_eight_at_once(server: str, caller: Connection, scripted: ScriptedLambda) -> None:
    handler = handle(scripted, seconds=DELAY)
    run(caller, f"select {ROWS}")
    with connection(server) as other:
        call = Call(caller, "select sets.doubled(@given, @count)")
        until_asked(scripted)
        began = time.monotonic()
        run(other, f"kill query {thread_of(caller)}")
        call.end()
    assert call.number == KILLED
    assert call.ended - began < LIMIT
    assert handler.peak == 8
    handle(scripted)
    assert run(caller, "select sets.doubled('[[1]]', 1)") == [("[2]",)]


def test_kill_connection_ends_eight_at_once(server: str, scripted: ScriptedLambda) -> None:
    handle(scripted, seconds=DELAY)
    with connection(server) as other:
        with connection(server, "app", database="mine") as opened:
            run(opened, f"select {ROWS}")
            call = Call(opened, "select sets.doubled(@given, @count)")
            until_asked(scripted)
            began = time.monotonic()
            run(other, f"kill connection {thread_of(opened)}")
            call.end()
            assert call.number in (*CUT_OFF, KILLED)
            until_gone(other, thread_of(opened), began + LIMIT)
        handle(scripted)
        assert run(other, "select sets.doubled('[[1]]', 1)") == [("[2]",)]


def test_a_time_limit_ends_eight_at_once(server: str, caller: Connection, scripted: ScriptedLambda) -> None:
    handle(scripted, seconds=DELAY)
    run(caller, f"select {ROWS}")
    run(caller, limited(server, 0.3))
    began = time.monotonic()
    assert failure(caller, "select sets.doubled(@given, @count)")[0] in OUT_OF_TIME
    assert time.monotonic() - began < 0.3 + LIMIT


def test_a_first_failure_ends_the_call(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"errorMessage": "no more"}', 200, {"X-Amz-Function-Error": "Unhandled"}))
    run(caller, f"select {ROWS}")
    _, text = failure(caller, "select sets.doubled(@given, @count)")
    assert text.startswith("[udfgen function_error]: score: Unhandled: no more")
    assert len(scripted.requests) <= 16


def test_off_in_the_middle(server: str, caller: Connection, scripted: ScriptedLambda) -> None:
    """The switch is looked at before each request, once a second."""
    rows = json.dumps([[n] for n in range(400)])

    def answer(body: bytes) -> bytes:
        if len(scripted.requests) == 3:
            sql(server, "insert into udfgen_sets.switch (binding, mode) values ('score', 'off')")
        time.sleep(0.05)
        return json.dumps({"success": True, "results": [2 * n for (n,) in json.loads(body)["arguments"]]}).encode()

    scripted.play(Script(answer=answer))
    try:
        _, text = failure(caller, f"select sets.slow('{rows}', 400)")
        assert text.startswith("[udfgen disabled]: score: ")
        assert len(scripted.requests) < 60
    finally:
        sql(server, "delete from udfgen_sets.switch")
        time.sleep(1.1)


def test_ten_sessions_at_once(server: str, scripted: ScriptedLambda) -> None:
    """Each has its own eight requests, its own count of queries and its own results."""
    handle(scripted, seconds=0.01)
    sessions = [connection(server, "app") for _ in range(10)]
    opened = [each.__enter__() for each in sessions]
    rows = [json.dumps([[n * 1000 + i] for i in range(500)]) for n in range(10)]
    calls = [
        Call(each, f"select sets.doubled('{given}', 500) into @found") for each, given in zip(opened, rows, strict=True)
    ]
    for call in calls:
        call.end()
    assert {call.number for call in calls} == {0}
    for number, each in enumerate(opened):
        ((found,),) = run(each, "select @found")
        assert json.loads(found) == [2 * (number * 1000 + i) for i in range(500)]
    for each in sessions:
        each.__exit__(None, None, None)
