"""Calls in real sessions of MySQL and MariaDB: any size, any place, and surroundings that change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.live.mysql.callers import BODY, Connection, calls_server, failure
from tests.live.mysql.conftest import ROOTS
from tests.live.mysql.databases import connection, is_mariadb, run, sql
from tests.scripted import Script, ScriptedLambda


@pytest.fixture(scope="module", params=ROOTS)
def server(request: pytest.FixtureRequest, scripted: ScriptedLambda) -> Iterator[str]:
    """A server with calls.yaml and a database for the caller in it."""
    with calls_server(scripted, request.param) as dsn:
        sql(dsn, "create database mine; grant all on mine.* to app; set global log_bin_trust_function_creators = 1")
        yield dsn


@pytest.fixture
def caller(server: str) -> Iterator[Connection]:
    """A fresh session of somebody who was granted the functions, and owns an empty database."""
    sql(server, "drop database mine; create database mine")
    with connection(server, "app", database="mine") as opened:
        yield opened


# Sizes


@pytest.mark.parametrize("size", [0, 1, 100_000, 5_900_000])
def test_results_of_any_size(caller: Connection, scripted: ScriptedLambda, size: int) -> None:
    text = ("\u00e4" + "x" * 98 + "\U0001f600") * (size // 100 + 1)
    text = text[:size]
    scripted.play(Script(json.dumps({"v": text}, ensure_ascii=False).encode()))
    assert run(caller, "select calls.unicode('x')") == [(text,)]


def test_a_null_is_no_empty_text(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": null}'))
    assert run(caller, "select calls.unicode('x'), calls.binary('x'), calls.ask('x')") == [(None, None, None)]
    scripted.play(Script(b'{"v": ""}'))
    assert run(caller, "select calls.unicode(''), calls.binary('')") == [("", b"")]


def test_many_rows(caller: Connection, scripted: ScriptedLambda) -> None:
    rows = [(number, f"name {number} \u20ac" if number % 7 else None) for number in range(20_000)]
    scripted.play(Script(json.dumps({"items": [{"id": id, "name": name} for id, name in rows]}).encode()))
    assert run(caller, "call calls.items('x')") == rows
    scripted.play(Script(b'{"items": []}'))
    assert run(caller, "call calls.items('x')") == []


LARGEST = 6_291_456 - len('{"v":""}')


def test_the_largest_argument(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(BODY))
    assert run(caller, f"select calls.ask(repeat('x', {LARGEST}))") == [(1,)]
    assert len(scripted.requests[0].body) == 6_291_456
    said = "[udfgen too_large]: plain: the payload has 6291457 bytes, AWS Lambda takes 6291456"
    assert failure(caller, f"select calls.ask(repeat('x', {LARGEST + 1}))") == (51005, said)
    assert len(scripted.requests) == 1


# Arguments


def echoed(caller: Connection, scripted: ScriptedLambda, expression: str) -> object:
    """Return the argument that travelled for an expression of SQL."""
    scripted.play(Script(BODY))
    run(caller, f"select calls.ask({expression})")
    return json.loads(scripted.requests[-1].body)["v"]


def test_text_that_has_no_end_mark(caller: Connection, scripted: ScriptedLambda) -> None:
    assert echoed(caller, scripted, "left(concat('abc', rand()), 3)") == "abc"
    assert echoed(caller, scripted, "substring('abcdef', 2, 3)") == "bcd"
    assert echoed(caller, scripted, "trim('  x  ')") == "x"


CHARSETS = ["latin1", "utf16", "utf32", "ucs2", "sjis", "utf8mb4", "utf8mb3"]


@pytest.mark.parametrize("charset", CHARSETS)
def test_columns_of_any_character_set(caller: Connection, scripted: ScriptedLambda, charset: str) -> None:
    text = "\u3042 \u30a2" if charset == "sjis" else "\u00e4 \u00df"
    run(caller, f"create table t (a varchar(20) character set {charset})")
    with caller.cursor() as cursor:
        cursor.execute("insert into t values (%s)", (text,))
    scripted.play(Script(json.dumps({"v": text}).encode()))
    assert run(caller, "select calls.unicode(a), a from t") == [(text, text)]
    assert json.loads(scripted.requests[0].body) == {"v": text}


def test_emoji_and_what_json_escapes(caller: Connection, scripted: ScriptedLambda) -> None:
    text = "\U0001f600 \u00e4\u20ac\u0001\u2028\" ' \\ %s \n\t"
    scripted.play(Script(json.dumps({"v": text}).encode()))
    with caller.cursor() as cursor:
        cursor.execute("select calls.unicode(%s)", (text,))
        assert list(cursor.fetchall()) == [(text,)]
    assert json.loads(scripted.requests[0].body) == {"v": text}


def test_a_client_of_another_character_set(server: str, scripted: ScriptedLambda) -> None:
    scripted.play(Script(json.dumps({"v": "\u00e4\U0001f600"}).encode()))
    with connection(server, "app", charset="latin1") as opened:
        assert run(opened, "select calls.unicode('\u00e4')") == [("\u00e4?",)]
    assert json.loads(scripted.requests[0].body) == {"v": "\u00e4"}


def test_bytes(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(b'{"v": "AP+A4pg="}'))
    assert run(caller, "select calls.binary(x'00ff80e298')") == [(bytes.fromhex("00ff80e298"),)]
    assert scripted.requests[0].body == b'{"v":"AP+A4pg="}'


def test_a_prepared_statement_takes_other_arguments(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(BODY))
    run(caller, "prepare p from 'select calls.ask(?)'")
    for value in ("'one'", "null", "7", "repeat('x', 9)", "null", "'\u20ac'"):
        assert run(caller, f"set @a = {value}; execute p using @a") == [(1,)]
    travelled = [json.loads(request.body)["v"] for request in scripted.requests]
    assert travelled == ["one", None, "7", "x" * 9, None, "\u20ac"]


# Places


PLACES = {
    "group by": ("select calls.ask(a) as b from t group by b", [(1,)]),
    "order by": ("select a from t order by calls.ask(a), a", [(1,), (2,), (3,)]),
    "where": ("select a from t where calls.ask(a) = a", [(1,)]),
    "having": ("select a from t group by a having calls.ask(a) = a", [(1,)]),
    "union": ("select calls.ask('x') union select calls.ask('y')", [(1,)]),
    "distinct": ("select distinct calls.ask(a) from t", [(1,)]),
    "an aggregate": ("select cast(sum(calls.ask(a)) as signed) from t", [(3,)]),
    "a window": ("select cast(sum(calls.ask(a)) over (order by a) as signed) from t", [(1,), (2,), (3,)]),
    "a join": ("select t.a from t join t as u on calls.ask(t.a) = u.a order by t.a", [(1,), (2,), (3,)]),
    "a subquery": ("select a from t where a in (select calls.ask(a) from t)", [(1,)]),
    "a common table expression": ("with c as (select calls.ask('x') as v) select v from c", [(1,)]),
    "create table as": ("create table made as select calls.ask('x') as v; select v from made", [(1,)]),
    "create table as, text": (
        "create table made as select calls.unicode('x') as v; select v from made",
        [("long",)],
    ),
    "insert": ("create table made (v int); insert into made values (calls.ask('x')); select v from made", [(1,)]),
    "a view": ("create view w as select calls.ask('x') as v; select v from w", [(1,)]),
    "a function": (
        "create function f() returns int reads sql data return calls.ask('x'); select f()",
        [(1,)],
    ),
    "a cursor": (
        """create procedure p() begin
            declare found int; declare c cursor for select calls.ask('x');
            open c; fetch c into found; close c; select found;
        end; call p()""",
        [(1,)],
    ),
    "a loop": (
        """create procedure p() begin
            declare i int default 0; declare s int default 0;
            while i < 5 do set s = s + calls.ask(i), i = i + 1; end while; select s;
        end; call p()""",
        [(5,)],
    ),
    "after errors that were caught": (
        """create procedure p() begin
            declare i int default 0; declare continue handler for 51008 set @caught = coalesce(@caught, 0) + 1;
            while i < 3 do set @v = calls.positive(-1), i = i + 1; end while; select @caught, calls.ask('x');
        end; call p()""",
        [(3, 1)],
    ),
    "a read-only transaction": ("start transaction read only; select calls.ask('x'); commit", [(1,)]),
    "a locked table": ("lock tables t write; select calls.ask('x'); unlock tables", [(1,)]),
    "a procedure twice": ("call calls.note('x'); call calls.note('y'); select 1", [(1,)]),
}


@pytest.mark.parametrize(("statement", "rows"), PLACES.values(), ids=PLACES)
def test_a_call_works_in(
    caller: Connection, scripted: ScriptedLambda, statement: str, rows: list[tuple[object, ...]]
) -> None:
    body = b'{"v": "long"}' if "unicode" in statement else BODY
    scripted.play(Script(body))
    run(caller, "create table t (a int); insert into t values (1), (2), (3)")
    scripted.requests.clear()
    assert run(caller, statement) == rows
    assert scripted.requests
    scripted.play(Script(BODY))
    assert run(caller, "select calls.ask('again')") == [(1,)]


def test_a_constant_call_of_an_immutable_function_is_made_once(caller: Connection, scripted: ScriptedLambda) -> None:
    scripted.play(Script(BODY))
    run(caller, "create table t (a int); insert into t values (1), (2), (3), (4), (5)")
    assert len(run(caller, "select a from t where calls.fixed(7) = 1")) == 5
    assert len(scripted.requests) == 1
    assert len(run(caller, "select a from t where calls.ask(7) = 1")) == 5
    assert len(scripted.requests) == 6


def test_a_replica_gets_results_and_makes_no_calls(server: str, caller: Connection, scripted: ScriptedLambda) -> None:
    """Statements with calls are logged by their rows; MariaDB notes the statement beside them."""
    scripted.play(Script(BODY))
    run(caller, "create table t (v int)")
    ((file, position, *_),) = sql(server, log_position(server))
    run(caller, "insert into t select calls.ask('x')")
    run(caller, "create temporary table u as select calls.ask('x') as v; insert into t select v from u")
    events = sql(server, f"show binlog events in '{file}' from {position}")
    assert [kind for _, _, kind, *_ in events if str(kind).startswith("Write_rows")]
    assert [text for _, _, kind, *_, text in events if kind == "Query" and "calls" in text] == []


def log_position(server: str) -> str:
    """Return the statement that tells how far the binary log has come."""
    return "show master status" if is_mariadb(server) else "show binary log status"


# Settings


DATED = """
call calls.dated('2024-02-29', '23:59:59.5', '2024-02-29 12:00:00', '2024-02-29 10:00:00', 1.1, 0.1, 1.5, x'00ff')
"""
WIRE = (
    b'{"d":"2024-02-29","t":"23:59:59.5","s":"2024-02-29T12:00:00","z":"2024-02-29T10:00:00Z",'
    b'"r":1.1,"f":0.1,"n":1.50,"b":"AP8="}'
)

SETTINGS = {
    "ansi": "set sql_mode = 'ANSI'",
    "no escapes": "set sql_mode = 'NO_BACKSLASH_ESCAPES'",
    "no mode": "set sql_mode = ''",
    "traditional": "set sql_mode = 'TRADITIONAL'",
    "blanks are kept": "set sql_mode = 'PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT'",
    "a time zone": "set time_zone = '+05:00'",
    "another collation": "set collation_connection = 'utf8mb4_bin'",
    "another character set": "set character_set_connection = latin1, character_set_results = latin1",
    "another language": "set lc_time_names = 'de_DE', lc_messages = 'de_DE'",
    "no autocommit": "set autocommit = 0",
    "a small group_concat": "set group_concat_max_len = 4",
    "few digits": "set div_precision_increment = 0",
}


def shown(rows: list[tuple[object, ...]]) -> list[tuple[str, ...]]:
    return [tuple(each.hex() if isinstance(each, bytes) else str(each) for each in row) for row in rows]


BACK = ("2024-02-29", "23:59:59.500000", "2024-02-29 12:00:00", "2024-02-29 10:00:00", "1.1", "0.1", "1.50", "00ff")


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_session_setting_changes_nothing(caller: Connection, scripted: ScriptedLambda, settings: str) -> None:
    scripted.play(Script(b"[" + WIRE + b"]"))
    run(caller, settings)
    assert shown(run(caller, DATED)) == [BACK]
    assert [request.body for request in scripted.requests] == [WIRE]
    scripted.play(Script(b'{"v": 1.0}'))
    assert run(caller, "select calls.ask('a')") == [(1,)]
    scripted.play(Script(b'{"v": 99999999999}'))
    assert failure(caller, "select calls.ask('a')")[0] == 51007
